"""Lines as ranges."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.contexts.ranges import join, to_lines, to_ranges, touches

lines = st.sets(st.integers(1, 60))


@given(lines)
def test_ranges_hold_their_lines_and_no_others(some):
    assert list(to_lines(to_ranges(some))) == sorted(some)


@given(lines)
def test_ranges_are_in_order_and_apart(some):
    ranges = to_ranges(some)
    assert all(first <= last for first, last in ranges)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(ranges))


@given(lines, lines)
def test_ranges_touch_when_they_share_a_line(some, others):
    assert touches(to_ranges(some), to_ranges(others)) == bool(some & others)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9))))
def test_ranges_that_overlap_are_joined(some):
    ranges = [(first, first + more) for first, more in some]
    lines = {line for first, last in ranges for line in range(first, last + 1)}
    assert join(ranges) == to_ranges(lines)
    assert set(to_lines(join(ranges))) == lines
