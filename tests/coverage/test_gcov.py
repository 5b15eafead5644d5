"""What GCC counts, measured with real compilers: exact, complete, and nothing made up."""

from __future__ import annotations

import signal
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.coverage.segments import line_hits
from tests.coverage.gcc import LINK, MAIN, NOT_ABSOLUTE, Sources

if TYPE_CHECKING:
    from pyharness.coverage.model import FileCoverage

HEADER = """template <class T> T twice(T x) {
  return x + x;
}
inline int sign(int x) {
  if (x > 0)
    return 1;
  return -1;
}
"""
MANY = """#include <pthread.h>
static void counted(void) {
}
static void* many(void* unused) { for (int i = 0; i < 1000000; ++i) counted(); return unused; }
int work(int n) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], 0, many, 0);
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], 0);
  return n;
}
"""
KILLED = """#include <signal.h>
int work(int n) {
  if (n > 1)
    raise(SIGKILL);
  return n;
}
"""
DECIDING = """int work(int n) {
  int sum = 0;
  for (int i = 0; i < 5; ++i)
    sum += i;

  if (n > 1)
    return 2;
  switch (n) {
    case 7: return 7;
    default: break;
  }
  return sum;
}
int unused(void) {
  return 3;
}
"""
THROWING = """#include <string>
std::string make(int n) { return std::string(n, 'x'); }
extern "C" int work(int n) {
  std::string made = make(n);
  if (made.empty()) return 1;
  return 2;
}
"""
ON_ONE_LINE = """int one(int n) { return n ? 1 : 2; } int two(int n) { return n ? 3 : 4; }
int work(int n) { return one(n); }
"""
IN_TWO_PLACES = """#ifdef LATER

static inline int of(void) { return 2; }
#else
static inline int of(void) { return 1; }
#endif
"""
A_THOUSAND = """static int counted(int n) {
  return n;
}
int work(int n) {
  for (int i = 0; i < 1000; ++i) counted(i);
  return n;
}
"""
PLAIN = "int work(int n) {\n  return n;\n}\n"
CHOOSING = "int work(int n) {\n  if (n > 1) return 1;\n  return 2;\n}\n"
LOADING = """#include <dlfcn.h>
int main(int count, char** words) {
  for (int i = 1; i + 1 < count; i += 2)
    ((int (*)(int))dlsym(dlopen(words[i], RTLD_NOW), words[i + 1]))(2);
  return 0;
}
"""


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "run").mkdir()
    (tmp_path / "project").mkdir()
    return Sources(tmp_path / "project", tmp_path / "run")


def names(file: FileCoverage) -> dict[str, tuple[int, int]]:
    return {function.name: (function.line, function.hits) for function in file.functions}


def ways(file: FileCoverage) -> list[tuple[int, int, int | None]]:
    return [(branch.line, branch.taken, branch.not_taken) for branch in file.branches]


# ---- what is told


def test_lines_functions_and_decisions(sources: Sources) -> None:
    sources.run(sources.simple(DECIDING))
    file = sources.whole()["src/work.c"]
    assert line_hits(file.segments) == {
        1: 1, 2: 1, 3: 6, 4: 5, 6: 1, 7: 0, 8: 1, 9: 0, 10: 1, 12: 1, 14: 0, 15: 0,
    }  # fmt: skip
    assert names(file) == {"work": (1, 1), "unused": (14, 0)}
    assert ways(file) == [(3, 5, 1), (6, 0, 1), (8, 0, 1)]


def test_calls_that_may_throw_are_no_decisions(sources: Sources) -> None:
    sources.run(sources.program(sources.compile("src/work.cpp", THROWING), sources.compile("src/main.c", MAIN)))
    files = sources.whole()
    assert sorted(files) == ["src/main.c", "src/work.cpp"], "none of the headers of the compiler"
    assert ways(files["src/work.cpp"]) == [(5, 0, 1)]


