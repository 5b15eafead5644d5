"""The files in a folder `.pyharness`: what they are for, how much they take, and how to remove them.

Only what has a name that pyharness gives, and is no symbolic link, counts as made by it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOCK = "lock"
"""A running build holds it. It stays: whoever waits for it has it open, and would not notice a new one."""
_BUILDS = "build"
_IGNORE = ".gitignore"
_KINDS = {
    re.compile(r"listings"): "listings",
    re.compile(r"results"): "results",
    re.compile(r"coverage"): "coverage",
    re.compile(r"frameworks\.json(\.[0-9]+)?"): "frameworks",
}
"""By the names that they have. One with a number behind it was not written to its end."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All files of one kind; what is in a link does not count."""

    kind: str
    files: tuple[str, ...]
    size_bytes: int


def find(folder: str) -> list[Kept]:
    """Return what is there, by kind; kinds without files are left out.

    Raises:
        OSError: it cannot be looked at.
    """
    sizes: dict[str, dict[str, int]] = {}
    for kind, place in _places(folder):
        own = sizes.setdefault(kind, {})
        for path in _files(place):
            with contextlib.suppress(FileNotFoundError):  # a run that goes on has just replaced it
                own[path] = os.lstat(path).st_size
    return [Kept(kind, tuple(own), sum(own.values())) for kind, own in sizes.items() if own]


def remove(folders: Sequence[str]) -> list[Kept]:
    """Remove what `find` finds in these folders, then folders that are left empty. Returns what it was.

    Raises:
        UsageError: a build is running, or one of them is a symbolic link. Nothing has been removed.
        OSError: something cannot be removed.
    """
    for folder in filter(os.path.islink, folders):
        message = f"'{folder}' is a symbolic link; remove by hand what is not needed where it leads"
        raise UsageError(message)
    with contextlib.ExitStack() as held:
        for path in (path for folder in folders for path in _locks(folder)):
            held.callback(os.close, _hold(path))
        found = [kept for folder in folders for kept in find(folder)]
        for path in (path for kept in found for path in kept.files):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        for folder in folders:
            _remove_empty(folder)
    return found


def foreign(folder: str) -> list[str]:
    """Return the paths that are not pyharness's.

    Raises:
        OSError: it cannot be looked at.
    """
    own = {path for _, path in _places(folder)} | {os.path.join(folder, _IGNORE)}
    builds = os.path.join(folder, _BUILDS)
    return [
        entry.path
        for entry in _entries(folder)
        if entry.path not in own and (entry.path != builds or entry.is_symlink())
    ]


def _places(folder: str) -> Iterator[tuple[str, str]]:
    """Yield kind and path of each file or folder that pyharness has made."""
    for entry in _entries(folder):
        if entry.name == _BUILDS:
            yield from ((f"build {os.path.basename(path)}", path) for path in _variants(folder))
        elif not entry.is_symlink():
            yield from ((kind, entry.path) for name, kind in _KINDS.items() if name.fullmatch(entry.name))


def _variants(folder: str) -> list[str]:
    builds = os.path.join(folder, _BUILDS)
    if os.path.islink(builds):
        return []
    return [entry.path for entry in _entries(builds) if entry.is_dir(follow_symlinks=False)]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _files(place: str) -> Iterator[str]:
    """Yield all but folders and a lock at the top; a link is a file here, wherever it leads."""
    if not os.path.isdir(place):
        yield place
    for parent, folders, names in os.walk(place):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        own = [name for name in (*names, *links) if parent != place or name != LOCK]
        yield from (os.path.join(parent, name) for name in own)


def _locks(folder: str) -> list[str]:
    places = [os.path.join(folder, _BUILDS), *_variants(folder)]
    locks = [os.path.join(place, LOCK) for place in places]
    return [lock for lock in locks if os.path.isfile(lock) and not os.path.islink(os.path.dirname(lock))]


def _hold(lock: str) -> int:
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        message = f"a build is running in '{os.path.dirname(lock)}'; wait for its end, or stop it"
        raise UsageError(message) from None
    return descriptor


def _remove_empty(folder: str) -> None:
    """Remove folders of pyharness that have nothing in them any more; the outermost may have what git is told."""
    below = [parent for _, place in _places(folder) for parent, _, _ in os.walk(place, topdown=False)]
    for path in (*below, os.path.join(folder, _BUILDS)):
        with contextlib.suppress(OSError):  # it is not empty, not there, or a link
            os.rmdir(path)
    if [entry.name for entry in _entries(folder)] == [_IGNORE]:
        os.unlink(os.path.join(folder, _IGNORE))
    with contextlib.suppress(OSError):
        os.rmdir(folder)
