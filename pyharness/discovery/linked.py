"""Which files the dynamic linker may take when a program starts: read from ELF files, nothing is run.

It names more files rather than fewer: all that bear the name of a library that is needed, in any folder that may be
searched for it. What a program loads by itself (`dlopen`) is not among them.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAGIC = b"\x7fELF"
_HEADER = struct.Struct("<16x16xQ14xHH")
"""`Elf64_Ehdr` of elf(5): offset of the table of segments, size and number of its entries."""
_SEGMENT = struct.Struct("<I4xQQ8xQ")
"""The beginning of `Elf64_Phdr`: type, offset, address and size in the file."""
_ENTRY = struct.Struct("<QQ")
"""`Elf64_Dyn`: tag, value."""
_LOADED, _DYNAMIC = 1, 2
_NEEDED, _NAMES, _RPATH, _RUNPATH = 1, 5, 15, 29


class LinkError(Exception):
    """It cannot be said which files are taken."""


class _Needs(NamedTuple):
    libraries: Sequence[str]
    folders: Sequence[str]


def linked_files(program: str, folders: Sequence[str]) -> list[str]:
    """Return the program and the libraries that it needs, and those that they need.

    Args:
        program: The path of a file; one that is no ELF file needs none.
        folders: What `LD_LIBRARY_PATH` names.

    Raises:
        LinkError: a library is nowhere to be found.
        OSError: a file cannot be read.
    """
    machine = os.uname().machine
    system = [f"{top}/{name}" for top in ("/lib", "/usr/lib") for name in (f"{machine}-linux-gnu", "")]
    searched = dict.fromkeys((*folders, *system, "/lib64", "/usr/lib64", "/usr/local/lib"))
    files = {program: None}
    seen: set[str] = set()
    waiting = [program]
    while waiting:
        file = waiting.pop(0)
        needs = _needs(file)
        searched.update(dict.fromkeys(needs.folders))
        for name in needs.libraries:
            if name not in seen:
                seen.add(name)
                found = [path for path in _candidates(name, searched) if path not in files]
                files.update(dict.fromkeys(found))
                waiting += found
    return list(files)


def _candidates(name: str, folders: dict[str, None]) -> list[str]:
    paths = [name] if "/" in name else [os.path.join(folder, name) for folder in folders]
    found = {os.path.realpath(path): path for path in paths if os.path.isfile(path)}
    if not found:
        raise LinkError(f"'{name}' is nowhere to be found")
    return list(found.values())


def _needs(path: str) -> _Needs:
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return _Needs((), ())
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                return _read(content, os.path.dirname(os.path.realpath(path)))
            except (struct.error, LookupError, ValueError) as error:
                raise LinkError(f"'{path}' is no whole ELF file") from error


def _read(content: mmap.mmap, origin: str) -> _Needs:
    table, size, count = _HEADER.unpack_from(content)
    segments = [_SEGMENT.unpack_from(content, table + size * number) for number in range(count)]
    entries = [entry for segment in segments if segment[0] == _DYNAMIC for entry in _entries(content, segment)]
    if not entries:
        return _Needs((), ())
    address = dict(entries)[_NAMES]
    names = next(
        offset + address - begin
        for kind, offset, begin, length in segments
        if kind == _LOADED and begin <= address < begin + length
    )
    libraries = [_text(content, names + value) for tag, value in entries if tag == _NEEDED]
    paths = [_text(content, names + value) for tag, value in entries if tag in (_RPATH, _RUNPATH)]
    folders = [folder for path in paths for folder in path.split(":") if folder]
    return _Needs(libraries, [folder.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for folder in folders])


def _entries(content: mmap.mmap, segment: tuple[int, int, int, int]) -> Iterator[tuple[int, int]]:
    _, offset, _, size = segment
    for tag, value in _ENTRY.iter_unpack(content[offset : offset + size - size % _ENTRY.size]):
        if tag == 0:
            return
        yield tag, value


def _text(content: mmap.mmap, offset: int) -> str:
    return os.fsdecode(content[offset : content.find(b"\0", offset)])
