"""The JUnit report, as an XML parser sees it."""

from __future__ import annotations

import os
import stat
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.errors import UsageError
from pyharness.events import (
    AttemptFinished,
    CaseFinished,
    Event,
    Failure,
    RunFinished,
    SuiteFailed,
    SuiteLoaded,
    split_output,
)
from pyharness.model import Outcome, Verdict
from pyharness.reporters.junit import JUnitReporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def report(events: Iterable[Event]) -> ET.Element:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "junit.xml"
        junit = JUnitReporter(str(path))
        for event in events:
            junit.handle(event)
        junit.close()
        junit.close()
        assert junit.problem == ""
        assert [entry.name for entry in Path(folder).iterdir()] == ["junit.xml"]
        return ET.parse(path).getroot()


def case(root: ET.Element, name: str) -> ET.Element:
    (found,) = [element for element in root.iter("testcase") if element.get("name") == name]
    return found


def test_suites_of_which_nothing_is_selected_are_left_out(clean_run: list[Event]) -> None:
    others = [SuiteLoaded(f"other {number}", "", f"lib{number}.so", 12, 0) for number in range(3)]
    root = report([clean_run[0], *others, *clean_run[1:]])
    assert [suite.get("name") for suite in root.iter("testsuite")] == ["zlib"]
    assert root.get("tests") == "3"


def test_counts_stand_at_each_suite_and_at_the_top(mixed_run: list[Event]) -> None:
    root = report(mixed_run)
    counts = ("tests", "failures", "errors", "skipped")
    assert [root.get(name) for name in counts] == ["10", "2", "4", "2"]
    suites = {suite.get("name"): [suite.get(name) for name in counts] for suite in root.iter("testsuite")}
    assert suites == {
        "zlib": ["6", "2", "2", "1"],
        "sqlite": ["3", "0", "1", "1"],
        "build/libbad.so": ["1", "0", "1", "0"],
    }
    for suite in root.iter("testsuite"):
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
    assert root.get("time") == "60.500000"
    assert root.get("timestamp") == "2025-01-02T03:04:05Z"


def test_a_case_tells_where_it_stands_and_how_long_it_took(mixed_run: list[Event]) -> None:
    assert case(report(mixed_run), "inflate").attrib == {
        "classname": "packing.zlib",
        "name": "inflate",
        "time": "0.012000",
        "file": "zlib.cpp",
        "line": "7",
    }


@pytest.mark.parametrize(
    ("name", "element", "message", "text"),
    [
        (
            "boom (1)",
            "failure",
            "CHECK(a == b)",
            "zlib.cpp:12: CHECK(a == b)\n  a: 1\n  b: 2\nstd::runtime_error: no place",
        ),
        ("hangs", "error", "took longer than 60 s", "zlib.cpp:30: took longer than 60 s"),
        ("crashes", "error", "SIGSEGV at address 0x0", "zlib.cpp:40: SIGSEGV at address 0x0"),
        ("late", "skipped", "needs a network", "zlib.cpp:50: needs a network"),
        ("set-up", "error", "cannot make a thread", "cannot make a thread"),
        ("never", "skipped", "not run: --max-fail 5 was reached", None),
        (
            "load",
            "error",
            "cannot load suite 'build/libbad.so': undefined symbol 'x'; link it",
            "cannot load suite 'build/libbad.so': undefined symbol 'x'; link it",
        ),
    ],
)
def test_what_did_not_pass_says_why(
    name: str, element: str, message: str, text: str | None, mixed_run: list[Event]
) -> None:
    found = case(report(mixed_run), name).find(element)
    assert found is not None
    assert (found.get("message"), found.text) == (message, text)


def test_a_flaky_case_counts_as_passed_and_keeps_its_failed_attempts(surviving_run: list[Event]) -> None:
    found = case(report(surviving_run), "wobbles")
    assert [(element.tag, element.get("message")) for element in found] == [
        ("flakyFailure", "refused"),
        ("flakyError", "crashed: SIGSEGV at address 0x0"),
        ("system-out", None),
    ]
    assert [element.findtext("system-out") for element in found][:2] == ["first try\n", "second try\n"]
    assert "#0 send(int)  net.cpp:21" in (found.findtext("flakyError/stackTrace") or "")
    assert found.findtext("system-out") == "third try\n"


def test_of_failures_the_first_decides_and_the_others_are_reruns(surviving_run: list[Event]) -> None:
    found = case(report(surviving_run), "stubborn")
    assert [element.tag for element in found] == ["failure", "rerunFailure", "system-out", "system-err"]
    assert (found.findtext("failure"), found.findtext("rerunFailure/stackTrace")) == (
        "net.cpp:50: one",
        "net.cpp:50: two",
    )
    assert (found.findtext("system-out"), found.findtext("rerunFailure/system-out")) == ("1\n", "2\n")
    assert found.findtext("system-err") == "leak in attempt 2: left 1 child process running"


def test_a_hang_carries_its_stack(surviving_run: list[Event]) -> None:
    text = case(report(surviving_run), "hangs").findtext("error") or ""
    assert text.splitlines() == ["took longer than 90 s", "#0 poll  libc.so.6+0x20", "#1 wait()  net.cpp:31"]


