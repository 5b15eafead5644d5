"""Which configuration is found, and what becomes of one that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.config.file import find, read
from pyharness.config.table import ConfigurationError
from pyharness.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]


def found() -> object:
    """Return where the configuration was found."""
    file = find()
    return None if file is None else file.table.where


def test_most_projects_have_none(write: Write) -> None:
    assert find() is None
    write("[tool.ruff]\n[project]\nname = 'pyharness-user'\n", "pyproject.toml")
    assert find() is None


def test_a_file_of_others_is_not_even_parsed(write: Write) -> None:
    write("this is no TOML", "pyproject.toml")
    assert find() is None


def test_the_own_file_and_the_section_are_both_found(write: Write) -> None:
    write("[tool.pyharness.test]\n", "pyproject.toml")
    assert found() == "[tool.pyharness] of 'pyproject.toml'"
    write("[tool.other]\n", "pyproject.toml")
    write("")
    assert found() == "'pyharness.toml'"


def test_the_nearest_folder_that_has_one_counts(write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[test]\n")
    write("[tool.other]\n", "a/pyproject.toml")
    write("[tool.pyharness.test]\n", "a/b/pyproject.toml")
    monkeypatch.chdir(folder / "a")
    assert found() == f"'{folder}/pyharness.toml'"
    monkeypatch.chdir(folder / "a" / "b")
    assert found() == "[tool.pyharness] of 'pyproject.toml'"


def test_a_folder_that_has_been_deleted_has_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert find() is None


def test_a_named_file_may_have_any_name(write: Write) -> None:
    write("[test]\n", "ci/strict.toml")
    assert (read("ci/strict.toml").table.where, read("ci/strict.toml").folder) == ("'ci/strict.toml'", "ci")
    write("[tool.pyharness.test]\n", "x/pyproject.toml")
    assert read("x/pyproject.toml").table.where == "[tool.pyharness] of 'x/pyproject.toml'"


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert (caught.value.exit_code, caught.value.slug) == (ExitCode.USAGE, "configuration")
    return str(caught.value)


def test_two_in_one_folder_are_refused(write: Write) -> None:
    write("")
    write("[tool.pyharness.test]\n", "pyproject.toml")
    expected = (
        "there are two configurations, 'pyharness.toml' and [tool.pyharness] in 'pyproject.toml'; keep one of them"
    )
    assert refusal(find) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[test]\nx = \n", "invalid value (at line 2, column 5)"),
        (b"\xff", "it is not UTF-8"),
        (b"x = " + b"[" * 100_000, "it is nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_one_sentence(folder: Path, content: bytes, why: str) -> None:
    (folder / "pyharness.toml").write_bytes(content)
    assert refusal(find) == (
        f"cannot read the configuration 'pyharness.toml': {why}; correct the file, or give --no-config"
    )


@pytest.mark.parametrize(("path", "why"), [("no.toml", "No such file or directory"), (".", "Is a directory")])
def test_a_named_file_that_cannot_be_opened_is_refused(path: str, why: str) -> None:
    expected = f"cannot read the configuration '{path}': {why}; name another file, or give --no-config"
    assert refusal(lambda: read(path)) == expected


def test_a_named_file_must_have_a_configuration(write: Write) -> None:
    write("[tool.other]\n", "pyproject.toml")
    assert refusal(lambda: read("pyproject.toml")) == (
        "no configuration in 'pyproject.toml'; add a section [tool.pyharness.test], or name another file"
    )
