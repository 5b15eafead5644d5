"""Go's testing package: a real program listed, run and read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.go import ADAPTER
from pyharness.adapters.protocol import Exit, ListError
from tests.adapters.frameworks import build, recognised, versions
from tests.adapters.launching import Launched, launch, list_cases
from tests.conftest import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Launched]


@pytest.fixture(scope="session", params=versions("go"), ids=str)
def program(request: pytest.FixtureRequest) -> str:
    return str(build(request.param) / "cases.test")


@pytest.fixture
def run(program: str) -> Run:
    """Run the cases of these names."""
    cases = {case.name: case for case in list_cases(ADAPTER, program)}
    return lambda *names: launch(ADAPTER, program, [cases[name] for name in names])


def test_it_is_recognised(program: str) -> None:
    assert recognised(Path(program)) is ADAPTER


def test_a_program_of_go_without_tests_is_not() -> None:
    package = next((SCRIPTS.parent / "lib").glob("python3*/site-packages/go"))
    assert recognised(package / "bin" / "go") is None


def test_tests_examples_and_fuzz_tests_are_listed_and_no_benchmarks(program: str) -> None:
    names = {case.name for case in list_cases(ADAPTER, program)}
    assert {"TestPasses", "TestParallel1", "ExamplePrints", "FuzzSeeds"} <= names
    assert "BenchmarkNothing" not in names


def test_lines_of_a_main_of_its_own_are_no_cases() -> None:
    assert [case.name for case in ADAPTER.read_list(b"set up\nTestA\nTest B\nTestA\n", b"", Exit(0))] == ["TestA"]


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(ListError):
        ADAPTER.read_list(b"TestA\n", b"", Exit(2))


def test_outcomes_output_and_reasons(run: Run) -> None:
    result = run("TestPasses", "TestFails", "TestSkips", "TestHasNoEndOfLine", "FuzzSeeds", "ExamplePrints")
    assert result.outcomes == {
        "TestPasses": "pass",
        "TestFails": "fail",
        "TestSkips": "skip",
        "TestHasNoEndOfLine": "pass",
        "FuzzSeeds": "pass",
        "ExamplePrints": "pass",
    }
    assert result.slice("TestPasses") == b"from passes\n"
    assert result.slice("TestHasNoEndOfLine") == b"out"
    failures = [(failure.file, failure.line, failure.message) for failure in result.ended["TestFails"].failures]
    assert failures == [("cases_test.go", 15, "sums\nover lines"), ("cases_test.go", 16, "and 2")]
    assert text(result, "TestFails").startswith(b"before\n    cases_test.go:15: sums\n")
    assert result.messages("TestSkips") == ["not today"]
    assert result.complaint == ""


def text(result: Launched, name: str) -> bytes:
    """Return the output of a case, wherever it is; only what people are to read is in it."""
    said = result.slice(name) + result.ended[name].kept
    assert b"\x16" not in said
    return said


def test_an_example_says_what_it_wanted(run: Run) -> None:
    result = run("ExampleMisprints")
    assert result.outcomes == {"ExampleMisprints": "fail"}
    assert result.messages("ExampleMisprints") == ["got:\nsomething else\nwant:\nas expected"]


def test_parts_are_their_parent(run: Run) -> None:
    result = run("TestHasParts", "TestPasses", "TestParallelParts")
    assert result.outcomes == {"TestHasParts": "fail", "TestPasses": "pass", "TestParallelParts": "pass"}
    assert result.messages("TestHasParts") == ["in bad"]
    said = text(result, "TestHasParts")
    assert said.index(b"TestHasParts/good") < said.index(b"in good\n") < said.index(b"after the parts\n")
    assert text(result, "TestParallelParts").count(b"in part") == 2


def test_parallel_cases_run_one_by_one_each_with_its_output(run: Run) -> None:
    result = run("TestParallel1", "TestParallel2", "TestPasses")
    assert result.outcomes == {"TestPasses": "pass", "TestParallel1": "pass", "TestParallel2": "fail"}
    assert text(result, "TestParallel1") == b"before TestParallel1\nduring TestParallel1\n"
    assert result.messages("TestParallel2") == ["no luck"]
    assert result.slice("TestPasses") == b"from passes\n"


def test_printed_lines_forge_no_result(run: Run) -> None:
    result = run("TestForges", "TestPasses")
    assert result.outcomes == {"TestForges": "fail", "TestPasses": "pass"}


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("TestPanics", Exit(2)),
        ("TestReadsNull", Exit(2)),
        ("TestExitsWithZero", Exit(2)),
        ("TestExits", Exit(3)),
        ("TestParallel3", Exit(2)),
    ],
)
def test_the_case_in_which_it_ended_is_running(run: Run, case: str, status: Exit) -> None:
    result = run("TestPasses", case)
    assert (result.outcomes, result.running, result.status) == ({"TestPasses": "pass"}, case, status)


@pytest.mark.parametrize(
    ("status", "complaint"),
    [(Exit(0), ""), (Exit(1), "exit code 1"), (Exit(2), "exit code 2"), (Exit(0, 9), "signal 9")],
)
def test_an_exit_that_fits_no_result_is_said(program: str, status: Exit, complaint: str) -> None:
    (case,) = (case for case in list_cases(ADAPTER, program) if case.name == "TestPasses")
    reader = ADAPTER.reader([case])
    assert len(reader.feed(b"=== RUN   TestPasses\n--- PASS: TestPasses (0.00s)\nPASS\n", b"").ended) == 1
    assert complaint in reader.verdict_on_exit(status)
    assert bool(complaint) == bool(reader.verdict_on_exit(status))


def test_tests_run_in_the_folder_of_their_program(program: str, tmp_path: Path) -> None:
    moved = shutil.copy(program, tmp_path / "cases.test")
    (case,) = (case for case in list_cases(ADAPTER, str(moved)) if case.name == "TestLooksAround")
    assert launch(ADAPTER, str(moved), [case]).outcomes == {"TestLooksAround": "fail"}
    (tmp_path / "beside.txt").touch()
    assert launch(ADAPTER, str(moved), [case]).outcomes == {"TestLooksAround": "pass"}
