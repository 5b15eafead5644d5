from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.boost_test import BOOST_TEST
from pyharness.adapters.protocol import Channels, Exit, ListError
from tests.adapters.frameworks import build, recognised, versions
from tests.adapters.launching import Launched, launch, list_cases

if TYPE_CHECKING:
    from pyharness.adapters.protocol import ListedCase

OUTCOMES = {
    "passes": "pass",
    "asserts_nothing": "pass",
    "fails": "fail",
    "fails_with_a_message": "fail",
    "warns": "pass",
    "has_a_context": "fail",
    "throws": "fail",
    "throws_in_an_assertion": "fail",
    "throws_nothing_where_it_should": "fail",
    "should_fail_and_does": "pass",
    "should_fail_and_does_not": "pass",
    "is_disabled": "pass",
    "has_its_precondition": "pass",
    "lacks_its_precondition": "skip",
    "depends_on_a_failure": "skip",
    "prints_by_printf": "pass",
    "prints_by_cout": "fail",
    "prints_by_cerr": "pass",
    "prints_without_a_newline": "pass",
    "prints_by_write": "pass",
    "prints_what_looks_like_a_report": "pass",
    "fails_with_what_looks_like_a_log": "fail",
    "fails_with_bytes_that_are_no_text": "fail",
    "is_a_template<int>": "pass",
    "is_a_template<char>": "pass",
    "has_data/_0": "pass",
    "has_data/_1": "fail",
    "has_data/_2": "pass",
    "is_a_fixture": "fail",
    "outer/passes": "pass",
    "outer/inner/passes": "pass",
    "outer/inner/fails": "fail",
    "all_disabled/one": "pass",
    "all_disabled/other": "pass",
}
"""Boost lets a case pass that has fewer failures than it expects."""
MESSAGES = {
    "fails": [
        "check answer == 42 has failed [41 != 42]\ncontext: the answer is 41",
        'check std::string("a<b>&\\"c\\"") == "]]>" has failed [a<b>&"c" != ]]>]',
        "critical check answer == 43 has failed",
    ],
    "fails_with_a_message": ["no <luck> & no money ]]>"],
    "has_a_context": ["check 1 == 2 has failed [1 != 2]\ncontext: outer <context>"],
    "throws": ["std::runtime_error: out of <cheese>"],
    "throws_in_an_assertion": ["std::invalid_argument: stoi"],
    "throws_nothing_where_it_should": ["exception std::invalid_argument expected but not raised"],
    "lacks_its_precondition": ["precondition failed: no <network>"],
    "depends_on_a_failure": ['dependency test case "fails" has failed'],
    "has_data/_1": ["check sample != 2 has failed [2 == 2]\ncontext: sample = 2;"],
    "outer/inner/fails": ["check 1 == 2 has failed [1 != 2]"],
}
NAMES = [
    "part/one",
    "part/one_more",
    "a b",
    "c_ d",
    "e_f",
    "g_h",
    "i_",
    "_label",
    "_not",
    "_plus",
    "<int>",
    "tab\\tin it",
    '"quoted"',
    "back\\slash",
    "pipe|d(3)",
    "über",
    "one",
]
"""Boost takes out of names what its filters would not understand."""


@pytest.fixture(scope="session", params=versions("boost_test"), ids=str)
def folder(request: pytest.FixtureRequest) -> Path:
    return build(request.param)


@pytest.fixture(scope="session", params=["verdicts", "verdicts_of_headers"])
def verdicts(request: pytest.FixtureRequest, folder: Path) -> Launched:
    return run(folder, request.param, list(listed(folder, request.param).values()))


def listed(folder: Path, program: str) -> dict[str, ListedCase]:
    return {case.name: case for case in list_cases(BOOST_TEST, str(folder / program))}


def run(folder: Path, program: str, cases: list[ListedCase], **others: dict[str, str]) -> Launched:
    return launch(BOOST_TEST, str(folder / program), cases, exact_slices=False, **others)


@pytest.mark.parametrize("program", ["verdicts", "verdicts_of_headers"])
def test_recognises_its_programs(folder: Path, program: str) -> None:
    assert recognised(folder / program) is BOOST_TEST


def test_other_programs_are_of_no_framework() -> None:
    assert recognised(Path("/bin/sh")) is None


@pytest.mark.parametrize("program", ["verdicts", "verdicts_of_headers"])
def test_lists_paths_labels_places_and_disabled_cases(folder: Path, program: str) -> None:
    cases = listed(folder, program)
    assert list(cases) == list(OUTCOMES)
    assert {name: case.tags for name, case in cases.items() if case.tags} == {
        "fails": ("math", "slow-one"),
        "outer/passes": ("outside",),
        "outer/inner/passes": ("outside",),
        "outer/inner/fails": ("outside",),
    }
    disabled = [name for name, case in cases.items() if case.disabled]
    assert disabled == ["is_disabled", "all_disabled/one", "all_disabled/other"]
    source = Path(__file__).parent.parent / "programs" / "boost_test" / "verdicts.cpp"
    assert Path(cases["fails"].file).name == source.name
    assert source.read_text().splitlines()[cases["fails"].line - 1].startswith("BOOST_AUTO_TEST_CASE(fails")


