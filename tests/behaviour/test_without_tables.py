"""A kernel that refuses descriptor tables per thread: everything still works, in processes, and is said once."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("isolation", ["auto", "thread", "process", "case"])
def test_cases_run_in_processes_instead(pyharness, programs, isolation):
    refuse = [str(programs.folder / "refuse")]
    arguments = [programs["printing"], programs["verdicts"], "--isolation", isolation, "--test-threads", "4"]
    result = pyharness.test(*arguments, prefix=refuse)
    assert result.code == 1
    assert result.one("RunFinished")["counts"] == {"passed": 95, "failed": 11, "skipped": 5}
    assert "no descriptor tables per thread" in result.one("RunStarted")["note"]
    assert result.stdout.count("note: this kernel has no descriptor tables per thread") == 1


def test_output_stays_apart_there(pyharness, programs):
    usual = pyharness.test(programs["printing"])
    refused = pyharness.test(programs["printing"], prefix=[str(programs.folder / "refuse")])
    assert {name: refused.captured(name) for name in refused.attempts()} == {
        name: usual.captured(name) for name in usual.attempts()
    }


def test_nothing_is_said_where_there_is_nothing_to_say(pyharness, programs):
    result = pyharness.test(programs["selection"])
    assert not result.one("RunStarted").get("note")
    assert "note:" not in result.stdout
