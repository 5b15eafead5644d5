"""Whether an ELF file is all there, from its header alone. The format is that of elf(5), `Elf64_Ehdr`."""

from __future__ import annotations

import os
import struct

MAGIC = b"\x7fELF"
_CLASS_64, _LITTLE_ENDIAN = 2, 1
_HEADER = struct.Struct("<4x B B 34x Q 10x H H 2x")
"""Class and byte order, in `e_ident`; `e_shoff`; `e_shentsize`, `e_shnum`."""


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
    width, order, begin, section_size, sections = _HEADER.unpack(header)
    if (width, order) != (_CLASS_64, _LITTLE_ENDIAN) or not begin:
        return 0
    # 0 sections here means that there are more than the field can hold, and the first one says how many.
    return int(begin + section_size * max(sections, 1))
