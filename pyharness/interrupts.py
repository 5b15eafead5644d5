"""Signals that end a run, or make it stand still, turned into what the engine and the session understand."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pyharness.engine import Engine

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STOPS = (signal.SIGTSTP, signal.SIGTTOU)
"""From the terminal: Ctrl-Z, and output of a background job where that is not allowed (`stty tostop`)."""


class Interrupts:
    """While it is entered: SIGINT stops gently, a second one or another signal at once; SIGTSTP until SIGCONT.

    There is nothing to stop before there is an `engine`: then a signal raises KeyboardInterrupt. After the run it
    only counts, so that reports are written to their end.
    """

    def __init__(self, *, is_last: bool = False) -> None:
        """Prepare; nothing is taken over yet. `is_last`: the process does nothing of importance afterwards."""
        self._is_last = is_last
        self.engine: Engine | None = None
        """What to act on."""
        self.count = 0
        self.name = ""
        self.at_once = False
        self.tells_pauses = False
        """Whether somebody looks at `pause_asked` and calls `pause` soon. If not, it happens within the handler."""
        self.pause_asked = False
        self.paused_ns = 0
        """How long the run has stood still, all in all."""
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        """Take the signals over, but for those that are ignored (`nohup`)."""
        for number in _ENDS:
            self._take(number, self._end)
        for number in _STOPS:
            self._take(number, self._stop)
        return self

    def _take(self, number: signal.Signals, handler: Callable[[int, FrameType | None], object]) -> None:
        if signal.getsignal(number) != signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def __exit__(self, *_: object) -> None:
        """Give them back; at the end of the process, ignore them: the exit code is known, and stands."""
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_IGN if self._is_last else handler)

    def pause(self) -> int:
        """Stand still until SIGCONT; return for how many nanoseconds.

        As a whole: hosts are in process groups of their own, where the terminal's signal does not go.
        """
        began_ns = time.monotonic_ns()
        if self.engine is not None:
            self.engine.suspend()
        os.kill(os.getpid(), signal.SIGSTOP)
        if self.engine is not None:
            self.engine.resume()
        self.pause_asked = False
        paused_ns = time.monotonic_ns() - began_ns
        self.paused_ns += paused_ns
        return paused_ns

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.name = signal.Signals(number).name
        self.at_once = self.count > 1 or number != signal.SIGINT
        if self.engine is None:
            raise KeyboardInterrupt
        self.engine.cancel(now=self.at_once)
        if self.at_once:
            _give_up_stuck_streams()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Leave it to the loop, which tells the reporters first; but who asks twice finds the loop stuck."""
        if self.tells_pauses and not self.pause_asked:
            self.pause_asked = True
        else:
            self.pause()


def _give_up_stuck_streams() -> None:
    """Let a write end that waits for a reader who does not read: the system call starts again, on /dev/null."""
    for stream in (1, 2):
        writable = select.poll()
        writable.register(stream, select.POLLOUT)
        if not writable.poll(0):
            null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            os.dup2(null, stream)
            os.close(null)
