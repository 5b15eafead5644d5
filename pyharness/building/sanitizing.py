"""What sanitizers need: flags when building, and their runtime first in each process that loads a suite."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from pyharness.building.compiler import Compiler, Family
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LIMIT_S = 30
_GCC_RUNTIMES = {"address": "libasan.so", "thread": "libtsan.so", "leak": "liblsan.so", "undefined": "libubsan.so"}
_CLANG_RUNTIMES = {"address": "asan", "thread": "tsan", "undefined": "ubsan_standalone"}
_THROWER = "libstdc++.so.6"
_OPTIONS = {
    "address": ("ASAN_OPTIONS", "detect_leaks=0"),
    "leak": ("LSAN_OPTIONS", ""),
    "thread": ("TSAN_OPTIONS", "halt_on_error=1:die_after_fork=0"),
    "undefined": ("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:print_summary=1:report_error_type=1"),
}
_LOOK_FOR_LEAKS = "PYHARNESS_LOOK_FOR_LEAKS"
"""Makes hosts look after each case, while it is known whose leak it is."""


def check(sanitizers: Sequence[str], families: set[Family]) -> None:
    """Refuse what these compilers cannot do.

    Raises:
        UsageError: they cannot.
    """
    if not sanitizers:
        return
    if families == {Family.GCC, Family.CLANG}:
        message = (
            f"'--sanitize {','.join(sanitizers)}' needs one runtime, and the C compiler is of another family than the "
            "C++ compiler; set CC and CXX to two of the same"
        )
        raise UsageError(message)
    if Family.CLANG in families and "leak" in sanitizers and "address" not in sanitizers:
        message = (
            "'--sanitize leak' needs a runtime that can be loaded first, and clang has none; "
            "give '--sanitize address,leak', or build with GCC"
        )
        raise UsageError(message)


def flags(sanitizers: Sequence[str], compiler: Compiler) -> list[str]:
    """Return what a compiler needs when it compiles and when it links."""
    if not sanitizers:
        return []
    shared = ["-shared-libsan"] if compiler.family is Family.CLANG else []
    final = ["-fno-sanitize-recover=undefined"] if "undefined" in sanitizers else []
    return [f"-fsanitize={','.join(sanitizers)}", "-fno-omit-frame-pointer", *final, *shared]


def runtime_environment(
    sanitizers: Sequence[str], compiler: Compiler | None, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that a process needs that loads suites with these sanitizers.

    What `environment` says of a sanitizer goes before.

    Raises:
        UsageError: the compiler has no such runtime.
    """
    if not sanitizers or compiler is None:
        return {}
    # The runtime looks once, at its start, for what throws exceptions: no suite that brings it has been loaded by then.
    thrower = _file(_THROWER, compiler, environment)
    needed = [_runtime(sanitizers, compiler, environment), *([thrower] if thrower else [])]
    others = [path for path in environment.get("LD_PRELOAD", "").split() if path not in needed]
    return {"LD_PRELOAD": " ".join([*needed, *others]), **_options(sanitizers, environment)}


def _options(sanitizers: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    defaults = dict(_OPTIONS[kind] for kind in sanitizers)
    if {"address", "leak"} <= set(sanitizers):
        defaults["ASAN_OPTIONS"] = "detect_leaks=1"
    if "undefined" in sanitizers and len(sanitizers) > 1:  # a host hears of an end only from the one that is first
        defaults["UBSAN_OPTIONS"] += ":abort_on_error=1"
    # The last word on an option holds.
    said = {name: ":".join(filter(None, (default, environment.get(name)))) for name, default in defaults.items()}
    if "leak" in sanitizers:
        said[_LOOK_FOR_LEAKS] = "1"
    return {name: value for name, value in said.items() if value}


def _runtime(sanitizers: Sequence[str], compiler: Compiler, environment: Mapping[str, str]) -> str:
    """Return the path of the one runtime that must be first; that of address and thread has the others in it."""
    kind = next(kind for kind in ("address", "thread", "leak", "undefined") if kind in sanitizers)
    name = _GCC_RUNTIMES[kind]
    if compiler.family is Family.CLANG:
        name = f"libclang_rt.{_CLANG_RUNTIMES[kind]}-{os.uname().machine}.so"
    path = _file(name, compiler, environment)
    if path is None:
        message = f"'{compiler.arguments[0]}' has no runtime '{name}' for '--sanitize {kind}'; install it"
        raise UsageError(message)
    return path


def _file(name: str, compiler: Compiler, environment: Mapping[str, str]) -> str | None:
    """Return the path of one of the compiler's files; `None`: it has none of this name."""
    command = [*compiler.arguments, f"-print-file-name={name}"]
    said = subprocess.run(
        command, capture_output=True, text=True, env=dict(environment), timeout=_LIMIT_S, check=False
    ).stdout.strip()
    path = os.path.realpath(said)
    return path if os.path.isabs(said) and os.path.isfile(path) else None
