"""Writes reports: each as a whole or not at all, and none before all could be made."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def write(files: Mapping[str, bytes]) -> None:
    """Write files by their paths, and make folders where they are missing.

    Raises:
        CoverageError: one cannot be written. Those that were there before are whole.
    """
    for path, content in files.items():
        target = os.path.realpath(path)
        temporary = f"{target}.{os.getpid()}.part"
        try:
            if os.path.exists(target) and not os.path.isfile(target):
                message = f"cannot write the coverage to '{path}': not a regular file; name another file"
                raise CoverageError(message)  # a device or a pipe would be replaced
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with contextlib.ExitStack() as removed:
                removed.callback(_remove, temporary)
                with open(temporary, "xb") as file:
                    file.write(content)
                os.replace(temporary, target)
        except OSError as error:
            message = f"cannot write the coverage to '{path}': {error.strerror}; name another file"
            raise CoverageError(message) from None


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
