"""Runs the tools that read profiles: within a limit of time, and only as long as somebody waits for them."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOOK_S = 0.2
"""Between two looks at whether somebody still waits."""
_INTERRUPTED = "the run was interrupted before that was read"


def never() -> bool:
    """Return that nobody has given up."""
    return False


def finished(
    command: Sequence[str], limit_s: float, is_cancelled: Callable[[], bool] = never, **how: Any
) -> subprocess.CompletedProcess[Any]:
    """Run a command to its end, with nothing to read.

    Args:
        command: Its words.
        limit_s: Time that it may take, in seconds.
        is_cancelled: Is asked now and then whether to give up.
        how: As for `subprocess.Popen`.

    Raises:
        OSError: it does not start.
        TimeoutExpired: it took longer, and was killed.
        CoverageError: nobody waits for it any more; it was killed, or not started.
    """
    deadline_s = time.monotonic() + limit_s
    if is_cancelled():
        raise CoverageError(_INTERRUPTED)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, **how) as process:
        try:
            while True:
                left_s = deadline_s - time.monotonic()
                try:
                    output, errors = process.communicate(timeout=max(min(_LOOK_S, left_s), 0))
                except subprocess.TimeoutExpired:
                    if is_cancelled():
                        raise CoverageError(_INTERRUPTED) from None
                    if left_s <= _LOOK_S:
                        raise subprocess.TimeoutExpired(command, limit_s) from None
                else:
                    return subprocess.CompletedProcess(command, process.returncode, output, errors)
        finally:
            process.kill()
