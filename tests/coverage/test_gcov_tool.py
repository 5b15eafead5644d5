"""Which gcov is taken: never one of another version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.coverage.gcov_files import Maker
from pyharness.coverage.gcov_tool import find_gcov

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Install = Callable[..., str]

GCOV_12 = "gcov (Debian 12.2.0-14+deb12u1) 12.2.0"


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Install programs that only tell their version."""

    def make(folder: str, name: str, version: str, mode: int = 0o755) -> str:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo '{version}'\n")
        path.chmod(mode)
        return str(path)

    return make


def found(tmp_path: Path, maker: tuple[int, int], *folders: str, beside: Sequence[str] = ()) -> list[str] | None:
    path = ":".join(str(tmp_path / folder) for folder in folders)
    return find_gcov(Maker(*maker), {"PATH": f"{path}"}, [str(tmp_path / folder) for folder in beside])


def test_the_one_that_is_named_like_the_compiler(tmp_path: Path, install: Install) -> None:
    install("bin", "gcov", "gcov (GCC) 14.1.1 20240522 (Red Hat 14.1.1-4)")
    twelve = install("bin", "gcov-12", GCOV_12)
    assert found(tmp_path, (12, 2), "bin") == [twelve]
    assert found(tmp_path, (14, 1), "bin") == [str(tmp_path / "bin" / "gcov")]


def test_a_name_is_no_proof(tmp_path: Path, install: Install) -> None:
    install("bin", "gcov-12", "gcov (GCC) 12.3.0")
    install("more", "gcov", "gcov (GCC) 12.2.0", mode=0o644)
    install("other", "gcov", "not a version")
    assert found(tmp_path, (12, 2), "bin", "more", "other", "missing") is None


def test_beside_the_compiler_goes_before(tmp_path: Path, install: Install) -> None:
    install("bin", "gcov", GCOV_12)
    own = install("opt", "gcov", GCOV_12)
    assert found(tmp_path, (12, 2), "bin", beside=["opt"]) == [own]


def test_for_clang_the_newest_of_llvm(tmp_path: Path, install: Install) -> None:
    install("bin", "gcov", GCOV_12)
    install("bin", "llvm-cov", "LLVM 14")
    install("bin", "llvm-cov-9", "LLVM 9")
    newest = install("bin", "llvm-cov-19", "LLVM 19")
    assert found(tmp_path, (4, 8), "missing", "bin") == [newest, "gcov"]
    assert found(tmp_path, (4, 8), "missing") is None


def test_the_one_that_the_user_names(install: Install) -> None:
    install("bin", "gcov-12", GCOV_12)
    named = {"PATH": "/usr/bin", "GCOV": "'/my tools/llvm-cov' gcov"}
    assert find_gcov(Maker(12, 2), named) == ["/my tools/llvm-cov", "gcov"]


def test_those_that_are_installed() -> None:
    assert find_gcov(Maker(4, 8), {"PATH": "/usr/bin"}) is not None
