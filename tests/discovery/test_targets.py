"""Which libraries are found under which paths."""

import os
from pathlib import Path

import pytest

from pyharness.discovery import find_targets, holds_suite
from pyharness.discovery.targets import is_id
from pyharness.errors import UsageError

ELF = b"\x7fELF" + bytes(60)
"""A header without a table of sections."""
SUITE = ELF + b"pyharness_suite_entry\0"


def library(path: Path, content: bytes = SUITE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_folder_is_searched_for_suites_in_order(tmp_path: Path) -> None:
    found = [library(tmp_path / name) for name in ("a/libx.so", "b/liby.so.1.2", "libz.so")]
    library(tmp_path / "a" / "libother.so", ELF + b"nothing of ours")
    library(tmp_path / "a" / "script.so", b"#!/bin/sh pyharness_suite_entry\0")
    library(tmp_path / "a" / "libx.so.txt")
    targets = find_targets([str(tmp_path)])
    assert sorted(target.path for target in targets) == sorted(map(str, found))
    assert not any(target.explicit for target in targets)


@pytest.mark.parametrize("folder", [".hidden", "CMakeFiles", "node_modules"])
def test_hidden_and_foreign_folders_are_left_out(tmp_path: Path, folder: str) -> None:
    library(tmp_path / folder / "libx.so")
    assert find_targets([str(tmp_path)]) == []


def test_a_library_is_taken_once_however_it_is_named(tmp_path: Path) -> None:
    real = library(tmp_path / "libx.so.1")
    (tmp_path / "libx.so").symlink_to(real)
    targets = find_targets([str(tmp_path), str(real), str(tmp_path / "libx.so")])
    assert len(targets) == 1
    assert targets[0].explicit


def test_a_case_is_named_behind_its_library(tmp_path: Path) -> None:
    path = str(library(tmp_path / "libx.so"))
    (target,) = find_targets([f"{path}::ns::adds [1]", f"{path}::subtracts", f"{path}::subtracts"])
    assert target.cases == ["ns::adds [1]", "subtracts"]


def test_a_whole_library_includes_its_cases(tmp_path: Path) -> None:
    path = str(library(tmp_path / "libx.so"))
    (target,) = find_targets([f"{path}::adds", path])
    assert target.cases is None


def test_a_file_whose_name_has_colons_is_a_file(tmp_path: Path) -> None:
    path = str(library(tmp_path / "lib::x.so"))
    (target,) = find_targets([path])
    assert (target.path, target.cases) == (path, None)


@pytest.mark.parametrize("argument", ["nowhere", "nowhere::case", ""])
def test_what_does_not_exist_is_named(tmp_path: Path, argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no such file or folder"):
        find_targets([argument])


def test_a_case_of_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the library"):
        find_targets([f"{tmp_path}::case"])


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("math::adds", True),
        ("math::ns::adds", True),
        ("gone.so::adds", True),
        ("libx.so::adds", False),
        ("lib::x.so", False),
        ("folder::adds", False),
        ("folder/math::adds", False),
        ("./math::adds", False),
        ("math", False),
        ("::adds", False),
        ("", False),
    ],
)
def test_an_id_is_what_names_no_file(
    tmp_path: Path, argument: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    library(tmp_path / "libx.so")
    library(tmp_path / "lib::x.so")
    assert is_id(argument) is expected


def test_an_empty_or_unreadable_file_holds_no_suite(tmp_path: Path) -> None:
    assert not holds_suite(str(library(tmp_path / "libx.so", b"")))
    assert not holds_suite(str(tmp_path / "missing.so"))
    assert not holds_suite(str(tmp_path))


@pytest.mark.parametrize("content", [b"", SUITE[:40]], ids=["empty", "cut"])
def test_what_is_not_all_there_is_found_and_said_to_be_so(tmp_path: Path, content: bytes) -> None:
    path = library(tmp_path / "libx.so", content)
    library(tmp_path / "libz.so")
    found = {target.path: bool(target.missing) for target in find_targets([str(tmp_path)])}
    assert found == {str(path): True, str(tmp_path / "libz.so"): False}
    (named,) = find_targets([f"{path}::case"])
    assert named.missing


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "libx.so")
    (tmp_path / "libdangling.so").symlink_to(tmp_path / "nowhere")
    (tmp_path / "libfolder.so").mkdir()
    assert find_targets([str(tmp_path)]) == []
