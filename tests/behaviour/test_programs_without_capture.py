"""`--no-capture` and programs: what they print goes to standard output while they run, and nowhere else."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import termios
from array import array

import pytest

from tests.adapters.frameworks import Version, build
from tests.discovery.build_folders import configure


def program(framework, name):
    return build(Version(framework, None)) / name


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


class Reader:
    """Takes what a run has written so far."""

    def __init__(self, run):
        self._file = run.process.stdout.fileno()
        self.text = b""
        os.set_blocking(self._file, False)

    def has(self, words):
        with contextlib.suppress(BlockingIOError):
            self.text += os.read(self._file, 1 << 16)
        return words in self.text

    def leave(self):
        os.set_blocking(self._file, True)


def test_it_is_shown_while_the_case_runs(pyharness, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    path = f"{program('googletest', 'waits')}::Gate.opens"
    run = pyharness.start("test", path, "--no-capture", env={"GATE": str(gate)})
    reader = Reader(run)
    run.until(lambda: reader.has(b"waiting at the gate\n"))
    reader.leave()
    with gate.open("w"):
        result = run.finish()
    assert (result.code, result.verdicts()) == (0, {"Gate.opens": "passed"})
    assert result.one("RunStarted")["test_threads"] == 1
    assert result.captured("Gate.opens") == b""
    assert "1 passed" in result.last_line


@pytest.mark.parametrize(
    ("framework", "case", "said"),
    [
        ("catch2", "prints by printf", "by printf"),
        ("catch2", "prints by cout", "by cout"),
        ("doctest", "prints by printf", "by printf"),
        ("doctest", "prints by cout", "by cout"),
        ("boost_test", "prints_by_printf", "by printf"),
    ],
)
def test_it_is_shown_once_whatever_the_framework(pyharness, framework, case, said):
    result = pyharness.test(f"{program(framework, 'verdicts')}::{case}", "--no-capture")
    assert result.code == int(case == "prints by cout")
    assert result.stdout.splitlines().count(said) == 1
    assert result.captured(case) == b""


def test_both_streams_of_a_plain_program_are_shown(pyharness, tmp_path):
    path = script(tmp_path / "plain", "echo out; echo err >&2; exit 1")
    result = pyharness.test(path, "--no-capture")
    assert (result.code, result.captured("plain")) == (1, b"")
    assert [line for line in result.stdout.splitlines() if line in {"out", "err"}] == ["out", "err"]


def test_a_test_of_a_build_folder_is_judged_by_what_it_prints_all_the_same(pyharness, tmp_path):
    lists = 'add_test(NAME says COMMAND sh -c "echo word")\n'
    lists += "set_tests_properties(says PROPERTIES PASS_REGULAR_EXPRESSION word)\n"
    result = pyharness.test(configure(tmp_path / "folder", lists), "--no-capture")
    assert (result.code, result.stdout.splitlines().count("word")) == (0, 1)


def test_a_flood_is_shown_whole_and_not_kept(pyharness, tmp_path):
    path = script(tmp_path / "flood", "yes 0123456789abcde | head -c 40000000")
    result = pyharness.test(path, "--no-capture")
    assert result.code == 0
    assert result.stdout.count("0123456789abcde\n") == 2_500_000


def test_what_crashes_has_shown_its_output_already(pyharness, tmp_path):
    path = script(tmp_path / "crashes", "echo last words; kill -SEGV $$")
    result = pyharness.test(path, "--no-capture")
    assert (result.code, result.one("Panic")["output"]) == (10, "")
    assert result.stdout.splitlines().count("last words") == 1


def test_a_reader_that_does_not_read_holds_up_no_signal(pyharness, tmp_path):
    events = tmp_path / "told.jsonl"
    words = [script(tmp_path / "flood", "exec yes"), "--no-capture", "--events", events]
    run = pyharness.start("test", *words, events=False)
    run.until(lambda: waiting_bytes(run.process.stdout) >= 60_000)  # of 64 KiB, and pages may be filled in part
    run.send(signal.SIGTERM)
    assert run.process.wait(20) == 2
    assert '"reason":"interrupted by SIGTERM"' in events.read_text()
    assert run.descendants() == []


def waiting_bytes(pipe):
    count = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_a_reader_that_has_gone_away_stops_nothing(pyharness, tmp_path):
    path = script(tmp_path / "plain", "echo said; yes | head -c 1000000")
    events = tmp_path / "told.jsonl"
    run = pyharness.start("test", path, "--no-capture", "--events", events, events=False)
    run.process.stdout.close()
    assert run.process.wait(30) == 0
    assert '"verdict":"passed"' in events.read_text()
