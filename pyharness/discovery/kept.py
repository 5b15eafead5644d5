"""What is kept from run to run in `.pyharness` of the current folder, and what tells that a file has not changed.

A file that cannot be read, or was written by somebody else, counts as none; that none can be written is no error.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pyharness.own_folder import FOLDER, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

_SETTLED_NS = 100_000_000
"""A file that was changed more recently might change again within one tick of its clock, and nobody could tell."""

Value = TypeVar("Value")


class FileIdentity(msgspec.Struct, frozen=True):
    """A file, and what changes whenever it does; times in ns."""

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


def identity_of(path: str) -> FileIdentity:
    """Return what identifies a file now.

    Raises:
        OSError: it is not there.
    """
    status = os.stat(path)
    return FileIdentity(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def are_settled(files: Iterable[FileIdentity]) -> bool:
    """Return whether a change of one of these files would be seen from now on."""
    return max(max(file.mtime_ns, file.ctime_ns) for file in files) <= time.time_ns() - _SETTLED_NS


def read(name: str, kind: type[Value]) -> Value | None:
    """Return what was kept under a name, a relative path."""
    try:
        with open(os.path.join(FOLDER, name), "rb") as file:
            if os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            return msgspec.json.decode(file.read(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


def write(name: str, value: object) -> None:
    """Keep a value under a name, as a whole or not at all."""
    with contextlib.suppress(OSError, UnicodeError):
        path = os.path.join(FOLDER, name)
        content = msgspec.json.encode(value)
        make_folder(os.path.dirname(path))
        temporary = f"{path}.{os.getpid()}"
        try:
            with open(temporary, "xb") as file:
                file.write(content)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise


def remove(name: str) -> None:
    """Keep nothing under a name any more."""
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(FOLDER, name))
