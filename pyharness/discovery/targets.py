"""What given paths hold that can be run: suites, test sources, programs of known frameworks, build folders."""

from __future__ import annotations

import mmap
import os
import re
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from pyharness import elf
from pyharness.discovery.build_folders import is_ctest_folder, is_meson_folder
from pyharness.discovery.frameworks import Frameworks
from pyharness.discovery.sources import FoundSources, is_test_source, refuse_foreign
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ENTRY = b"pyharness_suite_entry\0"
_LIBRARY_NAME = re.compile(r"\.so(\.\d+)*$")
_SOURCE_NAME = re.compile(r"\.(c|cc|cpp|cxx)$")
_LEFT_OUT = frozenset({"CMakeFiles", "__pycache__", "node_modules"})


class Kind(Enum):
    """What a target is."""

    LIBRARY = "library"
    PROGRAM = "program"
    CTEST = "ctest"
    """A build folder of CMake that has tests."""
    MESON = "meson"
    SOURCE = "source"
    """A test source, to be built first."""


class Target(msgspec.Struct):
    """Something to be run, and the cases of it that were named."""

    path: str
    explicit: bool
    """Named by the user, not found in a folder."""
    cases: list[str] | None
    """Exact names, or `None` for all."""
    named: tuple[str, ...] = ()
    """All that were named; each must be there."""
    missing: str = ""
    """Why the file cannot be all that was built: it is empty, or cut short."""
    kind: Kind = Kind.LIBRARY
    adapter: str = ""
    """Of a program: the name of its framework."""


def find_targets(
    arguments: Sequence[str], frameworks: Frameworks | None = None, sources: FoundSources | None = None
) -> list[Target]:
    """Return what `arguments` name, in their order, each once. Runs none of it.

    An argument is a library, a test source, a program, a folder (searched for them and for build folders), or one of
    these with `::CASE` behind it (one case by its exact name; of a folder: of a build folder). `frameworks` are asked
    about executables, `sources` about test sources; without it, these are none.

    Raises:
        UsageError: an argument names nothing that exists or can be built, or an adapter is not there.
        SuiteError: an adapter has failed.
    """
    targets: dict[str, Target] = {}
    for argument in arguments:
        for found in _targets_of(argument, frameworks or Frameworks(), sources):
            found.named = tuple(found.cases or ())
            known = targets.setdefault(os.path.realpath(found.path), found)
            if known is not found:
                _merge(known, found)
    return list(targets.values())


def is_id(argument: str) -> bool:
    """Return whether it names nothing that exists, and so must be a case of what other arguments name: SUITE::CASE."""
    suite, separator, _ = argument.partition("::")
    is_one = bool(suite) and bool(separator) and "/" not in suite
    return is_one and not os.path.exists(_split(argument)[0])


def _merge(known: Target, again: Target) -> None:
    known.explicit = known.explicit or again.explicit
    known.named += again.named
    if known.cases is None or again.cases is None:
        known.cases = None
    else:
        known.cases.extend(name for name in again.cases if name not in known.cases)


def _targets_of(argument: str, frameworks: Frameworks, sources: FoundSources | None) -> Iterator[Target]:
    path, case = _split(argument)
    cases = None if case is None else [case]
    if os.path.isdir(path):
        kind = _build_folder(path)
        if case is None:
            yield from _targets_under(path, frameworks, sources)
        elif kind is not None:
            yield Target(path, explicit=True, cases=cases, kind=kind)
        else:
            message = f"'{argument}' names a case of a folder; name the library, source or program: PATH::CASE"
            raise UsageError(message)
    elif os.path.exists(path):
        yield _named_file(path, cases, frameworks, sources)
    else:
        message = (
            f"no such file or folder: '{path}'; give a test library, source or program, a folder of them, or PATH::CASE"
        )
        raise UsageError(message)


