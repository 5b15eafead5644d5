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
        temporary = f"{path}.{os.getpid()}.part"
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            with contextlib.ExitStack() as removed:
                removed.callback(_remove, temporary)
                with open(temporary, "xb") as file:
                    file.write(content)
                os.replace(temporary, path)
        except OSError as error:
            message = f"cannot write the coverage to '{path}': {error.strerror}; name another file"
            raise CoverageError(message) from None


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
