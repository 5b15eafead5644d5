"""Finds the compilers as CMake does, and says what they are."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pyharness.config.build_options import BuildOptions

_LIMIT_S = 30
"""For one question to a compiler; a wrapper may have to fetch it first."""
_SPEAKING = ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX")
"""Variables that change what a compiler makes of the same arguments."""


class Language(Enum):
    """What a source is written in."""

    C = "C"
    CXX = "C++"


class Family(Enum):
    """Whose flags a compiler takes."""

    GCC = "gcc"
    CLANG = "clang"
    OTHER = "other"


class _Usual(NamedTuple):
    variable: str
    names: tuple[str, ...]


_USUAL = {
    Language.C: _Usual("CC", ("cc", "gcc", "clang")),
    Language.CXX: _Usual("CXX", ("c++", "g++", "clang++")),
}


class Compiler(msgspec.Struct, frozen=True):
    """A compiler that answers."""

    arguments: tuple[str, ...]
    """Its absolute path, and arguments that each use of it needs."""
    family: Family
    identity: str
    """Several lines that change whenever the compiler does."""


class Compilers(msgspec.Struct, frozen=True):
    """The compilers of a build, by language: those that its sources need."""

    by_language: Mapping[Language, Compiler]

    def __getitem__(self, language: Language) -> Compiler:
        """Return the one for a language."""
        return self.by_language[language]

    @property
    def families(self) -> set[Family]:
        """Of all of them."""
        return {compiler.family for compiler in self.by_language.values()}


def find_compilers(languages: Collection[Language], options: BuildOptions, environment: Mapping[str, str]) -> Compilers:
    """Return the compilers for some languages.

    Raises:
        UsageError: one of them is not there, or does not answer.
    """
    ordered = [language for language in Language if language in languages]
    return Compilers({language: _find(language, options, environment) for language in ordered})


def _find(language: Language, options: BuildOptions, environment: Mapping[str, str]) -> Compiler:
    usual = _USUAL[language]
    configured = options.c_compiler if language is Language.C else options.cxx_compiler
    path = environment.get("PATH", os.defpath)
    for command, origin in ((environment.get(usual.variable), usual.variable), (configured, options.where)):
        if command:
            return _named(language, command, origin, path, environment)
    for name in usual.names:
        found = shutil.which(name, path=path)
        if found is not None:
            return _ask(language, [os.path.abspath(found)], name, environment)
    names = ", ".join(usual.names)
    message = f"no {language.value} compiler: none of {names} is in PATH; install one, or name one in {usual.variable}"
    raise UsageError(message)


def _named(language: Language, command: str, origin: str, path: str, environment: Mapping[str, str]) -> Compiler:
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    found = shutil.which(words[0], path=path) if words else None
    if found is None:
        message = (
            f"no {language.value} compiler '{command}', which {origin} names; install it, or name another one there"
        )
        raise UsageError(message)
    return _ask(language, [os.path.abspath(found), *words[1:]], command, environment)


def _ask(language: Language, arguments: list[str], name: str, environment: Mapping[str, str]) -> Compiler:
    try:
        done = subprocess.run(
            [*arguments, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            timeout=_LIMIT_S,
            check=False,
        )
    except OSError as error:
        raise _unusable(language, name, error.strerror or "it cannot be run") from None
    except subprocess.TimeoutExpired:
        raise _unusable(language, name, f"it did not answer to --version within {_LIMIT_S} s") from None
    said = done.stdout.decode(errors="backslashreplace")
    if done.returncode != 0:
        first = next(iter(said.splitlines()), "it says nothing")
        raise _unusable(language, name, f"--version gives exit code {done.returncode}: {first}")
    return Compiler(tuple(arguments), _family(said), _identity(arguments, said, environment))


def _unusable(language: Language, name: str, why: str) -> UsageError:
    return UsageError(f"cannot use '{name}' as the {language.value} compiler: {why}; name another one")


def _family(said: str) -> Family:
    if "clang" in said:
        return Family.CLANG
    return Family.GCC if "Free Software Foundation" in said else Family.OTHER


def _identity(arguments: list[str], said: str, environment: Mapping[str, str]) -> str:
    """Return the version and, for each program among the words (`ccache g++`), where it is and when it was made."""
    path = environment.get("PATH", os.defpath)
    programs = [shutil.which(word, path=path) for word in arguments if not word.startswith("-")]
    lines = [shlex.join(arguments), next(iter(said.splitlines()), "")]
    lines += [file_identity(program) for program in programs if program is not None]
    lines += [f"{name}={environment[name]}" for name in _SPEAKING if environment.get(name)]
    return "\n".join(lines) + "\n"


def file_identity(path: str) -> str:
    """Return one line that changes whenever the file does: its real path, its size, and when it was written.

    Raises:
        OSError: it is not there.
    """
    real = os.path.realpath(path)
    status = os.stat(real)
    return f"{real} {status.st_size} {status.st_mtime_ns}"
