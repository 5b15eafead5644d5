from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pyharness.adapters.doctest import DOCTEST
from pyharness.adapters.protocol import Channels, Exit, ListedCase, ListError
from tests.adapters.frameworks import build, recognised, versions
from tests.adapters.launching import Launched, launch, list_cases

OUTCOMES = {
    "passes": "pass",
    "asserts nothing": "pass",
    "fails": "fail",
    "fails with a message": "fail",
    "warns": "pass",
    "throws": "fail",
    "throws in an assertion": "fail",
    "throws nothing where it should": "fail",
    "has subcases": "fail",
    "may fail": "pass",
    "should fail and does": "pass",
    "should fail and does not": "fail",
    "should fail twice and does once": "fail",
    "should fail once and does": "pass",
    "is too slow": "fail",
    "is left out": "pass",
    "prints by printf": "pass",
    "prints by cout": "fail",
    "prints by write": "pass",
    "prints what looks like a report": "pass",
    "fails with bytes that are no text": "fail",
    "fails in a thread": "fail",
    "is a template<int>": "pass",
    "is a template<char>": "pass",
    "is a fixture": "fail",
}
MESSAGES = {
    "fails": [
        "CHECK(answer == 42)\nexpands to: 41 == 42\ninfo: the answer is 41",
        "CHECK_FALSE(answer == 41)\nexpands to: 41 == 41\ninfo: the answer is 41",
        'REQUIRE(std::string("a<b>&\\"c\\"") == "]]>")\nexpands to: a<b>&"c" == ]]>\ninfo: the answer is 41',
    ],
    "fails with a message": ["no <luck> & no money"],
    "throws": ["unexpected exception: out of <cheese>"],
    "throws in an assertion": ['REQUIRE(std::stoi("none") == 1)\nthrew: "stoi"'],
    "throws nothing where it should": [
        'REQUIRE_THROWS_AS((void)std::stoi("1"), std::invalid_argument)\nthrew nothing',
    ],
    "has subcases": ["CHECK(1 == 2)\nsubcase: bad / worse"],
    "should fail and does not": ["should fail, but passed"],
    "should fail twice and does once": ["CHECK(1 == 2)", "should fail 2 times, but failed 1 times"],
    "fails in a thread": ["CHECK(1 == 2)"],
}
NAMES = [
    "repeats (more_names.cpp:3)",
    "one suite / twice in a suite (more_names.cpp:6)",
    "a, b",
    "a",
    "b",
    "A",
    "*",
    "a*",
    "?",
    "back\\slash, and \\\\ two \\",
    '"quoted"',
    "leading and trailing",
    "two lines",
    "tab in it",
    "<xml> & \"more\" 'of it'",
    "control \\x01 character",
    "über",
    "unnamed",
    "repeats (names.cpp:23)",
    "repeats (names.cpp:24)",
    "in a suite",
    "one suite / in two suites",
    "one suite / twice in a suite (names.cpp:29)",
    "one suite / twice in a suite (names.cpp:30)",
    "other, suite / in two suites",
    "left out",
]


@pytest.fixture(scope="session", params=versions("doctest"), ids=str)
def folder(request: pytest.FixtureRequest) -> Path:
    return build(request.param)


@pytest.fixture(scope="session")
def verdicts(folder: Path) -> Launched:
    return run(folder, "verdicts", list(listed(folder, "verdicts").values()))


def listed(folder: Path, program: str) -> dict[str, ListedCase]:
    return {case.name: case for case in list_cases(DOCTEST, str(folder / program))}


def run(folder: Path, program: str, cases: list[ListedCase], **others: dict[str, str]) -> Launched:
    """Run cases; what C buffers comes when it comes, so slices are whatever they are."""
    return launch(DOCTEST, str(folder / program), cases, exact_slices=False, **others)


def test_recognises_its_programs(folder: Path) -> None:
    assert recognised(folder / "verdicts") is DOCTEST


def test_lists_places_suites_and_cases_left_out(folder: Path) -> None:
    cases = listed(folder, "verdicts")
    assert list(cases) == list(OUTCOMES)
    assert [name for name, case in cases.items() if case.disabled] == ["is left out"]
    source = Path(__file__).parent.parent / "programs" / "doctest" / "verdicts.cpp"
    assert Path(cases["fails"].file).name == source.name
    assert source.read_text().splitlines()[cases["fails"].line - 1].startswith('TEST_CASE("fails"')


def test_names_are_unique_and_no_longer_than_that_takes(folder: Path) -> None:
    cases = listed(folder, "names")
    assert list(cases) == NAMES
    assert cases["in a suite"].tags == ("one-suite",)
    assert cases["other, suite / in two suites"].tags == ("other,-suite",)
    assert cases["left out"].disabled


def test_each_case_has_its_verdict(verdicts: Launched) -> None:
    assert verdicts.outcomes == OUTCOMES
    assert verdicts.running is None
    assert verdicts.complaint == ""
    assert all(ended.duration_ns > 0 for ended in verdicts.told)


