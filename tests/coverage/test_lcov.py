from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.coverage.lcov import render
from pyharness.coverage.model import Coverage, FileCoverage, Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.coverage.clang_program import Measured

FOUND_AND_HIT = ("LF:", "LH:", "BRF:", "BRH:", "FNF:", "FNH:")


def lines_of(tracefile: str, *kinds: str) -> list[str]:
    return sorted(line for line in tracefile.splitlines() if line.startswith(kinds))


def test_a_tracefile_is_written_whole(coverage: Coverage, golden: Callable[[str, str], None]) -> None:
    golden("lcov.info", render(coverage).decode("utf-8", "backslashreplace"))


def test_lines_are_those_of_llvm_cov(measured: Measured) -> None:
    ours = render(measured.coverage).decode()
    assert lines_of(ours, "SF:") == [f"SF:{measured.source}"]
    assert len(lines_of(ours, "DA:")) > 25
    assert lines_of(ours, "DA:") == lines_of(measured.lcov, "DA:")


def test_functions_are_those_of_llvm_cov_with_instances_of_a_template_as_one(measured: Measured) -> None:
    ours = render(measured.coverage).decode()
    places = {line.partition(",")[0] for line in lines_of(measured.lcov, "FN:")}
    assert [line.partition(",")[0] for line in lines_of(ours, "FN:")] == sorted(places)
    assert set(lines_of(ours, "FN:")) < set(lines_of(measured.lcov, "FN:"))
    assert lines_of(ours, "FNF:", "FNH:") == lines_of(measured.lcov, "FNF:", "FNH:")


def test_sums_are_those_of_what_is_listed(measured: Measured) -> None:
    ours = render(measured.coverage).decode()
    for sums, entries in (("LF:", "DA:"), ("BRF:", "BRDA:"), ("FNF:", "FN:")):
        assert lines_of(ours, sums) == [f"{sums}{len(lines_of(ours, entries))}"]
    hit = [line for line in lines_of(ours, "DA:") if not line.endswith(",0")]
    assert lines_of(ours, "LH:") == [f"LH:{len(hit)}"]


def test_a_path_keeps_its_bytes_and_stays_on_its_line() -> None:
    function = Function("end_of_record\nSF:/etc", 1, 0)
    file = FileCoverage(path="/p/\udcff\u202eé\u2028\n.c", segments=(), functions=(function,))
    written = render(Coverage(files=(file,)))
    assert b"\nSF:/p/\xff\xe2\x80\xae\xc3\xa9\\u2028\\n.c\n" in written
    assert b"\nFN:1,end_of_record\\nSF:/etc\n" in written
