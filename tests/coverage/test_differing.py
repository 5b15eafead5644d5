from __future__ import annotations

import msgspec

from pyharness.coverage.differing import Changed, Difference, difference
from pyharness.coverage.model import Coverage, FileCoverage, Segment, Share
from pyharness.coverage.shares import Shares


def file(path: str, *hits: int | None) -> FileCoverage:
    """Make a file of whole lines: `None` is no code."""
    segments = (
        segment
        for line, count in enumerate(hits, 1)
        if count is not None
        for segment in (
            Segment(line, 1, count, has_count=True, is_region_entry=True),
            Segment(line, 80, 0, has_count=False, is_region_entry=False),
        )
    )
    return FileCoverage(path=path, segments=tuple(segments))


def of(*files: FileCoverage) -> Coverage:
    return Coverage(files=files)


def test_equal_reports_do_not_differ() -> None:
    found = difference(of(file("/a", 1, 0)), of(file("/a", 7, 0)))
    assert found.files == ()
    assert found.total.before == found.total.now


def test_lines_that_are_lost_are_named_even_if_the_share_is_the_same() -> None:
    (found,) = difference(of(file("/a", 1, 1, 0, None, 5)), of(file("/a", 1, 0, 2, None, 0))).files
    assert (found.lost, found.same_code) == ((2, 5), True)
    (found,) = difference(of(file("/a", 1, 0)), of(file("/a", 0, 1))).files
    assert found.lost == (1,)
    assert found.changed.before == found.changed.now


def test_lines_of_a_file_that_was_edited_are_not_compared() -> None:
    (found,) = difference(of(file("/a", 1, 1, 0)), of(file("/a", 0, None, 0, 1))).files
    assert (found.lost, found.same_code) == ((), False)
    assert [each.lines for each in found.changed if each] == [Share(3, 2), Share(3, 1)]


def test_new_and_gone_files_are_told() -> None:
    found = difference(of(file("/a", 1), file("/same", 1)), of(file("/b", 0, 0), file("/same", 1)))
    gone, new = found.files
    assert (gone.path, gone.is_gone, gone.is_new) == ("/a", True, False)
    assert (new.path, new.is_gone, new.is_new) == ("/b", False, True)
    assert [each.lines for each in found.total if each] == [Share(2, 2), Share(3, 1)]


def test_regions_are_compared_if_both_reports_have_them() -> None:
    without = msgspec.structs.replace(of(file("/a", 1)), has_regions=False)
    found = difference(of(file("/a", 1)), without)
    assert found.files == ()
    assert [each.regions for each in found.total if each] == [Share(0, 0)] * 2


def test_nothing_is_compared_with_nothing() -> None:
    nothing = Shares(*[Share(0, 0)] * 4)
    assert difference(of(), of()) == Difference(Changed(nothing, nothing), ())
