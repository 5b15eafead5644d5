"""The folder `.pyharness`, in which all is kept that nobody has named another place for."""

from __future__ import annotations

import contextlib
import os

FOLDER = ".pyharness"


def make_folder(path: str) -> None:
    """Make a folder with those above it; of one in a `.pyharness`, no version control takes anything up.

    Raises:
        OSError: it cannot be made, or the `.gitignore` cannot be written.
    """
    os.makedirs(path, exist_ok=True)
    above, own, _ = os.path.join(os.path.abspath(path), "").rpartition(f"/{FOLDER}/")
    if own:
        ignore_in_git(f"{above}/{FOLDER}")


def ignore_in_git(folder: str) -> None:
    """Let no version control take up what is kept in a folder.

    Raises:
        OSError: it cannot be written.
    """
    with contextlib.suppress(FileExistsError), open(os.path.join(folder, ".gitignore"), "x", encoding="utf-8") as file:
        file.write("*\n")
