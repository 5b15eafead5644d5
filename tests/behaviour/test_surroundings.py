"""Closed pipes, full disks and lost terminals: the run goes on to its end, and what can be written is written whole."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shlex
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.behaviour.terminal import Terminal
from tests.conftest import SCRIPTS, check_events, read_events

each_isolation = pytest.mark.parametrize("isolation", ["thread", "process", "case"])


@pytest.fixture
def run_in_shell(pyharness, tmp_path):
    """Run a line of shell in which `pyharness` is the real one; return what came of it, and its reports."""

    def run(line, *, cases):
        folder = tmp_path / "temporary"
        folder.mkdir()
        words = f"{shlex.quote(str(SCRIPTS / 'pyharness'))} test --events events --junit report.xml"
        command = ("bash", "-c", line.replace("pyharness test", words) + "; exit ${PIPESTATUS[0]}", "bash")
        run = pyharness.start(prefix=command, env={"TMPDIR": str(folder)}, cwd=tmp_path)
        result = run.finish()
        assert "Traceback" not in result.stderr
        assert "Exception ignored" not in result.stderr
        assert result.left_behind == []
        check_reports(tmp_path, result.code, cases)
        assert list(folder.iterdir()) == []
        return result

    return run


def check_reports(folder, code, cases):
    events = read_events(folder / "events")
    check_events(events, code)
    assert events[0]["planned"] == cases
    assert int(ET.parse(folder / "report.xml").getroot().get("tests")) >= cases
    assert list(folder.glob(".pyharness-*")) == []


def shared_memory():
    return {path.name for path in Path("/dev/shm").iterdir() if "pyharness" in path.name}


@each_isolation
@pytest.mark.parametrize(
    "line",
    [
        "pyharness test -v {} | head -n 1",
        "pyharness test -v {} | true",
        "pyharness test -v {} >&-",
        "pyharness test -v {} >&- 2>&-",
        "pyharness test -v {} <&- >&- 2>&-",
        "pyharness test -v {} >/dev/null 2>/dev/full",
    ],
)
def test_a_standard_stream_that_nobody_reads_is_no_failure(run_in_shell, programs, line, isolation):
    before = shared_memory()
    paths = f"--isolation {isolation} {shlex.quote(programs['printing'])}"
    result = run_in_shell(line.format(paths), cases=35)
    assert (result.code, result.stderr) == (0, "")
    assert shared_memory() <= before


def test_a_failed_case_is_told_by_the_exit_code_without_any_stream(run_in_shell, programs):
    result = run_in_shell(f"pyharness test {shlex.quote(programs.case('hang', 'spins'))} >&- 2>&-", cases=1)
    assert result.code == 1


@each_isolation
@pytest.mark.parametrize(("place", "code"), [(("printing", "silent"), 3), (("hang", "spins"), 1)])
def test_a_full_standard_output_is_told_and_costs_no_report(programs, tmp_path, place, code, isolation):
    words = ["--events", "events", "--junit", "report.xml", "--isolation", isolation, programs.case(*place)]
    with Path("/dev/full").open("wb") as full:
        command = [SCRIPTS / "pyharness", "test", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    assert done.returncode == code
    assert done.stderr == "pyharness: error: cannot write to the standard output: No space left on device\n"
    check_events(read_events(tmp_path / "events"), 0 if code == 3 else code)
    assert ET.parse(tmp_path / "report.xml").getroot().get("tests") == "1"


@each_isolation
def test_a_reader_that_goes_away_in_mid_run_ends_nothing(pyharness, programs, tmp_path, isolation):
    report = tmp_path / "report.xml"
    seconds = [programs.case("sleepers", f"second[{number}]") for number in range(4)]
    flags = ["-v", "--test-threads", "2", "--isolation", isolation, "--junit", report]
    run = pyharness.start("test", *seconds, *flags)
    run.until_running(1)
    run.process.stdout.close()
    run.process.stdout = None
    run.process.wait(20)
    assert (run.process.stderr.read(), run.process.returncode) == (b"", 0)
    check_events(run.events_so_far(), 0)
    assert ET.parse(report).getroot().get("tests") == "4"
    assert run.descendants() == []


@pytest.fixture
def full_pipe():
    """Return the path of a pipe that has no room left, and that nobody reads."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write_end, bytes(65536))
    yield f"/proc/{os.getpid()}/fd/{write_end}"
    os.close(read_end)
    os.close(write_end)


