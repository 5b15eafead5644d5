"""Which files are taken to be cut short, and what is read of those that are whole."""

from __future__ import annotations

import re
import struct
import subprocess
import sysconfig
from pathlib import Path

import pytest

from pyharness.elf import build_id, content, sections, what_is_missing


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elf")
    (folder / "one.c").write_text("int one(void) { return 1; }\n")
    subprocess.run(["gcc", "-g", "-shared", "-fPIC", "one.c", "-o", "libone.so"], check=True, cwd=folder)
    return folder / "libone.so"


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def test_a_whole_library_lacks_nothing(library: Path) -> None:
    assert what_is_missing(str(library)) == ""


def test_a_stripped_library_lacks_nothing(library: Path, tmp_path: Path) -> None:
    subprocess.run(["strip", library, "-o", tmp_path / "stripped.so"], check=True)
    assert what_is_missing(str(tmp_path / "stripped.so")) == ""


def test_a_library_without_a_table_of_sections_lacks_nothing(library: Path, tmp_path: Path) -> None:
    content = bytearray(library.read_bytes())
    struct.pack_into("<Q10xHHH", content, 0x28, 0, 0, 0, 0)
    assert what_is_missing(written(tmp_path / "bare.so", content)) == ""


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.99])
def test_a_cut_library_lacks_something(library: Path, tmp_path: Path, share: float) -> None:
    whole = library.read_bytes()
    kept = int(len(whole) * share)
    missing = what_is_missing(written(tmp_path / "cut.so", whole[:kept]))
    assert missing.startswith(f"it is cut short: {kept} of at least ")
    if kept >= 64:
        assert missing == f"it is cut short: {kept} of at least {len(whole)} bytes are there"


def test_a_library_that_lacks_its_last_byte(library: Path, tmp_path: Path) -> None:
    assert "cut short" in what_is_missing(written(tmp_path / "cut.so", library.read_bytes()[:-1]))


def test_a_file_that_was_made_but_not_written(tmp_path: Path) -> None:
    assert what_is_missing(written(tmp_path / "empty.so", b"")) == "it is empty"
    assert what_is_missing(written(tmp_path / "zeros.so", bytes(5000))) == "it begins with nothing but zeros"


@pytest.mark.parametrize(
    "content",
    [b"/* GNU ld script */\nGROUP ( /lib/libc.so.6 )\n", b"#!/bin/sh\n", b"x", b"\x7fELF\x01\x01" + b"\xff" * 60],
    ids=["linker script", "script", "short text", "32 bits"],
)
def test_what_is_no_library_for_this_machine_lacks_nothing(tmp_path: Path, content: bytes) -> None:
    assert what_is_missing(written(tmp_path / "other.so", content)) == ""


def test_a_file_that_cannot_be_opened_is_left_to_others(tmp_path: Path) -> None:
    assert what_is_missing(str(tmp_path / "nowhere.so")) == ""


def test_no_library_of_this_system_lacks_anything() -> None:
    folder = Path(sysconfig.get_config_var("LIBDIR") or "/usr/lib")
    libraries = [path for path in [*folder.glob("**/*.so"), *Path("/usr/lib").glob("*/*.so*")] if path.is_file()]
    assert libraries
    assert [str(path) for path in libraries if what_is_missing(str(path))] == []


def built(folder: Path, *flags: str) -> str:
    (folder / "two.c").write_text("int two(void) { return 2; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", *flags, "two.c", "-o", "libtwo.so"], check=True, cwd=folder)
    return str(folder / "libtwo.so")


def told_by_readelf(path: str, *options: str) -> str:
    return subprocess.run(["readelf", *options, path], check=True, capture_output=True, text=True).stdout


def test_sections_are_those_that_readelf_tells(library: Path) -> None:
    told = re.findall(
        r"^ +\[ *\d+\] (\S+) +\S+ +\S+ (\S+) (\S+) ", told_by_readelf(str(library), "-S", "-W"), re.MULTILINE
    )
    assert {name: (offset, size) for name, (_, offset, size) in sections(str(library)).items() if name} == {
        name: (int(offset, 16), int(size, 16)) for name, offset, size in told
    }


def test_a_library_with_more_sections_than_its_header_can_count(tmp_path: Path) -> None:
    parts = "".join(f'.section .part{number},"a"\n.byte 1\n' for number in range(70_000))
    (tmp_path / "many.s").write_text(parts)
    subprocess.run(["as", "many.s", "-o", "many.o"], check=True, cwd=tmp_path)
    found = sections(str(tmp_path / "many.o"))
    assert content(str(tmp_path / "many.o"), ".part69999") == b"\1"
    assert len(found) > 70_000


def test_the_content_of_a_section(library: Path) -> None:
    assert b"GCC: " in content(str(library), ".comment")
    assert content(str(library), ".nothing") == b""
    assert content(str(library), ".bss") == b""


@pytest.mark.parametrize("kind", ["sha1", "md5", "0x0123456789abcdef"])
def test_the_build_id(tmp_path: Path, kind: str) -> None:
    path = built(tmp_path, f"-Wl,--build-id={kind}")
    assert f"Build ID: {build_id(path)}\n" in told_by_readelf(path, "-n")


def test_a_library_without_a_build_id(tmp_path: Path) -> None:
    assert build_id(built(tmp_path, "-Wl,--build-id=none")) == ""


@pytest.mark.parametrize("kept", [0, 10, 63, 64, 2000, -1])
def test_what_is_no_whole_library_has_nothing(library: Path, tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "cut.so", library.read_bytes()[:kept])
    assert sections(path) == {}
    assert build_id(path) == ""
    assert sections(str(tmp_path / "nowhere.so")) == {}
