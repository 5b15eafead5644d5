"""What several objects or runs have executed, added up: files of one path become one."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment
from pyharness.coverage.segments import line_hits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def add(each: Sequence[Coverage]) -> Coverage:
    """Add up coverages; the order of them makes no difference."""
    by_path: dict[str, list[FileCoverage]] = defaultdict(list)
    for coverage in each:
        for file in coverage.files:
            by_path[file.path].append(file)
    return Coverage(
        files=tuple(_file(path, by_path[path]) for path in sorted(by_path)),
        has_regions=all(coverage.has_regions for coverage in each),
    )


def add_functions(functions: Iterable[Function]) -> tuple[Function, ...]:
    """Make one of the functions of each name: an inline function is in every object that calls it."""
    by_name: dict[str, list[Function]] = defaultdict(list)
    for function in functions:
        by_name[function.name].append(function)
    return tuple(sorted(map(_function, by_name.values()), key=lambda function: (function.line, function.name)))


def add_branches(each: Iterable[Iterable[Branch]]) -> tuple[Branch, ...]:
    """Add up the branches of equal place. Where one file has several at a place, the first goes with the first."""
    numbered: dict[object, list[Branch]] = defaultdict(list)
    for branches in each:
        seen: dict[object, int] = defaultdict(int)
        for branch in branches:
            kind = (branch[:4], branch.not_taken is None)
            numbered[kind, seen[kind]].append(branch)
            seen[kind] += 1
    return tuple(sorted(map(_branch, numbered.values()), key=lambda branch: branch[:4]))


def add_regions(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Add up the regions of equal place, by place; one that holds others that begin with it comes before them."""
    hits: dict[tuple[int, int, int, int], int] = defaultdict(int)
    for region in regions:
        hits[region[:4]] += region.hits
    ordered = sorted(hits, key=lambda place: (*place[:2], -place[2], -place[3]))
    return tuple(Region(*place, hits[place]) for place in ordered)


def add_lines(each: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Add up the hits of lines: a line can be executed if it can be in one of them."""
    hits: dict[int, int] = defaultdict(int)
    for lines in each:
        for line, count in lines.items():
            hits[line] += count
    return dict(sorted(hits.items()))


def add_segments(each: Sequence[Sequence[Segment]]) -> tuple[Segment, ...]:
    """Add up functions of the place: whatever holds there in each file is added.

    A place where one file counts and another does not (a function that the other object has no need of) has the count
    of the one. Space between statements adds nothing to a statement.
    """
    if len(each) == 1:
        return tuple(each[0])
    now: dict[int, Segment] = {}
    added = []
    begins = ((segment[:2], number, segment) for number, segments in enumerate(each) for segment in segments)
    for place, group in groupby(sorted(begins, key=lambda begin: begin[:2]), key=lambda begin: begin[0]):
        begun: dict[int, list[Segment]] = defaultdict(list)
        for _, number, segment in group:
            begun[number].append(segment)
        counting = {number for number, segment in now.items() if segment.has_count}
        if counting <= set(begun) and all(_is_blank(segments) for segments in begun.values()):
            added.append(Segment(place[0], place[1], 0, has_count=False, is_region_entry=True))
        last = {number: segments[-1] for number, segments in begun.items()}
        now.update(last)
        added.append(_segment(place, now.values(), last.values()))
    return tuple(added)


def _is_blank(segments: Sequence[Segment]) -> bool:
    """Return whether nothing can be executed in a line that begins with these segments of one place."""
    return len(segments) > 1 and segments[0].is_region_entry and not segments[0].has_count


def _file(path: str, files: Sequence[FileCoverage]) -> FileCoverage:
    if len(files) == 1:
        return files[0]
    segments = add_segments([file.segments for file in files])
    lines = add_lines(file.lines for file in files)
    return FileCoverage(
        path=path,
        segments=segments,
        summed=None if lines == line_hits(segments) else lines,
        functions=add_functions(function for file in files for function in file.functions),
        branches=add_branches(file.branches for file in files),
    )


def _segment(place: tuple[int, int], now: Iterable[Segment], begun: Iterable[Segment]) -> Segment:
    counted = [segment for segment in now if segment.has_count]
    executed = [segment for segment in counted if not segment.is_gap]
    # What the preprocessor has left out of one object begins nothing where another object counts.
    is_entry = any(segment.is_region_entry and segment.has_count == bool(counted) for segment in begun)
    hits = sum(segment.hits for segment in executed or counted)
    return Segment(*place, hits, bool(counted), is_entry, bool(counted) and not executed)


def _function(same: Sequence[Function]) -> Function:
    if len(same) == 1:
        return same[0]
    return Function(
        same[0].name,
        min(function.line for function in same),
        sum(function.hits for function in same),
        add_regions(region for function in same for region in function.regions),
    )


def _branch(same: Sequence[Branch]) -> Branch:
    if len(same) == 1:
        return same[0]
    not_taken = [branch.not_taken for branch in same if branch.not_taken is not None]
    return Branch(*same[0][:4], sum(branch.taken for branch in same), sum(not_taken) if not_taken else None)
