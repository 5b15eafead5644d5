"""What is told of coverage, and which reports are written of it: all of them, or those of earlier runs stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pyharness.coverage import finishing
from pyharness.coverage.finishing import PARTIAL, SUMMARY, WHOLE, Places, Wanted
from pyharness.coverage.model import Coverage
from pyharness.errors import CoverageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted(root="/p", version="1.2")


# ---- what is told


def test_what_is_of_the_project_is_told(coverage: Coverage) -> None:
    told = finishing.tell(coverage, WANTED)
    assert [row.path for row in told.files][1:] == ["src/a.cpp", "src/deep/b.cpp"]
    assert len(told.coverage.files) == 3
    assert told.total.lines.covered == 7
    assert (told.below, told.changes, told.notes) == ((), (), ())


def test_patterns_choose_and_those_that_match_nothing_are_noted(coverage: Coverage) -> None:
    wanted = WANTED._replace(include=("src/*.cpp", "nothing/*"), exclude=("src/deep/**",))
    told = finishing.tell(coverage, wanted)
    assert "src/a.cpp" in [row.path for row in told.files]
    assert "src/deep/b.cpp" not in [row.path for row in told.files]
    (note,) = told.notes
    assert "'nothing/*'" in note


def test_a_project_without_files_is_noted(coverage: Coverage) -> None:
    told = finishing.tell(coverage, WANTED._replace(root="/elsewhere"))
    assert told.files == ()
    assert told.nothing == "no source file with coverage is under '/elsewhere'; --coverage-include names others"


def test_patterns_that_leave_nothing_are_noted(coverage: Coverage) -> None:
    wanted = WANTED._replace(anywhere=True, flags="--", exclude=("/**",))
    left = "no source file with coverage is left by the patterns of"
    assert finishing.tell(coverage, wanted).nothing == f"{left} --exclude; change them"
    both = finishing.tell(coverage, wanted._replace(include=("src/**",)))
    assert both.nothing == f"{left} --include and --exclude; change them"


def test_no_coverage_at_all_is_not_blamed_on_the_folder() -> None:
    assert finishing.tell(Coverage(files=()), WANTED).notes == ()


def test_floors_are_of_what_is_told_only(coverage: Coverage) -> None:
    whole = WANTED._replace(include=("src/deep/*",), floors="lines=100,functions=100,regions=100")
    assert finishing.tell(coverage, whole).below == ()
    part = finishing.tell(coverage, WANTED._replace(floors="90"))
    assert len(part.below) == 1
    assert part.below[0].startswith("lines: ")


def test_a_floor_that_makes_no_sense_is_refused(coverage: Coverage) -> None:
    with pytest.raises(UsageError, match="there is no 'words'"):
        finishing.tell(coverage, WANTED._replace(floors="words=3"))


def test_changes_are_those_since_the_base(coverage: Coverage) -> None:
    before = Coverage(files=tuple(file for file in coverage.files if not file.path.endswith("b.cpp")))
    changes = finishing.tell(coverage, WANTED._replace(base=before)).changes
    assert [line.partition(":")[0] for line in changes if "src/" in line] == ["src/deep/b.cpp"]
    assert changes[-1].startswith("total: ")


def test_a_base_is_compared_with_the_same_choice_of_files(coverage: Coverage) -> None:
    """What is left out now is not told to be gone."""
    wanted = WANTED._replace(base=coverage, include=("src/deep/*",))
    assert not [line for line in finishing.tell(coverage, wanted).changes if "gone" in line]


# ---- reading


def test_what_was_written_can_be_read(coverage: Coverage, tmp_path: Path) -> None:
    told = finishing.tell(coverage, WANTED._replace(include=("src/*.cpp", "src/deep/*"), exclude=("**/*script*",)))
    finishing.write(told, WANTED, Places(str(tmp_path)))
    assert finishing.read(str(tmp_path / WHOLE)) == told.coverage


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "truncated"),
        (b"{}", "missing required field"),
        (b"\0\xff", "malformed"),
        (b'{"type": "x", "version": "2.0.1", "data": []}', "its type is 'x'"),
        (b'{"type": "llvm.coverage.json.export", "version": "9.0", "data": []}', "its version is 9.0"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "base.json").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        finishing.read(str(tmp_path / "base.json"))
    assert str(caught.value).startswith(f"'{tmp_path}/base.json' is no coverage.json: ")
    assert why in str(caught.value)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UsageError, match=r"cannot read the coverage in .*; `pyharness test --coverage` writes it"):
            finishing.read(str(path))


# ---- writing


def test_all_reports_are_written(coverage: Coverage, tmp_path: Path) -> None:
    told = finishing.tell(coverage, WANTED)
    places = Places(*(str(tmp_path / name) for name in ("folder", "html", "x/lcov.info", "x/cobertura.xml")))
    written = finishing.write(told, WANTED, places)
    names = (f"folder/{WHOLE}", f"folder/{SUMMARY}", "x/lcov.info", "x/cobertura.xml", "html/index.html")
    assert written == tuple(str(tmp_path / name) for name in names)
    assert all((tmp_path / name).stat().st_size for name in names)
    summary = json.loads((tmp_path / "folder" / SUMMARY).read_text())
    assert summary["total"]["lines"]["covered"] == told.total.lines.covered


def test_nothing_but_what_is_wanted_is_written(coverage: Coverage, tmp_path: Path) -> None:
    finishing.write(finishing.tell(coverage, WANTED), WANTED, Places(str(tmp_path)))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([WHOLE, SUMMARY])


@pytest.mark.parametrize("which", ["html", "lcov", "cobertura"])
def test_when_one_report_cannot_be_written_all_stay_as_they_were(
    coverage: Coverage, tmp_path: Path, which: str
) -> None:
    (tmp_path / WHOLE).write_text("earlier")
    (tmp_path / SUMMARY).write_text("earlier")
    (tmp_path / "file").write_text("")
    places = Places(str(tmp_path))._replace(**{which: str(tmp_path / "file" / "x")})
    with pytest.raises(CoverageError, match=rf"cannot write the coverage to '{tmp_path}/file/x': .*; name another f"):
        finishing.write(finishing.tell(coverage, WANTED), WANTED, places)
    assert {path.name for path in tmp_path.iterdir()} == {WHOLE, SUMMARY, "file"}
    assert {(tmp_path / name).read_text() for name in (WHOLE, SUMMARY)} == {"earlier"}


def test_a_partial_report_leaves_a_good_one_as_it_is(coverage: Coverage, tmp_path: Path) -> None:
    told = finishing.tell(coverage, WANTED)
    (tmp_path / WHOLE).write_text("earlier")
    assert finishing.write_partial(told.coverage, str(tmp_path)) == (str(tmp_path / PARTIAL),)
    assert (tmp_path / WHOLE).read_text() == "earlier"
    assert len(finishing.read(str(tmp_path / PARTIAL)).files) == len(told.files)


def test_a_partial_report_is_gone_when_there_is_a_whole_one(coverage: Coverage, tmp_path: Path) -> None:
    """It would be taken for that of the last run."""
    told = finishing.tell(coverage, WANTED)
    finishing.write_partial(told.coverage, str(tmp_path))
    finishing.write(told, WANTED, Places(str(tmp_path)))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([WHOLE, SUMMARY])


def test_what_cannot_be_written_partially_is_a_sentence(coverage: Coverage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CoverageError, match="cannot write the coverage to"):
        finishing.write_partial(coverage, str(tmp_path / "file"))
