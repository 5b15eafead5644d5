"""Which files are test sources, and which of those that are found are ours to build."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAME = re.compile(r".\.test\.(c|cc|cpp|cxx)$")
_INCLUDE = re.compile(
    rb'^[ \t]*#[ \t]*include[ \t]*[<"](?:'
    rb"(?P<pyharness>pyharness/)|(?P<googletest>gtest/|gmock/)|(?P<catch2>catch2/|catch\.hpp)"
    rb"|(?P<doctest>doctest/|doctest\.h)|(?P<boost>boost/test/))",
    re.MULTILINE,
)
_TITLES = {"googletest": "GoogleTest", "catch2": "Catch2", "doctest": "doctest", "boost": "Boost.Test"}
_BRIDGED = frozenset({"googletest", "catch2", "doctest"})
_CHECK_IGNORE = ("git", "check-ignore", "-z", "--stdin")
_GIT_LIMIT_S = 10


def is_test_source(path: str) -> bool:
    """Return whether a path is that of a test source, by its name."""
    return _NAME.search(path) is not None


def foreign_framework(path: str) -> str:
    """Return the framework whose headers a source includes itself; empty: none, or those of pyharness too.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            found = {match.lastgroup or "" for match in _INCLUDE.finditer(file.read())}
    except OSError as error:
        message = f"cannot read the test source '{path}': {error.strerror}"
        raise UsageError(message) from None
    if "pyharness" in found:
        return ""
    return min(found, default="")


def refuse_foreign(path: str) -> None:
    """Refuse a source that was named and is not ours to build.

    Raises:
        UsageError: it is that, or it cannot be read.
    """
    framework = foreign_framework(path)
    if framework:
        title = _TITLES[framework]
        advice = (
            f"make a suite of it with pyharness_add_suite(… FRAMEWORK {framework} …), see docs/bridges.md"
            if framework in _BRIDGED
            else "build its program, and name that"
        )
        message = f"'{path}' is written with {title}, which 'pyharness test' does not build; {advice}"
        raise UsageError(message)


class FoundSources:
    """Sorts out the test sources that are found in folders, and keeps account of what is left out."""

    def __init__(self) -> None:
        """Nothing is left out yet."""
        self._foreign: dict[str, list[str]] = {}

    def ours(self, folder: str, paths: Sequence[str]) -> list[str]:
        """Return those that are to be built of the test sources below `folder`, which was searched.

        Raises:
            UsageError: one cannot be read.
        """
        ignored = ignored_by_git(folder, paths)
        return [path for path in paths if path not in ignored and not self._is_foreign(path)]

    def remarks(self) -> list[str]:
        """Return a sentence on the test sources of each other framework."""
        return [
            f"{_counted(paths)} with {_TITLES[framework]}, and not built: {_example(paths)}; see docs/bridges.md"
            for framework, paths in sorted(self._foreign.items())
        ]

    def _is_foreign(self, path: str) -> bool:
        framework = foreign_framework(path)
        if framework:
            self._foreign.setdefault(framework, []).append(path)
        return bool(framework)


def _counted(paths: Sequence[str]) -> str:
    return "1 test source is written" if len(paths) == 1 else f"{len(paths)} test sources are written"


def _example(paths: Sequence[str]) -> str:
    return f"'{paths[0]}'" if len(paths) == 1 else f"'{paths[0]}' and others"


def ignored_by_git(folder: str, paths: Sequence[str]) -> set[str]:
    """Return what git ignores; nothing below a folder that it ignores as a whole, since that was named.

    Files that git follows are never ignored, whatever the patterns say. Without git, nothing is.
    """
    if not paths or not _has_repository(folder):
        return set()
    said = _ask_git(folder, [folder, *paths])
    return set() if folder in said else said


def _has_repository(folder: str) -> bool:
    place = os.path.realpath(folder)
    while not os.path.exists(os.path.join(place, ".git")):
        if place == os.path.dirname(place):
            return False
        place = os.path.dirname(place)
    return True


def _ask_git(folder: str, paths: Iterable[str]) -> set[str]:
    names = {os.path.relpath(path, folder): path for path in paths}
    try:
        done = subprocess.run(
            _CHECK_IGNORE,
            cwd=folder,
            input=b"\0".join(map(os.fsencode, names)) + b"\0",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_GIT_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):  # without git nothing is ignored
        return set()
    return {names[os.fsdecode(name)] for name in done.stdout.split(b"\0") if name}
