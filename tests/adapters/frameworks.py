"""Programs whose tests are written with a framework, built with each version of it that there is.

That of the system is always there. Others are looked for in the folder that PYHARNESS_FRAMEWORKS names: each is an
installed copy, in a folder of its own such as `catch2-3.7.1`.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.binary import Binary
from pyharness.adapters.registry import BUILT_IN, load
from tests.conftest import REPOSITORY, SCRIPTS, cmake_folder

if TYPE_CHECKING:
    from pyharness.adapters.protocol import Adapter


class Version(NamedTuple):
    """One version of a framework."""

    framework: str
    prefix: Path | None
    """Where it is installed; `None`: where the system has it."""

    def __str__(self) -> str:
        return "system" if self.prefix is None else self.prefix.name


def versions(framework: str) -> list[Version]:
    """Find the versions of a framework that programs can be built with."""
    folder = os.environ.get("PYHARNESS_FRAMEWORKS")
    others = sorted(Path(folder).glob(f"{framework}-*")) if folder else []
    return [Version(framework, None), *(Version(framework, prefix) for prefix in others)]


def build(version: Version, target: str = "all") -> Path:
    """Build `tests/programs/FRAMEWORK`, in a folder that stays, and return that folder.

    The target `suites` builds the same sources as suites of pyharness.
    """
    folder = REPOSITORY / "build" / "framework-programs" / f"{version.framework}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    configure = [
        SCRIPTS / "cmake", "-G", "Ninja", "-S", REPOSITORY / "tests" / "programs" / version.framework, "-B", folder,
        f"-DCMAKE_MAKE_PROGRAM={SCRIPTS / 'ninja'}", "-DCMAKE_BUILD_TYPE=Debug", f"-Dpyharness_DIR={cmake_folder()}",
        *([f"-DCMAKE_PREFIX_PATH={version.prefix}"] if version.prefix else []),
    ]  # fmt: skip
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (configure, [SCRIPTS / "ninja", "-C", folder, target]):
            built = subprocess.run(command, capture_output=True, text=True, check=False)
            assert built.returncode == 0, built.stdout + built.stderr
    return folder


def recognised(program: Path) -> Adapter | None:
    """Return the adapter that takes this program for one of its own; no other one may."""
    with Binary(str(program)) as binary:
        takers = [adapter for adapter in map(load, BUILT_IN) if adapter.recognises(binary)]
    assert len(takers) <= 1, "several adapters recognise it"
    return takers[0] if takers else None
