"""From a revision to the cases that have to run: what git says has changed, on the lines that cases cover."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.contexts import store
from pyharness.coverage.contexts.affected import affected
from pyharness.coverage.contexts.assembling import blob_id, join
from pyharness.coverage.contexts.git import Repository

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pyharness.coverage.contexts.affected import Change
    from pyharness.coverage.contexts.hunks import Changed
    from pyharness.coverage.contexts.model import Contexts, FileVersion

_SOURCE = re.compile(
    r".*\.(?:c|cc|cpp|cxx|c\+\+|cppm|ixx|h|hh|hpp|hxx|h\+\+|inc|inl|ipp|tcc|tpp|def|m|mm|rs|s|S)", re.DOTALL
)
_OF_BUILD = re.compile(
    r"(?:.*/)?(?:CMakeLists\.txt|CMakePresets\.json|meson\.build|meson_options\.txt|meson\.options|(?:GNU)?[Mm]akefile|"
    r"Makefile\.am|configure\.ac|BUILD|BUILD\.bazel|MODULE\.bazel|WORKSPACE|pyharness\.toml|pyproject\.toml|"
    r"conanfile\.(?:txt|py)|vcpkg\.json|[^/]*\.(?:cmake|bzl|mk|ninja))",
    re.DOTALL,
)
_NAMED = 3
"""How many files a remark names."""


class Affected(NamedTuple):
    """What a change asks for."""

    revision: str
    affected: frozenset[str]
    """Ids of cases."""
    known: frozenset[str]
    """Of those it is known what they cover; any other runs in any case."""
    remarks: tuple[str, ...]

    def runs(self, case_id: str) -> bool:
        """Return whether a case has to run."""
        return case_id in self.affected or case_id not in self.known


def find_affected(revision: str, paths: Sequence[str], root: str) -> Affected:
    """Find the cases that what has changed since a revision affects.

    Args:
        revision: As git takes it.
        paths: Of contexts files.
        root: The folder that their paths begin from, absolute.

    Raises:
        UsageError: there is no git, no repository, no such revision, or a file cannot be read.
    """
    contexts = join(store.read(path) for path in paths)
    changes = _Changes(Repository(root), revision, root)
    found = ((number, changes.of(file)) for number, file in enumerate(contexts.files))
    return Affected(
        revision,
        affected(contexts, {number: change for number, change in found if change != ()}),
        frozenset(case for case, lines in contexts.cases.items() if not lines.unknown),
        changes.remarks(contexts),
    )


class _Changes:
    """What has changed in the working tree since a commit."""

    def __init__(self, repository: Repository, revision: str, root: str) -> None:
        self._repository = repository
        self._root = root
        self._changed = repository.changed_since(repository.commit(revision))
        self._tracked = repository.tracked()

    def of(self, file: FileVersion) -> Change:
        """Return what has changed in a file, by its lines; nothing when it is as it was."""
        place = self._place(file.path)
        changed = self._changed.get(place)
        if changed is not None:
            return self._since(changed, file.blob)
        if place in self._tracked:
            return ()
        # Of what git does not keep (made by the build, or of another repository) only the content tells.
        now = _content(os.path.join(self._root, file.path))
        return () if now is not None and blob_id(now) == file.blob else None

    def remarks(self, contexts: Contexts) -> tuple[str, ...]:
        """Say what has changed that no case can be found for."""
        touched = {piece.file for piece in contexts.pieces}
        files = enumerate(contexts.files)
        covered = {self._place(file.path) for number, file in files if number in touched or file.outside}
        here = os.path.relpath(os.path.realpath(self._root), os.path.realpath(self._repository.root))
        below = [path for path in sorted(self._changed) if here == "." or path.startswith(f"{here}/")]
        unknown = [path for path in below if path not in covered and _SOURCE.fullmatch(path)]
        builds = [path for path in below if _OF_BUILD.fullmatch(path)]
        remarks = []
        if unknown:
            remarks.append(f"changed, and in no case's coverage: {_named(unknown)}; who needs it is not known")
        if builds:
            remarks.append(f"changed, and no source: {_named(builds)}; what that affects is not known")
        return tuple(remarks)

    def _since(self, changed: Changed, recorded: str) -> Change:
        if not (changed.blob and changed.path):
            return None  # it has come, or gone
        then = self._repository.content(changed.blob)
        now = _content(os.path.join(self._repository.root, changed.path))
        if then is None or now is None:
            return None
        if changed.blob == recorded:
            return self._repository.difference(then, now)
        content = now if blob_id(now) == recorded else self._repository.content(recorded) if recorded else None
        if content is None:
            return None
        # Lines have the numbers of what was recorded: what differs there from either end has changed.
        return (*self._repository.difference(content, now), *self._repository.difference(content, then))

    def _place(self, path: str) -> str:
        """Return a path as git has it."""
        real = os.path.realpath(os.path.join(self._root, path))
        return os.path.relpath(real, os.path.realpath(self._repository.root))


def _named(paths: Collection[str]) -> str:
    named = ", ".join(f"'{path}'" for path in list(paths)[:_NAMED])
    rest = len(paths) - _NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
