"""TAP: real producers, small scripts, and what each comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.protocol import ListedCase
from pyharness.adapters.tap import ADAPTER
from tests.adapters.launching import Launched, launch, list_cases

if TYPE_CHECKING:
    from pathlib import Path


def produce(folder: Path, text: str, code: int = 0) -> Launched:
    program = folder / "x.t"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n")
    program.chmod(0o755)
    return launch(ADAPTER, str(program), list_cases(ADAPTER, str(program)))


def test_the_case_bears_the_name_of_the_program(tmp_path: Path) -> None:
    assert list_cases(ADAPTER, str(tmp_path / "-n 1%.t")) == [ListedCase(name="-n 1%.t")]


@pytest.mark.parametrize(
    "text",
    [
        "1..2\nok 1 - one\nok 2",
        "TAP version 13\nok\nok - # of things\n1..2",
        "TAP version 14\n1..1\n    not ok 1 - within\n    1..1\nok 1 - sub # TODO later",
        "1..2\nnot ok 1 # TODO not yet\nok 2 # SKIP no disk",
        "some words\n1..1\nok 1 - \\# is no directive\nnot okay",
        "1..1\nnot ok 1 - a # skip b",
    ],
)
def test_what_passes(tmp_path: Path, text: str) -> None:
    result = produce(tmp_path, text)
    expected = "skip" if "# skip b" in text else "pass"
    assert result.outcomes == {"x.t": expected}
    assert result.slice("x.t") == text.encode() + b"\n"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("1..2\nok 1\nnot ok 2 - adds", ["not ok 2 adds"]),
        ("1..2\nnot ok - a\n# seen 1\n# wanted 2\nnot ok", ["not ok 1 a\n# seen 1\n# wanted 2", "not ok 2"]),
        ("1..3\nok 1", ["planned 3 tests and ran 1"]),
        ("1..1\nok 1\nok 2", ["planned 1 tests and ran 2"]),
        ("1..2\nok 1\nok 1", ["test number 1 is there twice, or outside of the plan 1..2"]),
        ("ok 1", ["printed no plan (1..N)"]),
        ("", ["printed no plan (1..N)"]),
        ("1..1\nnot ok 1 - x \\# TODO not a directive", ["not ok 1 x # TODO not a directive"]),
    ],
)
def test_what_fails(tmp_path: Path, text: str, messages: list[str]) -> None:
    result = produce(tmp_path, text)
    assert result.outcomes == {"x.t": "fail"}
    assert result.messages("x.t") == messages


@pytest.mark.parametrize(
    "diagnostics",
    [
        "# Failed test 'x'\n# at t/x.t line 7.",
        "  ---\n  file: t/x.t\n  line: 7\n  ...",
        "  ---\n  at: t/x.t:7:3\n  ...",
    ],
)
def test_the_place_of_a_failure_is_found(tmp_path: Path, diagnostics: str) -> None:
    (failure,) = produce(tmp_path, f"1..1\nnot ok 1\n{diagnostics}").ended["x.t"].failures
    assert (failure.file, failure.line) == ("t/x.t", 7)


def test_a_skip_of_all_says_why(tmp_path: Path) -> None:
    result = produce(tmp_path, "1..0 # SKIP no network")
    assert (result.outcomes, result.messages("x.t")) == ({"x.t": "skip"}, ["no network"])


def test_a_bail_out_is_an_error(tmp_path: Path) -> None:
    result = produce(tmp_path, "1..3\nnot ok 1 - a\nBail out! no database\nok 2")
    assert result.outcomes == {"x.t": "error"}
    assert result.messages("x.t") == ["not ok 1 a", "bailed out: no database"]


def test_an_exit_code_fails_a_program_whose_tests_passed(tmp_path: Path) -> None:
    result = produce(tmp_path, "1..1\nok 1", code=3)
    assert result.outcomes == {"x.t": "fail"}
    assert "exit code 3" in result.messages("x.t")[0]
