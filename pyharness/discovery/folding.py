"""Folds tests that CTest runs one launch each back into the programs that they are cases of.

CTest launches a program once per case; the program itself runs all of them in one launch. A test is folded if its
program, run for many cases at once, comes to the same verdict for it: what ties it to other tests, or judges its
output and exit code otherwise than its framework does, keeps it where it is.
"""

from __future__ import annotations

import os.path
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pyharness.discovery.ctest_adapter import timeout_ms
from pyharness.discovery.programs import ProgramCase, ProgramSuite, unique_names
from pyharness.discovery.selection_arguments import READERS, Selected
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from pyharness.discovery.ctest import CTestEntry, Properties

_BINDING = frozenset(
    {
        "DEPENDS",
        "FAIL_REGULAR_EXPRESSION",
        "FIXTURES_CLEANUP",
        "FIXTURES_REQUIRED",
        "FIXTURES_SETUP",
        "GENERATED_RESOURCE_SPEC_FILE",
        "PASS_REGULAR_EXPRESSION",
        "REQUIRED_FILES",
        "RESOURCE_GROUPS",
        "RESOURCE_LOCK",
        "TIMEOUT_AFTER_MATCH",
        "WILL_FAIL",
    }
)
_GTEST_SKIPPED = (r"\[  SKIPPED \]",)
_CATCH_SKIPPED = 4
_GTEST_VARIABLE = "GTEST_"
_GTEST_HARMLESS = frozenset({"GTEST_COLOR", "GTEST_PRINT_TIME", "GTEST_DEATH_TEST_STYLE", "GTEST_CATCH_EXCEPTIONS"})


class Folded(NamedTuple):
    """All tests of a folder, each in one of the two."""

    programs: Sequence[ProgramSuite]
    entries: Sequence[CTestEntry]
    """Those that keep their own launch, in their order."""


class _Case(NamedTuple):
    entry: CTestEntry
    framework: str
    selected: Selected
    skip_counts_as: Outcome


def fold(entries: Sequence[CTestEntry], framework_of: Callable[[str], str]) -> Folded:
    """Tell which tests can be run in batches of their programs.

    Args:
        entries: All tests of the folder.
        framework_of: Gives for the path of an executable the name of its adapter; empty: it has none.
    """
    # Others are not looked at: it takes time to read large programs.
    frameworks = {path: framework_of(path) for path in {entry.command[0] for entry in entries if _may_select(entry)}}
    awaited = {title for entry in entries for title in entry.properties.depends}
    cases = {}
    for entry in entries:
        framework = frameworks.get(entry.command[0], "") if entry.command else ""
        case = None if entry.title in awaited else _case(entry, framework)
        if case is not None:
            cases[entry.name] = case
    for name in _ambiguous(cases.values()):
        del cases[name]
    return Folded(_programs(cases.values()), [entry for entry in entries if entry.name not in cases])


def _may_select(entry: CTestEntry) -> bool:
    """Return whether some framework would take the arguments for the choice of one case."""
    return bool(entry.command) and any(reader(entry.command[1:]) for reader in READERS.values())


def _case(entry: CTestEntry, framework: str) -> _Case | None:
    if entry.fault or framework not in READERS or entry.given & _BINDING or _steered(entry.environment):
        return None
    selected = READERS[framework](entry.command[1:])
    skip_counts_as = _skip_counts_as(framework, entry.properties)
    if selected is None or skip_counts_as is None:
        return None
    if framework != "googletest" and selected.case not in entry.title:  # an argument of another meaning
        return None
    return _Case(entry, framework, selected, skip_counts_as)


def _steered(variables: Iterable[str]) -> bool:
    return any(name.startswith(_GTEST_VARIABLE) and name not in _GTEST_HARMLESS for name in variables)


def _skip_counts_as(framework: str, properties: Properties) -> Outcome | None:
    """Return what a skip of a case comes to under CTest; `None`: that depends on what it prints or returns.

    Discovery sets what CTest needs to see a skip, in its newer versions. Without it CTest sees the exit code of a
    skip, which is 0 for GoogleTest and 4 for Catch2; doctest knows no skip while it runs.
    """
    code, expressions = properties.skip_return_code, properties.skip_regular_expression
    if framework == "googletest" and code is None and expressions in ((), _GTEST_SKIPPED):
        return Outcome.SKIP if expressions else Outcome.PASS
    if framework.startswith("catch2") and not expressions and code in (None, _CATCH_SKIPPED):
        return Outcome.FAIL if code is None else Outcome.SKIP
    if framework == "doctest" and not expressions and code is None:
        return Outcome.SKIP
    return None


def _ambiguous(cases: Iterable[_Case]) -> list[str]:
    """Name the tests whose launch runs another one's case too.

    Catch2 and doctest take no notice of the case of letters, and doctest has cases of equal names.
    """
    keys = {case.entry.name: (_way(case), case.entry.title.lower()) for case in cases if case.framework != "googletest"}
    counts = Counter(keys.values())
    return [name for name, key in keys.items() if counts[key] > 1]


def _way(case: _Case) -> Hashable:
    """Return what the launches of one program have in common."""
    entry = case.entry
    environment = frozenset(entry.environment.items())
    return (case.framework, entry.command[0], case.selected.rest, environment, entry.properties.working_directory)


def _programs(cases: Iterable[_Case]) -> list[ProgramSuite]:
    """Gather cases by the way they are run; a case that is named twice in the same way goes into a second suite."""
    named: Counter[Hashable] = Counter()
    suites: defaultdict[Hashable, list[_Case]] = defaultdict(list)
    for case in cases:
        way = _way(case)
        suites[way, named[way, case.selected.case]].append(case)
        named[way, case.selected.case] += 1
    names = unique_names([os.path.basename(first.entry.command[0]) for first, *_ in suites.values()])
    return [_program(name, members) for name, members in zip(names, suites.values(), strict=True)]


def _program(name: str, members: Sequence[_Case]) -> ProgramSuite:
    first = members[0]
    return ProgramSuite(
        name=name,
        path=first.entry.command[0],
        adapter=first.framework,
        arguments=first.selected.rest,
        environment=first.entry.environment,
        folder=first.entry.properties.working_directory,
        cases=[_program_case(member) for member in members],
    )


def _program_case(case: _Case) -> ProgramCase:
    properties = case.entry.properties
    return ProgramCase(
        name=case.selected.case,
        title=case.entry.title,
        labels=properties.labels,
        disabled=properties.disabled,
        timeout_ms=timeout_ms(properties.timeout),
        serial=properties.run_serial,
        threads_required=max(1, properties.processors),
        priority=properties.cost,
        skip_counts_as=case.skip_counts_as,
    )
