"""Native coverage as a data file, and what coverage.py makes of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from coverage import CoverageData

from pyharness.coverage import python_data
from pyharness.coverage.model import Branch, Coverage, FileCoverage
from pyharness.coverage.python_lines import LINES, TRACER
from pyharness.errors import CoverageError, UsageError
from tests.coverage.conftest import end, segment

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "int f(int x) {\n  if (x)\n    return 1;\n  return 0;\n}\n"
CONFIGURATION = '[tool.coverage.run]\nplugins = ["pyharness.coverage_plugin"]\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    (tmp_path / "f.cpp").write_text(SOURCE)
    (tmp_path / "g.cpp").write_text(SOURCE)
    return tmp_path


def covered(path: Path, hits: int = 2) -> FileCoverage:
    """Return the coverage of a file in which line 3 was not executed."""
    return FileCoverage(
        path=str(path),
        segments=(segment(1, 14, hits), segment(2, 9, 0), segment(3, 14, hits, entry=False), end(5, 2)),
        branches=(Branch(2, 7, 2, 8, 0, hits),),
    )


@pytest.fixture
def coverage(project: Path) -> Coverage:
    return Coverage(files=(covered(project / "f.cpp"), covered(project / "g.cpp", hits=0)))


def read(path: str) -> CoverageData:
    data = CoverageData(path)
    data.read()
    return data


def write_python(path: str, *, branches: bool) -> None:
    data = CoverageData(path)
    if branches:
        data.add_arcs({"/p/a.py": [(1, 2)]})
    else:
        data.add_lines({"/p/a.py": [1, 2]})
    data.close()


def test_lines_are_written_beside_the_data_file_and_files_that_nothing_ran_of_too(project, coverage):
    path = python_data.write(coverage, None)
    assert path == ".coverage.native"
    data = read(path)
    assert not data.has_arcs()
    assert data.measured_files() == {str(project / "f.cpp"), str(project / "g.cpp")}
    assert sorted(data.lines(str(project / "f.cpp"))) == [1, 2, 4, 5]
    assert data.lines(str(project / "g.cpp")) == []
    assert {data.file_tracer(file) for file in data.measured_files()} == {TRACER}
    assert (project / LINES).exists()
    assert not list(project.glob("*.part*"))


def test_ways_are_written_where_branches_were_measured(project, coverage):
    write_python(".coverage", branches=True)
    data = read(python_data.write(coverage, "native"))
    assert sorted(data.arcs(str(project / "f.cpp"))) == [(-1, 1), (-1, 2), (-1, 4), (-1, 5), (2, -1)]
    assert sorted(data.lines(str(project / "f.cpp"))) == [1, 2, 4, 5]


@pytest.mark.parametrize("measured", [".coverage", ".coverage.host.1.abc"])
@pytest.mark.parametrize("configured", [True, False])
@pytest.mark.parametrize("branches", [True, False])
def test_what_was_measured_goes_before_what_is_configured(project, coverage, measured, configured, branches):
    (project / "pyproject.toml").write_text(f"{CONFIGURATION}branch = {str(configured).lower()}\n")
    assert read(python_data.write(coverage, None)).has_arcs() is configured
    write_python(measured, branches=branches)
    assert read(python_data.write(coverage, None)).has_arcs() is branches


def test_paths_are_relative_where_coverage_py_has_them_so(project, coverage):
    (project / "pyproject.toml").write_text(f"{CONFIGURATION}relative_files = true\n")
    assert read(python_data.write(coverage, None)).measured_files() == {"f.cpp", "g.cpp"}


def test_what_was_written_before_is_replaced(project, coverage):
    python_data.write(coverage, None)
    only = Coverage(files=coverage.files[1:])
    assert read(python_data.write(only, None)).measured_files() == {str(project / "g.cpp")}


@pytest.mark.parametrize("branches", [True, False])
def test_what_python_has_measured_is_not_written_over(project, coverage, branches):
    write_python(".coverage", branches=branches)
    before = (project / ".coverage").read_bytes()
    with pytest.raises(UsageError, match=r"^'\.coverage' has something else .* `coverage combine --append` add it$"):
        python_data.write(coverage, ".coverage")
    assert (project / ".coverage").read_bytes() == before
    with pytest.raises(UsageError, match="has something else"):
        python_data.write(coverage, "f.cpp")
    assert (project / "f.cpp").read_text() == SOURCE


def test_without_the_plugin_nothing_is_written(project, coverage):
    (project / "pyproject.toml").write_text("")
    with pytest.raises(UsageError, match=r'add plugins = \["pyharness.coverage_plugin"\]'):
        python_data.write(coverage, None)
    (project / "pyproject.toml").write_text("[tool.coverage.run]\nbranch = 7\n")
    with pytest.raises(UsageError, match="does not read its configuration"):
        python_data.write(coverage, None)
    assert not (project / ".coverage.native").exists()


def test_without_the_library_it_is_said_what_to_install(coverage, monkeypatch):
    monkeypatch.setitem(sys.modules, "coverage", None)
    with pytest.raises(UsageError, match=r"pip install 'pyharness\[python\]'"):
        python_data.write(coverage, None)


def test_a_source_that_is_gone_or_shorter_is_refused(project, coverage):
    (project / "f.cpp").write_text(SOURCE.replace("    return 1;\n", ""))
    with pytest.raises(CoverageError, match=r"f\.cpp' was changed after it was measured"):
        python_data.write(coverage, None)
    (project / "f.cpp").unlink()
    with pytest.raises(CoverageError, match=r"cannot read '.*f\.cpp', .*: No such file or directory; .* --exclude$"):
        python_data.write(coverage, None)
    assert not (project / ".coverage.native").exists()
    assert not (project / LINES).exists()


def test_a_source_that_is_newer_than_its_coverage_is_refused(project, coverage):
    report = project / "coverage.json"
    report.touch()
    for name in ("f.cpp", "g.cpp"):
        os.utime(project / name, (1, 1))
    python_data.refuse_older({str(report): coverage})
    os.utime(report, (0, 0))
    with pytest.raises(CoverageError, match=r"f\.cpp' is newer than '.*coverage\.json'.* `touch`"):
        python_data.refuse_older({str(report): coverage})


def test_a_place_that_cannot_be_written_is_named(coverage):
    with pytest.raises(CoverageError, match=r"cannot write the coverage to 'f\.cpp/native'"):
        python_data.write(coverage, "f.cpp/native")