def test_headers_of_installed_packages_are_not_told_of(sources: Sources) -> None:
    for folder in ("lib/python3.12/site-packages/dependency", "include/python3.12", "include/python3"):
        name = folder.replace("/", "_").replace(".", "_").replace("-", "_")
        sources.write(f"{folder}/part.h", f"static inline int {name}(int x) {{\n  return x;\n}}\n")
    parts = ["lib/python3.12/site-packages/dependency", "include/python3.12", "include/python3"]
    included = "".join(f'#include "../{folder}/part.h"\n' for folder in parts)
    called = "lib_python3_12_site_packages_dependency(n) + include_python3_12(n) + include_python3(n)"
    work = f"{included}int work(int n) {{\n  return {called};\n}}\n"
    sources.run(sources.program(sources.compile("src/work.c", work), sources.compile("src/main.c", MAIN)))
    assert sorted(sources.whole()) == ["include/python3/part.h", "src/main.c", "src/work.c"]


def test_what_two_libraries_have_of_one_header_is_added_up(sources: Sources) -> None:
    sources.write("src/both.hpp", HEADER)
    own = '#include "both.hpp"\nstatic int own(int x) {\n  return x;\n}\nextern "C" int go_{}(int n) {{ return {}; }}\n'
    own = own.replace("{\n", "{{\n").replace("\n}\n", "\n}}\n")
    shared = ["-shared", "-Wl,--exclude-libs,ALL", *LINK]
    runs = {"a": "own(1) + twice(n) + sign(n)", "b": "sign(-n) + (int)twice(1.5) + (n > 9 ? own(2) : 0)"}
    libraries = [
        sources.program(sources.compile(f"src/{name}.cpp", own.format(name, run)), name=f"lib{name}.so", flags=shared)
        for name, run in runs.items()
    ]
    loader = sources.program(sources.compile("loader.c", LOADING, flags=["-g"]), name="loader", flags=["-ldl"])
    sources.run(loader, libraries[0], "go_a", libraries[1], "go_b")
    files = sources.whole()
    assert line_hits(files["src/both.hpp"].segments) == {1: 2, 2: 2, 4: 2, 5: 2, 6: 1, 7: 1}
    assert names(files["src/both.hpp"]) == {
        "double twice<double>(double)": (1, 1), "int twice<int>(int)": (1, 1), "sign(int)": (4, 2),
    }  # fmt: skip
    assert ways(files["src/both.hpp"]) == [(5, 1, 1)]
    assert [line_hits(files[f"src/{name}.cpp"].segments)[3] for name in "ab"] == [1, 0], "each has its own"


def test_functions_on_one_line_stay_apart(sources: Sources) -> None:
    sources.run(sources.simple(ON_ONE_LINE))
    file = sources.whole()["src/work.c"]
    assert names(file) == {"one": (1, 1), "two": (1, 0), "work": (2, 1)}
    assert line_hits(file.segments) == {1: 1, 2: 1}
    assert ways(file) == [(1, 1, 0), (1, 0, 0)]


def test_one_function_in_two_places_is_told_once(sources: Sources) -> None:
    sources.write("src/of.h", IN_TWO_PLACES)
    text = '#include "of.h"\nint first(void);\nint work(int n) { return n + of() + first(); }\n'
    first = sources.compile("src/first.c", '#include "of.h"\nint first(void) { return of(); }\n')
    second = sources.compile("src/work.c", f"#define LATER\n{text}")
    sources.run(sources.program(first, second, sources.compile("src/main.c", MAIN)))
    file = sources.whole()["src/of.h"]
    assert names(file) == {"of": (3, 2)}
    assert line_hits(file.segments) == {3: 1, 5: 1}


def test_an_object_that_nobody_has_run_is_told_of(sources: Sources) -> None:
    unused = sources.compile("src/unused.c", "int unused(void) {\n  return 1;\n}\n")
    sources.run(sources.simple(PLAIN))
    assert "src/unused.c" not in sources.hits()
    assert sources.hits(unused)["src/unused.c"] == {1: 0, 2: 0}


