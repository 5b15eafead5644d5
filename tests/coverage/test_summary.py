"""The summary that other programs read: its form, and numbers that do not flatter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pyharness.coverage import summary
from pyharness.coverage.model import Share
from pyharness.events import CoveredFile


def row(path: str, lines: Share, regions: Share | None = None) -> CoveredFile:
    return CoveredFile(path=path, lines=lines, functions=Share(2, 1), regions=regions, branches=Share(0, 0))


def rendered(total: CoveredFile, *files: CoveredFile) -> Any:
    content = summary.render(total, files)
    assert content.endswith(b"}\n")
    return json.loads(content)


def test_the_form_is_known() -> None:
    assert rendered(row("", Share(8, 2), Share(3, 1)), row("src/a.cpp", Share(8, 2), Share(3, 1))) == {
        "schema": 1,
        "total": {
            "lines": {"count": 8, "covered": 2, "percent": 25.0},
            "functions": {"count": 2, "covered": 1, "percent": 50.0},
            "regions": {"count": 3, "covered": 1, "percent": 33.33},
            "branches": {"count": 0, "covered": 0, "percent": 100.0},
        },
        "files": {
            "src/a.cpp": {
                "lines": {"count": 8, "covered": 2, "percent": 25.0},
                "functions": {"count": 2, "covered": 1, "percent": 50.0},
                "regions": {"count": 3, "covered": 1, "percent": 33.33},
                "branches": {"count": 0, "covered": 0, "percent": 100.0},
            }
        },
    }


def test_what_a_tool_does_not_know_is_left_out() -> None:
    assert "regions" not in rendered(row("", Share(1, 1)))["total"]


@pytest.mark.parametrize(
    ("total", "covered", "percent"),
    [(100_000, 99_999, 99.99), (3, 2, 66.66), (1, 1, 100.0), (1, 0, 0.0), (10**6, 1, 0.0)],
)
def test_a_percentage_is_cut_and_not_rounded(total: int, covered: int, percent: float) -> None:
    """So that 100 means all, as in the table."""
    assert rendered(row("", Share(total, covered)))["total"]["lines"]["percent"] == percent


def test_names_of_any_letters_stay_what_they_are() -> None:
    name = 'ä "\\\n\x1b<b>.cpp'
    assert set(rendered(row("", Share(1, 1)), row(name, Share(1, 1)))["files"]) == {name}


def test_a_name_that_is_no_text_is_written_all_the_same() -> None:
    assert len(rendered(row("", Share(1, 1)), row("a\udcff.cpp", Share(1, 1)))["files"]) == 1
