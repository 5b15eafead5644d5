"""Where a `coverage run` of Python has its extension modules count, and when the counts of earlier runs go.

It is read by the process that is measured, before anything else: what it does not need is not imported.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

PROFILES = os.path.join(".pyharness", "coverage", "python")
"""The folder of the profiles, from the current one."""
_WAS_READ = "read"
"""The file in it that says: what was there is in a coverage.json, so nobody needs it any more."""
_WITH_VALUE = frozenset(
    {
        "--concurrency",
        "--context",
        "--data-file",
        "--debug",
        "--include",
        "--omit",
        "--rcfile",
        "--save-signal",
        "--source",
    }
)
"""The options of `coverage run` that have their value in the next word, if not behind a `=`."""


def command_line(words: Sequence[str]) -> Sequence[str]:
    """Return the words of a command of coverage.py, behind the name of the program; none: it is something else.

    Args:
        words: Of the whole process, with the interpreter: `sys.orig_argv`.
    """
    at = next((at for at, word in enumerate(words) if os.path.basename(word).startswith("coverage")), len(words))
    return words[at + 1 :]


def prepare(
    folder: str, command: Sequence[str] | None, environment: MutableMapping[str, str], *, is_parallel: bool
) -> None:
    """Let this process and its children count in a folder, and remove what earlier runs have left there.

    What the environment says already stays: the user has said it, or the process whose child this is. In that case
    nothing is removed.

    Args:
        folder: The absolute path; the runtimes make it when they write.
        command: The words of the command of coverage.py; `None`: somebody uses its API, such as pytest-cov.
        environment: Of this process; changed in place.
        is_parallel: Each process has a data file of its own, so this may be one of many runs.

    Raises:
        OSError: What earlier runs have left cannot be removed.
    """
    action = "" if command is None else command[0] if command else "none"
    if action == "erase":
        _remove(folder)
    if action not in {"", "run"} or not _point(folder, environment):
        return
    if command and appends(command[1:]):
        _keep(folder)
    elif not (command is None or is_parallel) or was_read(folder):
        _remove(folder)


def appends(words: Sequence[str]) -> bool:
    """Return whether the words behind `coverage run` ask to add to what was measured before."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "--":
            return False  # the program; what follows is its own
        if word == "--append" or ("a" in word and not word.startswith("--")):
            return True
        if word in _WITH_VALUE:
            next(rest, None)
    return False


def was_read(folder: str) -> bool:
    """Return whether all that is in the folder is in a coverage.json."""
    return os.path.exists(os.path.join(folder, _WAS_READ))


def mark_read(folder: str) -> None:
    """Note that all that is in the folder is in a coverage.json.

    Raises:
        OSError: It cannot be written.
    """
    with open(os.path.join(folder, _WAS_READ), "wb"):
        pass


def _point(folder: str, environment: MutableMapping[str, str]) -> bool:
    """Set what is not set yet; return whether there was any of it."""
    from pyharness.coverage.gcov import gcov_environment  # noqa: PLC0415  processes that inherit it need none of this

    # One file for each process and module; a module has a signature of its own.
    llvm = {"LLVM_PROFILE_FILE": os.path.join(folder, "python-%p-%m.profraw")}
    missing = [part for part in (llvm, gcov_environment(folder)) if next(iter(part)) not in environment]
    for part in missing:
        environment.update(part)
    return bool(missing)


def _keep(folder: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, _WAS_READ))


def _remove(folder: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
