"""Which attempts are under way: each start is told once, each has an end, and slow ones are noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pyharness.events import AttemptInterrupted, AttemptStarted, SlowNoticed, split_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyharness.batch import Interrupted, Running

MS = 1_000_000


class _Open(msgspec.Struct):
    """An attempt whose start has been told."""

    attempt: int
    worker: int
    start_ns: int
    elapsed_ns: int = 0
    notices: int = 0


class OpenAttempts:
    """Makes the events of starts, interruptions and slow attempts."""

    def __init__(self, id_of: Callable[[int], str], slow_after_ms: Callable[[int], int] | None) -> None:
        """Name tasks by `id_of`. `slow_after_ms` says of a task after how long it is slow; 0: never."""
        self._id_of = id_of
        self._slow_after_ms = slow_after_ms
        self._open: dict[int, _Open] = {}
        self._cut_off: set[int] = set()

    def start(self, begun: Running | Interrupted) -> Iterator[AttemptStarted]:
        """Yield the start of an attempt, unless it has been told."""
        known = self._open.get(begun.task)
        if known is None or known.attempt != begun.attempt:
            self._cut_off.discard(begun.task)
            self._open[begun.task] = _Open(begun.attempt, begun.worker, begun.start_ns)
            yield AttemptStarted(self._id_of(begun.task), begun.attempt, begun.worker, begun.start_ns)

    def finish(self, task: int, attempt: int) -> bool:
        """Take note of an end; return whether its start has been told."""
        self._cut_off.discard(task)
        known = self._open.pop(task, None)
        return known is not None and known.attempt == attempt

    def interrupt(self, cut: Interrupted) -> Iterator[AttemptStarted | AttemptInterrupted]:
        """Yield the end of an attempt without a result, after its start if need be."""
        yield from self.start(cut)
        del self._open[cut.task]
        self._cut_off.add(cut.task)
        yield AttemptInterrupted(
            self._id_of(cut.task),
            cut.attempt,
            cut.worker,
            cut.start_ns,
            cut.elapsed_ns,
            cut.reason,
            cut.runs_again,
            *split_output(cut.output),
        )

    def is_cut_off(self, task: int) -> bool:
        """Return whether the task has begun an attempt that did not get to its end."""
        return task in self._open or task in self._cut_off

    def abandon(self, task: int, reason: str) -> Iterator[AttemptInterrupted]:
        """Yield the end of an attempt that the run leaves without one."""
        known = self._open.pop(task, None)
        if known is not None:
            yield AttemptInterrupted(
                self._id_of(task), known.attempt, known.worker, known.start_ns, known.elapsed_ns, reason
            )

    def notice(self, running: Iterable[Running]) -> Iterator[SlowNoticed]:
        """Yield a notice for each attempt that has been running for one more interval."""
        for attempt in running:
            known = self._open.get(attempt.task)
            if known is None or known.attempt != attempt.attempt:
                continue
            known.elapsed_ns = attempt.elapsed_ns
            interval_ms = self._slow_after_ms(attempt.task) if self._slow_after_ms else 0
            passed = attempt.elapsed_ns // (interval_ms * MS) if interval_ms else 0
            if passed > known.notices:
                known.notices = passed
                yield SlowNoticed(self._id_of(attempt.task), attempt.attempt, attempt.worker, attempt.elapsed_ns)
