"""Every byte a case writes stands under that case, whoever writes it and whatever it is."""

from __future__ import annotations

import json

import pytest

WAYS = ("printf", "cout", "write", "stderr", "cerr", "thread")


@pytest.mark.parametrize("threads", [1, 4, 16])
def test_each_line_stands_under_its_case(pyharness, programs, threads):
    result = pyharness.test(programs["printing"], "--test-threads", threads)
    for number in range(32):
        lines = result.captured(f"prints[{number}]").decode().splitlines()
        expected = [f"<{number} {way} {serial}>" for serial in range(10) for way in WAYS] + [f"<{number} system 0>"]
        assert lines == expected


def test_a_buffer_is_written_out_at_the_end_of_its_case(pyharness, programs):
    result = pyharness.test(programs["printing"], "-k", "unflushed or silent", "--test-threads", 1)
    assert result.captured("unflushed printf") == b"left in the buffer of stdout"
    assert result.captured("unflushed cout") == b"left in the buffer of cout"
    assert result.captured("silent") == b""


def test_the_output_of_passing_cases_is_not_shown(pyharness, programs):
    result = pyharness.test(programs["printing"])
    assert "printf" not in result.stdout
    assert result.stderr == ""


def test_the_output_of_passing_cases_is_shown_when_asked_for(pyharness, programs):
    result = pyharness.test(programs["printing"], "-k", "unflushed or silent", "--success-output", "immediate")
    lines = result.stdout.splitlines()
    for case, output in (("printf", "left in the buffer of stdout"), ("cout", "left in the buffer of cout")):
        (title,) = [line for line in lines if line.startswith(f"PASS printing::unflushed {case}  (")]
        at = lines.index(title)
        assert lines[at + 1 : at + 3] == ["  captured output:", f"    {output}"]
    assert "silent" not in result.stdout
    never = pyharness.test(programs["printing"], "-k", "unflushed", "-v", "--success-output", "never")
    assert "PASS printing::unflushed printf" in never.stdout
    assert "left in the buffer" not in never.stdout


def test_the_output_of_passing_cases_can_be_shown_by_a_quiet_console(pyharness, programs):
    result = pyharness.test(programs["printing"], "-k", "unflushed", "--success-output", "immediate", "-q")
    assert result.stdout.count("left in the buffer of ") == 2


def test_output_cannot_be_shown_where_none_is_captured(pyharness, programs):
    result = pyharness.test(programs["printing"], "--success-output", "immediate", "--no-capture")
    assert (result.code, result.stdout) == (4, "")
    assert "'--success-output'" in result.stderr


def test_bytes_arrive_as_they_were_written(pyharness, programs):
    result = pyharness.test(programs["hostile"], "-k", "not flood")
    assert result.captured("ansi") == b"\x1b[2J\x1b[31mred\x1b[0m\rback\x07\n"
    assert result.captured("nul") == b"a\0b\n"
    assert result.captured("not utf-8") == b"\xff\xfe caf\xe9\n"
    assert result.captured("long line") == b"x" * 2**20
    assert result.captured("no newline") == b"no end of line"


def test_nothing_hostile_reaches_the_console(pyharness, programs):
    result = pyharness.test(programs["hostile"], "-k", "not flood", "--color", "never", "-v")
    text = result.stdout.replace("\n", "")
    assert text.isprintable(), sorted({letter for letter in text if not letter.isprintable()})
    assert len(result.stdout) < 300_000


def test_what_a_case_prints_cannot_be_taken_for_a_result(pyharness, programs):
    result = pyharness.test(programs["hostile"], "-k", "not flood")
    lines = result.stdout.splitlines()
    for forged in ("12 passed in 0.1 s", "PASS hostile::forged  (0.000 s, W0)"):
        assert f"    {forged}" in lines
        assert forged not in lines
    assert [line for line in lines if line.startswith("PANIC")] == []
    assert result.last_line.startswith("1 passed, 7 failed in ")
    assert len(result.of_type("RunFinished")) == 1


def test_a_flood_is_shown_in_parts(pyharness, programs):
    result = pyharness.test(programs.case("hostile", "flood"))
    assert result.code == 1
    assert len(result.stdout) < 300_000
    assert "bytes left out" in result.stdout


def test_a_flood_is_kept_in_parts(pyharness, programs):
    """16 MiB of an attempt are kept: the head and the tail, and a line between them that says so."""
    kept = pyharness.test(programs.case("hostile", "flood")).captured("flood")
    assert len(kept) <= 17 * 2**20
    assert kept.startswith(b"yyyy")
    assert b"left out" in kept


@pytest.mark.parametrize("case", ["closes stdout", "closes all", "moves stdout", "chdir"])
def test_what_a_case_does_to_its_descriptors_stays_with_it(pyharness, programs, case):
    paths = [programs.case("leftovers", name) for name in (case, *(f"prints after[{n}]" for n in range(8)))]
    result = pyharness.test(*paths, "--test-threads", 1)
    assert result.code == 0
    assert {n: result.captured(f"prints after[{n}]") for n in range(8)} == {n: b"still here %d\n" % n for n in range(8)}


def test_no_capture_leaves_the_streams_alone(pyharness, programs):
    result = pyharness.test(programs.case("printing", "prints[3]"), "--no-capture")
    assert result.one("RunStarted")["test_threads"] == 1
    assert "<3 printf 9>" in result.stdout.splitlines()
    assert "<3 system 0>" in result.stdout.splitlines()
    assert "<3 cerr 9>" in result.stderr.splitlines()
    assert result.captured("prints[3]") == b""


def test_no_capture_on_several_threads_when_asked_for(pyharness, programs):
    result = pyharness.test(programs["printing"], "--no-capture", "--test-threads", 4)
    assert result.one("RunStarted")["test_threads"] == 4
    assert result.code == 0


def test_each_line_of_the_event_file_is_json(pyharness, programs, tmp_path):
    file = tmp_path / "events"
    pyharness.test(programs["hostile"], "-k", "not flood", "--events", file)
    for line in file.read_bytes().decode("utf-8").splitlines():
        assert next(iter(json.loads(line))) == "type"
