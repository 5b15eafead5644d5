"""What is told of a crash or a hang: its cause in words, the commands that repeat it, its stack with names."""

from __future__ import annotations

import os
import re
import shlex
import time
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness import engine as native
from pyharness.events import split_output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyharness.backtrace import Known
    from pyharness.batch import Crash
    from pyharness.events import CrashEvent, Failure, Frame
    from pyharness.model import Case

BACKTRACE_LIMIT_S = 1.0
"""The promise is to be gone within a second of a crash, names of functions included; a tenth of it is usual. Only where
a symbolizer starts slowly (a cold or busy machine) it takes more, since a report without names is worth less."""
HANG_LIMIT_S = 2.0
"""Where less depends on it."""
SYMBOLISING_LIMIT_S = 10.0
"""For all stacks of a run together: nothing else is told meanwhile."""
ENDING_LIMIT_S = 2.0
"""For those of the end of a run together: somebody has asked for it."""

_FAULTS = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP"})
_SANITIZER_SUMMARY = re.compile(rb"SUMMARY: (\w+Sanitizer: [^\n]+)")


class Symboliser:
    """Names the frames of stacks, within a limit for each and one for all."""

    def __init__(self) -> None:
        """Begin with all of the time."""
        self._left_s = SYMBOLISING_LIMIT_S
        self._known: Known = {}

    def hurry(self) -> None:
        """Leave little of the time."""
        self._left_s = min(self._left_s, ENDING_LIMIT_S)

    def frames(self, addresses: Sequence[int], maps: str, limit_s: float) -> tuple[tuple[Frame, ...], str]:
        """Return the frames, after that many seconds or a little more, and a note why they are raw, if they are."""
        from pyharness.backtrace import TOOLS, symbolise  # noqa: PLC0415 -- only crashes and hangs need it

        spent = self._left_s <= 0
        began_s = time.monotonic()
        frames, note = symbolise(
            addresses,
            maps,
            stop_at=native.host_program(),
            limit_s=min(limit_s, self._left_s),
            tools=() if spent else TOOLS,
            known=self._known,
        )
        self._left_s -= time.monotonic() - began_s
        return (
            frames,
            "the time for looking up names in this run was over; frames are raw" if spent else note,
        )


class Culprit(NamedTuple):
    """The case that a crash is blamed on, and words for a shell that run it again."""

    case: Case
    repeat: str
    debug: str
    launched: bool = False
    """As a case of a program, not in a host."""


class HostNeeds(msgspec.Struct, frozen=True):
    """What it takes to run cases of libraries again as they were run."""

    flags: Sequence[str] = ()
    """Of `pyharness test`."""
    environment: Mapping[str, str] = {}
    """Variables of hosts that are not those of pyharness."""
    folder: str = ""
    """From which the ids of what was built from source count, seen from the current one; empty: it is that."""


NO_NEEDS = HostNeeds()


def culprit_in_host(case: Case, needs: HostNeeds) -> Culprit:
    """Return a case of a library."""
    argument = os.path.join(needs.folder, case.key) if case.key else f"{case.path}::{case.name}"
    repeat = ["pyharness", "test", *needs.flags, argument]
    # The shell, and gdb itself, do without what a host needs.
    variables = [f"{name}={value}" for name, value in needs.environment.items()]
    surroundings = ["env", *variables] if variables else []
    debug = ["gdb", "--args", *surroundings, native.host_program(), "run", case.path, case.key or case.name]
    return Culprit(case, shlex.join(repeat), shlex.join(debug))


def crash_event(
    kind: type[CrashEvent],
    crash: Crash,
    culprit: Culprit | None,
    suspects: tuple[str, ...],
    failures: tuple[Failure, ...],
) -> CrashEvent:
    """Make the event of a crash; `culprit` is `None` where none could be named."""
    case = culprit.case if culprit else None
    output, output_base64 = split_output(crash.output)
    return kind(
        id=case.id if case else "",
        suspects=suspects,
        suite=case.suite if case else "",
        group=case.group if case else "",
        case=case.name if case else "",
        path=case.path if case else "",
        file=case.file if case else "",
        line=case.line if case else 0,
        worker=crash.worker,
        cause=cause_of(crash, launched=culprit is not None and culprit.launched),
        signal=crash.signal,
        address=crash.address,
        output=output,
        repeat=culprit.repeat if culprit else "",
        debug=culprit.debug if culprit else "",
        failures=failures,
        output_base64=output_base64,
        attempt=crash.attempt,
    )


def cause_of(crash: Crash, *, launched: bool = False) -> str:
    """Say in words how the host died, or the program that was launched."""
    if launched and crash.kind == "unseen" and not crash.signal:  # nobody has seen by which way it left
        return f"the program ended with exit code {crash.exit_code} before the case did"
    return _CAUSES.get(crash.kind, _cause_of_status)(crash)


def _cause_of_status(crash: Crash) -> str:
    if crash.signal:
        return f"the process was killed by {native.signal_name(crash.signal)}"
    return f"the process ended with exit code {crash.exit_code}, as by _exit({crash.exit_code})"


def _cause_of_signal(crash: Crash) -> str:
    name = native.signal_name(crash.signal)
    summary = _SANITIZER_SUMMARY.search(crash.output) if name == "SIGABRT" else None
    if summary:  # where two are at work, one of them aborts
        name = f"{summary[1].decode(errors='backslashreplace')} ({name})"
    where = f"{name} at address {crash.address:#x}" if name in _FAULTS and not crash.is_sent else name
    if crash.left_over:
        return f"{where}, in a thread that an earlier case has left behind"
    return f"{where} (stack overflow)" if crash.stack_overflow else where


def _finding(crash: Crash) -> str:
    """Return what a sanitizer says in its last line."""
    found = _SANITIZER_SUMMARY.search(crash.output)
    return found[1].decode(errors="backslashreplace") if found else "a sanitizer found an error; its output says which"


_CAUSES: dict[str, Callable[[Crash], str]] = {
    "signal": _cause_of_signal,
    "exit": lambda crash: f"exit({crash.exit_code}) was called",
    "quick_exit": lambda _: "quick_exit() was called",
    "stopped": lambda crash: f"the process was stopped by {native.signal_name(crash.signal)}",
    "memory": lambda crash: f"the process used {crash.memory_bytes >> 20} MiB, more than --memory-limit allows",
    "sanitizer": _finding,
}
