"""A real program, measured with clang: its coverage, and what llvm-cov itself makes of it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
#include <cstdlib>
#define BIG(x) ((x) > 10 ? 1 : 0)
template <typename T> T larger(T a, T b) {
  if (a > b)
    return a;
  return b;
}
static int never(int x) {
  return x + 1;
}

/* not code */
int signs(int x) {
  int n = 0;
  for (int i = 0; i < x; ++i) {
    if (i % 2 && i != 3)
      n += BIG(i);
    else if (i > 100) {
      n -= 1;
    }
  }
  switch (n) {
  case 0:
    return 1;
  default:
    break;
  }
  return x > 1000000 ? never(x) : n;
}

int main() {
  int all = larger(1, 2) + signs(20) + signs(0);
  if (all > 100000)
    std::abort();
#if 0
  skipped();
#endif
  return larger(2.0, 1.0) > 0 ? 0 : 1;
}
"""


class Measured(NamedTuple):
    coverage: Coverage
    lcov: str
    source: Path


def run(*command: str | Path, **environment: str) -> str:
    finished = subprocess.run(
        command, env=os.environ | {"LC_ALL": "C"} | environment, capture_output=True, check=True, timeout=60
    )
    return finished.stdout.decode()


def measure(folder: Path) -> Measured:
    source, program, raw, profile = (folder / name for name in ("a.cpp", "program", "raw", "profile"))
    source.write_text(SOURCE)
    run("clang++-19", "-fprofile-instr-generate", "-fcoverage-mapping", "-Wno-everything", source, "-o", program)
    run(program, LLVM_PROFILE_FILE=str(raw))
    run("llvm-profdata-19", "merge", "-sparse", raw, "-o", profile)
    export = ("llvm-cov-19", "export", f"-instr-profile={profile}", program)
    return Measured(_coverage(run(*export)), run(*export, "--format=lcov"), source)


def _coverage(exported: str) -> Coverage:
    (data,) = json.loads(exported)["data"]
    return Coverage(files=tuple(_file(file, data["functions"]) for file in data["files"]))


def _file(file: dict, functions: list[dict]) -> FileCoverage:  # type: ignore[type-arg]
    instances = [
        Function(
            function["name"],
            function["regions"][0][0],
            function["count"],
            tuple(Region(*region[:5]) for region in function["regions"] if region[7] == 0),
        )
        for function in functions
    ]
    return FileCoverage(
        path=file["filename"],
        segments=tuple(Segment(*segment) for segment in file["segments"]),
        functions=tuple(sorted(instances, key=lambda function: (function.line, function.name))),
        branches=_branches(file["branches"]),
    )


def _branches(exported: list[list[int]]) -> tuple[Branch, ...]:
    """Add up the instances of a template."""
    by_place: dict[tuple[int, ...], list[list[int]]] = {}
    for branch in exported:
        by_place.setdefault(tuple(branch[:4]), []).append(branch[4:6])
    return tuple(Branch(*place, *map(sum, zip(*ways, strict=True))) for place, ways in sorted(by_place.items()))
