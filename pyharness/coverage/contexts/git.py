"""Asks git what has changed in the working tree."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from pyharness.coverage.contexts.hunks import Changed, read_changed, read_hunks
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyharness.coverage.contexts.affected import Hunk

_LIMIT_S = 120
_OPTION = "--affected-by"
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color")
"""Against what a configuration may ask for."""


class Repository:
    """The repository that a folder is in."""

    def __init__(self, folder: str) -> None:
        """Find it.

        Raises:
            UsageError: there is no git, or no repository.
        """
        self._folder = folder
        done = self._git("rev-parse", "--show-toplevel")
        if done.returncode:
            message = f"'{_OPTION}' asks git, and '{folder}' is in no repository with a working tree: {_said(done)}"
            raise UsageError(message)
        self._folder = self.root = os.fsdecode(done.stdout).removesuffix("\n")

    def commit(self, revision: str) -> str:
        """Return the id of a commit.

        Raises:
            UsageError: there is no such commit.
        """
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if done.returncode:
            message = f"git knows no commit '{revision}' in '{self.root}'; give '{_OPTION}' one that `git log` shows"
            raise UsageError(message)
        return os.fsdecode(done.stdout).strip()

    def changed_since(self, commit: str) -> dict[str, Changed]:
        """Return the files that differ in the working tree, committed or not, by their paths below the root."""
        options = ("--raw", "-z", "--no-abbrev", "--find-renames", "--no-relative", "--ignore-submodules=none", *_PLAIN)
        changed = read_changed(self._asked("diff", *options, commit, "--"))
        new = self._paths("ls-files", "--others", "--exclude-standard", "-z")
        return {**{path: Changed("", path) for path in new}, **changed}

    def tracked(self) -> set[str]:
        """Return the paths of all files that git keeps."""
        return set(self._paths("ls-files", "-z"))

    def content(self, blob: str) -> bytes | None:
        """Return the content of a blob; `None`: git does not have it."""
        done = self._git("cat-file", "blob", blob)
        return None if done.returncode else done.stdout

    def difference(self, before: bytes, now: bytes) -> tuple[Hunk, ...]:
        """Return what of `before` has changed.

        Raises:
            UsageError: git has failed.
        """
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("before", "now")]
            for path, content in zip(paths, (before, now), strict=True):
                with open(path, "wb") as file:
                    file.write(content)
            return read_hunks(self._asked("diff", "--no-index", "--unified=0", "--text", *_PLAIN, "--", *paths, most=1))

    def _paths(self, *arguments: str) -> Iterable[str]:
        return [path for path in self._asked(*arguments).split("\0") if path]

    def _asked(self, *arguments: str, most: int = 0) -> str:
        done = self._git(*arguments)
        if done.returncode not in range(most + 1):
            message = f"`git {arguments[0]}` failed in '{self.root}': {_said(done)}"
            raise UsageError(message)
        return os.fsdecode(done.stdout)

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", self._folder, *arguments]
        environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
        try:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=_LIMIT_S, check=False
            )
        except OSError as error:
            message = f"'{_OPTION}' asks git, which does not start: {error.strerror}; install it"
            raise UsageError(message) from None
        except subprocess.TimeoutExpired:
            message = f"`git {arguments[0]}` took longer than {_LIMIT_S} s in '{self._folder}'; look at its disk"
            raise UsageError(message) from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else f"exit code {done.returncode}"
