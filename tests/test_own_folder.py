from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.own_folder import make_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("below", ["", "coverage", "coverage/deep"])
def test_what_is_kept_is_ignored_by_git(below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        make_folder(f".pyharness/{below}")
    assert (tmp_path / ".pyharness" / below).is_dir()
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob(".gitignore")] == [".pyharness/.gitignore"]
    assert (tmp_path / ".pyharness" / ".gitignore").read_text() == "*\n"


def test_a_gitignore_that_is_there_stays(tmp_path: Path) -> None:
    ignored = tmp_path / ".pyharness" / ".gitignore"
    ignored.parent.mkdir()
    ignored.write_text("build\n")
    make_folder(str(tmp_path / ".pyharness" / "coverage"))
    assert ignored.read_text() == "build\n"


def test_other_folders_are_made_and_left_alone(tmp_path: Path) -> None:
    make_folder(str(tmp_path / "out" / ".pyharness-coverage"))
    assert [path.name for path in (tmp_path / "out").rglob("*")] == [".pyharness-coverage"]
