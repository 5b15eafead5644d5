"""What is kept of cases and lines, and how runs go together."""

from __future__ import annotations

import subprocess

from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.contexts.assembling import NO_BLOB, assemble, blob_id, join, merge
from pyharness.coverage.contexts.model import CaseLines, Contexts, FileVersion, FunctionLines, Piece
from pyharness.coverage.contexts.ranges import to_lines, to_ranges
from pyharness.coverage.model import Coverage, FileCoverage, Function, Region, Segment


def segments(*places: tuple[int, int]) -> tuple[Segment, ...]:
    """Return what makes each line one of its own: pairs of a line and its hits."""
    return tuple(
        segment
        for line, hits in places
        for segment in (
            Segment(line, 1, hits, has_count=True, is_region_entry=True),
            Segment(line, 9, 0, has_count=False, is_region_entry=False),
        )
    )


def covered_by(contexts: Contexts) -> dict[str, set[tuple[str, str, int]]]:
    """Return what each case covers: path, content and line."""
    return {
        case: {
            (contexts.files[piece.file].path, contexts.files[piece.file].blob, line)
            for piece in (contexts.pieces[number] for number in lines.pieces)
            for line in to_lines(piece.lines)
        }
        for case, lines in contexts.cases.items()
    }


def test_a_content_has_the_id_that_git_gives_it():
    content = b"int main() {\n}\n\xff"
    done = subprocess.run(["git", "hash-object", "--stdin"], input=content, capture_output=True, check=True)
    assert blob_id(content) == done.stdout.decode().strip()


def test_what_a_run_has_told_is_put_together(tmp_path):
    source = tmp_path / "src" / "a.c"
    source.parent.mkdir()
    source.write_text("content")
    file = FileCoverage(
        path=str(source),
        segments=segments((1, 5), (2, 0), (3, 1), (4, 2)),
        functions=(Function("f", 1, 5, (Region(1, 1, 3, 2, 5),)), Function("g", 4, 2)),
    )
    gone = FileCoverage(path=str(tmp_path / "gone.c"), segments=segments((1, 1)))
    lines = {
        "s::one": [((str(source), ((1, 2),)), ("/not/wanted.c", ((1, 9),)))],
        "s::same": [((str(source), ((1, 1),)),)],
        "s::two": [((str(source), ((3, 3),)),), ((str(gone.path), ((1, 1),)),)],
    }
    contexts = assemble(Coverage(files=(gone, file)), str(tmp_path), lines, {"s::lost": "it crashed"})
    blob = blob_id(b"content")
    assert [(one.path, one.blob) for one in contexts.files] == [("gone.c", NO_BLOB), ("src/a.c", blob)]
    assert contexts.files[1].executable == ((1, 4),)
    assert contexts.files[1].functions == (FunctionLines("f", 1, 3), FunctionLines("g", 4, 4))
    assert contexts.files[1].outside == ((4, 4),)
    assert covered_by(contexts) == {
        "s::one": {("src/a.c", blob, 1)},
        "s::same": {("src/a.c", blob, 1)},
        "s::two": {("src/a.c", blob, 3), ("gone.c", NO_BLOB, 1)},
        "s::lost": set(),
    }
    assert contexts.cases["s::one"].pieces == contexts.cases["s::same"].pieces
    assert contexts.cases["s::lost"].unknown == "it crashed"


def one_file(blob: str, *cases: tuple[str, set[int]], outside: set[int] = frozenset()) -> Contexts:
    return Contexts(
        files=(FileVersion(path="a.c", blob=blob, executable=((1, 40),), outside=to_ranges(outside)),),
        pieces=tuple(Piece(0, to_ranges(lines)) for _, lines in cases),
        cases={case: CaseLines((number,)) for number, (case, _) in enumerate(cases)},
    )


def test_a_run_replaces_its_cases_and_keeps_the_others():
    merged = merge(one_file("1", ("s::a", {1}), ("s::b", {2})), one_file("1", ("s::b", {3})))
    assert covered_by(merged) == {"s::a": {("a.c", "1", 1)}, "s::b": {("a.c", "1", 3)}}
    assert len(merged.files) == 1
    assert len(merged.pieces) == 2


def test_cases_keep_the_content_that_they_have_run_with():
    merged = merge(one_file("1", ("s::a", {1}), ("s::b", {2})), one_file("2", ("s::b", {2})))
    assert covered_by(merged) == {"s::a": {("a.c", "1", 1)}, "s::b": {("a.c", "2", 2)}}
    again = merge(merged, one_file("2", ("s::a", {1})))
    assert [file.blob for file in again.files] == ["2"]


def test_cases_that_are_gone_are_left_out():
    merged = merge(one_file("1", ("s::a", {1}), ("s::b", {2})), one_file("1", ("s::c", {3})), {"s::a"})
    assert list(merged.cases) == ["s::b", "s::c"]


def test_what_a_case_covers_is_not_outside_of_cases_any_more():
    merged = merge(one_file("1", ("s::a", {1}), outside={5, 6}), one_file("1", ("s::b", {5}), outside={7}))
    assert merged.files[0].outside == ((6, 7),)


parts = st.dictionaries(st.sampled_from(["s::a", "s::b", "s::c"]), st.sets(st.integers(1, 9), min_size=1), max_size=3)
runs = st.lists(st.tuples(st.sampled_from("12"), parts), max_size=4)


@given(runs)
def test_the_last_run_of_a_case_is_right(each):
    joined = join(one_file(blob, *cases.items()) for blob, cases in each)
    expected = {}
    for blob, cases in each:
        expected.update({case: {("a.c", blob, line) for line in lines} for case, lines in cases.items()})
    assert covered_by(joined) == expected
