"""From the profiles of a run to coverage, whichever tools they are for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage import gcov, llvm_profiles, llvm_report
from pyharness.coverage.llvm_profiles import is_instrumented
from pyharness.coverage.summing import add
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.coverage.llvm_profiles import FoundProfiles
    from pyharness.coverage.llvm_tools import Toolbox
    from pyharness.coverage.model import Coverage

_HOW = "compile and link with -fprofile-instr-generate -fcoverage-mapping (clang) or with --coverage (GCC)"
_NOTHING = f"nothing that was run was built for it; {_HOW}"
_NOTHING_LEFT = (
    "nothing has been written of what was executed: all processes crashed, hung or were killed before they could, or "
    f"nothing that was run was built for it; {_HOW}"
)
_LOST = "what processes had counted that crashed, hung or were killed is missing: GCC writes at the end of a process"


class Objects(NamedTuple):
    """The files that profiles may be of; absolute paths."""

    suites: Sequence[str]
    """Libraries and programs of the run, whether any of their cases ran or not."""
    programs: Mapping[int, Sequence[str]]
    """What was launched, by the number in its profiles: the program, and the libraries that it may have loaded."""
    others: Sequence[str]
    """What cases may have started or loaded, and is told of in any case."""
    sources: Mapping[str, str] = {}
    """Sources under test, and test sources, by the objects that they were compiled to: some may be in no library."""
    launches: Mapping[int, int] = {}
    """How often each of the programs was started; once, where it is not said."""
    built_for: str = ""
    """Whose tools read what these count: `llvm` or `gcov`."""


class Measured(NamedTuple):
    """What a run has executed."""

    coverage: Coverage
    problems: list[str]
    """What is missing in it, in sentences."""
    found: FoundProfiles
    """Of LLVM."""
    changed: frozenset[str] = frozenset()
    """Sources that have changed since they were compiled, as far as it is known."""


def measure(  # noqa: PLR0913
    folder: str,
    objects: Objects,
    tool: str,
    toolbox: Toolbox,
    *,
    root: str,
    has_lost_processes: bool,
    work: str | None = None,
) -> Measured:
    """Return what a run has executed.

    Args:
        folder: of the run; nothing writes into it any more.
        objects: that may have written there.
        tool: `llvm`, `gcov` or `auto`: both.
        toolbox: where tools are taken from, and who says when to give up.
        root: from where the paths of sources count that are not absolute.
        has_lost_processes: a process of the run did not come to its own end.
        work: a folder for files that nobody needs afterwards; `None`: that of the run.

    Raises:
        CoverageError: nothing can be measured.
    """
    parts: list[llvm_report.Measured] = []
    found = llvm_profiles.FoundProfiles({}, [])
    if tool != "gcov":
        found = llvm_profiles.find_profiles(folder, objects.programs, toolbox, objects.others, objects.launches)
        parts += _measure_llvm(objects, found, toolbox, work or folder)
    if tool != "llvm":
        parts += _measure_gcov(folder, objects, toolbox, root, has_lost_processes=has_lost_processes)
    if not parts:
        raise CoverageError(_NOTHING_LEFT if has_lost_processes else _NOTHING)
    coverage = parts[0].coverage if len(parts) == 1 else add([part.coverage for part in parts])
    changed = frozenset[str]().union(*(part.changed for part in parts))
    return Measured(coverage, [problem for part in parts for problem in part.problems], found, changed)


def _measure_llvm(objects: Objects, found: FoundProfiles, toolbox: Toolbox, work: str) -> list[llvm_report.Measured]:
    asked_for = (*objects.suites, *objects.others)
    not_loaded = [path for path in asked_for if path not in found.of_objects and is_instrumented(path)]
    if not (found.of_objects or found.problems or not_loaded):
        return []
    measured = llvm_report.measure(found.of_objects, not_loaded, work, toolbox)
    known = {file.path for file in measured.coverage.files}
    sources = objects.sources if objects.built_for == "llvm" else {}
    alone = [path for path, source in sources.items() if source not in known]
    rest = llvm_report.measure({}, alone, work, toolbox)
    coverage = add([measured.coverage, rest.coverage]) if alone else measured.coverage
    problems = [*found.problems, *measured.problems, *rest.problems]
    return [llvm_report.Measured(coverage, problems, measured.changed | rest.changed)]


def _measure_gcov(
    folder: str, objects: Objects, toolbox: Toolbox, root: str, *, has_lost_processes: bool
) -> list[llvm_report.Measured]:
    sources = objects.sources if objects.built_for == "gcov" else {}  # notes may lie about of an earlier build
    compiled = [path for path in sources if os.path.exists(f"{os.path.splitext(path)[0]}.gcno")]
    counted = any(name.endswith(".gcda") for _, _, names in os.walk(folder) for name in names)
    if not (compiled or counted):
        return []
    coverage, problems = gcov.measure_gcov(
        folder, compiled, root=root, environment=toolbox.environment, is_cancelled=toolbox.is_cancelled
    )
    return [llvm_report.Measured(coverage, [*problems, *([_LOST] if has_lost_processes else [])])]
