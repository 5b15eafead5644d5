"""What a report says of cases, before it is known which part of the output is theirs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NamedTuple

from pyharness.model import Outcome  # noqa: TC001  a NamedTuple resolves it

if TYPE_CHECKING:
    from pyharness.adapters.protocol import Exit
    from pyharness.events import Failure

UNASKED = -1
"""Position of a case that runs though nobody has asked for it: filters cannot tell it from one that was asked for."""


class Begun(NamedTuple):
    """A case has begun."""

    position: int
    name: str
    """As the report writes it."""


class Found(NamedTuple):
    """A case has ended."""

    position: int
    name: str
    outcome: Outcome
    duration_ns: int = -1
    failures: tuple[Failure, ...] = ()
    kept: bytes = b""
    """What it has written that the framework has kept for its report."""


def nanoseconds(seconds: str | None) -> int:
    """Read a duration; -1 if there is none."""
    return -1 if not seconds else round(float(seconds) * 1e9)


def wrong_exit(status: Exit, trouble: str, *, any_failed: bool) -> str:
    """Say what is wrong with an exit after all cases have ended, if failures make the program's exit code."""
    if status.signal:
        name = signal.strsignal(status.signal) or f"signal {status.signal}"
        return f"was killed after its last case had ended ({name}); look at global tear-down"
    if status.code and not any_failed:
        return f"ended with exit code {status.code} though no case had failed; {trouble or 'look at global tear-down'}"
    return ""


def contradiction(status: Exit, *, failing: int, any_failed: bool, look_at: str = "") -> str:
    """Say what is wrong with an exit of a program that ends with `failing` if a case has failed, and else with 0."""
    advice = f"; look at {look_at}" if look_at else ""
    if status.signal:
        return f"was ended by signal {status.signal} after its last case"
    if any_failed and status.code != failing:
        return f"ended with exit code {status.code} though a case had failed{advice}"
    if status.code and not any_failed:
        return f"ended with exit code {status.code} though no case had failed{advice}"
    return ""


def failed_list(output: bytes, status: Exit) -> str:
    """Say how a program ended instead of listing its cases, and its last words."""
    how = f"signal {status.signal}" if status.signal else f"exit code {status.code}"
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    return f"it ended with {how} when asked for its cases: {lines[-1] if lines else 'it printed nothing'}"
