"""Foreign text on a console."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness import text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain ümlaut 漢字", "plain ümlaut 漢字"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202e\u2028\ud800", "\\u202e\\u2028\\ud800"),
    ],
)
def test_a_name_is_one_line_without_control_characters(raw: str, expected: str) -> None:
    assert text.one_line(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\n\nb\n\n", ["a", "", "b", ""]),
        (b"\ttab \x1b[0m \xff \xc3\xbc\r\n", ["\ttab \\x1b[0m \\xff ü\\r"]),
    ],
)
def test_an_output_keeps_its_lines_and_tabs(raw: bytes, expected: list[str]) -> None:
    assert text.lines(raw) == expected


def test_a_cut_does_not_split_characters() -> None:
    shown = text.lines("漢".encode() * 1000, most=100)
    assert set(shown[0] + shown[2]) == {"漢"}
    assert shown[1] == f"... {3 * (1000 - len(shown[0] + shown[2]))} bytes left out ..."


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode), st.integers(8, 100))
def test_clipping_loses_only_what_it_says(raw: bytes, most: int) -> None:
    head, left_out, tail = text.clipped(raw, most)
    assert len(head) + left_out + len(tail) == len(raw)
    assert raw.startswith(head)
    assert raw.endswith(tail)
    assert len(head) + len(tail) <= most + 3
    assert left_out >= 0


def test_what_was_left_out_before_counts_where_it_is_left_out_again() -> None:
    raw = b"a" * 1000 + b"\n[5000 bytes of output are left out here]\n" + b"z" * 1000
    _, left_out, _ = text.clipped(raw, 200)
    assert left_out == 1800 + 5000
