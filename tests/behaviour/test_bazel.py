"""Bazel's test protocol through the real command line, with real GoogleTest programs and suites."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.adapters.frameworks import Version, build

MANY = 97


@pytest.fixture(scope="module")
def thousand():
    return build(Version("googletest", None)) / "thousand"


def shard(number, count, **others):
    return {"BAZEL_TEST": "1", "TEST_TOTAL_SHARDS": str(count), "TEST_SHARD_INDEX": str(number), **others}


def only_some(thousand):
    """Return paths of cases that pass, of the program, in no order of theirs."""
    return [f"{thousand}::All/Many.runs/{number}" for number in range(MANY, 0, -1)]


def test_each_case_runs_in_exactly_one_shard(pyharness, thousand, tmp_path):
    """GoogleTest obeys the same variables: it would run a third of each third."""
    parts = []
    for number in range(3):
        status = tmp_path / f"status{number}"
        result = pyharness.test(*only_some(thousand), env=shard(number, 3, TEST_SHARD_STATUS_FILE=str(status)))
        assert (result.code, status.exists()) == (0, True), result
        assert set(result.verdicts().values()) == {"passed"}
        parts.append(set(result.verdicts()))
    assert sorted(len(part) for part in parts) == [32, 32, 33]
    assert len(set.union(*parts)) == MANY


def test_shards_are_stable_and_even_over_suites(pyharness, programs, thousand):
    paths = [programs["verdicts"], *only_some(thousand)]
    everything = pyharness("test", "--list", *paths).stdout.splitlines()
    parts = [
        pyharness("test", "--list", *paths, "--shard", f"{number}/4").stdout.splitlines() for number in range(1, 5)
    ]
    again = [pyharness("test", "--list", *paths, env=shard(number, 4)).stdout.splitlines() for number in range(4)]
    assert parts == again
    assert sorted(line for part in parts for line in part) == sorted(everything)
    runnable = [sum(not line.endswith("(disabled)") for line in part) for part in parts]
    assert max(runnable) - min(runnable) <= 1


def test_a_shard_without_cases_passes(pyharness, programs, tmp_path):
    report = tmp_path / "test.xml"
    result = pyharness.test(programs.case("verdicts", "passes[0]"), env=shard(1, 2, XML_OUTPUT_FILE=str(report)))
    assert (result.code, result.verdicts()) == (0, {})
    assert ET.parse(report).getroot().tag == "testsuites"
    assert "shard 2 of 2 has 0 of 1 selected cases" in result.one("RunStarted")["note"]


def test_the_report_is_written_besides_another_one(pyharness, thousand, tmp_path):
    own, bazels = tmp_path / "own.xml", tmp_path / "made" / "test.xml"
    environment = {"XML_OUTPUT_FILE": str(bazels)}
    result = pyharness.test(*only_some(thousand)[:5], f"{thousand}::Others.fails", "--junit", own, env=environment)
    assert result.code == 1
    assert own.read_bytes() == bazels.read_bytes()
    assert len(list(ET.parse(bazels).getroot().iter("testcase"))) == 6
    assert sorted(path.name for path in bazels.parent.iterdir()) == ["test.xml"]
    same = pyharness.test(*only_some(thousand)[:1], "--junit", bazels, env=environment)
    assert (same.code, len(list(ET.parse(bazels).getroot().iter("testcase")))) == (0, 1)


def test_a_filter_narrows_that_of_the_command_line(pyharness, thousand):
    environment = {"TESTBRIDGE_TEST_ONLY": "runs/11 or runs/12 or fails"}
    result = pyharness.test(*only_some(thousand), f"{thousand}::Others.fails", "-k", "Many or skips", env=environment)
    assert (result.code, set(result.verdicts())) == (0, {"All/Many.runs/11", "All/Many.runs/12"})
    wrong = pyharness("test", thousand, env={"TESTBRIDGE_TEST_ONLY": "and"})
    assert (wrong.code, wrong.stderr.count("\n")) == (4, 1)
    assert "TESTBRIDGE_TEST_ONLY" in wrong.stderr


def test_it_stops_at_the_first_failure_when_it_is_told_to(pyharness, programs):
    environment = {"TESTBRIDGE_TEST_RUNNER_FAIL_FAST": "1"}
    flags = ["--test-threads", "1", "--max-fail", "5"]
    result = pyharness.test(programs["verdicts"], *flags, env=environment)
    assert (result.code, result.one("RunFinished")["counts"]["failed"]) == (1, 1)


@pytest.mark.parametrize(("suite", "code"), [("verdicts", 1), ("crash", 10)])
def test_the_file_for_premature_exits_goes_at_a_proper_end(pyharness, programs, tmp_path, suite, code):
    mark = tmp_path / "running"
    result = pyharness.test(programs[suite], env={"TEST_PREMATURE_EXIT_FILE": str(mark)})
    assert (result.code, mark.exists()) == (code, False)


def test_the_file_for_premature_exits_stays_when_the_run_is_killed(pyharness, programs, tmp_path):
    mark = tmp_path / "running"
    run = pyharness.start("test", programs["sleepers"], env={"TEST_PREMATURE_EXIT_FILE": str(mark)})
    run.until_running(1)
    assert mark.exists()
    run.process.kill()
    run.process.communicate()
    run.kill()
    assert mark.exists()


def test_tests_see_nothing_of_the_protocol_and_a_folder_for_temporary_files(pyharness, tmp_path):
    program = tmp_path / "shows"
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    folder = tmp_path / "private"
    folder.mkdir()
    steering = {
        "TEST_SHARD_STATUS_FILE": str(folder / "status"),
        "TEST_PREMATURE_EXIT_FILE": str(folder / "premature"),
        "TEST_WARNINGS_OUTPUT_FILE": str(folder / "warnings"),
        "XML_OUTPUT_FILE": str(folder / "test.xml"),
        "TESTBRIDGE_TEST_ONLY": "shows",
        "TESTBRIDGE_TEST_RUNNER_FAIL_FAST": "1",
    }
    result = pyharness.test(program, env=shard(0, 1, TEST_TMPDIR=str(folder), TMPDIR="", **steering))
    (attempt,) = result.of_type("AttemptFinished")
    seen = dict(line.partition("=")[::2] for line in attempt["output"].splitlines() if "=" in line)
    assert not {*steering, "TEST_TOTAL_SHARDS", "TEST_SHARD_INDEX"} & set(seen)
    assert (seen["TMPDIR"], seen["TEST_TMPDIR"], seen["BAZEL_TEST"]) == (str(folder), str(folder), "1")
    assert sorted(path.name for path in folder.iterdir()) == ["status", "test.xml"]


def test_nothing_is_kept_in_the_current_folder(pyharness, thousand, tmp_path):
    folder = tmp_path / "runfiles"
    folder.mkdir()
    assert pyharness.test(only_some(thousand)[0], cwd=folder, env={"BAZEL_TEST": "1"}).code == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "flags", "message"),
    [
        ({"TEST_TOTAL_SHARDS": "x", "TEST_SHARD_INDEX": "0"}, [], "invalid value 'x' for 'TEST_TOTAL_SHARDS'"),
        ({"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": "2"}, [], "give a whole number from 0 to 1"),
        ({"TEST_TOTAL_SHARDS": "2"}, [], "only one of 'TEST_TOTAL_SHARDS' and 'TEST_SHARD_INDEX' is set"),
        (shard(0, 2), ["--shard", "1/2"], "'--shard' and 'TEST_TOTAL_SHARDS' both share the cases out"),
        (shard(0, 2, TEST_SHARD_STATUS_FILE="/dev/null/x"), [], "cannot write '/dev/null/x', as Bazel asks"),
        ({"XML_OUTPUT_FILE": "/dev/null/x"}, [], "cannot write the JUnit report '/dev/null/x'"),
        ({"XML_OUTPUT_FILE": "e"}, ["--events", "e"], "'--events' names the file of 'XML_OUTPUT_FILE'"),
        ({}, ["--shard", "3/2"], "invalid value '3/2' for '--shard'; give K/N, two whole numbers"),
        ({}, ["--shard", "0/2"], "invalid value '0/2' for '--shard'"),
        ({}, ["--shard", "1"], "invalid value '1' for '--shard'"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(pyharness, programs, environment, flags, message):
    result = pyharness("test", programs["verdicts"], *flags, env=environment)
    assert (result.code, result.stderr.count("\n")) == (4, 1), result
    assert message in result.stderr
