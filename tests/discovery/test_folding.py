"""Which tests of CTest become cases of their programs. With real programs: `test_folding_programs.py`."""

from __future__ import annotations

from typing import Any

import pytest

from pyharness.discovery.ctest import CTestEntry, Properties
from pyharness.discovery.folding import Folded, fold
from pyharness.discovery.programs import ProgramCase, ProgramSuite
from pyharness.model import Outcome

SKIPPED = r"\[  SKIPPED \]"
PROGRAMS = {"/b/unit": "googletest", "/b/other/unit": "googletest", "/b/catch": "catch2", "/b/doc": "doctest"}


def entry(title: str, *command: str, name: str = "", environment: Any = None, **properties: Any) -> CTestEntry:
    return CTestEntry(
        name=name or title,
        title=title,
        command=command,
        environment=environment or {},
        properties=Properties(**properties),
        given=frozenset(key.upper() for key in properties),
    )


def gtest(case: str, *rest: str, path: str = "/b/unit", title: str = "", **properties: Any) -> CTestEntry:
    arguments = (path, f"--gtest_filter={case}", "--gtest_also_run_disabled_tests", *rest)
    defaults = {"skip_regular_expression": (SKIPPED,), "working_directory": "/b"}
    return entry(title or case, *arguments, **{**defaults, **properties})


def folded(*entries: CTestEntry) -> Folded:
    result = fold(entries, lambda path: PROGRAMS.get(path, ""))
    inside = [case.title for program in result.programs for case in program.cases or ()]
    outside = [entry.title for entry in result.entries]
    assert sorted(inside + outside) == sorted(entry.title for entry in entries), "each test is in one of the two"
    return result


def test_cases_of_a_program_are_put_together() -> None:
    result = folded(gtest("A.b"), entry("tool", "/b/tool", "x"), gtest("A.c", title="mine.A.c"))
    assert result.programs == [
        ProgramSuite(
            name="unit",
            path="/b/unit",
            adapter="googletest",
            folder="/b",
            cases=[ProgramCase(name="A.b", title="A.b"), ProgramCase(name="A.c", title="mine.A.c")],
        )
    ]
    assert [entry.name for entry in result.entries] == ["tool"]


def test_only_programs_that_are_asked_for_one_case_are_looked_at() -> None:
    seen: list[str] = []
    entries = [gtest("A.b"), entry("whole", "/b/whole"), entry("tool", "/b/tool", "--count", "2"), entry("gone")]
    fold(entries, lambda path: seen.append(path) or PROGRAMS.get(path, ""))
    assert seen == ["/b/unit"]


def test_what_a_test_says_of_itself_stays_with_it() -> None:
    properties = {"timeout": 2.5, "labels": ("slow one",), "run_serial": True, "processors": 4, "cost": 3.0}
    result = folded(gtest("A.b", **properties), gtest("A.DISABLED_c", title="A.c", disabled=True))
    assert result.programs[0].cases == [
        ProgramCase(
            name="A.b",
            title="A.b",
            timeout_ms=2500,
            labels=("slow one",),
            serial=True,
            threads_required=4,
            priority=3.0,
        ),
        ProgramCase(name="A.DISABLED_c", title="A.c", disabled=True),
    ]


@pytest.mark.parametrize(
    "other",
    [
        gtest("A.c", path="/b/other/unit"),
        gtest("A.c", "data"),
        gtest("A.c", environment={"X": "1"}),
        gtest("A.c", environment={"X": None}),
        gtest("A.c", working_directory="/c"),
    ],
)
def test_what_is_run_in_another_way_is_another_suite(other: CTestEntry) -> None:
    result = folded(gtest("A.b"), other)
    assert [program.name for program in result.programs] == ["unit", "unit [2]"]
    program = result.programs[1]
    assert (program.path, program.folder) == (other.command[0], other.properties.working_directory)
    assert (program.environment, program.arguments) == (other.environment, other.command[3:])


def test_a_case_that_is_named_twice_is_run_twice() -> None:
    result = folded(gtest("A.b", title="x.A.b"), gtest("A.c", title="x.A.c"), gtest("A.b", title="y.A.b", timeout=1.0))
    titles = [[case.title for case in program.cases or ()] for program in result.programs]
    assert titles == [["x.A.b", "x.A.c"], ["y.A.b"]]


@pytest.mark.parametrize(
    "properties",
    [
        {"will_fail": True},
        {"pass_regular_expression": ("x",)},
        {"fail_regular_expression": ("x",)},
        {"skip_regular_expression": ("x",)},
        {"skip_regular_expression": (SKIPPED, "x")},
        {"skip_return_code": 4},
        {"depends": ("A.c",)},
        {"fixtures_setup": ("x",)},
        {"fixtures_required": ("x",)},
        {"fixtures_cleanup": ("x",)},
        {"required_files": ("x",)},
        {"resource_lock": ("x",)},
        {"resource_groups": []},
        {"timeout_after_match": {}},
        {"environment": {"GTEST_FILTER": "A.*"}},
        {"environment": {"GTEST_REPEAT": None}},
    ],
)
def test_what_binds_a_test_keeps_it(properties: dict[str, Any]) -> None:
    bound = gtest("A.b", **properties)
    result = folded(bound, gtest("A.d"))
    assert list(result.entries) == [bound]


def test_what_others_wait_for_is_kept() -> None:
    result = folded(gtest("A.b"), entry("tool", "/b/tool", depends=("A.b",)))
    assert (result.programs, len(result.entries)) == ([], 2)


def test_what_cannot_be_run_is_kept() -> None:
    result = folded(entry("unit_NOT_BUILT"), gtest("A.b", path="/b/no such framework"))
    assert (result.programs, len(result.entries)) == ([], 2)


@pytest.mark.parametrize(
    ("test", "counts_as"),
    [
        (gtest("A.b"), Outcome.SKIP),
        (gtest("A.b", skip_regular_expression=()), Outcome.PASS),
        (entry("a", "/b/catch", "a"), Outcome.FAIL),
        (entry("a", "/b/catch", "a", skip_return_code=4), Outcome.SKIP),
        (entry("a", "/b/doc", "--test-case=a"), Outcome.SKIP),
    ],
)
def test_a_skip_counts_as_it_does_under_ctest(test: CTestEntry, counts_as: Outcome) -> None:
    ((case,),) = [program.cases or () for program in folded(test).programs]
    assert case.skip_counts_as is counts_as


@pytest.mark.parametrize(("path", "argument"), [("/b/catch", ""), ("/b/doc", "--test-case=")])
def test_names_that_select_each_other_are_kept(path: str, argument: str) -> None:
    twins = [entry("adds", path, argument + "adds"), entry("Adds", path, argument + "Adds")]
    equal = [entry("same", path, argument + "same"), entry("same", path, argument + "same", name="same [2]")]
    alone = entry("other", path, argument + "other")
    result = folded(*twins, *equal, alone)
    assert [case.name for case in result.programs[0].cases or ()] == ["other"]
    assert list(result.entries) == [*twins, *equal]


def test_an_argument_that_is_not_in_the_name_is_no_case() -> None:
    result = folded(entry("prefix.adds.suffix", "/b/catch", "adds"), entry("smoke", "/b/catch", "mode"))
    assert [entry.title for entry in result.entries] == ["smoke"]
