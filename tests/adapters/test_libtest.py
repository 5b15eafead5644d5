"""Rust's libtest: a real program listed, run and read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.libtest import ADAPTER
from pyharness.adapters.protocol import Exit, ListError
from tests.adapters.frameworks import build, recognised, versions
from tests.adapters.launching import Launched, launch, list_cases

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Launched]


@pytest.fixture(scope="session")
def program() -> str:
    (version,) = versions("libtest")
    return str(build(version) / "cases")


@pytest.fixture
def run(program: str) -> Run:
    """Run the cases of these names."""
    cases = {case.name: case for case in list_cases(ADAPTER, program)}
    return lambda *names, **environment: launch(
        ADAPTER, program, [cases[name] for name in names], environment=environment
    )


def test_it_is_recognised(program: str) -> None:
    assert recognised(Path(program)) is ADAPTER


def test_cases_are_listed_and_ignored_ones_disabled(program: str) -> None:
    cases = list_cases(ADAPTER, program)
    assert {"passes", "inner::fails", "inner::exits"} <= {case.name for case in cases}
    assert [case.name for case in cases if case.disabled] == ["inner::ignored"]


@pytest.mark.parametrize(("output", "status"), [(b"passes: test\n", Exit(1)), (b"usage", Exit(0))])
def test_what_is_no_list_is_refused(output: bytes, status: Exit) -> None:
    with pytest.raises(ListError):
        ADAPTER.read_list(output, b"", status)


def test_outcomes_output_and_reasons(run: Run) -> None:
    result = run("inner::fails", "inner::ignored", "inner::has_no_end_of_line", "passes", "inner::errs")
    assert result.outcomes == {
        "inner::fails": "fail",
        "inner::errs": "fail",
        "inner::ignored": "pass",
        "inner::has_no_end_of_line": "pass",
        "passes": "pass",
    }
    assert result.slice("passes") == b"from passes\n"
    assert result.slice("inner::has_no_end_of_line") == b"out"
    assert result.slice("inner::fails").startswith(b"before\n")
    (failure,) = result.ended["inner::fails"].failures
    assert failure.file.endswith("cases.rs")
    assert failure.line == 12
    assert "sums\nover lines" in failure.message
    assert result.messages("inner::errs") == ['Error: "no luck"']
    assert result.complaint == ""


def test_a_panic_that_is_expected_is_none_otherwise(run: Run) -> None:
    result = run("inner::panics", "inner::does_not_panic", "inner::panics_wrongly")
    assert result.outcomes == {
        "inner::does_not_panic": "fail",
        "inner::panics": "pass",
        "inner::panics_wrongly": "fail",
    }
    assert result.messages("inner::does_not_panic") == ["did not panic, as was expected"]
    assert result.messages("inner::panics_wrongly") == ["not the panic that was expected: bang"]


def test_printed_lines_forge_no_result(run: Run) -> None:
    result = run("inner::forges", "passes")
    assert result.outcomes == {"inner::forges": "fail", "passes": "pass"}


@pytest.mark.parametrize(("case", "status"), [("inner::aborts", Exit(0, 6)), ("inner::exits", Exit(0))])
def test_the_case_in_which_it_ended_is_running(run: Run, case: str, status: Exit) -> None:
    result = run(case, "passes", RUST_TEST_THREADS="8")
    assert (result.outcomes, result.running, result.status) == ({}, case, status)


@pytest.mark.parametrize(
    ("status", "complaint"), [(Exit(0), ""), (Exit(101), "exit code 101"), (Exit(0, 9), "signal 9")]
)
def test_an_exit_that_fits_no_result_is_said(program: str, status: Exit, complaint: str) -> None:
    (case,) = (case for case in list_cases(ADAPTER, program) if case.name == "passes")
    reader = ADAPTER.reader([case])
    ended = reader.feed(b"\nrunning 1 test\ntest passes ... ok\n\ntest result: ok. 1 passed\n", b"").ended
    assert len(ended) == 1
    assert complaint in reader.verdict_on_exit(status)
    assert bool(complaint) == bool(reader.verdict_on_exit(status))
