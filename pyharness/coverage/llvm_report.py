"""From raw profiles to coverage: merged for each object, exported for each object, and added up."""

from __future__ import annotations

import contextlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.changes import newer_than
from pyharness.coverage.llvm_export import read_export
from pyharness.coverage.llvm_profiles import is_instrumented
from pyharness.coverage.model import Coverage
from pyharness.coverage.summing import add
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.coverage.llvm_tools import Toolbox, Tools

LIMIT_S = 600.0
_EXPORTS = 2
"""How many run at once: each takes as much memory as the coverage of its object."""
_PARTS = 8
_WARNING = re.compile(r"(?:warning|error): (?P<what>.+)")


class Measured(NamedTuple):
    """What was executed, and what of it is not known."""

    coverage: Coverage
    problems: list[str]
    """Each in a sentence. When there are any, the coverage is partial."""
    changed: frozenset[str] = frozenset()
    """Sources that have changed since an object was made of them."""


class _Exported(NamedTuple):
    """What the tools have told of one object."""

    coverage: Coverage
    problems: list[str]
    changed: frozenset[str] = frozenset()


class _Merged(NamedTuple):
    """An object with its own profile, ready to be exported."""

    path: str
    profile: str
    tools: Tools


def measure(
    objects: Mapping[str, Sequence[str]],
    never_loaded: Sequence[str],
    work: str,
    toolbox: Toolbox,
    limit_s: float = LIMIT_S,
) -> Measured:
    """Measure what of some objects was executed.

    Objects are never exported together: functions of one name would share their counts.

    Args:
        objects: The raw profiles by the object that wrote them, all as absolute paths.
        never_loaded: Objects that nothing was executed of. Those that are not instrumented are left out.
        work: A folder for files that nobody needs afterwards.
        toolbox: Where the tools are taken from.
        limit_s: Time that each call of a tool may take, in seconds.
    """
    steps = _Steps(work, toolbox, limit_s)
    waiting = [step for path, profiles in objects.items() if (step := steps.merge(path, profiles))]
    idle = [path for path in dict.fromkeys(never_loaded) if path not in objects and is_instrumented(path)]
    waiting += [step for path in idle if (step := steps.take_empty(path))]
    with ThreadPoolExecutor(_EXPORTS) as executor:
        return _add_up(executor.map(steps.export, range(len(waiting)), waiting), steps.problems)


def _add_up(exported: Iterable[_Exported], problems: list[str]) -> Measured:
    """Add exports as they come, and a few at once: many programs have the same large library in them."""
    parts: list[Coverage] = []
    changed: set[str] = set()
    for one in exported:
        problems += one.problems
        changed |= one.changed
        parts.append(one.coverage)
        parts = [add(parts)] if len(parts) > _PARTS else parts
    return Measured(add(parts), problems, frozenset(changed))


class _Steps:
    """The calls of tools for one measurement."""

    def __init__(self, work: str, toolbox: Toolbox, limit_s: float) -> None:
        self.problems: list[str] = []
        self._work = work
        self._toolbox = toolbox
        self._limit_s = limit_s
        self._merges = 0
        self._empty: dict[str, str] = {}
        """Profiles without any counts, by the tool that has made them."""

    def merge(self, path: str, profiles: Sequence[str]) -> _Merged | None:
        """Make one profile of those of an object; `None` when that is not possible."""
        if not is_instrumented(path):
            self.problems.append(f"'{path}' does not say which lines it has; compile it with -fcoverage-mapping")
            return None
        unusable = {profile: why for profile in profiles if (why := _what_is_wrong(profile))}
        self.problems += [_not_read(path, *entry) for entry in sorted(unusable.items())]
        usable = [profile for profile in profiles if profile not in unusable]
        if not usable:
            return self.take_empty(path)
        try:
            tools = self._toolbox.for_object(path, usable[0])
            merged, said = self._merge(tools, usable)
        except CoverageError as error:
            self.problems.append(f"the profiles of '{path}' were not read: {error}")
            return None
        self.problems += _rejected(path, usable, said)
        return _Merged(path, merged, tools)

    def take_empty(self, path: str) -> _Merged | None:
        """Give an object that nothing was executed of a profile that says so."""
        try:
            tools = self._toolbox.for_object(path)
            if tools.profdata not in self._empty:
                self._empty[tools.profdata], _ = self._merge(tools, [self._write("empty.proftext", ":fe\n")])
        except CoverageError as error:
            self.problems.append(f"the lines of '{path}' are not known: {error}")
            return None
        return _Merged(path, self._empty[tools.profdata], tools)

    def export(self, number: int, merged: _Merged) -> _Exported:
        """Read what an object and its profile come to. Any thread."""
        exported = self._path(f"{number}.json")
        command = [merged.tools.cov, "export", merged.path, f"-instr-profile={merged.profile}", "--skip-expansions"]
        try:
            said = self._toolbox.run(command, self._limit_s, exported)
            with open(exported, "rb") as file:
                coverage = read_export(file.read())
        except (CoverageError, ValueError) as error:
            return _Exported(Coverage(files=()), [f"the lines of '{merged.path}' are not known: {error}"])
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(exported)  # it may be large
        problems = [f"not all of '{merged.path}' was read: {what}" for what in _WARNING.findall(said)]
        return _Exported(coverage, problems, newer_than(merged.path, (file.path for file in coverage.files)))

    def _merge(self, tools: Tools, profiles: Sequence[str]) -> tuple[str, str]:
        """Return the path of the merged profile, and what the tool has said."""
        self._merges += 1
        # With a weight, a comma in a path is a part of it.
        names = self._write(f"{self._merges}.list", "".join(f"1,{profile}\n" for profile in profiles))
        merged = self._path(f"{self._merges}.profdata")
        command = [
            tools.profdata,
            "merge",
            "-sparse",
            "--failure-mode=warn",
            "--num-threads=0",
            "-f",
            names,
            "-o",
            merged,
        ]
        return merged, self._toolbox.run(command, self._limit_s)

    def _write(self, name: str, text: str) -> str:
        with open(self._path(name), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        return self._path(name)

    def _path(self, name: str) -> str:
        return os.path.join(self._work, name)


def _what_is_wrong(profile: str) -> str:
    """Say why a profile need not be given to a tool, which would take 0 bytes for no counts, and say nothing."""
    try:
        return "" if os.path.getsize(profile) else "it is empty"
    except OSError as error:
        return error.strerror or str(error)


def _rejected(path: str, profiles: Sequence[str], said: str) -> list[str]:
    """Name the profiles that a tool has left out; it says so one by one, in any order."""
    problems = []
    for what in _WARNING.findall(said):
        profile, _, reason = what.partition(": ")
        is_named = profile in profiles
        problems.append(_not_read(path, profile, reason) if is_named else f"not all of '{path}' was read: {what}")
    return sorted(problems)


def _not_read(path: str, profile: str, reason: str) -> str:
    return f"the profile '{profile}' of '{path}' was not read: {reason}"
