"""Finds the gcov that reads what a compiler has written: that of the same version, or the one of LLVM."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyharness.coverage.gcov_files import Maker

_LIMIT_S = 30
_REMARK = re.compile(r"\([^)]*\)")
_VERSION = re.compile(r"\b(\d+)\.(\d+)")
_LLVM = re.compile(r"llvm-cov(?:-(\d+))?")


def find_gcov(maker: Maker, environment: Mapping[str, str], beside: Sequence[str] = ()) -> list[str] | None:
    """Return the command that reads what a compiler has written; `None`: there is none.

    Args:
        maker: The compiler.
        environment: `PATH` says where to look; `GCOV` names the command, whatever its version.
        beside: Folders to look in before: those of compilers.
    """
    if environment.get("GCOV"):
        return shlex.split(environment["GCOV"])
    folders = [*beside, *environment.get("PATH", os.defpath).split(os.pathsep)]
    if maker.is_clang:  # its format is the same in all versions
        return next(([path, "gcov"] for path in _of_llvm(folders)), None)
    names = (f"gcov-{maker.major}.{maker.minor}", f"gcov-{maker.major}", "gcov")
    paths = (os.path.join(folder, name) for folder in folders for name in names)
    usable = (path for path in paths if os.access(path, os.X_OK) and not os.path.isdir(path))
    return next(([path] for path in usable if _version(path, environment) == maker), None)


def _of_llvm(folders: Sequence[str]) -> Iterator[str]:
    """Return the newest of each folder."""
    for folder in folders:
        try:
            found = [match for match in map(_LLVM.fullmatch, os.listdir(folder)) if match]
        except OSError:
            continue
        newest = max(found, key=lambda match: int(match[1] or 0), default=None)
        if newest is not None:
            yield os.path.join(folder, newest[0])


def _version(path: str, environment: Mapping[str, str]) -> tuple[int, int] | None:
    """Return what a gcov says of itself, without what distributions add in brackets."""
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**environment, "LC_ALL": "C"},
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    first = done.stdout.decode(errors="replace").partition("\n")[0]
    version = _VERSION.search(_REMARK.sub("", first)) if done.returncode == 0 else None
    return (int(version[1]), int(version[2])) if version else None
