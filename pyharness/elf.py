"""What is in an ELF file: whether it is all there, its sections, its build id. The format is that of elf(5)."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

MAGIC = b"\x7fELF"
_CLASS_64, _LITTLE_ENDIAN = 2, 1
_HEADER = struct.Struct("<4x B B 34x Q 10x H H H")
"""Of `Elf64_Ehdr`: class and byte order, in `e_ident`; `e_shoff`; `e_shentsize`, `e_shnum`, `e_shstrndx`."""
_SECTION = struct.Struct("<I I 16x Q Q I 20x")
"""Of `Elf64_Shdr`: `sh_name`, `sh_type`; `sh_offset`, `sh_size`; `sh_link`."""
_SYMBOL = struct.Struct("<I 4x Q 8x")
"""Of `Elf64_Sym`: `st_name`; `st_value`."""
_NOTE = struct.Struct("<III")
"""`Elf64_Nhdr`: the sizes of name and content, the type."""
_NOTES = 7
_WITHOUT_CONTENT = 8
_MORE = 0xFFFF
_BUILD_ID = (3, b"GNU\0")


class Section(NamedTuple):
    """A part of a file: its place there, in bytes."""

    kind: int
    offset: int
    size: int


def what_is_missing(path: str) -> str:
    """Say how much of a library was written; empty when nothing is missing, or when the file is no ELF file.

    The table of sections is what linkers write last, so a file that ends before it was cut short: by a full disk, or
    by the end of the linker. A file without that table (`llvm-strip --strip-sections`) is taken to be whole, and so is
    one for another kind of machine.
    """
    try:
        with open(path, "rb") as file:
            header = file.read(_HEADER.size)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return ""
    if not header.strip(b"\0"):
        return "it is empty" if size == 0 else "it begins with nothing but zeros"
    expected = _expected_size(header)
    return f"it is cut short: {size} of at least {expected} bytes are there" if size < expected else ""


def _expected_size(header: bytes) -> int:
    if not header.startswith(MAGIC):
        return 0
    if len(header) < _HEADER.size:
        return _HEADER.size
    width, order, begin, section_size, sections, _ = _HEADER.unpack(header)
    if (width, order) != (_CLASS_64, _LITTLE_ENDIAN) or not begin:
        return 0
    # 0 sections here means that there are more than the field can hold, and the first one says how many.
    return int(begin + section_size * max(sections, 1))


def sections(path: str) -> dict[str, Section]:
    """Return the sections of a file by name; none when it is no whole ELF file for this kind of machine."""
    try:
        with open(path, "rb") as file:
            return _sections(file)
    except (OSError, struct.error, LookupError):
        return {}


def content(path: str, name: str) -> bytes:
    """Return the bytes of a section; empty when there is none."""
    section = sections(path).get(name)
    if section is None:
        return b""
    with open(path, "rb") as file:
        return _read(file, section)


def build_id(path: str) -> str:
    """Return the id that a linker has given to a file (`--build-id`), in hexadecimal digits; empty when it has none."""
    for name, section in sections(path).items():
        if section.kind == _NOTES and (found := _build_id(content(path, name))):
            return found
    return ""


def symbols(path: str, names: Collection[str]) -> dict[str, int]:
    """Return the values of symbols by name, local ones too; those that are not there are left out."""
    texts = content(path, ".strtab")
    wanted = {texts.find(b"\0%b\0" % os.fsencode(name)) + 1: name for name in names}
    wanted.pop(0, None)
    entries = content(path, ".symtab")
    whole = entries[: len(entries) // _SYMBOL.size * _SYMBOL.size]
    found = _SYMBOL.iter_unpack(whole) if wanted else ()
    return {wanted[name]: value for name, value in found if name in wanted}


def _sections(file: BinaryIO) -> dict[str, Section]:
    header = file.read(_HEADER.size)
    if not _expected_size(header):
        return {}
    _, _, begin, size, count, names = _HEADER.unpack(header)
    file.seek(begin)
    first = _SECTION.unpack(file.read(size)[: _SECTION.size])
    # A number that its field cannot hold is in the first entry.
    table = file.read(size * ((count or first[3]) - 1))
    entries = [first, *(_SECTION.unpack_from(table, at) for at in range(0, len(table), size))]
    found = [Section(*entry[1:4]) for entry in entries]
    texts = _read(file, found[first[4] if names == _MORE else names])
    return {_text(texts, entry[0]): section for entry, section in zip(entries, found, strict=True)}


def _read(file: BinaryIO, section: Section) -> bytes:
    if section.kind == _WITHOUT_CONTENT:
        return b""
    file.seek(section.offset)
    return file.read(section.size)


def _text(texts: bytes, begin: int) -> str:
    return os.fsdecode(texts[begin : texts.index(b"\0", begin)])


def _build_id(notes: bytes) -> str:
    at = 0
    while at + _NOTE.size <= len(notes):
        name_size, size, kind = _NOTE.unpack_from(notes, at)
        name = at + _NOTE.size
        begin = name + _padded(name_size)
        if (kind, notes[name : name + name_size]) == _BUILD_ID:
            return notes[begin : begin + size].hex()
        at = begin + _padded(size)
    return ""


def _padded(size: int) -> int:
    return -(-size // 4) * 4
