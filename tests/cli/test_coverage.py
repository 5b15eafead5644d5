"""`pyharness coverage`: what it takes, and what it says of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.cli import main
from pyharness.coverage import llvm_export, report_files
from pyharness.coverage.model import Coverage, FileCoverage, Segment

if TYPE_CHECKING:
    from pathlib import Path

FILE = FileCoverage(
    path="/elsewhere/a.c",
    segments=(
        Segment(1, 1, 1, has_count=True, is_region_entry=True),
        Segment(2, 2, 0, has_count=False, is_region_entry=False),
    ),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(*files: FileCoverage) -> None:
    report_files.write({".pyharness/coverage/coverage.json": llvm_export.write_export(Coverage(files=files))})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "'pyharness coverage' needs 'report' or 'html' or 'export' or 'read' or 'cases'"),
        (["show"], "invalid value 'show' for 'ACTION'; give 'report' or 'html' or 'export' or 'read' or 'cases'"),
        (
            ["report", "-o", "x"],
            "'-o' is for 'html', 'export' and 'read', and 'report' prints; leave it out, or name one of them",
        ),
        *(
            (
                [action, *flag],
                f"'{' '.join(flag[:shown])}' is for 'pyharness coverage {of}'; leave it out",
            )
            for action, flag, shown, of in (
                ("report", ["--object", "x"], 1, "read"),
                ("html", ["--profiles", "x"], 1, "read"),
                ("export", ["--allow-partial"], 1, "read"),
                ("report", ["--format", "cobertura"], 2, "export"),
            )
        ),
    ],
)
def test_what_makes_no_sense_is_told(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(FILE)
    assert main(["coverage", *arguments]) == 4
    assert capsys.readouterr().err == f"pyharness: error: {expected}\n"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "notes"),
    [
        ([], []),
        (["--include", "/**"], []),
        (
            ["--include", "/p/**"],
            [
                "the pattern '/p/**' of --include matches no file with coverage; it is compared with absolute paths",
                "no source file with coverage is left by the patterns of --include; change them",
            ],
        ),
        (
            ["--exclude", "/**"],
            ["no source file with coverage is left by the patterns of --exclude; change them"],
        ),
    ],
)
def test_notes_name_the_flags_of_the_command(
    arguments: list[str], notes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(FILE)
    assert main(["coverage", "report", *arguments]) == (12 if notes else 0)
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [f"pyharness: error: {note}" for note in notes]
    assert ("/elsewhere/a.c" in shown.out) is (not notes)


def test_no_note_speaks_of_a_pattern_that_nobody_gave(capsys: pytest.CaptureFixture[str]) -> None:
    put()
    assert main(["coverage", "report"]) == 0
    assert capsys.readouterr().err == ""
