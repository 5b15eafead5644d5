"""Whatever one case does, it gets the right verdict, 50 innocent cases beside it get theirs, and nothing is left.

The whole table is slow; a sample of it, in which each fault occurs, is not. PYHARNESS_FAULT_SEED draws another sample,
PYHARNESS_FAULT_LOOPS repeats all that is run:

    PYHARNESS_FAULT_LOOPS=20 pytest tests/behaviour/test_faults.py
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.behaviour.faults import FAULTS, TABLE, Row, sample

SEED = int(os.environ.get("PYHARNESS_FAULT_SEED", "20"))
LOOPS = int(os.environ.get("PYHARNESS_FAULT_LOOPS", "1"))
LIMIT_S = 30
KEPT_BYTES = 17 << 20
"""More of one attempt's output must not be kept."""
INNOCENTS = [f"innocent[{number}]" for number in range(50)]
SAMPLE = sample(SEED, 60)
ROWS = [pytest.param(row, id=str(row), marks=() if row in SAMPLE else pytest.mark.slow) for row in TABLE]


@pytest.fixture
def run(pyharness, programs, tmp_path):
    """Run the culprit between 25 innocents and 25 more, and check what holds for every such run."""

    def run_row(row, *arguments):
        library = Path(programs[row.fault.library])
        if row.fault.spoils_its_library:
            library = Path(shutil.copy(library, tmp_path))
        (tmp_path / "pyharness.toml").write_text(row.fault.config)
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        before = shared_memory()
        words = [programs["innocent_0"], library, programs["innocent_25"], *row.arguments, *arguments]
        environment = {"TMPDIR": str(temporary), **row.environment}
        result = pyharness.test(*words, env=environment, cwd=tmp_path, limit_s=LIMIT_S)
        assert list(temporary.iterdir()) == []
        assert shared_memory() <= before
        check_innocents(result, row)
        return result

    return run_row


@pytest.mark.parametrize("loop", range(LOOPS))
@pytest.mark.parametrize("row", ROWS)
def test_yields(run, row, loop):
    result = run(row)
    assert result.code == row.exit_code, (result, f"seed {SEED}, loop {loop}")
    if row.may_come_too_late and result.verdicts()["culprit"] == "passed":
        check_nameless(result, row)
        return
    assert result.verdicts().get(row.fault.case) == row.verdict
    CHECKS[row.fault.outcome](result, row)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.leak], ids=lambda fault: fault.name)
def test_what_is_left_behind_can_be_a_failure(run, fault):
    result = run(Row(fault, "process", 2, "panic"), "--leaks", "fail")
    assert result.code == 1, result
    assert result.verdicts()["culprit"] == "failed"
    (attempt,) = attempts(result, "culprit")
    said = [*attempt["leaks"], *(failure["message"] for failure in attempt["failures"])]
    assert [text for text in said if fault.leak in text], said


# ---- the culprit


def check_crash(result, row):
    event = result.one("Panic" if row.panics else "CaseCrashed")
    assert not result.of_type("CaseCrashed" if row.panics else "Panic")
    suite = row.fault.library
    assert (event["id"], event["suite"], event["case"]) == (f"{suite}::culprit", suite, "culprit")
    assert row.fault.says in event["cause"]
    check_attempt(result, "crash")


def check_nameless(result, row):
    """Check that the crash is told, and blamed on no one: the culprit had passed before."""
    event = result.one("Panic" if row.panics else "CaseCrashed")
    assert event["id"] == ""
    assert row.fault.says in event["cause"]


def check_end(result, row):
    assert not result.of_type("Panic")
    assert not result.of_type("CaseCrashed")
    attempt = check_attempt(result, row.fault.outcome)
    if row.fault.outcome == "fail":
        messages = [failure["message"] for failure in attempt["failures"]]
        assert [message for message in messages if row.fault.says in message], [message[:200] for message in messages]
    if row.fault.output:
        assert result.captured("culprit") == row.fault.output


def check_suite(result, row):
    assert row.fault.says in result.one("SuiteFailed")["reason"]


CHECKS = {
    "crash": check_crash,
    "fail": check_end,
    "timeout": check_end,
    "pass": check_end,
    "unloadable": check_suite,
    "unload": check_suite,
}


def check_attempt(result, outcome):
    """Check that the culprit was run exactly once to an end."""
    (attempt,) = attempts(result, "culprit")
    assert attempt["outcome"] == outcome
    assert len(attempt["output"]) < KEPT_BYTES
    return attempt


# ---- all others


def check_innocents(result, row):
    """Check the verdict of each, and that it has the output that it wrote."""
    verdicts = result.verdicts()
    for number, name in enumerate(INNOCENTS):
        assert verdicts[name] in row.innocent_verdicts, (name, attempts(result, name), result)
        if verdicts[name] == "passed":
            (attempt,) = attempts(result, name)
            by_descriptor = f"stderr of {number}\nwritten by {number}\n"
            allowed = {f"stdout of {number}\n{by_descriptor}", by_descriptor if row.spoils_stdout else None}
            assert attempt["output"] in allowed, (name, result)


def attempts(result, name):
    return [event for event in result.of_type("AttemptFinished") if event["case"] == name]


def shared_memory():
    return {path.name for path in Path("/dev/shm").glob("*pyharness*")}
