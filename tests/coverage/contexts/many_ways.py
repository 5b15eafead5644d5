"""A program with all that makes it hard to tell which function a line belongs to, and what its cases cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.contexts.collecting import CaseProfile
from pyharness.coverage.contexts.ranges import to_lines
from pyharness.coverage.llvm_export import read_export
from pyharness.coverage.segments import line_hits
from tests.coverage.clang import COMPILER, INSTRUMENTED, export, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pyharness.coverage.contexts.painting import Lines
    from pyharness.coverage.model import Coverage

HEADER = """\
#pragma once
#define SIGN(x) ((x) < 0 ? -1 : \\
                 (x) > 0)
#define GUARD(x)        \\
  do {                  \\
    if ((x) < 0) {      \\
      return -1;        \\
    }                   \\
  } while (false)
template <typename T>
T larger(T a, T b) {
  if (a > b) {
    return a;
  }
  if constexpr (sizeof(T) == 8) {
    return b + 0;
  }
  return b;
}
static inline int halved(int x) {
  if (x % 2) {
    return 0;
  }
  return x / 2;
}
int other(int x);
int elsewhere(int x);
"""
OTHER = """\
#include "all.h"
static int local(int x) {
  if (x > 3) {
    return 1;
  }
  return halved(x);
}
int other(int x) {
  GUARD(x);
  return local(x) + larger(x, 2);
}
"""
MAIN = """\
#include "all.h"
#include <cstdlib>
#include <stdexcept>
static int local(int x) {
  return x ? 2
           : 3;
}
static int thrower(int x) {
  if (x > 1) {
    throw std::runtime_error("x");
  }
  return x;
}
int catching(int x) {
  int all = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      all += thrower(x + i);
      all += 10;
    } catch (const std::runtime_error &) {
      all -= 1;
    }
  }
  return all;
}
int with_lambdas(int x) {
  auto never = [](int y) {
    return y + 1;
  };
  auto outer = [&](int y) {
    auto inner = [y] { return y
                       * 2; };
    if (y > 2) {
      return inner();
    }
    return y;
  };
  if (x > 100) return never(x);
  return x > 0 ? outer(x) : 0;
}
struct Local {
  int operator()(int x) const {
    struct Inner { int f(int y) {
      return y; } };
    return x > 1 ? Inner{}.f(x) : 0;
  }
};
int switched(int x) {
  switch (x) {
  case 0:
    return 5;
  case 1:
  case 2:
    x += 1;
    [[fallthrough]];
  case 3: {
    x += 2;
    break;
  }
  default:
    if (x == 9)
      break;
    while (true) {
      if (x-- < 0) break;
      if (x % 2) continue;
      x -= 1;
    }
  }
  do {
    x++;
  } while (x < 0);
  return x && (x > 1 || x < -1) && SIGN(x);
}
int either(int x) {
  GUARD(x);
  if (x > 2) {
    x = 1;
  } else {
    x = 2;
  }
  return x;
}
int main(int count, char **words) {
  for (int at = 1; at + 1 < count; at += 2) {
    const int x = std::atoi(words[at + 1]);
    switch (words[at][0]) {
    case 'o': other(x); break;
    case 'l': local(x); break;
    case 'c': catching(x); break;
    case 'm': with_lambdas(x); break;
    case 's': switched(x); break;
    case 'e': either(x); break;
    case 'h': halved(x); break;
    case 't': larger(1.0 * x, 2.0); larger<long>(x, 2); break;
    case 'i': Local{}(x); break;
    }
  }
#if 0
  skipped();
#endif
  /* no code */
  return 0;
}
"""
CASES = (
    "o 1", "o 7", "o -1", "l 0", "l 1", "c 0", "c 2", "m 0", "m 1", "m 7", "s 0", "s 1", "s 3", "s 9", "s 12", "s -5",
    "e 1", "e 7", "e -7", "e 1 e 7", "e 1 e 1 e 7", "e 7 e 7", "h 1", "h 2", "t 1", "t 7", "i 0", "i 5", "",
    "s 200000", "s 200001", "o 1 o 2 o 3 l 0 l 0 m 7 m 7",
)  # fmt: skip
"""Each is the words of one run."""


class Program(NamedTuple):
    folder: Path
    path: Path
    profiles: list[CaseProfile]


def build(folder: Path) -> Program:
    """Build the program, and run each case."""
    for name, text in (("all.h", HEADER), ("other.cpp", OTHER), ("main.cpp", MAIN)):
        (folder / name).write_text(text)
    path = folder / "program"
    sources = (folder / "other.cpp", folder / "main.cpp")
    run(COMPILER, *INSTRUMENTED, "-Wno-everything", *sources, "-o", path, "-Wl,--build-id")
    profiles = [folder / f"{number}.profraw" for number in range(len(CASES))]
    for words, profile in zip(CASES, profiles, strict=True):
        run(path, *words.split(), LLVM_PROFILE_FILE=str(profile))
    return Program(folder, path, [CaseProfile((0, number), str(profile)) for number, profile in enumerate(profiles)])


def measured(program: Program, profiles: Iterable[CaseProfile]) -> Coverage:
    """Return what the tools of LLVM tell of some profiles together."""
    merged = program.folder / "merged.profdata"
    run("llvm-profdata-19", "merge", "-sparse", *(one.path for one in profiles), "-o", merged)
    return read_export(export(program.path, merged, "--skip-expansions").encode())


def covered(coverage: Coverage) -> set[tuple[str, int]]:
    return {(file.path, line) for file in coverage.files for line, hits in line_hits(file.segments).items() if hits}


def executable(coverage: Coverage) -> set[tuple[str, int]]:
    return {(file.path, line) for file in coverage.files for line in line_hits(file.segments)}


def flat(lines: Iterable[Lines]) -> set[tuple[str, int]]:
    return {(path, line) for each in lines for path, ranges in each for line in to_lines(ranges)}
