"""The files by which a run tells Bazel that it has begun, that it has ended, and that it runs a part of the cases."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pyharness.config.bazel import BazelFiles


def begin(files: BazelFiles) -> None:
    """Make those that are there while tests run.

    Raises:
        UsageError: one cannot be made.
    """
    for path in (files.premature_exit, files.shard_status):
        if path:
            _touch(path)


def end(files: BazelFiles) -> None:
    """Say that the run has come to its end, and its exit code can be believed."""
    if files.premature_exit:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(files.premature_exit)


def _touch(path: str) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
        os.utime(path)
    except OSError as error:
        message = f"cannot write '{path}', as Bazel asks: {error.strerror}; run it where that is allowed"
        raise UsageError(message) from None
