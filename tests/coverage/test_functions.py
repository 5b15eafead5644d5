from __future__ import annotations

import re
from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from pyharness.coverage import cobertura, html_report, lcov
from pyharness.coverage.functions import by_place
from pyharness.coverage.model import Coverage, FileCoverage, Function, Region
from pyharness.coverage.shares import shares

if TYPE_CHECKING:
    from pathlib import Path


def function(name: str, line: int, hits: int, column: int = 7) -> Function:
    return Function(name, line, hits, (Region(line, column, line + 2, 2, hits), Region(line + 1, 3, line + 1, 9, 0)))


def test_what_begins_at_one_place_is_one_function() -> None:
    found = by_place([function("a.c:f", 3, 1), function("b.c:f", 3, 0), function("c.c:f", 3, 4)])
    assert found == [Function("a.c:f", 3, 5)]


def test_functions_of_one_line_are_told_apart_by_their_columns() -> None:
    found = by_place([function("f", 3, 1, column=7), function("g", 3, 0, column=20)])
    assert found == [Function("f", 3, 1), Function("g", 3, 0)]


def test_without_regions_each_name_is_a_function() -> None:
    functions = [Function("f", 3, 1), Function("g", 3, 0)]
    assert by_place(functions) == functions


def test_all_reports_tell_as_many_functions_as_the_table(tmp_path: Path) -> None:
    """A C file that two programs include has each function once in each of them."""
    functions = tuple(
        function(f"{program}.c:{name}", line, hits)
        for name, line, counts in (("add", 1, (0, 2)), ("never", 11, (0, 0)), ("print", 21, (1, 1)))
        for program, hits in zip(("one", "two"), counts, strict=True)
    )
    file = FileCoverage(path="/p/included.c", segments=(), functions=functions)
    coverage = Coverage(files=(file,))
    all_of, called = shares(file, has_regions=True).functions
    assert (all_of, called) == (3, 2)

    tracefile = lcov.render(coverage).decode().splitlines()
    assert [line for line in tracefile if line.startswith("FN")] == [
        *("FN:1,one.c:add", "FN:11,one.c:never", "FN:21,one.c:print"),
        *("FNDA:2,one.c:add", "FNDA:0,one.c:never", "FNDA:2,one.c:print"),
        *(f"FNF:{all_of}", f"FNH:{called}"),
    ]

    document = etree.fromstring(cobertura.render(coverage, root="/p", timestamp_s=0, version="0"))
    methods = [(method.get("name"), method.get("line-rate")) for method in document.iterfind(".//method")]
    assert methods == [("one.c:add", "1"), ("one.c:never", "0"), ("one.c:print", "1")]

    html_report.write(coverage, str(tmp_path / "report"), html_report.About(root="/p", version="0"))
    page = (tmp_path / "report" / html_report.page_name(file.path)).read_text(encoding="utf-8")
    (details,) = lxml.html.document_fromstring(page).iterfind(".//details")
    assert re.sub(r"\s+", " ", details.text_content()).strip() == "1 function was never called 11 one.c:never"
