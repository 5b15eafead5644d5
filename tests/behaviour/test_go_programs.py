"""Programs of Go's testing package through the real command line."""

from __future__ import annotations

import pytest

from tests.adapters.frameworks import Version, build


@pytest.fixture(scope="module")
def cases():
    return build(Version("go", None)) / "cases.test"


@pytest.mark.parametrize("workers", [1, 4])
def test_a_panic_a_hang_and_an_exit_cost_one_case_each(pyharness, cases, workers):
    result = pyharness.test(cases, "--on-crash", "continue", "--timeout", "2", "--test-threads", workers)
    assert result.code == 1
    outcomes = {name: one["outcome"] for name, one in result.attempts().items()}
    assert {name: outcome for name, outcome in outcomes.items() if outcome not in {"pass", "skip"}} == {
        "TestExits": "crash",
        "TestExitsWithZero": "crash",
        "TestPanics": "crash",
        "TestParallel3": "crash",
        "TestReadsNull": "crash",
        "TestHangs": "timeout",
        "ExampleMisprints": "fail",
        "TestFails": "fail",
        "TestForges": "fail",
        "TestHasParts": "fail",
        "TestLooksAround": "fail",
        "TestParallel2": "fail",
    }
    assert result.one("RunFinished")["counts"] == {"passed": 6, "failed": 12, "skipped": 1}
    assert "panic: boom" in next(one for one in result.of_type("CaseCrashed") if one["case"] == "TestPanics")["output"]


def test_a_panic_ends_the_run_and_is_repeated_by_its_command(pyharness, cases):
    result = pyharness.test(cases, "-k", "TestPanics or TestPasses", "--test-threads", 1)
    assert (result.code, result.one("Panic")["case"]) == (10, "TestPanics")
    again = pyharness.test(f"{cases}::TestPanics")
    assert (again.code, again.one("Panic")["case"]) == (10, "TestPanics")


def test_cases_are_chosen_by_their_exact_names(pyharness, cases):
    result = pyharness.test(f"{cases}::TestParallel1", f"{cases}::FuzzSeeds")
    assert (result.code, result.verdicts()) == (0, {"TestParallel1": "passed", "FuzzSeeds": "passed"})
