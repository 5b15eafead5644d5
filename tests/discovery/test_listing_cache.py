"""Lists of programs that are kept: only for exactly what they were made of, and never in the way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from pyharness.adapters.protocol import ListedCase
from pyharness.adapters.registry import load
from pyharness.discovery import kept, listing_cache
from pyharness.discovery.programs import ProgramSuite

if TYPE_CHECKING:
    from pathlib import Path

    from pyharness.discovery.listing_cache import Key

CASES = [ListedCase(name="a", key="k", tags=("x",), labels=("y z",), timeout_ms=5), ListedCase(name="ü\n")]
CHANGES = {"A": "1", "B": None}
WAY = ProgramSuite(
    name="sh", path="/bin/sh", adapter="googletest", arguments=("-x",), environment={"A": "1", "B": None}
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kept, "_SETTLED_NS", 0)
    return tmp_path


def key(way: ProgramSuite = WAY, **environment: str) -> Key:
    found = listing_cache.key_of(way, load(way.adapter), environment, "1.0")
    assert found is not None
    return found


def test_what_is_kept_comes_back_and_git_ignores_it(folder: Path) -> None:
    assert listing_cache.read(key()) is None
    listing_cache.write(key(), CASES)
    assert listing_cache.read(key()) == CASES
    assert (folder / ".pyharness" / ".gitignore").read_text() == "*\n"
    (file,) = (folder / ".pyharness" / "listings").iterdir()
    umask = os.umask(0o022)
    os.umask(umask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize(
    "changed",
    [
        {"arguments": ("-y",)},
        {"environment": {"A": "2", "B": None}},
        {"environment": {"A": "1"}},
        {"folder": "/"},
        {"adapter": "doctest"},
        {"path": "/bin/true"},
    ],
)
def test_another_way_to_run_it_is_another_list(changed: dict[str, object]) -> None:
    listing_cache.write(key(), CASES)
    other = key(msgspec.structs.replace(WAY, **changed))
    assert listing_cache.read(other) is None
    listing_cache.write(other, CASES[:1])
    assert listing_cache.read(key()) == CASES


@pytest.mark.parametrize("how", ["rewritten", "replaced", "touched"])
def test_a_program_that_changes_in_any_way_is_another_one(folder: Path, how: str) -> None:
    program = folder / "program"
    program.write_text("1")
    way = msgspec.structs.replace(WAY, path=str(program))
    before = key(way)
    listing_cache.write(before, CASES)
    status = program.stat()
    if how == "rewritten":
        program.write_text("2")
        while program.stat().st_ctime_ns == status.st_ctime_ns:  # the clock of files ticks a few hundred times a second
            os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif how == "replaced":
        (folder / "new").write_text("2")
        (folder / "new").replace(program)
    else:
        os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert key(way) != before
    assert listing_cache.read(key(way)) is None


def test_what_has_just_been_written_has_no_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_SETTLED_NS", 3_600_000_000_000)
    (folder / "program").write_text("1")
    way = msgspec.structs.replace(WAY, path=str(folder / "program"))
    assert listing_cache.key_of(way, load("googletest"), {}, "1.0") is None


def test_what_cannot_be_known_has_no_key(folder: Path) -> None:
    gone = msgspec.structs.replace(WAY, path=str(folder / "gone"))
    assert listing_cache.key_of(gone, load("googletest"), {}, "1.0") is None
    assert listing_cache.key_of(WAY, load("googletest"), {"LD_PRELOAD": "x.so"}, "1.0") is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"key": 1, "cases": []}'])
def test_what_cannot_be_read_is_rewritten(folder: Path, content: bytes) -> None:
    listing_cache.write(key(), CASES)
    (file,) = (folder / ".pyharness" / "listings").iterdir()
    file.write_bytes(content)
    assert listing_cache.read(key()) is None
    listing_cache.write(key(), CASES)
    assert listing_cache.read(key()) == CASES
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_folder_that_cannot_be_made_is_no_error(folder: Path) -> None:
    (folder / ".pyharness").write_text("a file")
    listing_cache.write(key(), CASES)
    assert listing_cache.read(key()) is None


def test_names_that_no_json_can_hold_are_not_kept() -> None:
    listing_cache.write(key(), [ListedCase(name="\udcff")])
    assert listing_cache.read(key()) is None
