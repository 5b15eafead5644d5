"""Where extension modules count, and which profiles of earlier runs go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coverage.cmdline import COMMANDS

from pyharness.coverage import python_run
from pyharness.coverage.python_run import appends, command_line, mark_read, prepare, was_read

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"LLVM_PROFILE_FILE", "GCOV_PREFIX", "GCOV_PREFIX_STRIP", "GCOV_ERROR_FILE"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the profile of an earlier run."""
    (tmp_path / "python" / "gcov").mkdir(parents=True)
    (tmp_path / "python" / "python-1-2.profraw").write_bytes(b"counts")
    return tmp_path / "python"


def begin(folder: Path, command: str | None, environment=None, *, parallel=False, read=False):
    """Begin a run; return the environment, and whether what was there before is still there."""
    if read:
        mark_read(str(folder))
    environment = {} if environment is None else environment
    words = None if command is None else command.split()
    prepare(str(folder), words, environment, is_parallel=parallel)
    return environment, (folder / "python-1-2.profraw").exists()


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("/venv/bin/python /venv/bin/coverage run -m pytest", "run -m pytest"),
        ("python -m coverage report", "report"),
        ("python3.12 -X dev /usr/bin/coverage-3.12 erase", "erase"),
        ("/coverage-env/bin/python -m pytest", ""),
        ("coverage", ""),
    ],
)
def test_the_command_is_what_stands_behind_the_program(words, command):
    assert list(command_line(words.split())) == command.split()


@pytest.mark.parametrize("words", ["-a prog", "--append prog", "-pa prog", "--branch --source x --append -m pytest"])
def test_a_run_that_appends(words):
    assert appends(words.split())


@pytest.mark.parametrize(
    "words", ["prog -a", "-m pytest --append", "--context -a prog", "--branch -- -a", "-p prog", ""]
)
def test_a_run_that_does_not_append(words):
    assert not appends(words.split())


def test_the_options_with_a_value_are_those_of_the_library():
    options = [option for option in COMMANDS["run"].option_list if option.takes_value()]
    assert {str(option) for option in options} == python_run._WITH_VALUE


@pytest.mark.parametrize("command", ["report", "html", "combine", "debug sys", "xml", ""])
def test_other_commands_change_nothing(folder, command):
    assert begin(folder, command, read=True) == ({}, True)


def test_a_run_counts_in_the_folder_and_begins_anew(folder):
    environment, is_kept = begin(folder, "run -m pytest")
    assert set(environment) == NAMES
    assert all(str(folder) in environment[name] for name in NAMES - {"GCOV_PREFIX_STRIP"})
    assert not is_kept
    assert not folder.exists()


def test_a_run_that_appends_keeps_what_is_there_even_from_the_next_one(folder):
    assert begin(folder, "run --append prog", read=True)[1]
    assert not was_read(str(folder))


@pytest.mark.parametrize("command", ["run prog", None])
@pytest.mark.parametrize("read", [False, True])
def test_one_of_many_runs_and_a_user_of_the_api_remove_what_was_read(folder, command, read):
    assert begin(folder, command, parallel=True, read=read)[1] is not read


def test_erase_removes_and_sets_nothing(folder):
    assert begin(folder, "erase") == ({}, False)
    assert begin(folder, "erase") == ({}, False)


def test_what_the_user_has_set_stays(folder):
    environment, _ = begin(folder, "run prog", {"LLVM_PROFILE_FILE": "own.profraw"})
    assert environment["LLVM_PROFILE_FILE"] == "own.profraw"
    assert environment["GCOV_PREFIX"].startswith(str(folder))


def test_a_child_of_a_run_removes_nothing(folder):
    environment, _ = begin(folder.parent / "parent", "run prog")
    before = dict(environment)
    assert begin(folder, "run prog", environment, read=True) == (before, True)
