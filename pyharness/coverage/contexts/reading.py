"""From the profiles that a run has left to which case covers what."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

from pyharness.coverage.contexts.assembling import assemble
from pyharness.coverage.contexts.case_profiles import find_case_profiles
from pyharness.coverage.contexts.collecting import collect
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.coverage.contexts.collecting import Case, CaseProfile, Collected
    from pyharness.coverage.contexts.model import Contexts
    from pyharness.coverage.contexts.painting import Lines
    from pyharness.coverage.llvm_tools import Toolbox
    from pyharness.coverage.model import Coverage
    from pyharness.coverage.reading import Measured

_GCC = (
    "GCC counts for all cases together: which case covers what is not known of what it has built; "
    "build with clang, or leave --coverage-contexts out"
)
_NOTHING = "nothing was counted for it"


def read_contexts(  # noqa: PLR0913
    folder: str,
    measured: Measured,
    coverage: Coverage,
    *,
    root: str,
    cases: Mapping[Case, tuple[str, str]],
    toolbox: Toolbox,
) -> tuple[Contexts, list[str]]:
    """Return which case covers what, and what is missing in that, in sentences.

    Args:
        folder: Of the run; nothing writes into it any more.
        measured: What it has come to, for all cases together.
        coverage: That, of the files that are wanted.
        root: The folder of the project, absolute.
        cases: Of the run: the id of each, and why it did not come to its end, if so.
        toolbox: Where the tools are taken from.
    """
    reading = _Reading(folder, toolbox)
    for path, profiles in sorted(find_case_profiles(folder, measured.found).items()):
        reading.take(path, profiles)
    lines = {case_id: reading.lines[case] for case, (case_id, _) in cases.items() if case in reading.lines}
    unknown = {
        case_id: why
        for case, (case_id, not_ended) in cases.items()
        if (why := not_ended or reading.why_unknown.get(case, "" if case in reading.lines else _NOTHING))
    }
    if any(name.endswith(".gcda") for _, _, names in os.walk(folder) for name in names):
        reading.problems.append(_GCC)
    return assemble(coverage, root, lines, unknown, measured.changed), reading.problems


class _Reading:
    """Object after object."""

    def __init__(self, folder: str, toolbox: Toolbox) -> None:
        self.lines: dict[Case, set[Lines]] = defaultdict(set)
        self.why_unknown: dict[Case, str] = {}
        self.problems: list[str] = []
        self._folder = folder
        self._toolbox = toolbox

    def take(self, path: str, profiles: Sequence[CaseProfile]) -> None:
        try:
            collected = collect(path, profiles, self._folder, self._toolbox)
        except CoverageError as error:
            self.problems.append(f"which case covers what of '{path}' is not known: {error}")
            self._forget((profile.case for profile in profiles), "its profiles were not read")
            return
        self._add(path, collected)

    def _add(self, path: str, collected: Collected) -> None:
        for case, lines in collected.lines.items():
            self.lines[case] |= lines
        for case, why in collected.unreadable.items():
            self._forget([case], why)
        if collected.unreadable:
            count, why = len(collected.unreadable), next(iter(collected.unreadable.values()))
            cover = "1 case covers" if count == 1 else f"{count} cases cover"
            self.problems.append(f"what {cover} of '{path}' is not known, of the first since {why}")

    def _forget(self, cases: Iterable[Case], why: str) -> None:
        self.why_unknown.update(dict.fromkeys(cases, why))