@pytest.mark.parametrize("name", MESSAGES)
def test_failures_say_what_failed(verdicts: Launched, name: str) -> None:
    assert verdicts.messages(name) == MESSAGES[name]
    assert {Path(failure.file).name for failure in verdicts.ended[name].failures} == {"verdicts.cpp"}
    assert all(failure.line > 0 for failure in verdicts.ended[name].failures)


def test_a_limit_that_a_case_declares_is_named(verdicts: Launched) -> None:
    (message,) = verdicts.messages("is too slow")
    assert message.endswith(" s, more than its limit of 0.001 s")


def test_what_cases_pass_with_is_no_failure(verdicts: Launched) -> None:
    passed = [ended for ended in verdicts.told if ended.outcome == "pass"]
    assert [ended.failures for ended in passed] == [()] * len(passed)
    warned = verdicts.ended["warns"].kept.decode().splitlines()
    assert [line.split(": ", 1)[1] for line in warned] == ["beware", "WARN(1 == 2)"]


def test_output_of_quick_cases_is_shared(verdicts: Launched) -> None:
    assert {b"by printf", b"by cout", b"by write"} <= set(verdicts.output.splitlines())
    assert verdicts.slice("prints by printf") == verdicts.output


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_run_alone_whatever_its_name(folder: Path, name: str) -> None:
    result = run(folder, "names", [listed(folder, "names")[name]])
    assert result.outcomes == {name: "pass"}
    assert result.recording.report.count(b"<TestCase ") == 1


@pytest.mark.parametrize("name", [name for name in NAMES[2:] if name != "unnamed"])
def test_cases_that_stand_apart_are_run_by_name(folder: Path, name: str) -> None:
    cases = listed(folder, "names")
    result = run(folder, "names", [cases[NAMES[0]], cases[name]])
    assert result.outcomes == {NAMES[0]: "pass", name: "pass"}


def test_cases_left_out_run_when_asked_for_only(folder: Path) -> None:
    cases = listed(folder, "names")
    asked = [case for case in cases.values() if not case.disabled]
    assert run(folder, "names", asked).outcomes == {case.name: "pass" for case in asked}
    assert run(folder, "names", [cases["left out"]]).outcomes == {"left out": "pass"}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("segfault", Exit(0, signal.SIGSEGV)),
        ("abort", Exit(0, signal.SIGABRT)),
        ("terminate", Exit(0, signal.SIGABRT)),
        ("crash in a section", Exit(0, signal.SIGSEGV)),
        ("killed", Exit(0, signal.SIGKILL)),
        ("_exit 0", Exit(0)),
        ("exit 0", Exit(0)),
        ("exit 3", Exit(3)),
    ],
)
def test_a_case_that_ends_the_program_is_running_at_the_end(folder: Path, name: str, status: Exit) -> None:
    cases = listed(folder, "ends")
    result = run(folder, "ends", [cases[each] for each in ("before", name, "after")])
    assert result.outcomes == {"before": "pass"}
    assert (result.running, result.status) == (name, status)


def test_an_exit_code_without_a_failure_is_told(folder: Path) -> None:
    result = run(folder, "ends", [listed(folder, "ends")["before"]], environment={"EXIT_WITH": "7"})
    assert result.outcomes == {"before": "pass"}
    assert "exit code 7 though no case had failed" in result.complaint


@pytest.mark.parametrize(
    ("report", "status", "why"),
    [
        (b"", Exit(0), "cut short"),
        (b"<doctest><TestCase name='a'/>", Exit(0), "cut short"),
        (b"no list", Exit(0), "no XML"),
        (b"", Exit(0, signal.SIGSEGV), "signal 11"),
        (b"", Exit(9), "exit code 9 when asked for its cases: last words"),
    ],
)
def test_a_list_that_is_none_says_why(report: bytes, status: Exit, why: str) -> None:
    with pytest.raises(ListError, match=why):
        DOCTEST.read_list(b"hello\nlast words\n", report, status)


def test_names_fit_in_one_argument(folder: Path) -> None:
    cases = list(listed(folder, "many").values())
    asked = cases[: 2 * DOCTEST.most_cases : 2]
    result = run(folder, "many", asked)
    assert result.outcomes == {case.name: "pass" for case in asked}
    command = DOCTEST.command("program", asked, Channels("report", "input", ""))
    assert max(map(len, command.arguments)) < 1 << 17


def test_very_many_cases_run_in_one_launch(folder: Path) -> None:
    cases = listed(folder, "many")
    assert run(folder, "many", list(cases.values())).outcomes == dict.fromkeys(cases, "pass")


def test_a_case_that_is_not_listed_does_not_keep_others_from_running() -> None:
    listed = ListedCase(name="first", key="1\x1f\x1ffirst")
    command = DOCTEST.command("program", [listed, ListedCase(name="gone, by now")], Channels("report", "input", ""))
    assert command.arguments[-1] == "--dt-test-case=first,gone\\,?by?now"
    assert DOCTEST.reader([listed, ListedCase(name="gone, by now")]).feed(b"", b"").ended == []