def test_each_case_has_its_verdict(verdicts: Launched) -> None:
    assert verdicts.outcomes == OUTCOMES
    assert verdicts.running is None
    assert verdicts.complaint == ""
    assert all(ended.duration_ns > 0 for ended in verdicts.told if ended.outcome != "skip")


@pytest.mark.parametrize("name", MESSAGES)
def test_failures_and_skips_say_why(verdicts: Launched, name: str) -> None:
    assert verdicts.messages(name) == MESSAGES[name]
    assert {Path(failure.file).name for failure in verdicts.ended[name].failures} == {"verdicts.cpp"}
    assert all(failure.line > 0 for failure in verdicts.ended[name].failures)


def test_what_cases_pass_with_is_no_failure(verdicts: Launched) -> None:
    passed = [ended for ended in verdicts.told if ended.outcome == "pass"]
    assert [ended.failures for ended in passed] == [()] * len(passed)
    assert b"warning: condition 1 == 2 is not satisfied\n" in verdicts.ended["warns"].kept


def test_output_of_quick_cases_is_shared(verdicts: Launched) -> None:
    assert verdicts.slice("prints_by_printf") == verdicts.output
    assert b"by cout\n" in verdicts.output


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_run_alone_whatever_its_name(folder: Path, name: str) -> None:
    cases = listed(folder, "names")
    assert list(cases) == NAMES
    result = run(folder, "names", [cases[name]])
    assert result.outcomes == {name: "pass"}
    assert result.recording.report.count(b"Entering test case") == 1


def test_cases_of_several_suites_run_in_one_launch(folder: Path) -> None:
    cases = listed(folder, "verdicts")
    asked = ["outer/inner/passes", "outer/passes", "passes", "all_disabled/other", "has_data/_2"]
    result = run(folder, "verdicts", [cases[name] for name in asked])
    assert result.outcomes == dict.fromkeys(asked, "pass")


def test_what_a_case_depends_on_runs_unasked(folder: Path) -> None:
    result = run(folder, "verdicts", [listed(folder, "verdicts")["depends_on_a_failure"]])
    assert result.outcomes == {"depends_on_a_failure": "skip"}
    assert result.complaint == ""


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("segfault", Exit(0, signal.SIGSEGV)),
        ("abort_", Exit(0, signal.SIGABRT)),
        ("terminate_", Exit(0, signal.SIGABRT)),
        ("killed", Exit(0, signal.SIGKILL)),
        ("_exit_0", Exit(0)),
        ("exit_0", None),
        ("exit_3", None),
    ],
)
def test_a_case_that_ends_the_program_is_running_at_the_end(folder: Path, name: str, status: Exit | None) -> None:
    cases = listed(folder, "ends")
    result = run(folder, "ends", [cases[each] for each in ("before", name, "after")])
    assert result.outcomes == {"before": "pass"}
    assert result.running == name
    assert status in {None, result.status}


@pytest.mark.parametrize(
    ("variable", "outcomes", "complaint"),
    [
        ("EXIT_WITH", {"before": "pass"}, "exit code 7 though no case had failed"),
        ("BREAK_SETUP", {}, "no database"),
        ("BREAK_TEARDOWN", {"before": "pass"}, "database is gone"),
    ],
)
def test_what_goes_wrong_outside_of_cases_is_told(
    folder: Path, variable: str, outcomes: dict[str, str], complaint: str
) -> None:
    result = run(folder, "ends", [listed(folder, "ends")["before"]], environment={variable: "7"})
    assert result.outcomes == outcomes
    assert complaint in result.complaint


def test_settings_from_outside_do_not_count(folder: Path) -> None:
    cases = listed(folder, "verdicts")
    result = run(folder, "verdicts", [cases["passes"]], environment={"BOOST_TEST_RUN_FILTERS": "fails"})
    assert result.outcomes == {"passes": "pass"}
    assert b'"fails"; testing' not in result.recording.report


@pytest.mark.parametrize(
    ("output", "status", "why"),
    [
        (b"hello\n", Exit(0), "no list of cases"),
        (b"", Exit(0, signal.SIGSEGV), "signal 11"),
        (b"last words\n", Exit(200), "exit code 200 when asked for its cases: last words"),
    ],
)
def test_a_list_that_is_none_says_why(output: bytes, status: Exit, why: str) -> None:
    with pytest.raises(ListError, match=why):
        BOOST_TEST.read_list(output, b"", status)


def test_very_many_cases_run_in_one_launch(folder: Path) -> None:
    cases = listed(folder, "many")
    asked = list(cases.values())[: BOOST_TEST.most_cases]
    result = run(folder, "many", asked)
    assert result.outcomes == {case.name: "pass" for case in asked}
    command = BOOST_TEST.command("program", asked, Channels("report", "input", ""))
    assert max(map(len, command.arguments)) < 1 << 17
