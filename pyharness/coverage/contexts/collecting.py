"""From the raw profiles of cases to the lines that each case has covered in one object, by LLVM's tools."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness.coverage.contexts.packing import Counts, executed
from pyharness.coverage.contexts.painting import Canvas, Function, Painter
from pyharness.coverage.contexts.text_profiles import read_text, write_text
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.contexts.packing import Packed, Vector
    from pyharness.coverage.contexts.painting import Lines
    from pyharness.coverage.contexts.text_profiles import TextProfile
    from pyharness.coverage.llvm_tools import Toolbox, Tools

LIMIT_S = 600.0
_AT_ONCE = 2
"""Tools that run side by side: each export takes as much memory as the functions of its object."""


Case = tuple[int, int]
"""The numbers of suite and case in the run."""


class CaseProfile(NamedTuple):
    """What a case has written."""

    case: Case
    path: str


class Collected(NamedTuple):
    """The lines of cases in one object."""

    lines: dict[Case, set[Lines]]
    """By case: the lines of each function that it has called."""
    unreadable: dict[Case, str]
    """Cases of which a profile could not be read, and why."""
    exports: int


class _Data(msgspec.Struct):
    functions: list[Function]


class _Export(msgspec.Struct):
    data: list[_Data]


def collect(
    path: str, profiles: Sequence[CaseProfile], work: str, toolbox: Toolbox, limit_s: float = LIMIT_S
) -> Collected:
    """Read what cases have covered of an object.

    Args:
        path: The object, absolute.
        profiles: That it has written; several of one case are taken together.
        work: A folder for files that nobody needs afterwards.
        toolbox: Where the tools are taken from.
        limit_s: Time that each call of a tool may take, in seconds.

    Raises:
        CoverageError: a tool has failed for the object.
    """
    steps = _Steps(path, work, toolbox, toolbox.for_object(path, profiles[0].path), limit_s)
    return steps.collect(profiles)


class _Steps:
    """The calls of tools for one object."""

    def __init__(self, path: str, work: str, toolbox: Toolbox, tools: Tools, limit_s: float) -> None:
        self._path = path
        self._work = work
        self._toolbox = toolbox
        self._tools = tools
        self._limit_s = limit_s
        self._counts = Counts()
        self._vectors: dict[Case, set[Vector]] = defaultdict(set)
        self._unreadable: dict[Case, str] = {}
        self._lines: dict[Vector, set[Lines]] = defaultdict(set)
        self._canvas: Canvas | None = None
        self._painters: dict[tuple[object, ...], Painter] = {}

    def collect(self, profiles: Sequence[CaseProfile]) -> Collected:
        with ThreadPoolExecutor(_AT_ONCE) as executor:
            self._read_all(profiles, executor)
            rounds = self._counts.rounds()
            for one_round, functions in zip(
                rounds, executor.map(self._export, range(len(rounds)), rounds), strict=True
            ):
                self._take(one_round, functions)
        lines = {
            case: {entry for vector in vectors for entry in self._lines.get(vector, ())}
            for case, vectors in self._vectors.items()
        }
        return Collected(lines, self._unreadable, len(rounds))

    def _read_all(self, profiles: Sequence[CaseProfile], executor: ThreadPoolExecutor) -> None:
        """Read profiles; those of equal content once."""
        cases: dict[bytes, list[CaseProfile]] = defaultdict(list)
        for profile in profiles:
            cases[_digest(profile.path)].append(profile)
        alike = list(cases.values())
        read = executor.map(self._read, range(len(alike)), (same[0].path for same in alike))
        for same, (profile_read, why) in zip(alike, read, strict=True):
            if profile_read is None:
                self._unreadable.update({one.case: why for one in same})
                continue
            self._counts.kind = profile_read.kind or self._counts.kind
            vectors = self._counts.add(profile_read.functions)
            for one in same:
                self._vectors[one.case].update(vectors)

    def _read(self, number: int, path: str) -> tuple[TextProfile | None, str]:
        """Return what a profile has counted, or why that is not known. Any thread."""
        text = os.path.join(self._work, f"case{number}.proftext")
        try:
            # Without a word the tool takes 0 bytes for no counts.
            if not os.path.getsize(path):
                return None, "its profile is empty"
            self._toolbox.run([self._tools.profdata, "merge", "-sparse", "-text", path, "-o", text], self._limit_s)
            with open(text, encoding="utf-8", errors="surrogateescape") as file:
                return read_text(file.read()), ""
        except (CoverageError, OSError, ValueError) as error:
            return None, f"its profile was not read: {error}"
        finally:
            _remove(text)

    def _export(self, number: int, one_round: Sequence[Packed]) -> list[Function]:
        """Return the functions of an object with the counts of a round. Any thread."""
        text, merged, exported = (
            os.path.join(self._work, f"round{number}.{kind}") for kind in ("proftext", "profdata", "json")
        )
        functions = self._counts.profile(one_round)
        try:
            with open(text, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(write_text(self._counts.kind, functions))
            self._toolbox.run([self._tools.profdata, "merge", "-sparse", text, "-o", merged], self._limit_s)
            # Files are not asked for: that saves a quarter of the time.
            command = [self._tools.cov, "export", self._path, f"-instr-profile={merged}", "--ignore-filename-regex=.*"]
            self._toolbox.run([*command, "--skip-expansions", "--skip-branches"], self._limit_s, exported)
            with open(exported, "rb") as file:
                data = msgspec.json.decode(file.read(), type=_Export).data
        except msgspec.MsgspecError as error:
            message = f"what llvm-cov has written of '{self._path}' cannot be read: {error}"
            raise CoverageError(message) from None
        finally:
            for path in (text, merged, exported):
                _remove(path)
        found = [function for one in data for function in one.functions]
        wanted = {function.name for function in functions}
        # The first is needed as a whole: it says where all functions stand.
        return found if number == 0 else [function for function in found if not wanted.isdisjoint(_names(function))]

    def _take(self, one_round: Sequence[Packed], functions: Sequence[Function]) -> None:
        if self._canvas is None:
            self._canvas = Canvas(functions)
        by_name: dict[str, list[Function]] = defaultdict(list)
        for function in functions:
            for name in _names(function):
                by_name[name].append(function)
        for packed in one_round:
            # Functions of one name that cannot be told apart are taken together: rather too much than too little.
            for function in by_name[self._counts.functions[packed.function].name]:
                self._paint(packed, function, self._canvas)

    def _paint(self, packed: Packed, function: Function, canvas: Canvas) -> None:
        key = function.key
        if key not in self._painters:
            self._painters[key] = Painter(function, canvas)
        painter = self._painters[key]
        flags = zip(*(executed(region.hits, packed) for region in function.regions), strict=True)
        for vector, regions in zip(packed.vectors, flags, strict=True):
            self._lines[packed.function, vector].add(painter.lines(regions))


def _names(function: Function) -> set[str]:
    """Return how a profile may call a function: a local one carries the name of its file, as the compiler was told it.

    That name is left out by llvm-cov if it is that of the first file.
    """
    name, file = function.name, function.filenames[0]
    return {name, f"{file}:{name}", f"{file};{name}"}


def _digest(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).digest()
    except OSError:
        return os.fsencode(path)  # read again, and told, later


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
