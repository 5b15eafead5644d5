"""What coverage needs when suites are built: flags that make code count how often it runs."""

from __future__ import annotations

import os
import re
from enum import Enum
from typing import TYPE_CHECKING, Literal

from pyharness.building.compiler import Compiler, Compilers, Family
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

Tool = Literal["llvm", "gcov"]
"""Whose tools read what was counted."""

LISTED = "listed"
"""The folder for what code counts while its cases are listed: nobody reads it."""
_ABSOLUTE_FROM = 8
"""The first GCC that can note absolute paths of sources."""
_CONTINUOUS_FROM = 20
"""The first clang that has a flag of its own for counters that live in a file."""
_REMARK = re.compile(r"\([^)]*\)")
_VERSION = re.compile(r"\b(\d+)\.\d+")


class Instrumentation(Enum):
    """Whether code counts. The value is the part of the name of a folder: objects must not mix."""

    NONE = ""
    COUNTED = "coverage"
    """In memory, written when a process ends."""
    CRASH_SAFE = "coverage-continuous"
    """In files that are mapped into memory: they outlive a crash."""


def check(instrumentation: Instrumentation, families: Collection[Family]) -> None:
    """Refuse what these compilers cannot do.

    Raises:
        UsageError: they cannot.
    """
    if instrumentation is Instrumentation.NONE:
        return
    if Family.OTHER in families:
        message = "'--coverage' needs GCC or clang; name one of them in CC and CXX"
        raise UsageError(message)
    if len(set(families)) > 1:
        message = (
            "'--coverage' needs one way to count, and the C compiler is of another family than the C++ compiler; "
            "set CC and CXX to two of the same"
        )
        raise UsageError(message)
    if instrumentation is Instrumentation.CRASH_SAFE and Family.GCC in families:
        message = "'--coverage-crash-safe' needs clang: GCC counts in memory only; set CC and CXX, or leave it away"
        raise UsageError(message)


def tool_of(compilers: Compilers) -> Tool:
    """Return whose tools read what suites count that these compilers have made; `check` has passed them."""
    return "llvm" if Family.CLANG in compilers.families else "gcov"


def compile_flags(instrumentation: Instrumentation, compiler: Compiler) -> list[str]:
    """Return what a compiler needs when it compiles."""
    if instrumentation is Instrumentation.NONE:
        return []
    exact = "-fprofile-update=atomic"  # threads count the same lines at once
    if compiler.family is Family.GCC:
        # Where gcov finds the sources does not depend on where it is run.
        absolute = ["-fprofile-abs-path"] if _major(compiler, _ABSOLUTE_FROM) >= _ABSOLUTE_FROM else []
        return ["--coverage", exact, *absolute]
    flags = ["-fprofile-instr-generate", "-fcoverage-mapping", exact]
    if instrumentation is Instrumentation.CRASH_SAFE:
        is_known = _major(compiler, 0) >= _CONTINUOUS_FROM
        flags += ["-fprofile-continuous"] if is_known else ["-mllvm", "-runtime-counter-relocation"]
    return flags


def link_flags(instrumentation: Instrumentation, compiler: Compiler) -> list[str]:
    """Return what a compiler needs when it links: each library gets a runtime of its own, whose symbols are local."""
    if instrumentation is Instrumentation.NONE:
        return []
    if compiler.family is Family.GCC:
        # Of an archive only what is asked for is linked, and nothing but a host asks for these.
        return ["--coverage", "-Wl,-u,__gcov_dump", "-Wl,-u,__gcov_reset", "-Wl,--build-id"]
    return ["-fprofile-instr-generate", "-Wl,--build-id"]


def listing_environment(instrumentation: Instrumentation, compilers: Compilers, folder: str) -> dict[str, str]:
    """Return the variables of a process that loads libraries without running their cases: it must not count.

    Args:
        instrumentation: Of the libraries.
        compilers: That have made them.
        folder: Of the build, absolute.
    """
    if instrumentation is Instrumentation.NONE:
        return {}
    if tool_of(compilers) == "llvm":
        return {"LLVM_PROFILE_FILE": os.devnull}
    # What libgcov cannot write, it complains about, whatever it was told: so there is a place for it.
    return {"GCOV_PREFIX": os.path.join(folder, LISTED), "GCOV_PREFIX_STRIP": "0"}


def _major(compiler: Compiler, otherwise: int) -> int:
    """Return the version of a compiler, without the names and versions that distributions add in brackets."""
    version = _VERSION.search(_REMARK.sub("", "\n".join(compiler.identity.splitlines()[1:2])))
    return int(version[1]) if version else otherwise
