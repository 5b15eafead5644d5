"""Which lines of a stack are folded into one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.events import Frame
from pyharness.reporters.blocks import frame_lines
from pyharness.reporters.folding import stretches


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", []),
        ("abc", [(0, 1, 1), (1, 1, 1), (2, 1, 1)]),
        ("xaaab", [(0, 1, 1), (1, 1, 3), (4, 1, 1)]),
        ("xababab", [(0, 1, 1), (1, 2, 3)]),
        ("abcabcabcx", [(0, 3, 3), (9, 1, 1)]),
        ("abcdabcdabcd", [(0, 4, 3)]),
        ("aabaabaab", [(0, 3, 3)]),
        ("abab", [(0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1)]),
        ("ababababa", [(0, 2, 4), (8, 1, 1)]),
    ],
)
def test_cycles_are_found(lines: str, expected: list[tuple[int, int, int]]) -> None:
    assert list(stretches(lines)) == expected


@given(st.lists(st.sampled_from("ab"), max_size=60) | st.lists(st.sampled_from("abcde"), max_size=60))
def test_stretches_are_all_of_the_lines(lines: list[str]) -> None:
    found = list(stretches(lines))
    again = [line for begin, length, times in found for line in lines[begin : begin + length] * times]
    assert again == lines
    assert all(one.begin + one.length * one.times == other.begin for one, other in pairwise(found))


def frames(*names: str) -> list[Frame]:
    return [Frame(0x10, name, f"{name}.c" if name else "", 3, "libx.so") for name in names]


def test_a_cycle_is_shown_once() -> None:
    stack = frames("boom", *["even", "odd"] * 100, "main")
    assert frame_lines(stack) == [
        "#0 boom  boom.c:3",
        "#1 even  even.c:3",
        "#2 odd  odd.c:3",
        "... 198 more of even, odd",
        "#201 main  main.c:3",
    ]


def test_a_cycle_without_names_is_shown_once() -> None:
    assert frame_lines(frames(*["", "odd"] * 3))[2:] == ["... 4 more of libx.so+0x10, odd"]


def test_a_plain_recursion_stands_in_one_line() -> None:
    assert frame_lines(frames("f", "f", "f")) == ["#0 f  f.c:3  (and 2 more times)"]
