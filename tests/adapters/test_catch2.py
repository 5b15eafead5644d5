from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pyharness.adapters.catch2 import CATCH2_V2, CATCH2_V3, Catch2V2, Catch2V3
from pyharness.adapters.protocol import Channels, Exit, ListError
from tests.adapters.frameworks import Version, build, recognised, versions
from tests.adapters.launching import Launched, launch, list_cases

if TYPE_CHECKING:
    from pyharness.adapters.protocol import ListedCase

OUTCOMES = {
    "passes": "pass",
    "asserts nothing": "pass",
    "fails": "fail",
    "fails with a message": "fail",
    "warns": "pass",
    "warns and fails": "fail",
    "throws": "fail",
    "throws in an assertion": "fail",
    "throws nothing where it should": "fail",
    "has sections": "fail",
    "may fail": "pass",
    "should fail and does": "pass",
    "should fail and does not": "fail",
    "hidden": "pass",
    "hidden with a tag": "pass",
    "hidden and fails": "fail",
    "prints by printf": "pass",
    "prints by cout": "fail",
    "prints by cerr": "pass",
    "prints without a newline": "pass",
    "prints by write": "pass",
    "prints what looks like a report": "pass",
    "prints bytes that are no text": "fail",
    "is a template - int": "pass",
    "is a template - std::string": "pass",
    "is a method": "fail",
    "is a template and a method - int": "pass",
    "is a template and a method - long": "pass",
}
SKIPS = {"skips": "skip", "skips in a section": "skip", "skips and fails": "fail"}
"""Since version 3.3."""
MESSAGES = {
    "fails": [
        "CHECK(answer == 42)\nexpands to: 41 == 42\ninfo: the answer is 41",
        "CHECK_FALSE(answer == 41)\nexpands to: !(41 == 41)\ninfo: the answer is 41",
        'REQUIRE(std::string("a<b>&\\"c\\"") == "]]>")\nexpands to: "a<b>&"c"" == "]]>"\ninfo: the answer is 41',
    ],
    "fails with a message": ["no <luck> & no money"],
    "warns and fails": ["CHECK(false)"],
    "throws": ["unexpected exception: out of <cheese>"],
    "throws in an assertion": ['REQUIRE(std::stoi("none") == 1)\nunexpected exception: stoi'],
    "throws nothing where it should": ['REQUIRE_THROWS_AS(std::stoi("1"), std::invalid_argument)'],
    "has sections": ["CHECK(1 == 2)\nsection: bad / worse"],
    "should fail and does not": ["should fail ([!shouldfail]), but passed"],
}
PRINTED = {
    "passes": b"",
    "prints by printf": b"by printf\n",
    "prints by cerr": b"by cerr\n",
    "prints without a newline": b"no newline",
    "prints by write": b"by write\n",
}
WARNINGS = dict.fromkeys(("warns", "warns and fails"), b"warning: beware\n")
"""No reporter hands them on."""


class Programs(NamedTuple):
    """The programs of one version, and the adapter that takes them."""

    folder: Path
    adapter: Catch2V3 | Catch2V2

    @property
    def marks_output(self) -> bool:
        return isinstance(self.adapter, Catch2V3)

    def cases(self, program: str) -> dict[str, ListedCase]:
        return {case.name: case for case in list_cases(self.adapter, str(self.folder / program))}

    def launch(self, program: str, cases: list[ListedCase], **others: dict[str, str]) -> Launched:
        path = str(self.folder / program)
        return launch(self.adapter, path, cases, exact_slices=self.marks_output, **others)


@pytest.fixture(scope="session", params=versions("catch2"), ids=str)
def programs(request: pytest.FixtureRequest) -> Programs:
    version: Version = request.param
    folder = build(version)
    large = int((folder / "version").read_text().split(".")[0])
    adapter = {2: CATCH2_V2, 3: CATCH2_V3}[large]
    assert recognised(folder / "verdicts") is adapter
    return Programs(folder, adapter)


@pytest.fixture(scope="session")
def verdicts(programs: Programs) -> Launched:
    return programs.launch("verdicts", list(programs.cases("verdicts").values()))


def outcomes(programs: Programs) -> dict[str, str]:
    return {**OUTCOMES, **(SKIPS if "skips" in programs.cases("verdicts") else {})}


def test_lists_names_tags_places_and_hidden_cases(programs: Programs) -> None:
    cases = programs.cases("verdicts")
    assert cases.keys() == outcomes(programs).keys()
    assert cases["fails"].tags == ("math", "slow-one")
    assert Path(cases["fails"].file).name == "verdicts.cpp"
    source = Path(__file__).parent.parent / "programs" / "catch2" / "verdicts.cpp"
    assert source.read_text().splitlines()[cases["fails"].line - 1].startswith('TEST_CASE("fails"')
    disabled = {name: case.tags for name, case in cases.items() if case.disabled}
    assert disabled == {"hidden": (), "hidden with a tag": ("integration",), "hidden and fails": ()}


def test_each_case_has_its_verdict(programs: Programs, verdicts: Launched) -> None:
    assert verdicts.outcomes == outcomes(programs)
    assert verdicts.running is None
    assert verdicts.complaint == ""
    assert all(ended.duration_ns > 0 for ended in verdicts.told)


@pytest.mark.parametrize("name", MESSAGES)
def test_failures_say_what_failed(verdicts: Launched, name: str) -> None:
    assert verdicts.messages(name) == MESSAGES[name]
    assert {Path(failure.file).name for failure in verdicts.ended[name].failures} == {"verdicts.cpp"}
    assert all(failure.line > 0 for failure in verdicts.ended[name].failures)