@each_isolation
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_does_not_read_cannot_hold_up_sigterm(pyharness, programs, full_pipe, isolation, unbuffered):
    """The first line waits for room before anything has started; with a buffer, the first that is flushed does."""
    prefix = ("bash", "-c", f'exec "$@" >{full_pipe}', "bash")
    words = [programs["sleepers"], "-k", "sleeper[", "--isolation", isolation]
    run = pyharness.start("test", *words, prefix=prefix, env={"PYTHONUNBUFFERED": unbuffered})
    if unbuffered:
        run.until(lambda: "pipe" in Path(f"/proc/{run.process.pid}/wchan").read_text())
    else:
        run.until_running(1)
    run.send(signal.SIGTERM)
    result = run.finish(20)
    assert result.seconds < 4
    assert (result.code, result.stderr, result.left_behind) == (2, "", [])
    check_events(result.events, 2)


# ---- disks that fill up, folders that vanish


@pytest.mark.parametrize(("case", "code"), [("second[0]", 3), ("second[1]", 2)])
def test_a_disk_that_is_full_in_mid_run_leaves_no_half_report(pyharness, programs, tmp_path, case, code):
    """The limit of file sizes is set on the runner alone; its hosts must not see it."""
    report = tmp_path / "report.xml"
    run = pyharness.start("test", programs.case("sleepers", case), "--junit", report)
    run.until_running(1)
    resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (300, 300))
    if code == 2:
        run.send(signal.SIGINT)
    result = run.finish(20)
    assert (result.code, result.left_behind) == (code, [])
    said = result.stderr.splitlines()
    assert len(said) == 2
    assert said[0].startswith("pyharness: error: the events in '")
    assert said[0].endswith("are not complete: File too large")
    assert said[1] == f"pyharness: error: cannot write the JUnit report '{report}': File too large"
    assert not report.exists()
    (events,) = [path for path in tmp_path.iterdir() if path.name.startswith("events")]
    assert {path.name for path in tmp_path.iterdir()} == {events.name, run.started_file.name}
    assert all(json.loads(line) for line in events.read_bytes().splitlines())


def test_a_folder_that_vanishes_in_mid_run_is_told(pyharness, programs, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    run = pyharness.start("test", programs.case("sleepers", "second[0]"), "--junit", folder / "report.xml")
    run.until_running(1)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    result = run.finish(20)
    assert (result.code, result.left_behind) == (3, [])
    expected = f"cannot write the JUnit report '{folder}/report.xml': No such file or directory"
    assert result.stderr == f"pyharness: error: {expected}\n"
    assert result.verdicts() == {"second[0]": "passed"}


# ---- the terminal


@each_isolation
def test_a_terminal_that_is_closed_in_mid_run_ends_it(pyharness, programs, tmp_path, isolation):
    report = tmp_path / "report.xml"
    flags = ["-k", "sleeper[", "--test-threads", "4", "--isolation", isolation, "--junit", report]
    with Terminal() as terminal:
        environment = {"TERM": "xterm", "TMPDIR": str(tmp_path)}
        run = pyharness.start("test", programs["sleepers"], *flags, prefix=terminal.prefix, env=environment)
        run.until_running(4)
        run.until(lambda: b"sleeper[" in terminal.shown())
    result = run.finish(20)
    assert result.seconds < 4
    assert (result.code, result.left_behind) == (2, [])
    check_events(result.events, 2)
    assert result.one("RunFinished")["reason"] == "interrupted by SIGHUP"
    assert ET.parse(report).getroot().get("tests") == "17"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".pyharness")]


def test_a_run_that_ignores_sighup_survives_its_terminal(pyharness, programs):
    """`nohup pyharness test &`, and then the window is closed."""
    with Terminal() as terminal:
        prefix = (*terminal.prefix, "nohup")
        run = pyharness.start("test", programs.case("sleepers", "second[0]"), "-v", prefix=prefix)
        run.until_running(1)
    result = run.finish(20)
    check_events(result.events, result.code)
    assert result.verdicts() == {"second[0]": "passed"}
    assert result.left_behind == []
