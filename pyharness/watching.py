"""From paths that have changed to what is to be run again. Pure: looks at no file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pyharness.config.due import Due
from pyharness.discovery import is_library_name, is_test_source
from pyharness.globs import matches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_MOST_NAMED = 3
_ENDINGS = (
    *(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".h++"),
    *(".inc", ".inl", ".ipp", ".ixx", ".tcc", ".tpp", ".def"),
)
"""Of what is compiled or included."""


class Affected(NamedTuple):
    """What a change comes to."""

    paths: tuple[str, ...]
    """Those that matter; none: nothing is to be run."""
    due: Due | None
    """What is to be run beside what has to be built anew; `None`: everything."""


@dataclass(frozen=True)
class Watched:
    """What the last run has used, and where more may come from. All paths are absolute."""

    users: Mapping[str, Collection[str]]
    """By file: the paths of the suites that are something else when it changes."""
    configuration: Collection[str] = frozenset()
    """Files that say how everything is run, or would, if they were there."""
    folders: Collection[str] = ()
    """That are searched for what can be run, with all below."""
    root: str = ""
    """Of the patterns."""
    sources: Collection[str] = ()
    """Patterns of sources under test, from the root; with `!` before it: of what is none."""
    is_unsettled: bool = False
    """Something could not be built or loaded, and nobody knows what it would have used."""

    @property
    def count(self) -> int:
        """How many files are watched, new ones aside."""
        return len(self.users)

    def newcomers(self, changed: Iterable[str]) -> list[str]:
        """Return those that the last run has not used and the next one may."""
        return [path for path in changed if not self._is_known(path) and self._may_come(path)]

    def affected(self, changed: Collection[str]) -> Affected:
        """Return what is to be run again. A path may also be that of a folder that has come or gone."""
        paths = sorted({*filter(self._is_known, changed), *self.newcomers(changed)})
        if any(path in self.configuration for path in paths):
            return Affected(tuple(paths), None)
        return Affected(tuple(paths), Due(frozenset(suite for path in paths for suite in self._users_of(path))))

    def _is_known(self, path: str) -> bool:
        return path in self.configuration or path in self.users or path in self._folders_of_users

    @cached_property
    def _folders_of_users(self) -> set[str]:
        """All above a file that was used."""
        found: set[str] = set()
        for path in self.users:
            folder = os.path.dirname(path)
            while folder not in found:
                found.add(folder)
                folder = os.path.dirname(folder)
        return found

    def _users_of(self, path: str) -> Iterator[str]:
        yield from self.users.get(path, ())
        if path in self._folders_of_users:
            for file, suites in self.users.items():
                if _is_below(file, path):
                    yield from suites

    def _may_come(self, path: str) -> bool:
        if self._is_source_under_test(path):
            return True
        if self.is_unsettled and path.endswith(_ENDINGS):
            return not _is_hidden(path, os.path.dirname(path))
        is_one = is_test_source(path) or is_library_name(path)
        return is_one and any(_is_below(path, folder) and not _is_hidden(path, folder) for folder in self.folders)

    def _is_source_under_test(self, path: str) -> bool:
        if not _is_below(path, self.root) or _is_hidden(path, self.root):
            return False
        name = os.path.relpath(path, self.root)
        left_out = any(matches(name, pattern[1:]) for pattern in self.sources if pattern.startswith("!"))
        return not left_out and any(matches(name, pattern) for pattern in self.sources)


def describe(paths: Collection[str], folder: str) -> str:
    """Return the line that names what has changed; paths below `folder` count from there."""
    shown = [os.path.relpath(path, folder) if _is_below(path, folder) else path for path in paths]
    named, more = shown[:_MOST_NAMED], len(shown) - _MOST_NAMED
    if more > 0:
        return f"changed: {', '.join(named)} and {more} more"
    return f"changed: {', '.join(named)}"


def waits_for(files: int) -> str:
    """Return the line that says what is waited for."""
    return f"watching {files} file{'s' if files != 1 else ''}; Ctrl-C ends it"


def _is_below(path: str, folder: str) -> bool:
    return bool(folder) and path.startswith(os.path.join(folder, ""))


def _is_hidden(path: str, folder: str) -> bool:
    return any(name.startswith(".") for name in path[len(folder) :].split(os.sep))
