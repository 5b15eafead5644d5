"""A suite that declares the ABI itself, as another language would, and one whose structures have grown."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest


def test_is_listed(pyharness, programs):
    listed = json.loads(pyharness.test(programs["bare"], "--list", "--list-format", "json").stdout)
    assert [(case["suite"], case["group"]) for case in listed] == [("bare", "without headers")] * 9
    assert [case["name"] for case in listed][:3] == ["passes", "fails by report", "fails by return"]
    assert [case["line"] for case in listed] == [10, 20, 0, 40, 50, 60, 70, 80, 90]
    assert [case["file"] for case in listed][1:3] == ["bare.xyz", ""]
    assert listed[0]["tags"] == ["first", "plain"]
    assert (listed[6]["serial"], listed[6]["timeout_ms"], listed[7]["timeout_ms"]) == (True, 1234, 0)
    assert listed[5]["disabled"] is True
    assert {(case["isolation"], case["threads_required"]) for case in listed} == {("auto", 1)}


def test_is_run(pyharness, programs):
    result = pyharness.test(programs["bare"], "--run-disabled")
    assert result.code == 1
    outcomes = {name: event["outcome"] for name, event in result.attempts().items()}
    assert outcomes == {
        "passes": "pass",
        "fails by report": "fail",
        "fails by return": "fail",
        "skips by report": "skip",
        "skips by return": "skip",
        "is disabled": "pass",
        "knows its context": "pass",
        "returns nonsense": "fail",
        "fails and skips": "fail",
    }
    assert result.attempt("fails by report")["failures"] == [
        {"file": "bare.xyz", "line": 7, "message": "a report of a failure"}
    ]


def test_a_suite_is_named_after_its_file_if_it_has_no_name(pyharness, programs):
    result = pyharness.test(programs["unnamed"])
    assert {event["id"] for event in result.of_type("CaseFinished")} == {"unnamed::first", "unnamed::second"}


def test_structures_that_have_grown_are_read_by_their_own_sizes(pyharness, programs):
    listed = json.loads(pyharness.test(programs["larger_sizes"], "--list", "--list-format", "json").stdout)
    assert [(case["name"], case["file"], case["tags"]) for case in listed] == [
        ("first", "later.c", ["old"]),
        ("second", "later.c", ["new"]),
        ("third", "", []),
    ]
    assert [(case["isolation"], case["threads_required"]) for case in listed] == [
        ("process", 1),
        ("case", 4),
        ("thread", 1),
    ]
    result = pyharness.test(programs["larger_sizes"])
    assert result.verdicts() == {"first": "passed", "second": "failed", "third": "passed"}


@pytest.mark.parametrize(
    ("macros", "whose"),
    [("#define FIRST_ISOLATION 4\n#define CHANGE", "case 'first'"), ("#define CHANGE suite.isolation = 4;", "it")],
    ids=["case", "suite"],
)
def test_an_isolation_that_there_is_not_is_refused(pyharness, programs, tmp_path, macros, whose):
    source = f'#define FIRST_NAME "first"\n{macros}\n#include "suite.inc"'
    library = tmp_path / "libodd.so"
    bare = Path(__file__).parent.parent / "programs" / "bare"
    command = ["gcc", "-shared", "-fPIC", f"-I{bare}", f"-I{include_folder(programs)}", "-xc", "-", "-o", library]
    subprocess.run(command, input=source, text=True, check=True)
    result = pyharness.test(library)
    assert result.code == 11
    reason = result.one("SuiteFailed")["reason"]
    assert reason.startswith(f"cannot load suite '{library}': {whose} declares isolation 4, which is none; use ")


def include_folder(programs):
    cache = (programs.folder / "CMakeCache.txt").read_text()
    return re.search(r"^PYHARNESS_INCLUDE_DIR:PATH=(.*)$", cache, re.MULTILINE)[1]
