"""The two standard streams, as all commands write to them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from pyharness.errors import InternalError
from pyharness.text import one_line


def complain(message: str) -> None:
    """Say in one line on the standard error what went wrong. That nobody can read it is no reason to stop."""
    with contextlib.suppress(OSError, ValueError):
        print(f"pyharness: error: {one_line(message)}", file=sys.stderr, flush=True)


def mention(message: str) -> None:
    """Say in one line on the standard error what is waited for, say."""
    with contextlib.suppress(OSError, ValueError):
        print(f"pyharness: {one_line(message)}", file=sys.stderr, flush=True)


def standard_output() -> TextIO:
    """Return a stream that takes any text: what its encoding lacks is shown as an escape."""
    if sys.stdout is None:  # closed by whoever started this process
        return open(os.devnull, "w", encoding="utf-8")  # lives as long as the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


def write_out(text: str) -> None:
    """Write to the standard output. A reader that has gone away (`| head`) has had enough, and that is fine.

    Raises:
        InternalError: it cannot be written for another reason.
    """
    try:
        standard_output().write(text)
    except BrokenPipeError:
        pass
    except OSError as error:
        message = f"cannot write to the standard output: {error.strerror}"
        raise InternalError(message) from None
