"""Of which framework executables are: found out by looking into them, and kept as long as they stay the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from pyharness.discovery import kept
from pyharness.discovery.kept import FileIdentity  # noqa: TC001 -- msgspec reads it

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = "frameworks.json"


class _Answer(msgspec.Struct):
    file: FileIdentity
    framework: str


class _Answers(msgspec.Struct):
    installed: FileIdentity
    """This file: whoever installs the adapters anew replaces it, too."""
    programs: dict[str, _Answer]


class Frameworks:
    """Answers for a run."""

    def __init__(self, adapters: Sequence[str] = (), *, cache: bool = False) -> None:
        """Ask `adapters` of other packages, too. `cache`: use and keep answers; of built-in adapters only."""
        self._adapters = adapters
        self._cache = cache and not adapters
        self._answers: _Answers | None = None
        self._asked: dict[str, _Answer] = {}
        self._is_new = False

    def of(self, path: str) -> str:
        """Return the name of the adapter that recognises an executable; empty: none does, or it cannot be read.

        Raises:
            UsageError: an adapter of another package is not there.
            SuiteError: one has failed.
        """
        if not self._cache:
            return self._look_at(path)
        try:
            identity = kept.identity_of(os.path.realpath(path))
        except OSError:
            return ""
        known = self._asked.get(identity.path) or self._before().programs.get(identity.path)
        if known is None or known.file != identity:
            self._is_new = True
            known = _Answer(identity, self._look_at(path))
        self._asked[identity.path] = known
        return known.framework

    def keep(self) -> None:
        """Keep the answers for later runs."""
        if not self._is_new:
            return
        before = self._before()
        others = {path: answer for path, answer in before.programs.items() if os.path.exists(path)}
        settled = {path: answer for path, answer in self._asked.items() if kept.are_settled([answer.file])}
        kept.write(_NAME, _Answers(before.installed, {**others, **settled}))

    def _before(self) -> _Answers:
        if self._answers is None:
            installed = kept.identity_of(__file__)
            found = kept.read(_NAME, _Answers)
            is_ours = found is not None and found.installed == installed
            self._answers = found if found is not None and is_ours else _Answers(installed, {})
        return self._answers

    def _look_at(self, path: str) -> str:
        from pyharness.adapters import registry  # noqa: PLC0415 -- start-up: all adapters are loaded

        return registry.framework_of(path, self._adapters)
