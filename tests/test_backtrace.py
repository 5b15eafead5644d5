"""From program counters to functions and lines, with the symbolizers that are installed."""

import subprocess
from pathlib import Path

import pytest

from pyharness.backtrace import TOOLS, Known, symbolise

SOURCE = """\
__attribute__((always_inline)) static inline int inner(volatile int* p) {
  return *p;
}
__attribute__((noinline)) int outer(volatile int* p) {
  return inner(p) + 1;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backtrace")
    (folder / "two.c").write_text(SOURCE)
    path = folder / "libtwo.so"
    subprocess.run(["gcc", "-g", "-O2", "-shared", "-fPIC", "two.c", "-o", str(path)], check=True, cwd=folder)
    return path


def offset_of(library: Path, symbol: str) -> int:
    table = subprocess.run(["nm", str(library)], check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[0], 16) for line in table.splitlines() if line.endswith(f" {symbol}"))


def maps_of(path: Path, base: int = 0x7F0000000000) -> str:
    return (
        f"{base:x}-{base + 0x1000:x} r--p 00000000 08:01 42   {path}\n"
        f"{base + 0x1000:x}-{base + 0x5000:x} r-xp 00001000 08:01 42   {path}\n"
        "7ffd00000000-7ffd00001000 rw-p 00000000 00:00 0   [stack]\n"
    )


@pytest.mark.parametrize("tool", [name for name in TOOLS if name != "llvm-symbolizer-19"])
def test_inlined_functions_are_named_with_their_lines(library: Path, tool: str) -> None:
    address = 0x7F0000000000 + offset_of(library, "outer")
    frames, note = symbolise([address], maps_of(library), stop_at="", limit_s=10, tools=[tool])
    assert note == ""
    assert [frame.function for frame in frames] == ["inner", "outer"]
    assert [frame.line for frame in frames] == [2, 5]
    assert all(frame.file.endswith("two.c") for frame in frames)


def test_frames_of_the_host_and_beyond_are_left_out(library: Path) -> None:
    base = 0x7F0000000000
    maps = maps_of(library) + "100000-200000 r-xp 00000000 08:01 43   /bin/host\n"
    frames, _ = symbolise([base + offset_of(library, "outer"), 0x100010, base], maps, stop_at="/bin/host", limit_s=10)
    assert [frame.function for frame in frames] == ["inner", "outer"]


def test_without_a_symbolizer_frames_are_raw_and_the_note_says_why(library: Path) -> None:
    frames, note = symbolise([0x7F0000001100, 5], maps_of(library), stop_at="", limit_s=10, tools=["no-such-tool"])
    assert "no symbolizer was found" in note
    assert [(frame.address, frame.module) for frame in frames] == [(0x1100, str(library)), (5, "")]


def test_a_symbolizer_that_takes_too_long_is_given_up(library: Path, tmp_path: Path) -> None:
    slow = tmp_path / "addr2line"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    frames, note = symbolise([0x7F0000001100], maps_of(library), stop_at="", limit_s=0.2, tools=[str(slow)])
    assert "took too long" in note
    assert [frame.address for frame in frames] == [0x1100]


def test_the_frames_of_the_test_are_looked_up_before_those_of_the_system(library: Path, tmp_path: Path) -> None:
    base, other = 0x7F0000000000, 0x7E0000000000
    maps = maps_of(library) + f"{other:x}-{other + 0x5000:x} r-xp 00000000 08:01 43   /usr/lib/libslow.so\n"
    slow = tmp_path / "addr2line"
    slow.write_text('#!/bin/sh\ncase "$*" in */usr/lib/libslow.so*) exec sleep 60 ;; esac\nexec addr2line "$@"\n')
    slow.chmod(0o755)
    addresses = [other + 0x10, base + offset_of(library, "outer") + 1]
    frames, note = symbolise(addresses, maps, stop_at="", limit_s=1, tools=[str(slow)])
    assert [frame.function for frame in frames] == ["", "inner", "outer"]
    assert "took too long on '/usr/lib/libslow.so'" in note


def test_what_is_known_is_not_looked_up_again(library: Path, tmp_path: Path) -> None:
    address = 0x7F0000000000 + offset_of(library, "outer")
    known: Known = {}
    first = symbolise([address], maps_of(library), stop_at="", limit_s=10, known=known)
    slow = tmp_path / "addr2line"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    assert symbolise([address], maps_of(library), stop_at="", limit_s=0.2, tools=[str(slow)], known=known) == first
    assert first[0][0].function == "inner"


@pytest.mark.parametrize("maps", ["", "nonsense\n\n", "zz-yy r-xp 0 0 0 /x\n"])
def test_a_broken_map_gives_bare_addresses(maps: str) -> None:
    frames, _ = symbolise([0x1234], maps, stop_at="", limit_s=1)
    assert [(frame.address, frame.module) for frame in frames] == [(0x1234, "")]
