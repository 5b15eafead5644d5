"""What test.h promises, seen through the command line and the events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "programs" / "headers" / "semantics.test.c"

MESSAGES = {
    "truth": ["CHECK(1 + 1 == 3)"],
    "int": ["CHECK_INT(-1, ==, 2 + 3)\n  left:  -1\n  right: 5"],
    "uint": ["CHECK_UINT(18446744073709551615u, <, 1)\n  left:  18446744073709551615\n  right: 1"],
    "text": ['CHECK_STR_EQ("left", "right")\n  left:  "left"\n  right: "right"'],
    "null text": ['CHECK_STR_EQ(nothing(), "right")\n  left:  NULL\n  right: "right"'],
    "memory": ['CHECK_MEM_EQ("abcd", "abxd", 4)\n  at byte 2 of 4: left 0x63, right 0x78'],
    "near": ["CHECK_NEAR(1.0, 1.5, 0.1)\n  left:  1\n  right: 1.5\n  tolerance: 0.1"],
    "check goes on": ["CHECK(0)", "CHECK_INT(1, >, 2)\n  left:  1\n  right: 2"],
    "require leaves": ["REQUIRE_INT(1, >, 2)\n  left:  1\n  right: 2"],
    "fail": ["got 7 of eight"],
    "info": ["CHECK(0)\n  note: round 3"],
    "info is gone": ["CHECK(0)"],
    "size[2]": ["CHECK_INT(*size, <, 4096)\n  left:  4096\n  right: 4096"],
}


@pytest.fixture
def result(pyharness, programs):
    return pyharness.test(programs["c_semantics"])


def test_messages_show_both_sides(result):
    assert {name: result.messages(name) for name in MESSAGES} == MESSAGES
    (message,) = result.messages("nan")
    assert message.startswith("CHECK_NEAR(")


def test_everything_else_passes_or_skips(result):
    verdicts = result.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict == "failed"} == {*MESSAGES, "nan"}
    assert {name for name, verdict in verdicts.items() if verdict == "skipped"} == {"skip", "off"}
    assert result.messages("skip") == ["needs 2 cores"]


def test_files_and_lines(result):
    lines = SOURCE.read_text().splitlines()
    for event in result.of_type("AttemptFinished"):
        assert lines[event["line"] - 1].startswith(("TEST", "PYHARNESS_TEST"))
        for failure in event["failures"]:
            assert failure["file"] == str(SOURCE)
            form = failure["message"].split("(")[0]
            assert form in lines[failure["line"] - 1] or event["case"] in {"fail", "skip"}


def test_options_are_those_of_the_source(pyharness, programs):
    listed = pyharness.test(programs["c_semantics"], "--list", "--list-format", "json")
    cases = {case["name"]: case for case in json.loads(listed.stdout)}
    assert [cases["options"][key] for key in ("tags", "serial", "timeout_ms")] == [["one", "two"], True, 2500]
    assert cases["no limit"]["timeout_ms"] == 0
    assert cases["off"]["disabled"] is True
    assert cases["truth"]["timeout_ms"] is None
    assert [name for name in cases if name.startswith("tagged")] == ["tagged[0]", "tagged[1]", "tagged[2]"]
    assert cases["tagged[1]"]["tags"] == ["sized"]
    kept_apart = {name: (case["isolation"], case["threads_required"]) for name, case in cases.items()}
    expected = {
        "truth": ("auto", 1),
        "among threads": ("thread", 1),
        "apart": ("process", 3),
        "alone": ("case", 1),
        "tagged[1]": ("auto", 2),
    }
    assert {name: kept_apart[name] for name in expected} == expected
