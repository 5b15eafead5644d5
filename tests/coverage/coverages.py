"""Coverages of all shapes, for tests of what holds for any of them."""

from __future__ import annotations

from hypothesis import strategies as st

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment
from pyharness.coverage.summing import add_regions

numbers = st.integers(1, 12)
hits = st.integers(0, 5) | st.integers(0, 2**40)
places = st.tuples(numbers, numbers)
extents = st.tuples(numbers, numbers, numbers, numbers)

kinds = st.sampled_from(
    [(True, True, False), (True, False, False), (True, False, True), (False, True, False), (False, False, False)]
)


def segment(place: tuple[int, int], count: int, kind: tuple[bool, bool, bool]) -> Segment:
    return Segment(place[0], place[1], count if kind[0] else 0, *kind)


def region(extent: tuple[int, int, int, int], count: int) -> Region:
    return Region(extent[0], extent[1], extent[2], extent[3], count)


segments = st.builds(segment, places, hits, kinds)
segment_lists = st.lists(segments, max_size=12, unique_by=lambda segment: segment[:2]).map(
    lambda found: tuple(sorted(found))
)
regions = st.lists(
    st.builds(region, extents, hits),
    max_size=4,
    unique_by=lambda region: region[:4],
).map(add_regions)
functions = st.lists(
    st.builds(Function, st.sampled_from(["_Z1fv", "main", "a.c:g", "ü"]), numbers, hits, regions),
    max_size=4,
    unique_by=lambda function: function.name,
).map(lambda found: tuple(sorted(found, key=lambda function: (function.line, function.name))))
branches = st.lists(
    st.builds(lambda extent, ways: Branch(*extent, *ways), extents, st.tuples(hits, hits | st.none())),
    max_size=4,
    unique_by=lambda branch: branch[:4],
).map(lambda found: tuple(sorted(found, key=lambda branch: branch[:4])))
files = st.builds(
    FileCoverage,
    path=st.sampled_from(["/a.c", "/b/ä b.hpp", "/c.cpp"]),
    segments=segment_lists,
    functions=functions,
    branches=branches,
)
coverages = st.builds(
    Coverage,
    files=st.lists(files, max_size=3, unique_by=lambda file: file.path).map(
        lambda found: tuple(sorted(found, key=lambda file: file.path))
    ),
    has_regions=st.booleans(),
)
