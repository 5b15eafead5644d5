"""What is known of executables from earlier runs, and when it is not believed."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters import registry
from pyharness.discovery import Frameworks, kept
from tests.adapters.frameworks import Version, build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which files are read; those that were just written count as settled."""
    paths: list[str] = []
    look = registry.framework_of

    def note(path: str, others: object = ()) -> str:
        paths.append(path)
        return look(path, others)  # type: ignore[arg-type]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kept, "_SETTLED_NS", 0)
    monkeypatch.setattr(registry, "framework_of", note)
    return paths


@pytest.fixture
def program(tmp_path: Path) -> str:
    return shutil.copy(build(Version("googletest", None)) / "thousand", tmp_path / "program")


def ask(*paths: str) -> list[str]:
    frameworks = Frameworks(cache=True)
    found = [frameworks.of(path) for path in paths]
    frameworks.keep()
    return found


def test_a_file_is_looked_at_once_as_long_as_it_stays_the_same(program: str, looked_at: list[str]) -> None:
    assert [ask(program, "/bin/true") for _ in range(3)] == [["googletest", ""]] * 3
    assert looked_at == [program, "/bin/true"]


def test_another_file_in_its_place_is_looked_at(program: str, looked_at: list[str]) -> None:
    assert ask(program) == ["googletest"]
    shutil.copy("/bin/true", program)
    assert ask(program) == [""]
    assert looked_at == [program, program]


def test_what_other_runs_have_asked_is_kept_unless_the_file_is_gone(
    program: str, tmp_path: Path, looked_at: list[str]
) -> None:
    gone = shutil.copy(program, tmp_path / "gone")
    ask(program, gone)
    (tmp_path / "gone").unlink()
    assert ask(gone, "/bin/true") == ["", ""]
    assert ask(program) == ["googletest"]
    assert looked_at == [program, gone, "/bin/true"]
    assert "gone" not in (tmp_path / ".pyharness" / "frameworks.json").read_text()


def test_what_has_just_been_written_is_looked_at_again(
    program: str, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_SETTLED_NS", 3_600_000_000_000)
    assert [ask(program), ask(program)] == [["googletest"]] * 2
    assert looked_at == [program] * 2


def test_answers_of_another_installation_are_not_believed(program: str, tmp_path: Path, looked_at: list[str]) -> None:
    ask(program)
    file = tmp_path / ".pyharness" / "frameworks.json"
    file.write_text(re.sub(r'"installed":{(.*?)"inode":', r'"installed":{\1"inode":1', file.read_text()))
    ask(program)
    assert looked_at == [program] * 2


def test_nothing_is_kept_without_the_cache_or_beside_adapters_of_others(program: str, tmp_path: Path) -> None:
    for frameworks in (Frameworks(), Frameworks(["pyharness.adapters.tap:ADAPTER"], cache=True)):
        frameworks.of(program)
        frameworks.keep()
    assert not (tmp_path / ".pyharness").exists()
