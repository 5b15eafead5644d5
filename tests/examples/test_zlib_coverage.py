"""The zlib example, built from source and measured again and again: never hangs, and always the same lines.

The model is a single-threaded run, case after case, of which LLVM's tools are called by hand.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyharness import engine

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
PYHARNESS = str(Path(sys.executable).parent / "pyharness")
CLANG = {"CC": "clang-19", "CXX": "clang++-19"}
LIMIT_S = 300


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES / "zlib", tmp_path / "zlib")
    shutil.copy(EXAMPLES / "temporary_file.hpp", tmp_path)
    (tmp_path / "pyharness.toml").write_text('[build]\nlibraries = ["z"]\n')
    return tmp_path


def run(project: Path, *arguments: str) -> str:
    command = [PYHARNESS, "test", "--coverage", *arguments]
    environment = {**os.environ, **CLANG}
    result = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def covered(project: Path) -> dict[str, tuple[dict[str, float], set[int]]]:
    """Return the share of lines of each file, and which have no hits."""
    summary = json.loads((project / ".pyharness/coverage/coverage-summary.json").read_text())
    lcov = subprocess.check_output([PYHARNESS, "coverage", "export"], cwd=project, text=True)
    return {name: (entry["lines"], missed(lcov, str(project / name))) for name, entry in summary["files"].items()}


def missed(lcov: str, path: str) -> set[int]:
    (record,) = [part for part in lcov.split("end_of_record") if f"SF:{path}\n" in part]
    data = [line.removeprefix("DA:").split(",") for line in record.splitlines() if line.startswith("DA:")]
    assert data
    return {int(line) for line, hits in data if hits == "0"}


def by_hand(project: Path) -> str:
    """Run each case in a process of its own, one after another; return what llvm-cov says of the lines."""
    (library,) = (project / ".pyharness" / "build").glob("*/suites/*.so")
    command = [PYHARNESS, "test", "--list", "--list-format=json", library]
    listed = subprocess.check_output(command, cwd=project, text=True)
    profiles = project / "by hand"
    for case in json.loads(listed):
        environment = {**os.environ, "LLVM_PROFILE_FILE": str(profiles / "%p.profraw")}
        name = case["id"].split("::", 1)[1]
        subprocess.run([engine.host_program(), "run", library, name], env=environment, check=True, capture_output=True)
    merged = profiles / "all.profdata"
    subprocess.run(["llvm-profdata-19", "merge", *profiles.glob("*.profraw"), "-o", merged], check=True)
    command = ["llvm-cov-19", "export", "--format=lcov", library, f"-instr-profile={merged}"]
    return subprocess.check_output(command, text=True)


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_each_run_on_threads_covers_what_cases_cover_one_by_one(project: Path, times: int) -> None:
    run(project, "--test-threads=4")
    first = covered(project)
    assert len(first) >= 10
    for _ in range(times - 1):
        run(project, "--test-threads=4")
        assert covered(project) == first
    lcov = by_hand(project)
    for name, (_, lines) in first.items():
        assert missed(lcov, str(project / name)) == lines, name
