"""Finds the tools of LLVM that read what a compiler has made an object write, and runs them."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from pyharness import elf
from pyharness.coverage import running
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_LIMIT_S = 60
"""For what takes no time: versions, looks at one profile."""
_COMPILER = re.compile(rb"clang version (\d+)((?:\.\d+)*)")
_BUILD_ID = re.compile(r"\b[0-9a-f]{2,}\b")
_VERSION = re.compile(r"\bversion (\d+)")
_OF_A_PACKAGE = "/usr/lib/llvm-{}/bin"


class Tools(NamedTuple):
    """Two programs of one version."""

    profdata: str
    cov: str


_NAMES = Tools("llvm-profdata", "llvm-cov")
_VARIABLES = Tools("LLVM_PROFDATA", "LLVM_COV")


def compiler_of(path: str) -> tuple[int, str]:
    """Return which clang has made an object, the newest of several: the major version, and all of it.

    `(0, "")`: it does not say. What says it, a section of the linker's, may have been removed.
    """
    found = [(int(major), (major + rest).decode()) for major, rest in _COMPILER.findall(elf.content(path, ".comment"))]
    return max(found, default=(0, ""))


class Toolbox:
    """The tools of this machine. Each is asked for its version once."""

    def __init__(self, environment: Mapping[str, str], is_cancelled: Callable[[], bool] = running.never) -> None:
        """Look for tools where `LLVM_PROFDATA`, `LLVM_COV` and `PATH` of the environment say.

        `is_cancelled` is asked now and then, while one of them runs, whether to give up.
        """
        self.environment = environment
        self.is_cancelled = is_cancelled
        self._search = environment.get("PATH", os.defpath)
        self._majors: dict[str, int] = {}

    def for_object(self, path: str, profile: str | None = None) -> Tools:
        """Return the tools for an object.

        Args:
            path: The object. A profile is read by tools of the compiler's major version, and so are objects.
            profile: One that it has written: where there are no tools of that version, or the object does not say which
                it is, newer tools are asked whether they read it.

        Raises:
            CoverageError: there are none.
        """
        named = [self._named(variable) for variable in _VARIABLES]
        if all(named):
            return Tools(*named)
        major, version = compiler_of(path)
        for tools in self._candidates(major):
            if self._reads(tools, major, profile):
                return Tools(*(own or found for own, found in zip(named, tools, strict=True)))
        raise CoverageError(_none_found(path, major, version))

    def run(self, command: Sequence[str], limit_s: float, output: str | None = None) -> str:
        """Run a tool to its end, and return what it has said on the standard error.

        Args:
            command: The words of the command.
            limit_s: Time that it may take, in seconds.
            output: The path of a file for its standard output.

        Raises:
            CoverageError: it failed, or took longer, or nobody waits for it any more.
        """
        with open(output or os.devnull, "wb") as file:
            return _checked(command, self._finished(command, limit_s, file.fileno())).stderr

    def build_ids_of(self, path: str, profile: str) -> tuple[str, ...]:
        """Return the build ids that a profile of any version carries, in hexadecimal digits.

        Args:
            path: An object like the one that has written it.
            profile: The raw profile.

        Raises:
            CoverageError: no tool reads it.
        """
        command = [self.for_object(path, profile).profdata, "show", "--binary-ids", profile]
        done = _checked(command, self._finished(command))
        return tuple(_BUILD_ID.findall(done.stdout.rpartition("Binary IDs:")[2]))

    def _finished(
        self, command: Sequence[str], limit_s: float = _LIMIT_S, stdout: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        try:
            return running.finished(
                command,
                limit_s,
                self.is_cancelled,
                stdout=stdout,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
                encoding="utf-8",
                errors="surrogateescape",
            )
        except OSError as error:
            message = f"'{command[0]}' does not start: {error.strerror}; install LLVM anew"
            raise CoverageError(message) from error
        except subprocess.TimeoutExpired as error:
            message = f"{_name(command)} took longer than {limit_s:g} s"
            raise CoverageError(message) from error

    def _named(self, variable: str) -> str:
        value = self.environment.get(variable, "")
        found = self._which(value) if value else ""
        if value and not found:
            message = f"{variable} is '{value}', which is no program; name one of LLVM's tools"
            raise CoverageError(message)
        return found

    def _candidates(self, major: int) -> Iterator[Tools]:
        """Return pairs of tools: those of a version, then of the nearest newer ones; the newest for an unknown one."""
        versions = {major} | {version for version in _installed(self._search) if version > major}
        plain = self._pair(_NAMES)
        plain_majors = self._majors_of(plain) if plain else {0}
        for version in sorted((versions | plain_majors) - set(range(max(major, 1))), reverse=not major):
            folder = _OF_A_PACKAGE.format(version)
            for names in ([f"{name}-{version}" for name in _NAMES], [f"{folder}/{name}" for name in _NAMES], _NAMES):
                pair = self._pair(names)
                if pair and self._majors_of(pair) == {version}:
                    yield pair

    def _pair(self, names: Sequence[str]) -> Tools | None:
        found = [self._which(name) for name in names]
        return Tools(*found) if all(found) else None

    def _which(self, name: str) -> str:
        return shutil.which(name, path=self._search) or ""

    def _reads(self, tools: Tools, major: int, profile: str | None) -> bool:
        if self._majors_of(tools) == {major}:
            return True
        # An object alone is read by all newer versions.
        return profile is None or self._finished([tools.profdata, "show", profile]).returncode == 0

    def _majors_of(self, tools: Tools) -> set[int]:
        return {self._major_of(tool) for tool in tools}

    def _major_of(self, tool: str) -> int:
        if tool not in self._majors:
            found = _VERSION.search(self._finished([tool, "--version"]).stdout)
            self._majors[tool] = int(found[1]) if found else 0
        return self._majors[tool]


def _checked(command: Sequence[str], done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        said = errors or done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        message = f"{_name(command)} failed: {said[0].removeprefix('error: ')}"
        raise CoverageError(message)
    return done


def _name(command: Sequence[str]) -> str:
    return f"'{os.path.basename(command[0])} {command[1]}'"


def _installed(search: str) -> set[int]:
    """Return the major versions whose tools are there by name."""
    patterns = [os.path.join(glob.escape(folder), f"{_NAMES.profdata}-*") for folder in search.split(os.pathsep)]
    paths = [path for pattern in patterns for path in glob.iglob(pattern)]
    paths += [os.path.dirname(folder) for folder in glob.iglob(_OF_A_PACKAGE.format("*"))]
    return {int(number) for number in (path.rpartition("-")[2] for path in paths) if number.isdecimal()}


def _none_found(path: str, major: int, version: str) -> str:
    named = f"name them in {_VARIABLES.profdata} and {_VARIABLES.cov}"
    if not major:
        return f"'{path}' does not say which clang has made it, and no tools of LLVM read what it counts; {named}"
    return (
        f"'{path}' was made by clang {version}, and there are no {' and '.join(_NAMES)} of that version: not as "
        f"{' and '.join(f'{name}-{major}' for name in _NAMES)}, not in {_OF_A_PACKAGE.format(major)}, and not by their "
        f"plain names; install the package llvm-{major}, or {named}"
    )
