"""Existing test programs through the real command line: verdicts, culprits, selection, and broken programs."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest

from tests.adapters.frameworks import Version, build


@pytest.fixture(scope="module")
def thousand():
    return build(Version("googletest", None)) / "thousand"


def many(number):
    return f"All/Many.runs/{number}"


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("workers", [1, 4])
def test_a_crash_a_hang_and_an_exit_cost_one_case_each(pyharness, thousand, tmp_path, workers):
    report = tmp_path / "report.xml"
    flags = ["--on-crash", "continue", "--timeout", "2", "--test-threads", workers, "--junit", report]
    result = pyharness.test(thousand, "-k", "Many", *flags)
    assert result.code == 1
    attempts = result.attempts()
    assert {name: one["outcome"] for name, one in attempts.items() if one["outcome"] != "pass"} == {
        many(250): "crash",
        many(500): "timeout",
        many(750): "crash",
    }
    assert result.one("RunFinished")["counts"] == {"passed": 997, "failed": 3}
    crashes = {event["case"]: (event["signal"], event["cause"]) for event in result.of_type("CaseCrashed")}
    assert crashes == {
        many(250): (11, "the process was killed by SIGSEGV"),
        many(750): (0, "the program ended with exit code 0 before the case did"),
    }
    for number in (0, 250, 500, 750, 998):
        assert attempts[many(number)]["output"] == f"number {number}\n"
    assert len(list(ET.parse(report).getroot().iter("testcase"))) == 1000


def test_panic_names_the_case_and_how_to_run_it(pyharness, thousand):
    result = pyharness.test(thousand, "-k", "Many", "--test-threads", 1, env={"GTEST_REPEAT": "2"})
    assert result.code == 10
    panic = result.one("Panic")
    assert (panic["case"], panic["signal"]) == (many(250), 11)
    again = pyharness.test(*shlex.split(panic["repeat"])[2:])
    assert (again.code, again.one("Panic")["case"]) == (10, many(250))
    words = shlex.split(panic["debug"])
    assert words[: words.index("gdb")] == ["env", "-u", "GTEST_REPEAT"]  # what is not set need not be taken away
    program = words[words.index("--args") + 1 :]
    assert program[0] == str(thousand)
    alone = subprocess.run(program, capture_output=True, check=False)
    assert alone.returncode == -11
    assert b"1 test from 1 test suite" in alone.stdout


def test_cases_are_selected_by_name_by_expression_and_listed(pyharness, thousand):
    named = pyharness.test(f"{thousand}::{many(7)}", f"{thousand}::Others.skips")
    assert named.verdicts() == {many(7): "passed", "Others.skips": "skipped"}
    assert named.one("RunFinished")["counts"] == {"passed": 1, "skipped": 1}
    listed = pyharness("test", "--list", thousand, "-k", "Others")
    assert listed.stdout.splitlines() == [
        "thousand::Others.DISABLED_off (disabled)",
        "thousand::Others.fails",
        "thousand::Others.skips",
        "thousand::Others.fails_once",
    ]
    assert pyharness("test", f"{thousand}::nothing").code == 4
    disabled = pyharness.test(thousand, "-k", "DISABLED_off", "--run-disabled")
    assert disabled.verdicts() == {"Others.DISABLED_off": "passed"}


@pytest.mark.parametrize("isolation", ["auto", "case"])
def test_lines_that_look_like_the_framework_forge_no_verdict(pyharness, thousand, isolation):
    paths = [f"{thousand}::{name}" for name in (many(998), many(999), "Others.fails")]
    result = pyharness.test(*paths, "--isolation", isolation)
    assert result.verdicts() == {many(998): "passed", many(999): "passed", "Others.fails": "failed"}
    assert "[       OK ] All/Many.runs/998" in result.attempt(many(999))["output"]


def test_a_retry_makes_a_case_flaky(pyharness, thousand, tmp_path):
    result = pyharness.test(f"{thousand}::Others.fails_once", "--retries", 2, env={"ATTEMPTS": str(tmp_path)})
    assert (result.code, result.verdicts()) == (0, {"Others.fails_once": "flaky"})


def test_ids_that_were_listed_can_be_given_back(pyharness, thousand, tmp_path):
    """Beside a path, or alone: then they are of what the configuration or the current folder holds."""
    (tmp_path / "build").mkdir()
    shutil.copy2(thousand, tmp_path / "build/cart")
    listed = pyharness(
        "test", "--list", "build", "-k", "Many.runs/1 or Many.runs/999", cwd=tmp_path
    ).stdout.splitlines()
    wanted = [name for name in listed if name.endswith(("/1", "/999"))]
    assert len(wanted) == 2
    for place in (["build"], ["build/cart"], []):
        again = pyharness("test", *place, *wanted, "--list", cwd=tmp_path)
        assert (again.code, again.stdout.splitlines()) == (0, wanted), again
    assert pyharness("test", "build", f"cart::{many(1)}", cwd=tmp_path).code == 0
    (tmp_path / "pyharness.toml").write_text('[test]\npaths = ["build"]\n')
    assert pyharness("test", *wanted, "--list", cwd=tmp_path).stdout.splitlines() == wanted
    wrong = pyharness("test", "build", "cart::none", cwd=tmp_path)
    assert wrong.code == 4
    assert "'cart::none' is no file, and no case of 'build'" in wrong.stderr
    nowhere = pyharness("test", "elsewhere/cart::none", cwd=tmp_path)
    assert "no such file or folder: 'elsewhere/cart'" in nowhere.stderr


def test_programs_that_cannot_be_listed_cost_themselves_only(pyharness, thousand, tmp_path):
    """Each is a copy of a program of GoogleTest that something has happened to."""
    broken = tmp_path / "broken"
    broken.write_bytes(thousand.read_bytes()[:-1])
    shutil.copymode(thousand, broken)
    twin = tmp_path / "other" / "thousand"
    twin.parent.mkdir()
    shutil.copy(thousand, twin)
    result = pyharness.test(broken, f"{thousand}::{many(1)}", f"{twin}::{many(1)}")
    assert result.code == 11
    assert str(broken) in result.one("SuiteFailed")["reason"]
    ids = {event["id"] for event in result.of_type("CaseFinished")}
    assert ids == {f"thousand::{many(1)}", f"thousand [2]::{many(1)}"}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("exit 0", "pass"), ("exit 77", "skip"), ("exit 1", "fail"), ("exit 99", "error"), ("kill -SEGV $$", "crash")],
)
def test_a_plain_program_is_judged_by_its_exit(pyharness, tmp_path, text, outcome):
    program = script(tmp_path / "plain", f"echo said\n{text}")
    result = pyharness.test(program, "--on-crash", "continue")
    (attempt,) = result.of_type("AttemptFinished")
    assert (attempt["outcome"], attempt["output"]) == (outcome, "said\n")


def test_programs_and_suites_share_one_run(pyharness, programs, thousand):
    result = pyharness.test(programs["naps"], f"{thousand}::{many(3)}", "--test-threads", 2)
    assert result.code == 0
    assert f"thousand::{many(3)}" in {event["id"] for event in result.of_type("CaseFinished")}
    assert len(result.of_type("SuiteLoaded")) == 2


def test_what_an_option_cannot_do_for_programs_is_said(pyharness, tmp_path):
    program = script(tmp_path / "plain", "echo said")
    result = pyharness.test(program, "--leaks", "fail")
    assert result.code == 0
    assert "--leaks does not reach programs" in result.one("RunStarted")["note"]


def test_a_configuration_of_a_build_folder_that_is_not_there_is_refused(pyharness, tmp_path):
    result = pyharness.test(script(tmp_path / "plain", "exit 0"), "-C", "Release")
    assert result.code == 4
    assert "'-C Release' is for build folders of CMake, and none of the paths is one" in result.stderr
