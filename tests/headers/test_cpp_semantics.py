"""What test.hpp promises, seen through the command line and the events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "programs" / "headers" / "semantics.test.cpp"

MESSAGES = {
    "numbers": ["CHECK(1 + 1 == 3)\n  with: 2 == 3"],
    "strings": ['CHECK(left == "c\\n")\n  with: "a\\tb\\"" == "c\\n"'],
    "containers": ["CHECK(std::vector<int>{1, 2} == (std::vector<int>{1, 3}))\n  with: {1, 2} == {1, 3}"],
    "pointer": [
        "CHECK(nothing != nullptr)\n  with: nullptr != nullptr",
        "CHECK(nothing != NULL)\n  with: nullptr != nullptr",
    ],
    "opaque": ["CHECK(Opaque{1} == Opaque{2})\n  with: {4-byte object} == {4-byte object}"],
    "enum": ["CHECK(Color::red == Color::green)\n  with: 3 == 4"],
    "optional": ["CHECK(std::optional<int>() == std::optional<int>(4))\n  with: nullopt == 4"],
    "maps": ['CHECK(std::map<std::string, int>{{"a", 1}}.empty())'],
    "bool": ["CHECK(fine)"],
    "chars": ["CHECK('a' == '\\n')\n  with: 'a' == '\\n'"],
    "doubles": ["CHECK(0.1 + 0.2 == 0.3)\n  with: 0.30000000000000004 == 0.29999999999999999"],
    "check goes on": ["CHECK(false)", "CHECK(1 > 2)\n  with: 1 > 2"],
    "require leaves": ["REQUIRE(false)"],
    "check false": ["CHECK_FALSE(2 == 2)\n  with: 2 == 2", "REQUIRE_FALSE(true)"],
    "evaluated once": ["CHECK(count_up() == 7)\n  with: 1 == 7"],
    "throws as": [
        "CHECK_THROWS_AS(throw 1, std::logic_error)\n  with: threw int: 1",
        "CHECK_THROWS_AS((void)0, std::logic_error)\n  with: nothing was thrown",
    ],
    "throws": [
        "CHECK_THROWS((void)0)\n  with: nothing was thrown",
        'CHECK_NOTHROW(throw std::runtime_error("loud"))\n  with: threw std::runtime_error: loud',
    ],
    "require throws": ["REQUIRE_THROWS_AS((void)0, std::exception)\n  with: nothing was thrown"],
    "fail": ["got 7 of eight"],
    "info": ["CHECK(false)\n  note: outer 1\n  note: inner", "CHECK(false)\n  note: outer 1"],
    "info is gone": ["CHECK(false)"],
    "helper leaves the case": ["REQUIRE(value == 0)\n  with: 1 == 0"],
    "commas": ["CHECK(std::tuple<int, int>{1, 2} == std::tuple<int, int>{1, 3})\n  with: (1, 2) == (1, 3)"],
    "logic in parentheses": ["CHECK((1 == 1 && 2 == 3))"],
    "fixture is destroyed": ["REQUIRE(value == 6)\n  with: 5 == 6"],
    "number[2]": ["CHECK(number < 2)\n  with: 2 < 2"],
}
NAMES = [
    "fixture with[1, 'a']", "fixture with[2, 'a']",
    "number[0]", "number[1]", "number[2]", "word[one]", "word[two words]", "word[a/b]", "both[1, true]",
    "both[1, false]",
    "both[2, true]", "both[2, false]", "same[7]", "same[7#1]", "same[8]", "opaque[0]", "opaque[1]",
]  # fmt: skip


@pytest.fixture
def result(pyharness, programs):
    return pyharness.test(programs["cpp_semantics"])


def test_messages_show_both_sides(result):
    assert {name: result.messages(name) for name in MESSAGES} == MESSAGES


def test_everything_else_passes_or_skips(result):
    verdicts = result.verdicts()
    failed = {name for name, verdict in verdicts.items() if verdict == "failed"}
    assert failed == set(MESSAGES)
    assert {name for name, verdict in verdicts.items() if verdict == "skipped"} == {"skip", "off", "none"}
    assert result.messages("skip") == ["needs 2 cores"]


def test_lines_are_those_of_the_assertions(result):
    lines = SOURCE.read_text().splitlines()
    for event in result.of_type("AttemptFinished"):
        for failure in event["failures"]:
            assert failure["file"] == str(SOURCE)
            form = failure["message"].split("(")[0]
            assert form in lines[failure["line"] - 1] or event["case"] in {"fail", "skip", "none"}
        assert lines[event["line"] - 1].startswith(("TEST", "PYHARNESS_TEST"))
    assert lines[result.attempt("numbers")["failures"][0]["line"] - 1].endswith("// mark: numbers")


def test_parameters_name_their_cases(result):
    names = set(result.attempts())
    assert set(NAMES) <= names
    assert result.messages("none") == ["there are no parameters to run it with"]
    assert {name for name in names if name.startswith("line end")} == {"line end[a\\nb]", "line end[c]"}


def test_options_are_those_of_the_source(pyharness, programs):
    listed = pyharness.test(programs["cpp_semantics"], "--list", "--list-format", "json")
    cases = {case["name"]: case for case in json.loads(listed.stdout)}
    fields = ("tags", "serial", "timeout_ms", "disabled", "group")
    shown = {name: [case[field] for field in fields] for name, case in cases.items()}
    expected = {
        "options": [["one", "two"], True, 2500, False, "semantics"],
        "no limit": [[], False, 0, False, "semantics"],
        "off": [[], False, None, True, "semantics"],
        "numbers": [[], False, None, False, "semantics"],
    }
    assert {name: shown[name] for name in expected} == expected
    kept_apart = {name: (case["isolation"], case["threads_required"]) for name, case in cases.items()}
    expected = {
        "numbers": ("auto", 1),
        "among threads": ("thread", 1),
        "apart": ("process", 3),
        "alone": ("case", 1),
        "each apart[7]": ("process", 1),
        "each alone[7]": ("case", 1),
    }
    assert {name: kept_apart[name] for name in expected} == expected


def test_a_verbose_list_marks_what_is_declared(pyharness, programs):
    names = ["numbers", "options", "no limit", "off", "among threads", "apart", "each alone[7]"]
    ids = [programs.case("cpp_semantics", name) for name in names]
    assert pyharness.test(*ids, "--list", "-v").stdout.splitlines() == [
        "cpp_semantics::numbers",
        "cpp_semantics::options (serial, timeout 2.5 s) [one, two]",
        "cpp_semantics::no limit (no timeout)",
        "cpp_semantics::off (disabled)",
        "cpp_semantics::among threads (isolation thread)",
        "cpp_semantics::apart (isolation process, 3 threads) [tagged]",
        "cpp_semantics::each alone[7] (isolation case)",
    ]
    assert pyharness.test(*ids[3:6], "--list").stdout.splitlines() == [
        "cpp_semantics::off (disabled)",
        "cpp_semantics::among threads",
        "cpp_semantics::apart",
    ]