def test_odd_names_and_odd_bytes(sources: Sources) -> None:
    text = "int work(int n) {\n\f  return n; \v\n}\n\f\n// \u2028 \x85 int x;\n"
    sources.run(sources.program(sources.compile("s p/ü'$x/work.c", text), sources.compile("src/main.c", MAIN)))
    assert sources.hits()["s p/ü'$x/work.c"] == {1: 1, 2: 1}


# ---- exact


def test_threads_count_exactly(sources: Sources) -> None:
    sources.run(sources.simple(MANY))
    file = sources.whole()["src/work.c"]
    assert names(file)["counted"] == (2, 8_000_000)
    assert line_hits(file.segments)[2] == 8_000_000


def test_processes_that_end_at_once_count_exactly(sources: Sources) -> None:
    program = sources.simple(A_THOUSAND)
    for running in [sources.start(program) for _ in range(12)]:
        assert running.wait(timeout=60) == 0
    assert sources.hits()["src/work.c"][2] == 12_000


def test_counts_beyond_32_bits(sources: Sources) -> None:
    sources.run(sources.simple("int work(int n) {\n  for (int i = 0; i < 1234567; ++i)\n    n ^= i;\n  return n;\n}\n"))
    path = sources.counts("work.c")
    content = path.read_bytes()
    assert content.count(struct.pack("<Q", 1234567)) == 1
    path.write_bytes(content.replace(struct.pack("<Q", 1234567), struct.pack("<Q", 5_000_000_000)))
    assert sources.hits()["src/work.c"][3] == 5_000_000_000


def test_a_killed_process_leaves_what_was_counted_before(sources: Sources) -> None:
    program = sources.simple(KILLED)
    sources.run(program)
    sources.run(program, "more", code=-signal.SIGKILL)
    assert sources.hits()["src/work.c"] == {2: 1, 3: 1, 4: 0, 5: 1}


def test_what_was_measured_can_be_measured_again(sources: Sources) -> None:
    sources.run(sources.simple(PLAIN))
    before = sorted(str(path) for path in sources.run_folder.rglob("*"))
    assert sources.measure() == sources.measure()
    assert sorted(str(path) for path in sources.run_folder.rglob("*")) == before


# ---- where things are


@pytest.mark.parametrize("is_absolute", [True, False])
def test_nothing_is_written_beside_sources_and_objects(sources: Sources, is_absolute: bool) -> None:
    sources.write("include/deep.h", "static inline int deep(void) { return 1; }\n")
    (sources.root / "build" / "sub").mkdir(parents=True)
    relative: dict[str, Any] = (
        {}
        if is_absolute
        else {"folder": "build/sub", "source": "../../src/work.c", "flags": [*NOT_ABSOLUTE, "-I../../include"]}
    )
    text = f'#include "{"../include/" if is_absolute else ""}deep.h"\nint work(int n) {{\n  return n + deep();\n}}\n'
    program = sources.program(sources.compile("src/work.c", text, **relative), sources.compile("src/main.c", MAIN))
    before = sources.tree()
    sources.run(program)
    assert sources.hits() == {"include/deep.h": {1: 1}, "src/work.c": {2: 1, 3: 1}, "src/main.c": {1: 1}}
    assert sources.tree() == before


def test_settings_for_gcovr_are_not_those_of_the_harness(sources: Sources) -> None:
    sources.run(sources.simple("int work(int n) { // GCOVR_EXCL_LINE\n  return n;\n}\n"))
    sources.write("gcovr.cfg", "exclude = .*\nfail-under-line = 100\n")
    coverage, problems = sources.measure()
    assert (len(coverage.files), problems) == (2, [])
    assert line_hits(coverage.files[1].segments) == {1: 1, 2: 1}


