"""What programs have listed, kept from run to run as long as neither they nor their libraries change.

One JSON file for each program and way to run it.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING

import msgspec

from pyharness.adapters.protocol import ListedCase  # noqa: TC001 -- msgspec reads it
from pyharness.discovery import kept
from pyharness.discovery.kept import FileIdentity  # noqa: TC001 -- msgspec reads it
from pyharness.discovery.linked import LinkError, linked_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.protocol import Adapter
    from pyharness.discovery.programs import ProgramSuite


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
        files = tuple(map(kept.identity_of, (*linked_files(way.path, folders), module)))
    except (OSError, LinkError):
        return None
    if not kept.are_settled(files):
        return None
    changes = dict(way.environment)
    return Key(version, way.adapter, way.path, way.arguments, changes, way.folder, files)


def read(key: Key) -> list[ListedCase] | None:
    """Return what was kept for exactly this key."""
    entry = kept.read(_name_of(key), _Entry)
    return entry.cases if entry is not None and entry.key == key else None


def write(key: Key, cases: Sequence[ListedCase]) -> None:
    """Keep a list."""
    kept.write(_name_of(key), _Entry(key, list(cases)))


def _name_of(key: Key) -> str:
    way = (key.adapter, key.path, key.arguments, sorted(key.environment.items()), key.folder)
    text = msgspec.json.encode(way)
    # Two of the same name would put each other out, which costs time only: a key is compared as a whole.
    return f"listings/{zlib.crc32(text):08x}{zlib.adler32(text):08x}.json"
