"""Counts of many cases in one number, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.contexts.packing import ROOM, Counts, executed
from pyharness.coverage.contexts.text_profiles import Counters

HIGHEST = (1 << 63) - 1
"""What llvm-cov shows for more than this, and for less than nothing."""

counts = st.integers(0, 3) | st.integers(0, 10_000) | st.integers(0, 1 << 50)
vectors = st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=30)
regions = st.lists(
    st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, -1, 0), (1, -1, -1), (1, 1, -1), (0, 1, -1), (0, 0, 0)]),
    min_size=1,
    max_size=8,
)


def shown(region: tuple[int, ...], counters: tuple[int, ...]) -> int:
    """Return what llvm-cov makes of a region that is a sum of counters."""
    total = sum(sign * count for sign, count in zip(region, counters, strict=True))
    return total if 0 <= total <= HIGHEST else HIGHEST


@given(vectors, regions)
def test_each_vector_is_told_as_if_it_were_alone(each, parts):
    packing = Counts()
    numbers = [packing.add([Counters("f", "1", vector)])[0] for vector in each]
    told = {}
    for one_round in packing.rounds():
        (function,) = packing.profile(one_round)
        (packed,) = one_round
        for region in parts:
            found = executed(shown(region, function.counts), packed)
            told.update({(vector, region): is_hit for vector, is_hit in zip(packed.vectors, found, strict=True)})
    for (_, vector), counters in zip(numbers, each, strict=True):
        for region in parts:
            is_hit = shown(region, counters) > 0
            negative = any(sum(s * c for s, c in zip(region, one, strict=True)) < 0 for one in each)
            assert told[vector, region] == is_hit or (negative and told[vector, region])


@given(vectors)
def test_counters_are_never_too_wide(each):
    packing = Counts()
    for vector in each:
        packing.add([Counters("f", "1", vector)])
    for one_round in packing.rounds():
        (function,) = packing.profile(one_round)
        assert sum(one_round[0].widths) <= ROOM
        assert all(0 <= count <= HIGHEST for count in function.counts)


def test_which_counters_are_zero_is_not_enough():
    packing = Counts()
    packing.add([Counters("f", "1", (1, 1))])
    packing.add([Counters("f", "1", (2, 1))])
    (one_round,) = packing.rounds()
    (function,) = packing.profile(one_round)
    assert sorted(executed(function.counts[0] - function.counts[1], one_round[0])) == [False, True]


def test_counts_that_are_a_multiple_are_the_same():
    packing = Counts()
    assert packing.add([Counters("f", "1", (2, 4))]) == packing.add([Counters("f", "1", (3, 6))])
    assert packing.add([Counters("f", "1", (0, 0))]) != packing.add([Counters("f", "1", (1, 2))])


def test_functions_of_one_name_are_all_in_a_round():
    packing = Counts()
    packing.add([Counters("f", "1", (1,)), Counters("f", "2", (1, 1)), Counters("g", "1", (1,))])
    packing.add([Counters("f", "1", (1 << 61,)), Counters("f", "1", ((1 << 61) - 1,))])
    packing.add([Counters("f", "2", ((1 << 61) - 1, 1))])
    for one_round in packing.rounds():
        names = [(function.name, function.hash) for function in packing.profile(one_round)]
        assert [name for name in names if name[0] == "f"] in ([("f", "1"), ("f", "2")], [])


def test_a_function_is_once_in_a_round():
    packing = Counts()
    for count in range(1, 200):
        packing.add([Counters("f", "1", (count, 1000)), Counters("g", "1", (count, 1))])
    for one_round in packing.rounds():
        assert len({packed.function for packed in one_round}) == len(one_round)


def test_small_counts_share_a_round():
    packing = Counts()
    for count in range(1, 9):
        packing.add([Counters("f", "1", (1, count))])
    assert len(packing.rounds()) == 1
