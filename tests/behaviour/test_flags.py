"""Every flag of `pyharness test` by its effect, through the real command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest


def listed(pyharness, programs, *arguments):
    result = pyharness.test(programs["selection"], "--list", *arguments)
    assert result.stderr == ""
    assert result.code == 0
    return [line.removeprefix("selection::") for line in result.stdout.splitlines()]


@pytest.mark.parametrize("number", ["1", "2", "63", "64"])
def test_threads_that_are_allowed(pyharness, programs, number):
    result = pyharness.test(programs["twin_first"], "--test-threads", number)
    assert result.code == 0
    assert result.one("RunStarted")["test_threads"] == int(number)


@pytest.mark.parametrize("number", ["0", "65", "-1", "abc", "", "4.0", " 4", "1e1", "9" * 40])
@pytest.mark.parametrize("form", ["two words", "one word"])
def test_threads_that_are_not_allowed(pyharness, programs, number, form):
    words = ["--test-threads", number] if form == "two words" else [f"--test-threads={number}"]
    result = pyharness.test(programs["twin_first"], *words)
    assert (result.code, result.stdout) == (4, "")
    (line,) = result.stderr.splitlines()
    assert "'--test-threads'" in line
    assert "from 1 to 64" in line


def test_four_threads_are_the_default(pyharness, programs):
    assert pyharness.test(programs["twin_first"]).one("RunStarted")["test_threads"] == 4
    result = pyharness.test(programs["twin_first"], env={"PYHARNESS_TEST_THREADS": "7"})
    assert result.one("RunStarted")["test_threads"] == 7
    result = pyharness.test(programs["twin_first"], "--test-threads=2", env={"PYHARNESS_TEST_THREADS": "7"})
    assert result.one("RunStarted")["test_threads"] == 2


def test_list(pyharness, programs):
    assert listed(pyharness, programs) == [
        "alpha", "Beta", "gamma two", "gamma (old)", "and", "delta (disabled)", "epsilon",
        'pair[1, "x"]', 'pair[1, "y z"]', 'pair[2, "x"]', 'pair[2, "y z"]',
    ]  # fmt: skip


def test_list_as_json(pyharness, programs):
    result = pyharness.test(programs["selection"], "--list", "--list-format", "json")
    cases = {case["name"]: case for case in json.loads(result.stdout)}
    epsilon = cases["epsilon"]
    assert epsilon["id"] == "selection::epsilon"
    assert epsilon["path"] == programs["selection"]
    assert (epsilon["serial"], epsilon["disabled"], epsilon["timeout_ms"]) == (True, False, 1500)
    assert epsilon["tags"] == ["with_limit"]
    assert epsilon["line"] > 0
    assert cases["delta"]["disabled"] is True
    assert cases["alpha"]["timeout_ms"] is None
    assert len(cases) == 11


def test_list_runs_nothing(pyharness, programs):
    result = pyharness.test(programs["crash"], "--list")
    assert result.code == 0
    assert "crash::null write" in result.stdout.splitlines()


def test_list_tells_of_a_suite_that_fails(pyharness, programs):
    result = pyharness.test(programs["other_abi"], programs["twin_first"], "--list")
    assert (result.code, result.stdout) == (11, "twin::only\n")
    assert "ABI" in result.stderr


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("alpha", ["alpha"]),
        ("BETA", ["Beta"]),
        ("fast", ["alpha", "gamma two", "delta (disabled)"]),
        ("fast and not delta", ["alpha", "gamma two"]),
        ("math or slow", ["alpha", "Beta", "gamma (old)"]),
        ("not (fast or pair or slow)", ["gamma (old)", "and", "epsilon"]),
        ("'gamma two'", ["gamma two"]),
        ('"gamma (old)"', ["gamma (old)"]),
        ("'and'", ["and"]),
        ("not not alpha", ["alpha"]),
        ("gamma and fast or Beta", ["Beta", "gamma two"]),
        ("gamma and (math or slow)", ["gamma (old)"]),
        ("pair[2", ['pair[2, "x"]', 'pair[2, "y z"]']),
    ],
)
def test_an_expression_selects(pyharness, programs, expression, names):
    assert listed(pyharness, programs, "-k", expression) == names


@pytest.mark.parametrize("expression", ["(", "alpha and", "or", "alpha beta", "'open", "not", "()", ""])
def test_an_expression_that_cannot_be_read(pyharness, programs, expression):
    result = pyharness.test(programs["selection"], "-k", expression)
    assert (result.code, result.stdout) == (4, "")
    assert len(result.stderr.splitlines()) == 1


def test_an_expression_that_matches_nothing(pyharness, programs):
    for more in ([], ["--list"]):
        result = pyharness.test(programs["selection"], "-k", "nobody", *more)
        assert (result.code, result.stdout) == (5, "")
        assert "nobody" in result.stderr or more


def test_an_expression_runs_what_it_selects(pyharness, programs):
    result = pyharness.test(programs["selection"], "-k", "fast")
    assert result.verdicts() == {"alpha": "passed", "gamma two": "passed", "delta": "skipped"}


def test_run_disabled(pyharness, programs):
    assert pyharness.test(programs["selection"], "-k", "fast", "--run-disabled").verdicts()["delta"] == "passed"
    assert pyharness.test(programs["selection"], "-k", "delta").code == 5
    assert pyharness.test(programs.case("selection", "delta")).verdicts() == {"delta": "passed"}


def test_fail_fast_starts_nothing_more(pyharness, programs):
    result = pyharness.test(programs["verdicts"], "-k", "bad", "--fail-fast", "--test-threads", 1)
    counts = result.one("RunFinished")["counts"]
    assert (result.code, counts["failed"], counts["not-run"]) == (1, 1, 9)
    assert "max-fail" in result.one("RunFinished")["reason"]


@pytest.mark.parametrize("threads", [1, 4])
def test_max_fail(pyharness, programs, threads):
    result = pyharness.test(programs["verdicts"], programs["naps"], "--max-fail", 3, "--test-threads", threads)
    counts = result.one("RunFinished")["counts"]
    assert 3 <= counts["failed"] < 3 + threads
    assert counts["not-run"] > 0


def test_two_limits_of_failures_are_a_mistake(pyharness, programs):
    result = pyharness.test(programs["verdicts"], "--max-fail", 3, "--fail-fast")
    assert (result.code, result.stdout) == (4, "")
    assert "'--fail-fast' and '--max-fail' exclude each other; give one of them" in result.stderr


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_max_fail_that_is_not_allowed(pyharness, programs, number):
    assert pyharness.test(programs["twin_first"], "--max-fail", number).code == 4


def test_verbose_tells_of_each_case(pyharness, programs):
    result = pyharness.test(programs["verdicts"], "-v")
    for number in range(60):
        assert f"PASS verdicts::passes[{number}]  (" in result.stdout
    assert "SKIP verdicts::skips[1]" in result.stdout
    assert "PASS" not in pyharness.test(programs["verdicts"]).stdout


def test_quiet_tells_of_failures_only(pyharness, programs):
    lines = pyharness.test(programs["verdicts"], "-q").stdout.splitlines()
    assert len(lines) == 12
    assert all(line.startswith("FAIL verdicts::") for line in lines[:-1])
    assert lines[-1].startswith("60 passed, 11 failed, 5 skipped in ")
    assert pyharness.test(programs["verdicts"], "-q", "-v").code == 4


@pytest.mark.parametrize("flag", ["--timeout", "--global-timeout", "--load-timeout"])
@pytest.mark.parametrize("value", ["-1", "x", "", "nan", "inf"])
def test_limits_that_are_not_allowed(pyharness, programs, flag, value):
    result = pyharness.test(programs["twin_first"], flag, value)
    assert result.code == 4
    assert flag in result.stderr


def test_on_crash_decides_whether_the_run_ends(pyharness, programs):
    assert pyharness.test(programs.case("crash", "abort"), "--on-crash", "panic").code == 10
    assert pyharness.test(programs.case("crash", "abort")).code == 10
    assert pyharness.test(programs.case("crash", "abort"), "--on-crash", "continue").code == 1
    result = pyharness.test(programs.case("crash", "abort"), "--on-crash", "ignore")
    assert result.code == 4
    assert "'--on-crash'" in result.stderr


def test_color(pyharness, programs):
    case = programs.case("verdicts", "throws")
    assert "\x1b[" in pyharness.test(case, "--color", "always").stdout
    assert "\x1b[" not in pyharness.test(case, "--color", "never", env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in pyharness.test(case).stdout
    assert "\x1b[" in pyharness.test(case, env={"FORCE_COLOR": "1"}).stdout
    assert pyharness.test(case, "--color", "sometimes").code == 4


def test_the_last_line_can_be_read_in_colour_too(pyharness, programs):
    plain = pyharness.test(programs["verdicts"]).last_line.split(" in ")[0]
    coloured = pyharness.test(programs["verdicts"], "--color", "always").last_line
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split(" in ")[0] == plain


def test_junit(pyharness, programs, tmp_path):
    file = tmp_path / "report.xml"
    pyharness.test(programs["verdicts"], programs["hostile"], "--junit", file, "-k", "not flood and not 'long line'")
    root = ET.parse(file).getroot()
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert len(cases) == 76 + 7
    assert cases["verdicts", "throws"].find("failure") is not None
    assert cases["verdicts", "skips[1]"].find("skipped") is not None
    assert cases["verdicts", "off"].find("skipped") is not None
    assert list(cases["verdicts", "passes[1]"]) == []
    assert float(cases["verdicts", "passes[1]"].get("time")) >= 0


@pytest.mark.parametrize("flag", ["--events", "--junit"])
def test_the_folders_of_a_report_are_made(pyharness, programs, tmp_path, flag):
    file = tmp_path / "out" / "of ci" / "report"
    result = pyharness.test(programs["twin_first"], flag, file, prefix=["/bin/sh", "-c", 'umask 027; exec "$@"', "sh"])
    assert result.code == 0
    assert "only" in file.read_text()
    assert {folder.stat().st_mode & 0o777 for folder in (file.parent, file.parent.parent)} == {0o750}


@pytest.mark.parametrize("flag", ["--events", "--junit"])
@pytest.mark.parametrize("path", ["file/report", "file/below/report"])
def test_reports_that_cannot_be_written(pyharness, programs, tmp_path, flag, path):
    (tmp_path / "file").write_text("no folder")
    result = pyharness.test(programs["twin_first"], flag, path)
    assert (result.code, result.stdout) == (4, "")
    (line,) = result.stderr.splitlines()
    assert f"'{path}': Not a directory; name a file that can be written" in line


def test_one_case(pyharness, programs):
    result = pyharness.test(programs.case("selection", 'pair[1, "y z"]'), programs.case("selection", "gamma (old)"))
    assert result.verdicts() == {'pair[1, "y z"]': "passed", "gamma (old)": "passed"}


def test_version_and_cmake_dir(pyharness):
    assert pyharness("--version").stdout.startswith("pyharness ")
    folder = pyharness("--cmake-dir").stdout.strip()
    assert "pyharness_add_suite" in (Path(folder) / "pyharnessConfig.cmake").read_text()


@pytest.mark.parametrize("words", [["--nope"], ["test", "--nope"], ["test", "--test-thread", "3"], ["toast"], []])
def test_what_is_unknown_is_a_mistake(pyharness, words):
    result = pyharness(*words, events=False)
    assert result.code == 4
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_nothing_is_taken_from_the_current_folder_but_its_suites(pyharness, programs, tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "msgspec.py").write_text("raise SystemExit('taken from the current folder')")
    (folder / "libtwin_first.so").symlink_to(programs["twin_first"])
    result = pyharness.test(cwd=folder)
    assert (result.code, result.verdicts()) == (0, {"only": "passed"})


@pytest.mark.parametrize("arguments", [["--list"], ["-v"], []])
def test_a_reader_that_goes_away_is_no_error(pyharness, programs, arguments):
    command = " ".join(["exec 2>&1; pyharness test", *arguments, programs["verdicts"], "| head -1"])
    result = pyharness(events=False, prefix=["/bin/bash", "-c", command])
    assert result.code == 0
    assert len(result.stdout.splitlines()) == 1
    assert "Traceback" not in result.stdout + result.stderr


def test_a_full_disk_is_told(pyharness, programs):
    result = pyharness.test(programs["twin_first"], "--events", "/dev/full")
    assert result.code == 3
    assert "/dev/full" in result.stderr
