"""Runs that a recipe of make starts: make's job slots bound the threads, and none of them is ever lost.

Who loses a token hears it from make itself at its end, and later recipes find one less. Make 4.3 has pipes only; a
fifo, as make 4.4 has it, is laid out by the test.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess

import pytest

from tests.conftest import SCRIPTS, Started, clean_environment

PYHARNESS = SCRIPTS / "pyharness"


def recipe(folder, name, *arguments, plus="+", plain_failure="-"):
    """Return a line of a recipe that runs pyharness; its events and process id are files of that name."""
    words = shlex.join([str(PYHARNESS), "test", *map(str, arguments), "--events", str(folder / f"{name}.jsonl")])
    return f"\t{plus}{plain_failure}echo $$$$ > {folder}/{name}.pid; exec {words}"


def make(folder, text, *flags):
    """Run make to its end. It reports lost tokens as internal errors."""
    (folder / "Makefile").write_text(text + "\n")
    command = ["make", "-C", str(folder), *flags]
    result = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False, timeout=120)
    assert "jobserver tokens" not in result.stderr
    assert "INTERNAL" not in result.stderr
    return result


def begin_of(folder, name):
    return json.loads((folder / f"{name}.jsonl").read_text().splitlines()[0])


def end_of(folder, name):
    return json.loads((folder / f"{name}.jsonl").read_text().splitlines()[-1])


def threads(folder, name):
    return begin_of(folder, name)["test_threads"]


@pytest.mark.parametrize(
    ("jobs", "flags", "expected"),
    [("-j4", ["--test-threads", "8"], 4), ("-j4", ["--test-threads", "2"], 2), ("-j2", [], 2), ("-j1", [], 4)],
)
def test_free_job_slots_bound_the_threads(programs, tmp_path, jobs, flags, expected):
    make(tmp_path, "all:\n" + recipe(tmp_path, "run", programs["verdicts"], *flags), jobs)
    assert threads(tmp_path, "run") == expected
    assert end_of(tmp_path, "run")["counts"]["passed"] == 60


def test_slots_of_other_recipes_are_theirs(programs, tmp_path):
    """Two recipes wait until the run is over: of four slots two are left."""
    for name in ("up1", "up2", "down1", "down2"):
        os.mkfifo(tmp_path / name)
    others = "\n".join(f"other{n}:\n\techo > up{n}; cat down{n}" for n in (1, 2))
    run = recipe(tmp_path, "run", programs["verdicts"], "--test-threads", 4)
    text = f"all: run other1 other2\n{others}\nrun:\n\tcat up1 up2\n{run}\n\techo > down1; echo > down2"
    assert make(tmp_path, text, "-j4").returncode == 0
    assert threads(tmp_path, "run") == 2
    assert "make's jobserver has 2 of 4 job slots free" in begin_of(tmp_path, "run")["note"]


@pytest.mark.parametrize(
    ("suite", "flags", "code"),
    [
        ("verdicts", [], 1),
        ("crash", [], 10),
        ("crash", ["-k", "no such case"], 4),
        ("sleepers", ["--global-timeout", "0.5", "-k", "sleeper"], 1),
    ],
)
def test_all_slots_are_back_after_the_run(programs, tmp_path, suite, flags, code):
    first = recipe(tmp_path, "first", programs[suite], *flags, plain_failure="")
    second = recipe(tmp_path, "second", programs["verdicts"])
    result = make(tmp_path, f"second: first\n{second}\nfirst:\n{first.replace('exec ', '')}; test $$? = {code}", "-j4")
    assert result.returncode == 0, result
    assert threads(tmp_path, "second") == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_slots_are_back_after_an_interrupt(programs, tmp_path, number):
    first = recipe(tmp_path, "first", programs["sleepers"], "-k", "second")
    second = recipe(tmp_path, "second", programs["verdicts"])
    (tmp_path / "Makefile").write_text(f"second: first\n{second}\nfirst:\n{first}\n")
    environment = {**clean_environment(), "STARTED_FILE": str(tmp_path / "started")}
    running = Started(["make", "-C", str(tmp_path), "-j4"], None, environment, tmp_path)
    running.until_running(4)
    os.kill(int((tmp_path / "first.pid").read_text()), number)
    result = running.finish()
    assert "jobserver tokens" not in result.stderr, result
    assert end_of(tmp_path, "first")["exit_code"] == 2
    assert (threads(tmp_path, "first"), threads(tmp_path, "second")) == (4, 4)


def test_a_recipe_that_is_not_told_of_the_jobserver_runs_on(programs, tmp_path):
    result = make(tmp_path, "all:\n" + recipe(tmp_path, "run", programs["verdicts"], plus=""), "-j2")
    assert threads(tmp_path, "run") == 4
    note = begin_of(tmp_path, "run")["note"]
    assert note.startswith("make's jobserver '")
    assert note.endswith("' cannot be reached: Bad file descriptor; put '+' before the line of the recipe")
    assert result.stdout.count("cannot be reached") == 1


@pytest.fixture
def fifo(tmp_path):
    """A jobserver as make 4.4 lays it out, with three tokens that can be told apart."""
    path = tmp_path / "GMfifo"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(end, b"abc")
    yield path, end
    os.close(end)


@pytest.mark.parametrize(("suite", "code"), [("verdicts", 1), ("crash", 10)])
def test_tokens_of_a_fifo_come_back_as_they_were(pyharness, programs, fifo, suite, code):
    path, end = fifo
    flags = f" -j4 --jobserver-auth=fifo:{path} -- CC=cc"
    result = pyharness.test(programs[suite], "--test-threads", 3, env={"MAKEFLAGS": flags})
    assert (result.code, result.one("RunStarted")["test_threads"]) == (code, 3)
    assert sorted(os.read(end, 9)) == sorted(b"abc")


def test_a_busy_jobserver_leaves_one_thread(pyharness, programs, fifo):
    path, end = fifo
    os.read(end, 9)
    result = pyharness.test(programs["verdicts"], env={"MAKEFLAGS": f" -j4 --jobserver-auth=fifo:{path}"})
    assert result.one("RunStarted")["test_threads"] == 1


def test_a_fifo_that_has_gone_is_said(pyharness, programs):
    result = pyharness.test(programs["verdicts"], env={"MAKEFLAGS": " -j4 --jobserver-auth=fifo:/nowhere"})
    assert (result.code, result.one("RunStarted")["test_threads"]) == (1, 4)
    assert "make's jobserver 'fifo:/nowhere' cannot be reached: No such file" in result.one("RunStarted")["note"]


def test_tests_do_not_see_the_jobserver(pyharness, fifo, tmp_path):
    program = tmp_path / "shows"
    program.write_text('#!/bin/sh\necho "$MAKEFLAGS"\n')
    program.chmod(0o755)
    flags = f"k -j4 --jobserver-auth=fifo:{fifo[0]} -- CC=cc"
    result = pyharness.test(program, env={"MAKEFLAGS": flags})
    (attempt,) = result.of_type("AttemptFinished")
    assert attempt["output"] == "k -- CC=cc\n"


def test_descriptors_of_the_jobserver_are_not_those_of_tests(tmp_path):
    program = tmp_path / "shows"
    program.write_text("#!/bin/sh\nls -l /proc/self/fd\n")
    program.chmod(0o755)
    make(tmp_path, "all:\n" + recipe(tmp_path, "run", program), "-j4")
    events = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    (attempt,) = [event for event in events if event["type"] == "AttemptFinished"]
    assert "-> " in attempt["output"]
    assert "pipe:" not in attempt["output"]
