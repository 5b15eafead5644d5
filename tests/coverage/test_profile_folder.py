"""Where profiles go: a folder of one run, and variables that lead there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pyharness.coverage.profile_folder import ProfileFolder
from pyharness.errors import UsageError


def test_each_run_has_a_folder_that_only_its_user_can_read(tmp_path: Path) -> None:
    one, other = ProfileFolder(str(tmp_path / "new")), ProfileFolder(str(tmp_path / "new"))
    assert one.path != other.path
    assert Path(one.path).stat().st_mode & 0o777 == 0o700
    assert one.hosts["PYHARNESS_PROFILES"] == one.path
    one.remove()
    assert [entry.name for entry in (tmp_path / "new").iterdir()] == [Path(other.path).name]


def test_what_is_written_below_the_folder_of_pyharness_is_ignored_by_git(tmp_path: Path) -> None:
    ProfileFolder(str(tmp_path / ".pyharness" / "coverage"))
    assert (tmp_path / ".pyharness" / ".gitignore").read_text() == "*\n"


def test_each_program_has_a_number_of_its_own(tmp_path: Path) -> None:
    folder = ProfileFolder(str(tmp_path))
    first = folder.program("/bin/true", "")
    second = folder.program("tests/x", "/project")
    again = folder.program("true", "")
    assert again == folder.program("true", "")
    assert list(folder.programs.values())[:2] == ["/bin/true", "/project/tests/x"]
    assert first["LLVM_PROFILE_FILE"] == f"{folder.path}/program0-%p-%m.profraw"
    assert second["LLVM_PROFILE_FILE"] == f"{folder.path}/program1-%p-%m.profraw"
    assert second["GCOV_PREFIX"] == f"{folder.path}/gcov"


def test_who_is_only_asked_for_cases_leaves_nothing_that_counts(tmp_path: Path) -> None:
    folder = ProfileFolder(str(tmp_path))
    assert folder.listing["LLVM_PROFILE_FILE"] == "/dev/null"
    assert folder.listing["GCOV_PREFIX"] != folder.hosts["GCOV_PREFIX"]


def test_counts_that_are_kept_in_files_are_asked_for(tmp_path: Path) -> None:
    folder = ProfileFolder(str(tmp_path), lambda path: path == "/bin/true")
    assert folder.program("/bin/true", "")["LLVM_PROFILE_FILE"].endswith("-%p-%m%c.profraw")
    assert folder.program("/bin/false", "")["LLVM_PROFILE_FILE"].endswith("-%p-%m.profraw")
    assert folder.hosts["PYHARNESS_PROFILES_CONTINUOUS"] == "1"


def test_what_cases_count_one_by_one_is_asked_for(tmp_path: Path) -> None:
    folder = ProfileFolder(str(tmp_path), by_case=True)
    assert folder.hosts["PYHARNESS_PROFILES_CASES"] == "1"
    one, several = folder.program("/bin/true", "", (3, 12)), folder.program("/bin/true", "", None)
    assert one["LLVM_PROFILE_FILE"] == f"{folder.path}/program0-3.12-%p-%m.profraw"
    assert several["LLVM_PROFILE_FILE"] == f"{folder.path}/program0-%p-%m.profraw"


def test_cases_are_not_told_apart_when_nobody_asks(tmp_path: Path) -> None:
    folder = ProfileFolder(str(tmp_path))
    assert "PYHARNESS_PROFILES_CASES" not in folder.hosts
    assert folder.program("/bin/true", "", (3, 12)) == folder.program("/bin/true", "")


def test_what_a_killed_run_has_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    (tmp_path / f"profiles-{ended.pid}-abandoned" / "gcov").mkdir(parents=True)
    (tmp_path / f"profiles-{os.getpid()}-of-a-run").mkdir()
    (tmp_path / "profiles-of-mine").mkdir()
    folder = ProfileFolder(str(tmp_path))
    left = {Path(folder.path).name, f"profiles-{os.getpid()}-of-a-run", "profiles-of-mine"}
    assert {entry.name for entry in tmp_path.iterdir()} == left


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write to '.*file/x'.*--coverage-folder"):
        ProfileFolder(str(tmp_path / "file" / "x"))


@pytest.mark.parametrize(("name", "why"), [("a%b", "a % has"), ("a\nb", "an end of a line has")])
def test_a_folder_whose_name_would_mean_something_is_a_sentence(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(
        UsageError, match=rf"(?s)profiles cannot be written to '.*': {why} a meaning there; name another"
    ):
        ProfileFolder(str(tmp_path / name / "coverage"))
    assert list(tmp_path.iterdir()) == []
