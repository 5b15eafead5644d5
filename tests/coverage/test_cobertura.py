from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from pyharness.coverage import cobertura
from pyharness.coverage.model import Coverage, FileCoverage
from pyharness.coverage.segments import line_hits
from pyharness.coverage.shares import shares

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.coverage.clang_program import Measured

DTD = Path(__file__).parent / "coverage-04.dtd"


def render(coverage: Coverage, root: str = "/p") -> bytes:
    return cobertura.render(coverage, root=root, timestamp_s=1_700_000_000, version="0.1.0")


def test_a_document_is_written_whole(coverage: Coverage, golden: Callable[[str, str], None]) -> None:
    golden("cobertura.xml", render(coverage).decode())


def test_a_document_is_valid(coverage: Coverage) -> None:
    dtd = etree.DTD(str(DTD))
    for of in (coverage, Coverage(files=())):
        assert dtd.validate(etree.fromstring(render(of))), dtd.error_log


def test_a_rate_of_1_means_all(measured: Measured) -> None:
    (file,) = measured.coverage.files
    top = etree.fromstring(render(measured.coverage))
    counted = shares(file, has_regions=True)
    assert (top.get("lines-valid"), top.get("lines-covered")) == tuple(map(str, counted.lines))
    assert (top.get("branches-valid"), top.get("branches-covered")) == tuple(map(str, counted.branches))
    assert 0 < float(top.get("line-rate", "0")) < 1


def test_each_line_tells_its_ways(measured: Measured) -> None:
    (file,) = measured.coverage.files
    top = etree.fromstring(render(measured.coverage))
    lines = {int(line.get("number", "")): line for line in top.iterfind(".//class/lines/line")}
    assert {number: int(line.get("hits", "")) for number, line in lines.items()} == line_hits(file.segments)
    text = measured.source.read_text().splitlines()
    number = text.index("    if (i % 2 && i != 3)") + 1
    assert lines[number].get("condition-coverage") == "100% (4/4)"
    number = text.index("  if (all > 100000)") + 1
    assert lines[number].get("condition-coverage") == "50% (1/2)"


def test_gcovr_reads_the_same(measured: Measured, tmp_path: Path) -> None:
    folder = measured.source.parent
    written = tmp_path / "cobertura.xml"
    written.write_bytes(render(measured.coverage, str(folder)))
    command = [
        sys.executable,
        "-m",
        "gcovr",
        "--root",
        str(folder),
        "--cobertura-add-tracefile",
        str(written),
        "--json",
        "-",
    ]
    read = subprocess.run(command, capture_output=True, check=True, timeout=60, cwd=tmp_path)
    (file,) = json.loads(read.stdout)["files"]
    assert file["file"] == measured.source.name
    expected = line_hits(measured.coverage.files[0].segments)
    assert {line["line_number"]: line["count"] for line in file["lines"]} == expected


def test_what_xml_cannot_carry_is_escaped() -> None:
    file = FileCoverage(path="/p/\x00\x1b\udcff\ufffe\t&<\"'.c", segments=())
    written = etree.fromstring(render(Coverage(files=(file,)), root="/p"))
    assert [of.get("filename") for of in written.iterfind(".//class")] == ["\\x00\\x1b\\udcff\\ufffe\t&<\"'.c"]
