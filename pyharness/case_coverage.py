"""Which case of a run covers which lines: from how cases have ended to the file that says it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pyharness import engine as native
from pyharness.coverage.contexts import store
from pyharness.coverage.contexts.assembling import merge
from pyharness.coverage.contexts.reading import read_contexts
from pyharness.errors import UsageError
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyharness.batch import Batch
    from pyharness.choosing import Loaded
    from pyharness.coverage.contexts.model import Contexts
    from pyharness.coverage.llvm_tools import Toolbox
    from pyharness.coverage.model import Coverage
    from pyharness.coverage.reading import Measured

_NOT_RUN = "it was not run"
_WHY_UNKNOWN = {
    Outcome.PASS: "",
    Outcome.FAIL: "",
    Outcome.SKIP: "",
    Outcome.CRASH: "it crashed",
    Outcome.TIMEOUT: "its time was over before it ended",
    Outcome.ERROR: "it could not be run to its end",
}


class Written(NamedTuple):
    """What became of it."""

    path: str
    notes: tuple[str, ...]
    """What should be known and is no failure; sentences."""


class CaseCoverage:
    """The cases of one run, and what each has covered; for one thread."""

    def __init__(self, folder: str, root: str) -> None:
        """Begin; the file is to be in `folder`, and has paths from `root`, which is absolute."""
        self._folder = folder
        self._root = root
        self._outcomes: dict[int, int] = {}
        """Of the last attempt of each task, by the numbers in `engine.OUTCOMES`."""

    def note(self, batch: Batch) -> None:
        """Note how attempts have ended."""
        self._outcomes.update(zip(batch.tasks, batch.outcomes, strict=True))

    def read(
        self, profiles: str, measured: Measured, coverage: Coverage, loaded: Loaded, toolbox: Toolbox
    ) -> tuple[Contexts, list[str]]:
        """Return which case covers what, and what is missing in that, in sentences.

        Args:
            profiles: The folder that the run has written to.
            measured: What it has come to, for all cases together.
            coverage: That, of the files that are wanted.
            loaded: What has run.
            toolbox: Where the tools are taken from.
        """
        tasks = loaded.tasks
        pairs = enumerate(zip(tasks.libraries, tasks.indices, strict=True))
        cases = {pair: (tasks.id(task), self._why_unknown(task)) for task, pair in pairs}
        return read_contexts(profiles, measured, coverage, root=self._root, cases=cases, toolbox=toolbox)

    def write(self, contexts: Contexts, loaded: Loaded, *, is_partial: bool) -> Written:
        """Write the file. What earlier runs have told of other cases stays in it; if it is partial, so does all of it.

        Raises:
            CoverageError: it cannot be written; an earlier one is whole.
        """
        path = os.path.join(self._folder, store.PARTIAL if is_partial else store.NAME)
        notes = []
        if not is_partial and os.path.exists(path):
            try:
                before = store.read(path)
            except UsageError as error:
                notes.append(f"an earlier file was replaced: {error}")
            else:
                contexts = merge(before, contexts, _gone(before.cases, loaded))
        store.write(contexts, path)
        return Written(path, tuple(notes))

    def _why_unknown(self, task: int) -> str:
        outcome = native.OUTCOMES[self._outcomes.get(task, 0)]
        return _NOT_RUN if outcome is None else _WHY_UNKNOWN[outcome]


def _gone(before: Iterable[str], loaded: Loaded) -> set[str]:
    """Return the cases that their suites do not have any more."""
    now = {suite.id(index) for suite in loaded.suites if suite is not None for index in range(len(suite))}
    suites = {_suite_of(case_id) for case_id in now}
    return {case_id for case_id in before if _suite_of(case_id) in suites and case_id not in now}


def _suite_of(case_id: str) -> str:
    return case_id.partition("::")[0]
