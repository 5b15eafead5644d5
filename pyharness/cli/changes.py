"""Waits for changes of files in folders: those that are named, not those below them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import watchfiles

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    Watch = Generator[set[tuple[watchfiles.Change, str]], None, None]

_QUIET_MS = 100
"""After so long without another change, those before are one."""
_LONGEST_MS = 3_000
"""Of what is one change."""
_LOOK_MS = 100
"""Between two looks at signals."""


class Changes:
    """What changes in a set of folders; the set may change with it. For one thread."""

    def __init__(self, find_folders: Callable[[], set[str]]) -> None:
        """Begin: from here on no change is missed.

        Args:
            find_folders: is asked again and again for the real paths of the folders that matter.

        Raises:
            UsageError: the system does not watch so many.
        """
        self._find_folders = find_folders
        self._waiting: set[str] = set()
        self._folders, self._watch = self._open()

    def next(self) -> set[str]:
        """Wait for a change, and return the absolute paths of all that has changed with it.

        Raises:
            UsageError: the system does not watch so many folders as there are now.
            KeyboardInterrupt: a handler of signals has raised it.
        """
        changed = self._waiting
        while not changed:
            changed = self._take()
        self._waiting = set()
        # A folder that has come may have been filled before anybody watched it.
        come = {folder for folder in self._find_folders() if _is_within(folder, changed)}
        if come:
            self._reopen()
        return changed.union(*map(_entries, come))

    def follow(self) -> None:
        """Watch the folders that matter now; changes until now are not lost.

        Raises:
            UsageError: the system does not watch so many.
        """
        if self._find_folders() != self._folders:
            self._reopen()

    def close(self) -> None:
        """Watch nothing any more."""
        self._watch.close()

    def _reopen(self) -> None:
        before = self._watch
        self._folders, self._watch = self._open()
        self._waiting |= {path for _, path in next(before)}
        before.close()

    def _take(self) -> set[str]:
        return {path for _, path in next(self._watch)}

    def _open(self) -> tuple[set[str], Watch]:
        while True:
            folders = self._find_folders()
            watch = watchfiles.watch(
                *sorted(folders),
                watch_filter=None,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                rust_timeout=_LOOK_MS,
                yield_on_timeout=True,
                recursive=False,
                ignore_permission_denied=True,
            )
            try:
                self._waiting |= {path for _, path in next(watch)}
            except FileNotFoundError:  # gone since it was found
                continue
            except (OSError, RuntimeError) as error:
                message = (
                    f"cannot watch {len(folders)} folders: {error}; name fewer, or raise fs.inotify.max_user_watches"
                )
                raise UsageError(message) from None
            return folders, watch


def _is_within(path: str, folders: Collection[str]) -> bool:
    """Return whether a path is one of `folders`, or below one."""
    place = path
    while place not in folders:
        place, above = os.path.dirname(place), place
        if place == above:
            return False
    return True


def _entries(folder: str) -> set[str]:
    with contextlib.suppress(OSError):
        return {entry.path for entry in os.scandir(folder)}
    return set()
