"""Signals that end a run, or make it stand still, turned into what the engine and the session understand."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pyharness.engine import Engine

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """While it is entered: SIGINT stops gently, a second one or another signal at once; SIGTSTP until SIGCONT."""

    def __init__(self, engine: Engine) -> None:
        """Prepare to act on `engine`."""
        self.count = 0
        self.name = ""
        self.at_once = False
        self.pauses_ns: list[int] = []
        """How long the run stood still, each time; whoever has told of them takes them out."""
        self._engine = engine
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        """Take the signals over, but for those that are ignored (`nohup`)."""
        for number in _ENDS:
            self._take(number, self._end)
        self._take(signal.SIGTSTP, self._pause)
        return self

    def _take(self, number: signal.Signals, handler: Callable[[int, FrameType | None], object]) -> None:
        if signal.getsignal(number) != signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.name = signal.Signals(number).name
        self.at_once = self.count > 1 or number != signal.SIGINT
        self._engine.cancel(now=self.at_once)

    def _pause(self, _number: int, _frame: FrameType | None) -> None:
        """Stand still as a whole: hosts are in process groups of their own, where the terminal's signal does not go."""
        began_ns = time.monotonic_ns()
        self._engine.suspend()
        os.kill(os.getpid(), signal.SIGSTOP)  # goes on here, after SIGCONT
        self._engine.resume()
        self.pauses_ns.append(time.monotonic_ns() - began_ns)
