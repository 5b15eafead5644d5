"""`tests/programs/counted`, built for coverage, and what its runs have counted."""

from __future__ import annotations

import fcntl
import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.conftest import REPOSITORY, SCRIPTS, cmake_folder

if TYPE_CHECKING:
    from pathlib import Path

FLAGS = {
    "clang++-19": "-fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic",
    "g++": "--coverage -fprofile-update=atomic",
}
INCLUDED = "--coverage-include=/**/programs/counted/*"
"""The option of a run: the programs are outside of its folder."""
FOLDER = ".pyharness/coverage"


def build(compiler: str, *targets: str) -> Path:
    """Build them in a folder that stays, and return that: a build folder of CTest."""
    folder = REPOSITORY / "build" / "counted-programs" / compiler
    folder.mkdir(parents=True, exist_ok=True)
    configure = [
        SCRIPTS / "cmake", "-G", "Ninja", "-S", REPOSITORY / "tests" / "programs" / "counted", "-B", folder,
        f"-DCMAKE_MAKE_PROGRAM={SCRIPTS / 'ninja'}", "-DCMAKE_BUILD_TYPE=", f"-Dpyharness_DIR={cmake_folder()}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DFLAGS={FLAGS[compiler]}",
    ]  # fmt: skip
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (configure, [SCRIPTS / "ninja", "-C", folder, *targets]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


def suites(folder: Path) -> Path:
    """Return where the suites are that were built with those programs."""
    return folder.with_name(f"{folder.name}-suites")


def calls(project: Path, name: str = "coverage.json") -> dict[str, int]:
    """Return how often each function without C++ in its name was called, by what a run in that folder has written."""
    content: dict[str, Any] = json.loads((project / FOLDER / name).read_text(encoding="utf-8"))
    (data,) = content["data"]
    return {one["name"]: one["count"] for one in data["functions"] if one["name"].startswith(("counted_", "nobody_"))}


def left_over(project: Path) -> list[str]:
    """Return the profiles that are still there after a run, which should be none."""
    names = (path.name for path in project.rglob("*"))
    return [name for name in names if name.endswith((".profraw", ".gcda", ".profdata", ".modules", ".part"))] + [
        path.name for path in (project / FOLDER).glob("profiles-*")
    ]
