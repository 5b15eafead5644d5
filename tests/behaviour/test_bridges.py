"""Tests of other frameworks as suites: the same source as a program and as a library comes to the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.frameworks import Version, build, versions

if TYPE_CHECKING:
    from tests.conftest import CommandLine, Finished

FRAMEWORKS = ("googletest", "catch2", "doctest")
VERSIONS = [version for framework in FRAMEWORKS for version in versions(framework)]
PAIRS = [
    (version, name)
    for version in VERSIONS
    for name in (("cases",) if version.framework == "googletest" else ("verdicts", "names", "ends"))
]
CONFUSES_ITS_PROGRAM = {"Output.ClosesStandardOutput", "Ends.ForksAndGoesOn"}
"""Cases that disturb the channel by which a program tells its results; a suite has none that they could reach."""
TOLD_OTHERWISE = {
    "prints bytes that are no text": "XML cannot hold them",
    "fails with bytes that are no text": "XML cannot hold them",
    "terminate": "a report that is cut off has no failures before the crash",
    "is too slow": "it measures a time",
    "Plain.FailsAfterSkip": "the program's skip is no failure",
    "Output.ClosesAll": "GoogleTest adds that it cannot stream",
}


def suites(framework: str) -> Path:
    """Build with the version of the system."""
    return build(Version(framework, None), "suites")


@pytest.fixture(params=versions("googletest"), ids=str)
def googletest(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the suites of one version."""
    return build(request.param, "suites")


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0].framework}-{pair[0]}-{pair[1]}")
def pair(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """Return the suite and the program that are built of the same source."""
    version, name = request.param
    build(version)
    folder = build(version, "suites")
    return folder / f"lib{name}_suite.so", folder / name


def listed(pyharness: CommandLine, path: Path) -> dict[str, tuple]:
    result = pyharness.test(path, "--list", "--list-format", "json", "--no-cache")
    cases = json.loads(result.stdout)
    found = {
        case["name"]: (Path(case["file"]).name, case["line"], sorted(case["tags"]), case["disabled"]) for case in cases
    }
    assert len(found) == len(cases)
    return found


def all_of(pyharness: CommandLine, path: Path, *options: str) -> Finished:
    return pyharness.test(path, "--run-disabled", "--on-crash", "continue", "--timeout", "20", *options)


def test_a_suite_has_the_cases_of_its_program(pyharness, pair):
    suite, program = pair
    assert listed(pyharness, suite) == listed(pyharness, program)


def test_cases_come_to_the_same_as_in_the_program(pyharness, pair):
    suite, program = (all_of(pyharness, path).attempts() for path in pair)
    assert suite.keys() == program.keys()
    for name in suite.keys() - CONFUSES_ITS_PROGRAM:
        assert suite[name]["outcome"] == program[name]["outcome"], suite[name]
        if name not in TOLD_OTHERWISE:
            assert places(suite[name]) == places(program[name])


def places(attempt: dict) -> list[tuple]:
    return [(Path(part["file"] or "").name, part["line"], part["message"]) for part in attempt["failures"]]


def test_no_suite_declares_threads(pyharness, pair):
    cases = json.loads(pyharness.test(pair[0], "--list", "--list-format", "json").stdout)
    assert {case["isolation"] for case in cases} == {"process"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("level", ["thread", "process", "case"])
def test_every_isolation_gives_the_same_verdicts(pyharness, framework, level):
    """On threads, which the user may insist on, a suite runs its cases one after another."""
    suite = suites(framework) / ("libcases_suite.so" if framework == "googletest" else "libverdicts_suite.so")
    chosen = ("-k", "not (Ends or EndsDeathTest or Closes)")
    isolated = all_of(pyharness, suite, "--isolation", level, "--test-threads", "4", *chosen)
    alone = all_of(pyharness, suite, "--test-threads", "1", *chosen)
    assert isolated.verdicts() == alone.verdicts()
    assert len(isolated.verdicts()) >= 20


def test_failures_and_skips_of_googletest_have_places_and_messages(pyharness, googletest):
    result = all_of(pyharness, googletest / "libcases_suite.so", "-k", "Plain or SetUp")
    assert places(result.attempt("Plain.Fails")) == [
        (
            "cases.cpp",
            19,
            "Expected equality of these values:\n  1\n  2\nwith 100% & a=b\nover two lines",
        ),
        ("cases.cpp", 21, "Failed\nat last"),
    ]
    skipped = result.attempt("Plain.Skips")
    assert (skipped["outcome"], places(skipped)) == ("skip", [("cases.cpp", 23, "no such device")])
    assert result.messages("Plain.Throws") == ['C++ exception with description "out of luck" thrown in the test body.']
    assert places(result.attempt("SetUpFails.Case")) == [("cases.cpp", 47, "Failed\nin set-up")]
    assert result.attempt("SetUpSkips.Case")["outcome"] == "skip"


@pytest.mark.parametrize(
    ("framework", "suite", "case", "printed"),
    [
        ("googletest", "cases", "Plain.Passes", b"from printf\n"),
        ("googletest", "cases", "Output.Binary", b"\0\xff\xfe\r\n"),
        ("catch2", "verdicts", "prints by cout", b"by cout\n"),
        ("catch2", "verdicts", "prints by printf", b"by printf\n"),
        ("doctest", "verdicts", "prints by cout", b"by cout\n"),
        ("doctest", "verdicts", "prints by write", b"by write\n"),
    ],
)
def test_what_a_case_prints_is_its_output_and_nothing_else(pyharness, framework, suite, case, printed):
    result = pyharness.test(f"{suites(framework) / f'lib{suite}_suite.so'}::{case}")
    assert result.captured(case) == printed


@pytest.mark.parametrize("framework", ["catch2", "doctest"])
def test_a_crash_is_told_by_the_host_and_costs_its_case(pyharness, framework):
    """The frameworks have signal handlers of their own, which would tell it without a backtrace."""
    result = all_of(pyharness, suites(framework) / "libends_suite.so")
    crashed = {event["case"]: event for event in result.of_type("CaseCrashed")}
    assert "SIGSEGV" in json.dumps(crashed["segfault"])
    assert "SIGABRT" in json.dumps(crashed["abort"])
    assert result.verdicts()["before"] == result.verdicts()["after"] == "passed"
    assert "fatal error" not in result.stdout.lower()


def test_a_crash_of_a_googletest_case_costs_that_case(pyharness, googletest):
    result = all_of(pyharness, googletest / "libcases_suite.so", "-k", "Ends or Values")
    crashed = {name for name, attempt in result.attempts().items() if attempt["outcome"] == "crash"}
    assert crashed == {"Ends.Aborts", "Ends.Exits"}
    assert result.verdicts()["Few/Values.Holds/0"] == "passed"


def test_environments_suites_and_fixtures_stand_around_each_case(pyharness, googletest):
    """All in one process: what GoogleTest deletes after its first run has to be there for the second."""
    result = all_of(pyharness, googletest / "libaround_suite.so", "--test-threads", "1", "-k", "not DeathTest")
    assert result.verdicts() == {
        "Around.One": "passed",
        "Around.Two": "passed",
        "Around.Fails": "failed",
        "Around.Traces": "failed",
    }
    for case in result.verdicts():
        assert result.captured(case) == b"environment suite fixture down end gone\nlistener\n"
    assert result.messages("Around.Fails") == ["Failed\nenvironment suite fixture "]
    assert "in the middle" in result.messages("Around.Traces")[0]


@pytest.mark.parametrize("level", ["process", "case", "thread"])
def test_threadsafe_death_tests_run_their_case_in_a_host_of_its_own(pyharness, googletest, level):
    result = all_of(pyharness, googletest / "libaround_suite.so", "--isolation", level, "-k", "DeathTest")
    assert result.verdicts() == {
        "AroundDeathTest.Dies": "passed",
        "AroundDeathTest.Survives": "failed",
        "AroundDeathTest.DiesOtherwise": "failed",
    }
    assert "failed to die" in result.messages("AroundDeathTest.Survives")[0]
    assert "exit status 4" in result.messages("AroundDeathTest.DiesOtherwise")[0]


@pytest.mark.parametrize("level", ["thread", "process"])
def test_suites_of_one_process_have_registries_and_parameters_of_their_own(pyharness, googletest, level):
    paths = [googletest / f"libparameters_{which}_suite.so" for which in (1, 2)]
    result = pyharness.test(*paths, "--isolation", level, "--test-threads", "2")
    assert result.one("RunFinished")["counts"] == {"passed": 200}
    assert {event["cases"] for event in result.of_type("SuiteLoaded")} == {100}


@pytest.mark.parametrize("framework", ["catch2", "doctest"])
def test_suites_of_one_process_have_cases_of_their_own(pyharness, framework):
    folder = suites(framework)
    paths = [folder / f"lib{name}_suite.so" for name in ("verdicts", "names")]
    together = all_of(pyharness, paths[0], str(paths[1]), "--test-threads", "1")
    alone = [all_of(pyharness, path).verdicts() for path in paths]
    verdicts = {event["id"]: event["verdict"] for event in together.of_type("CaseFinished")}
    assert verdicts == {
        f"{path.stem.removeprefix('lib')}::{name}": verdict
        for path, own in zip(paths, alone, strict=True)
        for name, verdict in own.items()
    }


@pytest.mark.parametrize(
    ("library", "why"),
    [("by_symbols", "(STB_GNU_UNIQUE)"), ("by_library", "its framework is the shared library")],
)
def test_a_suite_that_shares_its_framework_is_refused(pyharness, googletest, library, why):
    path = googletest / f"lib{library}.so"
    result = pyharness.test(path)
    assert result.code == 11
    assert f"cannot load suite '{path}': its" in result.stdout.replace("it shares", "its")
    assert why in result.stdout


def test_the_environment_does_not_steer_googletest(pyharness, googletest):
    variables = {
        "GTEST_FILTER": "None.*",
        "GTEST_TOTAL_SHARDS": "7",
        "GTEST_SHARD_INDEX": "3",
        "GTEST_REPEAT": "3",
        "GTEST_OUTPUT": "xml",
        "GTEST_THROW_ON_FAILURE": "1",
        "GTEST_FAIL_FAST": "1",
    }
    suite = googletest / "libcases_suite.so"
    steered = all_of(pyharness, suite, "-k", "Plain")
    result = pyharness.test(suite, "-k", "Plain", "--run-disabled", env=variables)
    assert result.verdicts() == steered.verdicts()
    assert len(result.verdicts()) >= 10
