"""Test libraries under given paths: recognised by the symbol they export, without loading them."""

from __future__ import annotations

import mmap
import os
import re
from typing import TYPE_CHECKING

import msgspec

from pyharness.discovery import elf
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ENTRY = b"pyharness_suite_entry\0"
_LIBRARY_NAME = re.compile(r"\.so(\.\d+)*$")
_LEFT_OUT = frozenset({"CMakeFiles", "__pycache__", "node_modules"})


class Target(msgspec.Struct):
    """A library to be loaded, and the cases of it that were named."""

    path: str
    explicit: bool
    """Named by the user, not found in a folder."""
    cases: list[str] | None
    """Exact names, or `None` for all."""
    missing: str = ""
    """Why the file cannot be all that was built: it is empty, or cut short."""


def find_targets(arguments: Sequence[str]) -> list[Target]:
    """Return the libraries that `arguments` name, in their order, each once.

    An argument is a library, a folder (searched for suites) or `LIBRARY::CASE` (one case by its exact name).

    Raises:
        UsageError: an argument names nothing that exists.
    """
    targets: dict[str, Target] = {}
    for argument in arguments:
        for found in _targets_of(argument):
            known = targets.setdefault(os.path.realpath(found.path), found)
            if known is not found:
                _merge(known, found)
    return list(targets.values())


def _merge(known: Target, again: Target) -> None:
    known.explicit = known.explicit or again.explicit
    if known.cases is None or again.cases is None:
        known.cases = None
    else:
        known.cases.extend(name for name in again.cases if name not in known.cases)


def _targets_of(argument: str) -> Iterator[Target]:
    path, case = _split(argument)
    if os.path.isdir(path):
        if case is not None:
            message = f"'{argument}' names a case of a folder; name the library: LIBRARY::CASE"
            raise UsageError(message)
        yield from _suites_under(path)
    elif os.path.exists(path):
        missing = elf.what_is_missing(path) if os.path.isfile(path) else ""
        yield Target(path, explicit=True, cases=None if case is None else [case], missing=missing)
    else:
        message = f"no such file or folder: '{path}'; give a test library, a folder of them, or LIBRARY::CASE"
        raise UsageError(message)


def _split(argument: str) -> tuple[str, str | None]:
    """Return path and case. Both may contain `::`; the shortest path that exists is meant."""
    parts = argument.split("::")
    for count in range(1, len(parts)):
        path = "::".join(parts[:count])
        if os.path.isfile(path):
            return path, "::".join(parts[count:])
    if os.path.exists(argument) or len(parts) == 1:
        return argument, None
    return parts[0], "::".join(parts[1:])


def _suites_under(folder: str) -> Iterator[Target]:
    """Yield the suites, and what might be one but is not all there: it must not be left out without a word."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT_OUT)
        for name in sorted(files):
            path = os.path.normpath(os.path.join(parent, name))
            if not _LIBRARY_NAME.search(name) or not os.path.isfile(path):
                continue
            missing = elf.what_is_missing(path)
            if missing or holds_suite(path):
                yield Target(path, explicit=False, cases=None, missing=missing)


def holds_suite(path: str) -> bool:
    """Return whether the file is an ELF library that mentions the entry of the suite ABI. Runs nothing."""
    try:
        with open(path, "rb") as file:
            if file.read(len(elf.MAGIC)) != elf.MAGIC:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return content.find(_ENTRY) >= 0
    except (OSError, ValueError):
        return False


def names(targets: Iterable[Target]) -> list[str]:
    """Return the paths, for messages."""
    return [target.path for target in targets]
