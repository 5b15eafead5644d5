"""A limit ends one case: its neighbours finish in peace, and the run goes on."""

from __future__ import annotations

import pytest


def test_only_the_case_that_hangs_is_ended(pyharness, programs):
    selection = "spins or neighbour or short"
    result = pyharness.test(programs["hang"], "-k", selection, "--test-threads", 4)
    verdicts = result.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict != "passed"} == {"spins"}
    assert len(verdicts) == 34
    assert result.code == 1
    spins = result.attempt("spins")
    assert spins["outcome"] == "timeout"
    assert 0.2e9 <= spins["duration_ns"] < 1e9
    for number in range(3):
        neighbour = result.attempt(f"neighbour[{number}]")
        assert neighbour["duration_ns"] >= 1e9
        assert neighbour["start_ns"] < spins["start_ns"] + spins["duration_ns"], "they did not run side by side"


def test_what_it_had_written_is_shown(pyharness, programs):
    result = pyharness.test(programs.case("hang", "spins"))
    assert result.captured("spins") == b"before the loop\n"
    assert "    before the loop" in result.stdout.splitlines()
    assert "TIMEOUT hang::spins" in result.stdout


def test_what_had_failed_before_is_kept(pyharness, programs):
    result = pyharness.test(programs.case("hang", "hangs after a failure"))
    assert [message for message in result.messages("hangs after a failure") if "1 == 2" in message]


@pytest.mark.parametrize("threads", [1, 4])
def test_many_in_a_row(pyharness, programs, threads):
    result = pyharness.test(programs["hang"], "-k", "hangs[ or short", "--test-threads", threads)
    verdicts = result.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict == "failed"} == {f"hangs[{n}]" for n in range(20)}
    assert {name for name, verdict in verdicts.items() if verdict == "passed"} == {f"short[{n}]" for n in range(30)}
    assert {result.attempt(f"hangs[{n}]")["outcome"] for n in range(20)} == {"timeout"}


def test_the_limit_of_the_run_is_for_cases_without_one(pyharness, programs):
    selection = "'by the limit' or 'no limit' or 'own limit'"
    result = pyharness.test(programs["hang"], "-k", selection, "--timeout", "0.3")
    assert result.verdicts() == {
        "hangs by the limit of the run": "failed",
        "has no limit": "passed",
        "keeps its own limit": "passed",
    }


def test_zero_means_no_limit(pyharness, programs):
    result = pyharness.test(programs.case("hang", "neighbour[0]"), "--timeout", "0")
    assert result.code == 0


def test_a_case_that_ends_its_own_thread_is_ended(pyharness, programs):
    """The worker's thread is gone then; the case has not passed, and the run does not wait for it without end."""
    case = "pthread_exit on the case's own thread"
    paths = [programs.case("child_threads", name) for name in (case, "afterwards")]
    result = pyharness.test(*paths, "--timeout", "2")
    assert result.verdicts()["afterwards"] == "passed"
    assert result.verdicts()[case] == "failed"


def test_a_case_that_ends_its_own_thread_is_noticed_before_its_limit(pyharness, programs):
    case = programs.case("child_threads", "pthread_exit on the case's own thread")
    result = pyharness.test(case, "--timeout", "8")
    assert result.seconds < 4


def test_the_limit_of_the_whole_run(pyharness, programs):
    result = pyharness.test(programs["sleepers"], "--global-timeout", "0.5", "--test-threads", "4")
    assert result.seconds < 4
    assert result.code == 1
    assert "global-timeout" in result.one("RunFinished")["reason"]
    verdicts = result.verdicts()
    assert "not-run" in verdicts.values()
    assert all(verdicts[f"sleeper[{number}]"] in {"not-run", "failed"} for number in range(16))


def test_the_limit_of_loading(pyharness, programs):
    result = pyharness.test(programs["load_hangs"], programs["naps"], "-k", "nap[1]", "--load-timeout", "0.3")
    assert result.code == 11
    assert result.seconds < 4
    assert "longer than 0.3 s" in result.one("SuiteFailed")["reason"]
    assert result.verdicts() == {"nap[1]": "passed"}


def test_fail_fast_counts_a_timeout(pyharness, programs):
    result = pyharness.test(programs["hang"], "-k", "hangs[", "--fail-fast", "--test-threads", "1")
    assert sorted(set(result.verdicts().values())) == ["failed", "not-run"]
    assert list(result.verdicts().values()).count("failed") == 1
