"""Programs and libraries that Clang has instrumented, and what LLVM's own tools say of their profiles."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMPILER = "clang++-19"
INSTRUMENTED = ("-std=c++20", "-O0", "-fprofile-instr-generate", "-fcoverage-mapping")
SHARED = ("-shared", "-fPIC", "-Wl,--build-id")


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def build(folder: Path, name: str, source: str, *flags: str) -> Path:
    """Compile one source file, `NAME.cpp`, into `NAME`."""
    (folder / f"{name}.cpp").write_text(source)
    run(COMPILER, *INSTRUMENTED, *flags, folder / f"{name}.cpp", "-o", folder / name)
    return folder / name


def merge(profile: Path) -> Path:
    merged = profile.with_suffix(".profdata")
    run("llvm-profdata-19", "merge", "-sparse", profile, "-o", merged)
    return merged


def export(binary: Path, merged: Path, *arguments: str) -> str:
    return run("llvm-cov-19", "export", binary, f"-instr-profile={merged}", *arguments)
