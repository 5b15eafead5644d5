"""How a case that has run too long is stopped: signals, and how long to wait after each."""

from __future__ import annotations

import math
import signal
from typing import NamedTuple

_LONGEST_S = 1_000_000


class StopStep(NamedTuple):
    """One signal, and the time that the case has to end before the next one."""

    signal: int
    wait_ms: int


LAST = StopStep(signal.SIGKILL, 1_000)
"""What every sequence ends with: nothing but SIGKILL is sure to end a process."""
DEFAULT = (StopStep(signal.SIGTERM, 5_000), LAST)
EXPECTED = 'a list of signals and seconds, at least one and none behind KILL, such as [["TERM", 5.0], ["KILL", 1.0]]'


def read(value: object) -> tuple[StopStep, ...] | None:
    """Return the sequence for a list of `[signal, seconds]`; `None` when it is none."""
    if not isinstance(value, list):
        return None
    steps = tuple(step for step in map(_read_step, value) if step is not None)
    if not steps or len(steps) != len(value):
        return None
    if any(step.signal == signal.SIGKILL for step in steps[:-1]):  # what follows would never be sent
        return None
    return steps if steps[-1].signal == signal.SIGKILL else (*steps, LAST)


def show(steps: tuple[StopStep, ...]) -> list[list[object]]:
    """Return what `read` would take."""
    return [[signal.Signals(step.signal).name.removeprefix("SIG"), step.wait_ms / 1000] for step in steps]


def _read_step(value: object) -> StopStep | None:
    match value:
        case [str(name), int() | float() as seconds] if not isinstance(seconds, bool) and 0 <= seconds <= _LONGEST_S:
            number = getattr(signal.Signals, f"SIG{name.removeprefix('SIG')}", None)
            return None if number is None else StopStep(int(number), math.ceil(seconds * 1000))
    return None
