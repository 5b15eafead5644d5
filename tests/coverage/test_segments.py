"""Line counts are those of llvm-cov, for whatever the language has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.model import Segment
from pyharness.coverage.segments import line_hits
from tests.coverage.clang import build, export, merge, run

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = {
    "macros": """
#include <cstdio>
#define CHECK(x) do { if (!(x)) std::puts(#x); } while (0)
#define TWICE(x) ((x) + (x))
#define FUNCTION(name) \\
  int name(int n) { \\
    return n > 1 ? n : \\
      -n; \\
  }
FUNCTION(first) FUNCTION(second)
int main() {
  CHECK(TWICE(1) == 2); CHECK(TWICE(1) == 3);
  return first(1) +
    first(0) == 5;
}
""",
    "templates": """
template <class T> T clamp(T value, T low, T high) {
  if (value < low)
    return low;
  return value > high ? high : value;
}
template <bool B> int chosen(int n) {
  if constexpr (B) {
    return n;
  } else {
    return -n;
  }
}
template <class... T> auto sum(T... values) { return (values + ... + 0); }
template <class T> struct Never { T get() { return T{}; } };
template struct Never<int>;
int main() {
  return clamp(1, 2, 3) + static_cast<int>(clamp(2.0, 0.0, 1.0)) + chosen<true>(1) + chosen<false>(1) + sum(1, 2) > 99;
}
""",
    "lambdas": """
#include <algorithm>
#include <vector>
int main() {
  std::vector<int> numbers{3, 1, 2};
  std::sort(numbers.begin(), numbers.end(), [](int a, int b) {
    return a < b;
  });
  auto never = [&] { return numbers.size(); }; auto once = [](auto n) { return n; };
  auto inner = [&] { return [&] {
      return numbers.front(); }; };
  return inner()() + once(1) > 9 ? static_cast<int>(never()) : 0;
}
""",
    "early_returns": """
int sign(int n) {
  if (n < 0) return -1; if (n == 0) { return 0; }

  // a word in between

  return 1;
  return 2;
}
[[noreturn]] void leave();
int after(int n) {
  if (n) {
    return n;
  }
  else
    n = 7;
  return n; }
int main() { return sign(1) + after(0) + after(2) == 0; }
void leave() { __builtin_trap(); }
""",
    "left_out": """
int kept(int n) {
#if 0
  return nowhere();
#endif
#ifdef NEVER
  n = 1;
#else
  n = 2;
#endif
  return n;
}
#if 0
int gone() { return 1; }
#endif
int main() { /* one
  two */ return kept(1)
#if 1
    == 1
#endif
    ;
}
""",
    "switches": """
int choose(int n) {
  switch (n) {
  case 0: return 0;
  case 1:
  case 2:
    n += 1;
    [[fallthrough]];
  case 3: { n *= 2;
    break; }
  case 9: n = 1; break; default:
    break;
  }
  switch (n) { case 7: return 1; }
  return n;
}
int main() { return choose(0) + choose(1) + choose(3) + choose(50) == 1; }
""",
    "loops": """
int numbers[] = {1, 2, 3};
int main(int count, char**) {
  int sum = 0;
  for (int i = 0; i < 7; ++i)
    sum += i;
  for (int i = 0; i < 3; ++i) { if (i == 1) continue; sum -= i; if (sum < -50) break; }
  while (sum > 10) {
    sum -= 3;
    if (sum == 12) continue;
  }
  do { --sum; } while (sum > 5 &&
                       sum != 7 || count > 9);
  for (int n : numbers)
    sum += n;
again:
  if (++sum < 20) goto again;
  for (;;) { if (count) break; }
  return sum
      ? 0
      : 1;
}
""",
    "exceptions": """
#include <stdexcept>
struct Guard { ~Guard() { done = true; } static inline bool done = false; };
int risky(int n) {
  Guard guard;
  try {
    if (n > 1)
      throw std::runtime_error("x");
    return 1;
  } catch (const std::runtime_error &) {
    return 2;
  } catch (...) { return 3;
  }
  return 4;
}
int quiet(int n) noexcept try { return n ? throw 1 : 2; } catch (int) { return 3; }
int main() { return risky(1) + risky(2) + quiet(0) == 0; }
""",
    "classes": """
struct Base { virtual ~Base() = default; virtual int f() { return 1; } int plain = 3; };
struct Derived : Base {
  Derived() : Base(), own(4) {}
  explicit Derived(int n) : own(n) { own += 1; }
  int f() override {
    return own; }
  bool operator==(const Derived &other) const = default;
  int own;
};
namespace { int hidden() { return 5; } }
static int unused() { return hidden(); }
consteval int early() { return 1; }
int main() { Derived d; Base &b = d; return b.f() + early() == 0; }
""",
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("segments")


@pytest.mark.parametrize("name", SOURCES)
def test_lines_are_those_of_llvm(name: str, folder: Path) -> None:
    program = build(folder, name, SOURCES[name])
    run(program, LLVM_PROFILE_FILE=f"{program}.profraw")
    merged = merge(program.with_suffix(".profraw"))
    files = json.loads(export(program, merged))["data"][0]["files"]
    ours = {file["filename"]: line_hits([Segment(*entry) for entry in file["segments"]]) for file in files}
    expected = lines_of_lcov(export(program, merged, "--format=lcov"))
    assert ours == expected
    assert any(expected.values())


def lines_of_lcov(text: str) -> dict[str, dict[int, int]]:
    files: dict[str, dict[int, int]] = {}
    for word, _, rest in (line.partition(":") for line in text.splitlines()):
        if word == "SF":
            lines = files[rest] = {}
        elif word == "DA":
            line, hits = rest.split(",")
            lines[int(line)] = int(hits)
    return files


def test_no_segments_have_no_lines() -> None:
    assert line_hits([]) == {}


def test_a_line_within_a_region_has_its_hits() -> None:
    assert line_hits([Segment(2, 1, 7, True, True), Segment(5, 2, 0, False, False)]) == {2: 7, 3: 7, 4: 7, 5: 7}


def test_the_most_hits_of_a_line_count() -> None:
    segments = [Segment(1, 1, 3, True, True), Segment(2, 4, 9, True, True), Segment(2, 8, 3, True, False)]
    assert line_hits([*segments, Segment(3, 2, 0, False, False)]) == {1: 3, 2: 9, 3: 3}


def test_space_between_statements_gives_no_count_of_its_own() -> None:
    segments = [Segment(1, 1, 3, True, True), Segment(2, 4, 9, True, True, True), Segment(2, 8, 0, False, False)]
    assert line_hits(segments) == {1: 3, 2: 3}


def test_what_the_preprocessor_has_left_out_is_no_line() -> None:
    segments = [
        Segment(1, 1, 3, True, True),
        Segment(2, 1, 0, False, True),
        Segment(4, 7, 3, True, False),
        Segment(5, 2, 0, False, False),
    ]
    assert line_hits(segments) == {1: 3, 5: 3}


@given(
    st.lists(
        st.builds(Segment, st.integers(1, 9), st.integers(1, 9), st.integers(0, 9), st.booleans(), st.booleans()),
        unique_by=lambda segment: segment[:2],
    )
)
def test_lines_are_in_order_and_between_the_first_and_the_last_segment(segments: list[Segment]) -> None:
    segments.sort()
    lines = list(line_hits(segments))
    assert lines == sorted(set(lines))
    assert all(segments[0].line <= line <= segments[-1].line for line in lines)