def test_flaky_cases_that_fail_the_run_are_the_reason_of_its_error() -> None:
    why = "flaky cases fail the run (--flaky fail)"
    (error,) = report([RunFinished(1, {"passed": 3, "flaky": 2}, 0, why_failed=why)]).iter("error")
    assert error.get("message") == "flaky cases fail the run (--flaky fail); exit code 1"


@pytest.mark.parametrize("run", ["cached_run", "surviving_run", "panicking_run", "interrupted_run"])
def test_the_report_looks_like_its_golden_file(
    run: str, tmp_path: Path, request: pytest.FixtureRequest, golden: Callable[[str, str], None]
) -> None:
    path = tmp_path / "junit.xml"
    junit = JUnitReporter(str(path))
    for event in request.getfixturevalue(run):
        junit.handle(event)
    junit.close()
    golden(f"{run}.xml", path.read_text(encoding="utf-8"))


def test_output_is_there_for_passes_and_failures(mixed_run: list[Event], clean_run: list[Event]) -> None:
    assert case(report(clean_run), "deflate [level=9]").findtext("system-out") == "noise\n"
    assert case(report(mixed_run), "boom (1)").findtext("system-out") == "first\n\nsecond \ufffd\ufffd"
    assert case(report(mixed_run), "load").findtext("system-out") == "hm\n"


def test_a_crash_carries_its_cause_and_backtrace(panicking_run: list[Event]) -> None:
    found = case(report(panicking_run), "boom null").find("error")
    assert found is not None
    text = found.text or ""
    assert found.get("message") == "SIGSEGV at address 0x0"
    assert "#0 boom(int*)  crash.cpp:13" in text
    assert "#3 0x7fff0010" in text


def test_a_panic_without_a_name_is_an_error_with_its_suspects(nameless_panic: list[Event]) -> None:
    found = case(report(nameless_panic), "panic").find("error")
    assert found is not None
    assert found.get("message") == "crashed: killed by SIGKILL"
    assert (found.text or "").splitlines() == [
        "killed by SIGKILL",
        "running: crash::a",
        "running: crash::b",
        "no stack was recorded",
    ]


def test_a_run_that_broke_off_is_not_green(clean_run: list[Event]) -> None:
    for told in ([], clean_run[:-1]):
        root = report(told)
        assert root.get("errors") == "1"
        assert "broke off" in case(root, "run").find("error").get("message")  # type: ignore[union-attr, operator]


def test_a_suite_whose_name_has_colons_keeps_its_cases() -> None:
    root = report(
        [SuiteLoaded("a::b", "", "x", 1, 1), CaseFinished("a::b::c", Verdict.NOT_RUN, ""), RunFinished(0, {}, 0)]
    )
    (suite,) = root.findall("testsuite")
    assert (suite.get("name"), case(root, "c").get("classname")) == ("a::b", "a::b")


def test_a_flood_is_cut_in_the_report() -> None:
    finished = AttemptFinished("s::c", 1, Outcome.PASS, 0, 0, 0, "x" * 3_000_000, (), "s", "", "c", "", 0)
    text = case(report([finished]), "c").findtext("system-out") or ""
    assert len(text) < 1_100_000
    assert "bytes left out" in text


def test_the_file_appears_as_a_whole_with_the_rights_of_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text("old")
    previous = os.umask(0o027)
    try:
        junit = JUnitReporter(str(path))
    finally:
        os.umask(previous)
    assert path.read_text() == "old"
    junit.handle(RunFinished(0, {}, 0))
    junit.close()
    assert ET.parse(path).getroot().get("tests") == "0"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    JUnitReporter(str(tmp_path / "link")).close()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("file/j", "Not a directory"),
        ("file/j/j", "Not a directory"),
        (".", "not a regular file"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_written_is_a_usage_error(path: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as caught:
        JUnitReporter(f"{tmp_path}/{path}")
    expected = f"cannot write the JUnit report '{tmp_path}/{path}': {cause}; name a file that can be written"
    assert str(caught.value) == expected
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_target_that_vanishes_is_a_problem_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    junit = JUnitReporter(str(path))
    path.mkdir()
    junit.close()
    assert junit.problem == f"cannot write the JUnit report '{path}': Is a directory"
    assert list(tmp_path.iterdir()) == [path]


TEXT = st.text(st.characters() | st.characters(categories=["Cc", "Cs"]) | st.sampled_from("]>&<\x1b\ufffe"))


@given(TEXT, st.binary(), st.sampled_from(Outcome))
def test_any_content_gives_well_formed_xml(text: str, output: bytes, outcome: Outcome) -> None:
    shown, encoded = split_output(b"]]>\x00\x1b[0m" + output)
    failure = Failure(text, 1, text)
    root = report(
        [
            SuiteLoaded(text, text, text, 1, 1),
            SuiteFailed(text, text, text),
            AttemptFinished(
                f"{text}::{text}", 1, outcome, 0, 0, 5, shown, (failure,), text, text, text, text, 3, encoded
            ),
            CaseFinished(f"{text}::other", Verdict.NOT_RUN, text),
            RunFinished(1, {}, 0, text),
        ]
    )
    assert root.get("tests") == "3"
    assert (root.findall(".//system-out")[-1].text or "").startswith(("]]>[0m", text[:1]))
