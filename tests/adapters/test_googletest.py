"""GoogleTest: real programs listed, run and read."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.googletest import ADAPTER, ENVIRONMENT, LONGEST_ARGUMENT
from pyharness.adapters.protocol import Channels, Exit, ListedCase, ListError
from tests.adapters.frameworks import build, recognised, versions
from tests.adapters.launching import Launched, launch, list_cases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Launched]

CHANNELS = Channels("report", "input", "127.0.0.1:1")


@pytest.fixture(scope="module", params=versions("googletest"), ids=str)
def built(request: pytest.FixtureRequest) -> Path:
    return build(request.param)


@pytest.fixture
def run(built: Path) -> Run:
    """Run the cases of a program whose names match a pattern."""

    def run(program: str, *patterns: str, exact_slices: bool = True, **environment: str) -> Launched:
        path = str(built / program)
        cases = list_cases(ADAPTER, path, environment)
        chosen = [case for case in cases if any(fnmatch.fnmatchcase(case.name, pattern) for pattern in patterns)]
        assert chosen
        return launch(ADAPTER, path, chosen, environment=environment, exact_slices=exact_slices)

    return run


def listed(built: Path, program: str = "cases", **environment: str) -> dict[str, ListedCase]:
    return {case.name: case for case in list_cases(ADAPTER, str(built / program), environment)}


# ---- recognising


@pytest.mark.parametrize("name", ["cases", "set_up", "with_library"])
def test_programs_with_tests_are_recognised(built: Path, name: str) -> None:
    assert recognised(built / name) is ADAPTER


@pytest.mark.parametrize("name", ["libgtest.so", "plain", "plain_static", "plain_static_pie", "CMakeCache.txt"])
def test_other_files_are_not(built: Path, name: str) -> None:
    assert recognised(built / name) is None


# ---- listing


def test_names_are_those_of_the_framework(built: Path) -> None:
    names = listed(built).keys()
    assert {"Plain.Passes", "Few/Values.Holds/3", "Named/Values.Holds/is_xy", "Typed/1.Case"} <= names
    assert "Named/std::map<int*, char>.Case" in names


def test_cases_are_where_they_were_written(built: Path) -> None:
    case = listed(built)["Plain.Passes"]
    assert case.file.endswith("googletest/cases.cpp")
    assert case.line == 16


def test_disabled_cases_keep_their_names(built: Path) -> None:
    disabled = {name for name, case in listed(built).items() if case.disabled}
    assert disabled == {"Plain.DISABLED_Fails", "DISABLED_Suite.Passes", "DISABLED_Other/Values.Holds/0"}


def test_what_is_printed_before_the_list_is_no_case(built: Path) -> None:
    assert listed(built, "set_up").keys() == {"Suite.First", "Suite.Second", "Other.Third"}


@pytest.mark.parametrize("name", ["GTEST_FILTER", "GTEST_TOTAL_SHARDS", "TESTBRIDGE_TEST_ONLY", "GTEST_OUTPUT"])
def test_the_environment_does_not_change_the_list(built: Path, name: str) -> None:
    assert listed(built, **{name: "1"}) == listed(built)
    assert ENVIRONMENT[name] is None


def test_without_json_the_text_is_read() -> None:
    output = b"Running main() from x.cc\nA.\n  One\nTyped/0.  # TypeParam = int\n  Two/0  # GetParam() = a.b\nlate.\n"
    cases = ADAPTER.read_list(output, b"", Exit(0))
    assert [case.name for case in cases] == ["A.One", "Typed/0.Two/0"]


@pytest.mark.parametrize(
    ("output", "report", "status", "message"),
    [
        (b"usage: x", b"", Exit(0), "no list"),
        (b"", b'{"testsuites": [', Exit(0), "not the JSON"),
        (b"A.\n  One\n", b"", Exit(2), "exit code 2"),
        (b"A.\n  One\n", b"", Exit(0, 11), "signal 11"),
    ],
)
def test_what_is_no_list_is_refused(output: bytes, report: bytes, status: Exit, message: str) -> None:
    with pytest.raises(ListError, match=message):
        ADAPTER.read_list(output, report, status)


# ---- selecting


def test_a_short_filter_is_an_argument_and_a_long_one_a_file() -> None:
    few, many = ([ListedCase(name=f"Suite.Case{n}") for n in range(count)] for count in (2, 10_000))
    short, long = ADAPTER.command("p", few, CHANNELS), ADAPTER.command("p", many, CHANNELS)
    assert "--gtest_filter=Suite.Case0:Suite.Case1" in short.arguments
    assert not short.input
    assert "--gtest_flagfile=input" in long.arguments
    assert long.input.count(b":") == 9_999
    assert all(len(argument) <= LONGEST_ARGUMENT for argument in long.arguments)


def test_a_long_filter_runs_what_it_names(built: Path) -> None:
    cases = listed(built)
    strangers = [ListedCase(name=f"Nobody.Knows{n}") for n in range(10_000)]
    result = launch(ADAPTER, str(built / "cases"), [*strangers, cases["Plain.Passes"]])
    assert result.outcomes == {"Plain.Passes": "pass"}
    assert b"Running 1 test " in result.output


@pytest.mark.parametrize(
    "name", ["Named/Values.Holds/is_x", "Typed/0.Case", "Plain.Passes", "Named/std::map<int*, char>.Case"]
)
def test_exactly_the_named_case_is_run(run: Run, name: str) -> None:
    result = run("cases", name.replace("*", "[*]"))
    assert result.outcomes == {name: "pass"}
    # GoogleTest has no way to name what its filter gives a meaning to: the twin is run, too, and left out.
    assert (b"Running 2 tests" if "*" in name else b"Running 1 test ") in result.output


# ---- verdicts


def test_every_outcome_is_told_with_its_reasons(run: Run) -> None:
    result = run("cases", "Plain.*", "SetUp*")
    assert result.outcomes == {
        "Plain.Passes": "pass",
        "Plain.Fails": "fail",
        "Plain.Skips": "skip",
        "Plain.SkipsAfterSuccess": "skip",
        "Plain.FailsAfterSkip": "fail",
        "Plain.Throws": "fail",
        "Plain.ThrowsNumber": "fail",
        "Plain.DISABLED_Fails": "fail",
        "Plain.PassesToo": "pass",
        "Plain.Sleeps": "pass",
        "SetUpSkips.Case": "skip",
        "SetUpFails.Case": "fail",
    }
    equal = "Expected equality of these values:\n  1\n  2\nwith 100% & a=b\nover two lines"
    assert result.messages("Plain.Fails") == [equal, "Failed\nat last"]
    assert [part.line for part in result.ended["Plain.Fails"].failures] == [19, 21]
    assert result.messages("Plain.Skips") == ["no such device"]
    assert result.messages("Plain.SkipsAfterSuccess") == ["after all"]
    assert "out of luck" in result.messages("Plain.Throws")[0]
    assert result.ended["Plain.Throws"].failures[0].line == 0
    assert result.messages("SetUpFails.Case") == ["Failed\nin set-up"]
    assert result.complaint == ""


def test_durations_are_those_of_the_framework(run: Run) -> None:
    assert run("cases", "Plain.Sleeps").ended["Plain.Sleeps"].duration_ns >= 30_000_000


def test_parameters_do_not_disturb_the_end(run: Run) -> None:
    result = run("cases", "Few/*")
    assert list(result.outcomes.values()) == ["pass", "fail", "pass", "pass"]
    assert result.slice("Few/Values.Holds/1").rstrip().endswith(b'actual: "b" vs "b"\nb')


@pytest.mark.parametrize("case", ["Fast", "Threadsafe", "Survives"])
def test_death_tests_are_as_other_cases(run: Run, case: str) -> None:
    result = run("cases", f"EndsDeathTest.{case}", "Plain.Passes")
    expected = "fail" if case == "Survives" else "pass"
    assert result.outcomes == {f"EndsDeathTest.{case}": expected, "Plain.Passes": "pass"}


# ---- output


def test_output_is_what_lies_between_the_lines(run: Run) -> None:
    result = run("cases", "Plain.Passes", "Plain.PassesToo", "Output.Binary")
    assert result.slice("Plain.Passes") == b"from printf\n"
    assert result.slice("Plain.PassesToo") == b"no end of line"
    assert result.slice("Output.Binary") == b"\0\xff\xfe\r\n"


def test_a_flood_is_sliced_whole(run: Run) -> None:
    result = run("cases", "Output.Floods", "Output.Zlast")
    lines = result.slice("Output.Floods").splitlines()
    assert (len(lines), lines[-1][:6]) == (20_000, b"019999")
    assert result.slice("Output.Zlast") == b"the last one\n"


def test_printed_lines_forge_no_verdict(run: Run) -> None:
    result = run("cases", "Output.Forges", "Output.Victim", exact_slices=False)
    assert result.outcomes == {"Output.Forges": "fail", "Output.Victim": "fail"}
    assert result.messages("Output.Victim") == ["Failed\nin truth"]


def test_a_test_that_closes_the_stream_and_those_after_it_are_read_from_print(run: Run) -> None:
    result = run("cases", "Output.Binary", "Output.ClosesAll", "Output.Zlast")
    assert result.outcomes == {"Output.Binary": "pass", "Output.ClosesAll": "fail", "Output.Zlast": "pass"}
    assert "after closing" in result.messages("Output.ClosesAll")[0]
    assert b"the last one\n" in result.slice("Output.Zlast")


def test_a_test_that_takes_standard_output_away_keeps_what_it_had(run: Run) -> None:
    result = run("cases", "Output.ClosesStandardOutput", "Output.Zlast")
    assert result.outcomes == {"Output.ClosesStandardOutput": "pass", "Output.Zlast": "pass"}
    assert result.slice("Output.ClosesStandardOutput") == b"last words\n"
    assert result.slice("Output.Zlast") == b""


def test_a_program_that_does_not_stream_is_read_from_print(run: Run) -> None:
    result = run("quiet", "*")
    assert result.outcomes == {"Quiet.Passes": "pass", "Quiet.Fails": "fail", "Quiet.Skips": "skip"}
    assert result.running == "Quiet.Crashes"
    assert [part.line for part in result.ended["Quiet.Fails"].failures] == [11, 13]
    assert result.messages("Quiet.Skips") == ["no time"]
    result = run("quiet", "Two/*")
    assert list(result.outcomes.values()) == ["pass", "fail"]


def test_a_program_without_the_printer_has_verdicts_and_no_slices(run: Run) -> None:
    result = run("set_up", "*", WRONG="printer")
    assert list(result.outcomes.values()) == ["pass"] * 3
    assert result.slice("Suite.Second") == b""


# ---- ends


def test_a_crash_is_the_running_case(run: Run) -> None:
    result = run("cases", "Plain.Passes", "Ends.Aborts", "Ends.Exits")
    assert result.outcomes == {"Plain.Passes": "pass"}
    assert (result.running, result.status.signal) == ("Ends.Aborts", 6)


def test_an_exit_in_the_middle_is_the_running_case(run: Run) -> None:
    result = run("cases", "Plain.Passes", "Ends.Exits", "Ends.ForksAndExits")
    assert result.outcomes == {"Plain.Passes": "pass"}
    assert (result.running, result.status) == ("Ends.Exits", Exit(0))


def test_a_child_that_exits_ends_nothing(run: Run) -> None:
    assert run("cases", "Ends.ForksAndExits", "Plain.Passes").outcomes == {
        "Plain.Passes": "pass",
        "Ends.ForksAndExits": "pass",
    }


def test_a_child_that_goes_on_does_not_hide_the_failure(run: Run) -> None:
    result = run("cases", "Ends.ForksAndGoesOn", "Plain.Passes")
    assert result.status == Exit(1)
    assert "fail" in result.outcomes.values() or "only the parent fails" in result.complaint


@pytest.mark.parametrize("wrong", ["set-up-crash", "tear-down-crash"])
def test_a_crash_between_cases_is_no_case(run: Run, wrong: str) -> None:
    result = run("set_up", "Suite.*", WRONG=wrong)
    assert result.running is None
    assert list(result.outcomes.values()) == ([] if wrong == "set-up-crash" else ["pass"] * 2)
    assert "signal 6" in result.complaint


# ---- outside of the cases


def test_cases_whose_set_up_failed_have_its_reason(run: Run) -> None:
    result = run("set_up", "*", WRONG="set-up")
    assert result.outcomes == {"Suite.First": "error", "Suite.Second": "error", "Other.Third": "pass"}
    assert result.messages("Suite.Second") == ["Failed\nno table"]
    assert result.complaint == ""


def test_a_suite_that_is_skipped_has_no_errors(run: Run) -> None:
    result = run("set_up", "*", WRONG="set-up-skip")
    assert set(result.outcomes.values()) <= {"pass", "skip"}  # GoogleTest 1.12 takes no notice of it
    skipped = b"[  SKIPPED ] Suite.First" in result.output
    assert result.outcomes["Suite.First"] == ("skip" if skipped else "pass")
    assert result.messages("Suite.First") == (["no need"] if skipped else [])
    assert result.complaint == ""


def test_a_failed_environment_fails_all(run: Run) -> None:
    result = run("set_up", "*", WRONG="environment")
    assert list(result.outcomes.values()) == ["error"] * 3
    assert result.messages("Other.Third") == ["Failed\nno environment"]


def test_an_environment_skips_all(run: Run) -> None:
    result = run("set_up", "*", WRONG="environment-skip")
    assert list(result.outcomes.values()) == ["skip"] * 3
    assert result.messages("Other.Third") == ["not on this machine"]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("tear-down", r"tear-down of suite 'Suite': .*set_up.cpp:\d+: Failed\ntable is stuck"),
        ("environment-check", "outside of its cases: .*a poor environment"),
        ("environment-end", "outside of its cases: .*no end of the environment"),
        ("main", "exit code 3 though no case had failed"),
    ],
)
def test_what_fails_outside_of_the_cases_is_said(run: Run, wrong: str, complaint: str) -> None:
    result = run("set_up", "*", WRONG=wrong)
    assert list(result.outcomes.values()) == ["pass"] * 3
    assert result.status.code != 0
    assert re.search(complaint, result.complaint, re.DOTALL), result.complaint