def _named_file(path: str, cases: list[str] | None, frameworks: Frameworks, sources: FoundSources | None) -> Target:
    """Return what a file is that the user has named: an executable of no known framework is one case by itself."""
    if sources is not None and is_test_source(path):
        refuse_foreign(path)
        return Target(path, explicit=True, cases=cases, kind=Kind.SOURCE)
    if sources is not None and _SOURCE_NAME.search(path):
        message = f"'{path}' is no test source by its name; call it {_as_test_source(path)}, or name the test of it"
        raise UsageError(message)
    missing = elf.what_is_missing(path) if os.path.isfile(path) else ""
    if not missing and not _LIBRARY_NAME.search(path) and os.access(path, os.X_OK) and not holds_suite(path):
        adapter = frameworks.of(path) or "exit_code"
        return Target(path, explicit=True, cases=cases, kind=Kind.PROGRAM, adapter=adapter)
    return Target(path, explicit=True, cases=cases, missing=missing)


def _as_test_source(path: str) -> str:
    name, ending = os.path.splitext(os.path.basename(path))
    return f"'{name}.test{ending}'"


def _build_folder(folder: str) -> Kind | None:
    if is_ctest_folder(folder):
        return Kind.CTEST
    return Kind.MESON if is_meson_folder(folder) else None


def _split(argument: str) -> tuple[str, str | None]:
    """Return path and case. Both may contain `::`; the shortest path that exists is meant."""
    parts = argument.split("::")
    for count in range(1, len(parts)):
        path = "::".join(parts[:count])
        if os.path.isfile(path) or (os.path.isdir(path) and _build_folder(path)):
            return path, "::".join(parts[count:])
    if os.path.exists(argument) or len(parts) == 1:
        return argument, None
    return parts[0], "::".join(parts[1:])


def _targets_under(folder: str, frameworks: Frameworks, sources: FoundSources | None) -> Iterator[Target]:
    """Yield what can be run. In a build folder the build system says which programs are tests, and how they are run."""
    told: list[str] = []
    tests: list[str] = []
    for parent, files in walk(folder):
        is_told = any(parent.startswith(build) for build in told)
        kind = None if is_told else _build_folder(parent)
        if kind is not None:
            told.append(os.path.join(parent, ""))
            yield Target(os.path.normpath(parent), explicit=False, cases=None, kind=kind)
        for name in files:
            path = os.path.normpath(os.path.join(parent, name))
            yield from _libraries_at(path)
            if kind is not None or is_told:
                continue
            if sources is not None and is_test_source(name):
                tests.append(path)
            else:
                yield from _programs_at(path, frameworks)
    for path in [] if sources is None else sources.ours(folder, tests):
        yield Target(path, explicit=False, cases=None, kind=Kind.SOURCE)


def is_library_name(path: str) -> bool:
    """Return whether a file with this name may be a suite."""
    return _LIBRARY_NAME.search(path) is not None


def walk(folder: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder that is searched, and the names of the files in it, sorted: none that is hidden."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT_OUT)
        yield parent, sorted(files)


def _libraries_at(path: str) -> Iterator[Target]:
    """Yield a suite, and what might be one but is not all there: none must be left out without a word."""
    if _LIBRARY_NAME.search(path):
        missing = elf.what_is_missing(path) if os.path.isfile(path) else ""
        if missing or holds_suite(path):
            yield Target(path, explicit=False, cases=None, missing=missing)


def _programs_at(path: str, frameworks: Frameworks) -> Iterator[Target]:
    if not _LIBRARY_NAME.search(path) and os.path.isfile(path) and os.access(path, os.X_OK):
        adapter = frameworks.of(path)
        if adapter:
            yield Target(path, explicit=False, cases=None, kind=Kind.PROGRAM, adapter=adapter)


def holds_suite(path: str) -> bool:
    """Return whether the file is an ELF library that mentions the entry of the suite ABI. Runs nothing."""
    if not os.path.isfile(path):  # to open a pipe is to wait for who writes to it
        return False
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