def test_skips_say_why(programs: Programs, verdicts: Launched) -> None:
    if "skips" not in programs.cases("verdicts"):
        pytest.skip("this version cannot skip")
    assert verdicts.messages("skips") == ["no <network>"]
    assert verdicts.messages("skips in a section") == ["half"]
    assert verdicts.messages("skips and fails") == ["CHECK(1 == 2)"]


def test_what_cases_pass_with_is_no_failure(verdicts: Launched) -> None:
    passed = [ended for ended in verdicts.told if ended.outcome == "pass"]
    assert [ended.failures for ended in passed] == [()] * len(passed)


def test_output_goes_to_the_case_that_wrote_it(programs: Programs, verdicts: Launched) -> None:
    if not programs.marks_output:
        pytest.skip("this version does not mark its output")
    assert {name: verdicts.slice(name) for name in PRINTED} == PRINTED
    assert verdicts.slice("prints by cout").endswith(b"by cout\n")
    assert verdicts.slice("prints what looks like a report").startswith(b"</TestCase>")
    kept = {name: ended.kept for name, ended in verdicts.ended.items() if ended.kept}
    assert kept == WARNINGS


def test_output_that_the_framework_keeps_is_told_apart(programs: Programs, verdicts: Launched) -> None:
    if programs.marks_output:
        pytest.skip("this version hands on what it keeps")
    kept = {name: ended.kept for name, ended in verdicts.ended.items() if ended.kept}
    assert kept.keys() == WARNINGS.keys() | {
        "prints by cout", "prints by cerr", "prints what looks like a report", "prints bytes that are no text",
    }  # fmt: skip
    assert kept["prints by cout"] == b"by cout\n"
    assert kept["prints what looks like a report"] == b"</StdOut></OverallResult></TestCase>\n"
    assert b"by write\n" in verdicts.slice("prints by write")


def test_a_case_is_run_alone_whatever_its_name(programs: Programs) -> None:
    cases = programs.cases("names")
    assert len(cases) == 26
    for name, case in cases.items():
        result = programs.launch("names", [case])
        assert result.outcomes == {name: "pass"}
        alone = result.recording.report.count(b"<TestCase ") == 1
        assert alone == (name != "*"), "a filter takes in more than that case"


def test_names_that_listings_break_are_whole(programs: Programs) -> None:
    cases = programs.cases("names")
    long = next(case for name, case in cases.items() if name.startswith("a name that is so long"))
    assert long.name.endswith("has to break it somewhere")
    assert set(long.tags) == {
        "a-long-tag-that-goes-on-and-on", "another-long-tag-that-goes-on-and-on", "a-third-tag", "and-a-fourth-tag",
    }  # fmt: skip
    assert {"leading and trailing", "two  blanks", "back\\slash, and \\\\ two \\", "# hash", "über €"} <= cases.keys()
    assert {"@file.cpp:12", "tab\\tin it", "control \\x01 character", "<xml> & \"more\" 'of it'"} <= cases.keys()


def test_cases_run_in_one_launch_as_asked(programs: Programs) -> None:
    cases = programs.cases("names")
    asked = [cases[name] for name in ("b", "a, b", "[tag]", '"quoted"')]
    result = programs.launch("names", asked)
    assert result.outcomes == {case.name: "pass" for case in asked}
    assert result.recording.report.count(b"<TestCase ") == len(asked)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("segfault", Exit(0, signal.SIGSEGV)),
        ("abort", Exit(0, signal.SIGABRT)),
        ("terminate", Exit(0, signal.SIGABRT)),
        ("crash in a section", Exit(0, signal.SIGSEGV)),
        ("killed", Exit(0, signal.SIGKILL)),
        ("_exit 0", Exit(0)),
        ("exit 0", None),
        ("exit 3", None),
    ],
)
def test_a_case_that_ends_the_program_is_running_at_the_end(programs: Programs, name: str, status: Exit | None) -> None:
    cases = programs.cases("ends")
    result = programs.launch("ends", [cases[each] for each in ("before", name, "after")])
    assert result.outcomes == {"before": "pass"}
    assert result.running == name
    assert status in {None, result.status}


def test_an_exit_code_without_a_failure_is_told(programs: Programs) -> None:
    cases = programs.cases("ends")
    result = programs.launch("ends", [cases["before"]], environment={"EXIT_WITH": "7"})
    assert result.outcomes == {"before": "pass"}
    assert "exit code 7 though no case had failed" in result.complaint


def test_a_list_that_is_none_says_why(programs: Programs) -> None:
    adapter = programs.adapter
    with pytest.raises(ListError, match="signal 11"):
        adapter.read_list(b"", b"", Exit(0, signal.SIGSEGV))
    with pytest.raises(ListError, match="list"):
        adapter.read_list(b"hello\n", b"", Exit(0))


def test_inputs_are_files_not_arguments(programs: Programs) -> None:
    """Thousands of names would not fit on a command line."""
    cases = list(programs.cases("verdicts").values())
    command = programs.adapter.command("program", cases, Channels("report", "input", ""))
    assert "input" in command.arguments
    assert command.input.count(b"\n") == len(cases)
    assert not {case.name for case in cases} & set(command.arguments)


def test_very_many_cases_run_in_one_launch(programs: Programs) -> None:
    cases = programs.cases("many")
    result = programs.launch("many", list(cases.values()))
    assert result.outcomes == dict.fromkeys(cases, "pass")
