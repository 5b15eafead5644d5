"""Writes reports: each as a whole or not at all, and none before all could be made."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pyharness.errors import CoverageError
from pyharness.own_folder import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def write(files: Mapping[str, bytes]) -> None:
    """Write files by their paths, and make folders where they are missing.

    Raises:
        CoverageError: one cannot be written. Those that were there before are as they were.
    """
    with written(files):
        pass


@contextlib.contextmanager
def written(files: Mapping[str, bytes]) -> Iterator[None]:
    """Write files beside their places, and put them there at the end of the block, unless an error ends it.

    Raises:
        CoverageError: one cannot be written, or, at the end, be put into its place. Those that were there before are
            whole.
    """
    ready: list[tuple[str, str, str]] = []
    with contextlib.ExitStack() as removed:
        for path, content in files.items():
            target = os.path.realpath(path)
            temporary = f"{target}.{os.getpid()}.part"
            with _explained(path):
                if os.path.exists(target) and not os.path.isfile(target):
                    message = f"cannot write the coverage to '{path}': not a regular file; name another file"
                    raise CoverageError(message)  # a device or a pipe would be replaced
                make_folder(os.path.dirname(target))
                with open(temporary, "xb") as file:
                    removed.callback(_remove, temporary)
                    file.write(content)
            ready.append((path, temporary, target))
        yield
        for path, temporary, target in ready:
            with _explained(path):
                os.replace(temporary, target)


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot write the coverage to '{path}': {error.strerror}; name another file"
        raise CoverageError(message) from None


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