def test_what_clang_counts_for_gcov(sources: Sources) -> None:
    flags = ["-g", "--coverage", "-fprofile-update=atomic"]
    texts = {"src/work.c": CHOOSING, "src/main.c": MAIN}
    compiled = [sources.compile(path, text, compiler="clang-19", flags=flags) for path, text in texts.items()]
    sources.run(sources.program(*compiled, linker="clang-19", flags=["--coverage"]))
    file = sources.whole()["src/work.c"]
    assert line_hits(file.segments) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert ways(file) == [(2, 0, 1)]


# ---- what is wrong


@pytest.mark.parametrize(("left", "why"), [(0, "it is empty"), (60, "it is cut off"), (-4, "it is cut off")])
def test_counts_that_are_not_whole_are_named(sources: Sources, left: int, why: str) -> None:
    sources.run(sources.simple(PLAIN))
    path = sources.counts("work.c")
    path.write_bytes(path.read_bytes()[:left])
    for _ in range(2):
        coverage, problems = sources.measure()
        (problem,) = problems
        assert problem == (
            f"what was counted for '{sources.root}/objects/work.c.gcno' is lost: '{path}': {why}; "
            "was a process killed while it wrote, or is the disk full?"
        )
        assert [line_hits(file.segments) for file in coverage.files] == [{1: 1}, {1: 0, 2: 0}]


def test_counts_of_another_build_are_named(sources: Sources) -> None:
    sources.run(sources.simple(PLAIN))
    sources.compile("src/work.c", CHOOSING)
    coverage, (problem,) = sources.measure()
    assert "it is of another build; do not build while a run goes on" in problem
    assert line_hits(coverage.files[1].segments) == {1: 0, 2: 0, 3: 0}


def test_counts_that_the_runtime_could_not_add_are_named(sources: Sources) -> None:
    sources.run(sources.simple(PLAIN))
    sources.run(sources.simple(CHOOSING))
    _, problems = sources.measure()
    assert [problem for problem in problems if "the runtime of GCC says: " in problem], problems


def test_notes_that_are_gone_are_named(sources: Sources) -> None:
    sources.run(sources.simple(PLAIN))
    notes = sources.root / "objects" / "work.c.gcno"
    notes.unlink()
    coverage, (problem,) = sources.measure()
    assert problem == (
        f"'{notes}', the notes of GCC on an object, cannot be read: No such file or directory; "
        "what was executed of it is lost; build again"
    )
    assert [Path(file.path).name for file in coverage.files] == ["main.c"]


def test_a_source_that_is_gone_is_named_and_spoils_no_other(sources: Sources) -> None:
    sources.write("src/kept.h", "static inline int kept(void) { return 1; }\n")
    program = sources.simple('#include "kept.h"\nint work(int n) { return n + kept(); }\n')
    sources.run(program)
    (sources.root / "src" / "work.c").unlink()
    coverage, problems = sources.measure()
    assert problems == [
        f"of '{sources.root}/objects/work.c.gcda' not all is known: Cannot open source file {sources.root}/src/work.c"
    ]
    kept = {Path(file.path).name: line_hits(file.segments) for file in coverage.files}
    assert (kept["kept.h"], kept["main.c"]) == ({1: 1}, {1: 1})


def test_a_compiler_without_its_gcov(sources: Sources, tmp_path: Path) -> None:
    sources.run(sources.simple(PLAIN))
    coverage, (problem,) = sources.measure(environment={"PATH": str(tmp_path)})
    assert problem.startswith("no gcov here reads what GCC 1")
    assert coverage.files == ()


def test_a_gcovr_that_does_not_end(sources: Sources) -> None:
    sources.run(sources.simple(PLAIN))
    coverage, problems = sources.measure(limit_s=0.001)
    assert len(problems) == 2
    assert all("gcovr has not ended within 0.001 s" in problem for problem in problems)
    assert coverage.files == ()
