"""Which files are reported: those of the project, and what patterns add or take away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness.globs import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.coverage.model import Coverage

SYSTEM_FOLDERS = ("/usr", "/opt", "/lib", "/lib64", "/nix/store", "/gnu/store")
"""Headers under these are nobody's project, unless the project itself stands there."""


class Selected(NamedTuple):
    """What is left, and what to warn of."""

    coverage: Coverage
    warnings: tuple[str, ...]
    """One sentence for each pattern that matches no file."""


class Patterns(NamedTuple):
    """Globs: `*` stays within one name, `**` is any number of folders.

    They are compared with the path below the project's folder; those that begin with `/`, with the absolute path.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    flags: str = "--coverage-"
    """What stands before `include` and `exclude` where they are given, for warnings."""


def select(
    coverage: Coverage, patterns: Patterns, *, root: str, own: Sequence[str] = (), anywhere: bool = False
) -> Selected:
    """Leave out what is not to be reported.

    Without patterns the files under `root` stay. Files elsewhere (of the system, of libraries) are left out unless a
    pattern of `include` matches them; if there are such patterns, nothing else stays. What matches a pattern of
    `exclude` goes in any case, and so do the files of the harness.

    Args:
        coverage: All that was measured.
        patterns: What is given.
        root: The project's folder, absolute.
        own: Folders of the harness itself, such as that of its headers, absolute.
        anywhere: Without patterns of `include`, files elsewhere stay, too.
    """
    include, exclude, flags = patterns
    places = {file.path: os.path.normpath(file.path) for file in coverage.files}
    warnings = [
        f"the pattern '{pattern}' of {option} matches no file with coverage; {_compared_with(pattern, root)}"
        for option, given in ((f"{flags}include", include), (f"{flags}exclude", exclude))
        for pattern in given
        if not _any(places.values(), [pattern], root)
    ]

    def stays(place: str) -> bool:
        if _any([place], exclude, root) or any(_is_under(place, folder) for folder in own):
            return False
        return _any([place], include, root) if include else anywhere or _is_of_project(place, root)

    kept = tuple(file for file in coverage.files if stays(places[file.path]))
    return Selected(msgspec.structs.replace(coverage, files=kept), tuple(warnings))


def shown_path(path: str, root: str) -> str:
    """Return the path below `root`, or the absolute one of a file that is elsewhere."""
    path = os.path.normpath(path)
    return os.path.relpath(path, root) if _is_under(path, root) else path


def _any(places: Iterable[str], patterns: Sequence[str], root: str) -> bool:
    return any(_matches(place, pattern, root) for place in places for pattern in patterns)


def _matches(place: str, pattern: str, root: str) -> bool:
    """Let a pattern reach out of the project only if it says so: `**/*.h` is not meant for the system's headers."""
    if pattern.startswith("/"):
        return matches(place, pattern)
    return _is_under(place, root) and matches(os.path.relpath(place, root), pattern)


def _compared_with(pattern: str, root: str) -> str:
    if pattern.startswith("/"):
        return "it is compared with absolute paths"
    return f"it is compared with paths below '{root}'"


def _is_of_project(place: str, root: str) -> bool:
    # A root such as `/` has the system's folders within itself.
    of_system = any(_is_under(place, system) and not _is_under(root, system) for system in SYSTEM_FOLDERS)
    return _is_under(place, root) and not of_system


def _is_under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
