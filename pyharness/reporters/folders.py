"""Where report files stand."""

from __future__ import annotations

import errno
import os


def make_folder_of(path: str) -> None:
    """Make the folder that a file is to stand in, and those above it, where they are missing.

    Raises:
        OSError: one of them cannot be made.
    """
    folder = os.path.dirname(path)
    if not folder:
        return
    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError:  # its own words would be true of the file, and not of what is wrong
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None
