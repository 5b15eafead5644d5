"""What programs have listed, kept from run to run as long as neither they nor their libraries change.

One JSON file for each program and way to run it, in `.pyharness/listings` of the current folder. A file that cannot be
read, was written by somebody else or for something else, counts as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from pyharness.adapters.protocol import ListedCase  # noqa: TC001 -- msgspec reads it
from pyharness.discovery.linked import LinkError, linked_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.protocol import Adapter
    from pyharness.discovery.programs import ProgramSuite

FOLDER = ".pyharness"
_SETTLED_NS = 100_000_000
"""A file that was changed more recently might change again within one tick of its clock, and nobody could tell."""


class FileIdentity(msgspec.Struct, frozen=True):
    """A file, and what changes whenever it does; times in ns."""

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class Key(msgspec.Struct, frozen=True):
    """All that a listing is known to depend on."""

    version: str
    adapter: str
    path: str
    arguments: tuple[str, ...]
    environment: dict[str, str | None]
    folder: str
    files: tuple[FileIdentity, ...]
    """The program, the libraries that it is linked with, and the module of the adapter."""


class _Entry(msgspec.Struct):
    key: Key
    cases: list[ListedCase]


def key_of(way: ProgramSuite, adapter: Adapter, environment: Mapping[str, str], version: str) -> Key | None:
    """Return what identifies a listing now; `None`: nothing does for certain, so that it must not be kept.

    Args:
        way: The program and how it is run.
        adapter: Reads the list.
        environment: That of pyharness.
        version: That of pyharness, too.
    """
    around = {**environment, **way.environment}
    if around.get("LD_PRELOAD"):
        return None
    folders = [folder for folder in (around.get("LD_LIBRARY_PATH") or "").split(":") if folder]
    module = getattr(sys.modules[type(adapter).__module__], "__file__", None) or sys.executable
    try:
        files = tuple(map(_identity, (*linked_files(way.path, folders), module)))
    except (OSError, LinkError):
        return None
    if max(max(file.mtime_ns, file.ctime_ns) for file in files) > time.time_ns() - _SETTLED_NS:
        return None
    changes = dict(way.environment)
    return Key(version, way.adapter, way.path, way.arguments, changes, way.folder, files)


def _identity(path: str) -> FileIdentity:
    status = os.stat(path)
    return FileIdentity(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def read(key: Key) -> list[ListedCase] | None:
    """Return what was kept for exactly this key."""
    try:
        with open(_file_of(key), "rb") as file:
            if os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            entry = msgspec.json.decode(file.read(), type=_Entry)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None
    return entry.cases if entry.key == key else None


def write(key: Key, cases: Sequence[ListedCase]) -> None:
    """Keep a list, as a whole or not at all. That the folder cannot be written to is no error."""
    with contextlib.suppress(OSError, UnicodeError):
        path = _file_of(key)
        content = msgspec.json.encode(_Entry(key, list(cases)))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _ignore_in_git()
        temporary = f"{path}.{os.getpid()}"
        try:
            with open(temporary, "xb") as file:
                file.write(content)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise


def _ignore_in_git() -> None:
    with contextlib.suppress(FileExistsError), open(os.path.join(FOLDER, ".gitignore"), "x", encoding="utf-8") as file:
        file.write("*\n")


def _file_of(key: Key) -> str:
    way = (key.adapter, key.path, key.arguments, sorted(key.environment.items()), key.folder)
    name = hashlib.sha256(msgspec.json.encode(way)).hexdigest()[:32]
    return os.path.join(FOLDER, "listings", f"{name}.json")
