"""A limit ends one case: its neighbours finish in peace, and the run goes on."""

from __future__ import annotations

from xml.etree import ElementTree as ET

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


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_the_limit_of_the_whole_run_tells_what_was_printed_and_where_it_hung(pyharness, programs, isolation):
    path = programs.case("sleepers", "talker[0]")
    result = pyharness.test(path, "--global-timeout", "2", "--isolation", isolation)
    assert (result.attempt("talker[0]")["outcome"], result.captured("talker[0]")) == (
        "timeout",
        b"talker 0 goes to sleep\n",
    )
    assert any("sleep_here" in frame["function"] for frame in result.one("BacktraceFound")["frames"])
    assert "    talker 0 goes to sleep" in result.stdout.splitlines()


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


# ---- how a case is stopped, and what is told of it


def stop_with(folder, signals):
    (folder / "pyharness.toml").write_text(f"[test]\ntimeout = {{ after = 30, signals = {signals} }}\n")


def run_with_notes(pyharness, programs, folder, names, *arguments):
    """Run cases of the suite `timeouts`; return the run, and the signals that were noted."""
    notes = folder / "notes"
    paths = [programs.case("timeouts", name) for name in names]
    result = pyharness.test(*paths, *arguments, env={"NOTES": str(notes)}, limit_s=30)
    return result, notes.read_text().split() if notes.exists() else []


ISOLATIONS = ["thread", "process", "case"]


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_the_stop_sequence_is_gone_through(pyharness, programs, tmp_path, isolation):
    stop_with(tmp_path, '[["INT", 0.2], ["TERM", 0.2], ["KILL", 1.0]]')
    names = ["notes and stays", "short[0]"]
    result, notes = run_with_notes(pyharness, programs, tmp_path, names, "--isolation", isolation)
    assert notes == ["INT", "TERM"]
    assert result.verdicts() == {"notes and stays": "failed", "short[0]": "passed"}
    assert (result.attempt("notes and stays")["outcome"], result.code) == ("timeout", 1)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_case_that_goes_when_it_is_told_to(pyharness, programs, tmp_path, isolation):
    """It has a minute, and does not take it."""
    stop_with(tmp_path, '[["TERM", 60.0]]')
    result, notes = run_with_notes(pyharness, programs, tmp_path, ["notes and goes"], "--isolation", isolation)
    assert notes == ["TERM"]
    assert (result.attempt("notes and goes")["outcome"], result.code) == ("timeout", 1)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_case_without_a_handler(pyharness, programs, tmp_path, isolation):
    stop_with(tmp_path, '[["TERM", 60.0]]')
    names = ["has no handler", "short[0]", "short[1]"]
    result, _ = run_with_notes(pyharness, programs, tmp_path, names, "--isolation", isolation, "--test-threads", 2)
    assert result.verdicts() == {"has no handler": "failed", "short[0]": "passed", "short[1]": "passed"}
    assert result.attempt("has no handler")["outcome"] == "timeout"
    assert result.of_type("Panic") == []


@pytest.mark.parametrize("signals", ['[["NOPE", 1.0]]', '"TERM"', '[["TERM"]]', '[["TERM", -1]]'])
def test_what_cannot_be_a_stop_sequence(pyharness, programs, tmp_path, signals):
    stop_with(tmp_path, signals)
    result = pyharness.test(programs["timeouts"])
    assert (result.code, result.stdout) == (4, "")
    assert "signals" in result.stderr
    assert "pyharness.toml" in result.stderr


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_what_a_case_prints_when_it_is_stopped_is_part_of_its_output(pyharness, programs, tmp_path, isolation):
    stop_with(tmp_path, '[["TERM", 60.0]]')
    report = tmp_path / "report.xml"
    names = ["dumps and goes", "short[0]"]
    result, _ = run_with_notes(
        pyharness, programs, tmp_path, names, "--isolation", isolation, "--junit", report, "--retries", 1
    )
    ended = result.of_type("AttemptFinished")
    dumped = [event for event in ended if event["case"] == "dumps and goes"]
    assert [(event["attempt"], event["outcome"]) for event in dumped] == [(1, "timeout"), (2, "timeout")]
    assert {event["output"] for event in dumped} == {"waiting for packets\n"}
    added = {event["attempt"]: event for event in result.of_type("OutputAdded")}
    assert {number: event["output"] for number, event in added.items()} == dict.fromkeys((1, 2), "3 of 7 packets\n")
    for event in dumped:
        assert result.events.index(added[event["attempt"]]) > result.events.index(event)
    lines = result.stdout.splitlines()
    title = lines.index("OUTPUT timeouts::dumps and goes#2 printed after its time was over:")
    assert lines[title + 1] == "    3 of 7 packets"
    cases = {case.get("name"): case for case in ET.parse(report).getroot().iter("testcase")}
    whole = "waiting for packets\n3 of 7 packets\n"
    assert [text.text for text in cases["dumps and goes"].iter("system-out")] == [whole, whole]
    assert list(cases["short[0]"]) == []


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_where_a_case_hung_is_told(pyharness, programs, isolation):
    result = pyharness.test(programs.case("timeouts", "spins"), "--isolation", isolation)
    found = result.one("BacktraceFound")
    assert (found["id"], found["kind"], found["attempt"]) == ("timeouts::spins", "hang", 1)
    assert any("spin_around_here" in frame["function"] for frame in found["frames"])
    lines = result.stdout.splitlines()
    title = next(number for number, line in enumerate(lines) if line.startswith("TIMEOUT timeouts::spins"))
    assert any("spin_around_here" in line for line in lines[title:])


def test_slow_cases_are_noticed(pyharness, programs):
    paths = [programs.case("timeouts", name) for name in ("is slow", "short[0]")]
    result = pyharness.test(*paths, "--slow-after", "0.2")
    assert result.code == 0
    notices = result.of_type("SlowNoticed")
    assert {notice["id"] for notice in notices} == {"timeouts::is slow"}
    assert 1 <= len(notices) <= 3
    elapsed = [notice["elapsed_ns"] for notice in notices]
    assert elapsed == sorted(elapsed)
    assert elapsed[0] >= 0.2e9
    assert any(line.startswith("SLOW timeouts::is slow has been running for ") for line in result.stdout.splitlines())


@pytest.mark.parametrize("value", ["0", "20"])
def test_nothing_is_slow(pyharness, programs, value):
    result = pyharness.test(programs.case("timeouts", "is slow"), "--slow-after", value)
    assert result.of_type("SlowNoticed") == []


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_several_at_once(pyharness, programs, isolation):
    flags = ["--test-threads", 4, "--isolation", isolation]
    result = pyharness.test(programs["timeouts"], "-k", "hangs or short", *flags)
    verdicts = result.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict == "failed"} == {f"hangs[{n}]" for n in range(6)}
    assert {name for name, verdict in verdicts.items() if verdict == "passed"} == {f"short[{n}]" for n in range(20)}
    assert {result.attempt(f"hangs[{n}]")["outcome"] for n in range(6)} == {"timeout"}


def test_limits_per_case(pyharness, programs, tmp_path):
    (tmp_path / "pyharness.toml").write_text(
        '[test]\ntimeout = 20\n[[test.overrides]]\nfilter = "slow"\ntimeout = 0.2\n'
    )
    paths = [programs.case("timeouts", "is slow"), programs.case("naps", "nap[0]")]
    assert pyharness.test(*paths).verdicts() == {"is slow": "failed", "nap[0]": "passed"}
    assert pyharness.test(*paths, "--timeout", "20").verdicts()["is slow"] == "failed"
