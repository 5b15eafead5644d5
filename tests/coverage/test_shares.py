from pyharness.coverage.model import Branch, FileCoverage, Function, Region, Segment, Share
from pyharness.coverage.shares import Shares, percent_text, shares, total, ways


def file(*functions: Function, segments: tuple[Segment, ...] = (), branches: tuple[Branch, ...] = ()) -> FileCoverage:
    return FileCoverage(path="/p/a.cpp", segments=segments, functions=functions, branches=branches)


def instance(name: str, hits: int, *regions: Region) -> Function:
    return Function(name, 3, hits, regions)


SEGMENTS = (
    Segment(1, 1, 4, has_count=True, is_region_entry=True),
    Segment(2, 5, 0, has_count=True, is_region_entry=True),
    Segment(3, 2, 0, has_count=False, is_region_entry=False),
)


def test_lines_are_those_of_segments() -> None:
    # Line 2 begins in a region that was executed, and line 3 within one that was not.
    assert shares(file(segments=SEGMENTS), has_regions=True).lines == Share(3, 2)


def test_instances_of_a_template_are_one_function() -> None:
    once, never = Region(3, 7, 5, 2, 1), Region(3, 7, 5, 2, 0)
    counted = shares(file(instance("f<char>", 0, never), instance("f<int>", 1, once)), has_regions=True)
    assert counted.functions == Share(1, 1)
    assert counted.regions == Share(1, 1)


def test_functions_of_one_line_are_told_by_their_columns() -> None:
    left, right = instance("f", 1, Region(3, 7, 3, 9, 1)), instance("g", 0, Region(3, 20, 3, 29, 0))
    assert shares(file(left, right), has_regions=True).functions == Share(2, 1)


def test_functions_that_use_one_macro_stay_two() -> None:
    macro = Region(1, 20, 1, 30, 1)
    one = Function("f", 3, 1, (macro, Region(3, 7, 3, 9, 1)))
    two = Function("g", 4, 0, (macro, Region(4, 7, 4, 9, 0)))
    counted = shares(file(one, two), has_regions=True)
    assert counted.functions == Share(2, 1)
    assert counted.regions == Share(3, 2)


def test_functions_without_regions_are_told_by_their_names() -> None:
    counted = shares(file(instance("f", 0), instance("g", 7)), has_regions=False)
    assert counted.functions == Share(2, 1)


def test_regions_are_those_of_segments_where_no_function_is_known() -> None:
    assert shares(file(segments=SEGMENTS), has_regions=True).regions == Share(2, 1)


def test_a_tool_without_regions_has_none() -> None:
    assert shares(file(segments=SEGMENTS), has_regions=False).regions == Share(0, 0)


def test_each_way_of_a_branch_counts() -> None:
    pair, lone = Branch(1, 1, 1, 9, 3, 0), Branch(2, 1, 2, 9, 1, None)
    assert shares(file(branches=(pair, lone)), has_regions=True).branches == Share(3, 2)
    assert (ways(pair), ways(lone)) == ((3, 0), (1,))


def test_shares_add_up() -> None:
    one = Shares(Share(1, 1), Share(2, 1), Share(3, 1), Share(4, 1))
    two = Shares(Share(10, 0), Share(20, 0), Share(30, 0), Share(40, 40))
    assert total([one, two]) == Shares(Share(11, 1), Share(22, 1), Share(33, 1), Share(44, 41))
    assert total([]) == Shares(*[Share(0, 0)] * 4)


def test_a_percentage_is_cut_and_not_rounded() -> None:
    shown = [percent_text(Share(total, covered)) for covered, total in ((9999, 10000), (3, 3), (1, 3), (0, 5), (0, 0))]
    assert shown == ["99.9", "100.0", "33.3", "0.0", "-"]
