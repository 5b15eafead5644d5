"""Builds for coverage: the code counts exactly, a host finds the runtime of each library, and lists count nowhere."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from pyharness.building import Instrumentation, instrumenting, sources_of_objects, tool_of
from pyharness.building.compiler import Compiler, Compilers, Family, Language
from pyharness.errors import UsageError

COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang-19", "clang++-19")}
RUNTIMES = {
    "gcc": {"__gcov_dump", "__gcov_reset"},
    "clang": {
        "__llvm_profile_write_file", "__llvm_profile_set_filename", "__llvm_profile_reset_counters",
        "__llvm_profile_begin_counters", "__llvm_profile_end_counters",
    },
}  # fmt: skip
COUNTING = """#include <pthread.h>
#include <stdlib.h>
static void counted(void) {}
static void* many(void* unused) { for (int i = 0; i < 100000; ++i) counted(); return unused; }
__attribute__((visibility("default"))) void go(int crash) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], 0, many, 0);
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], 0);
  if (crash) abort();
}
"""
LOADER = """#include <dlfcn.h>
int main(int count, char** words) {
  void (*go)(int) = (void (*)(int))dlsym(dlopen(words[1], RTLD_NOW), "go");
  if (count < 4) go(count > 2);
  return 0;
}
"""


def compiler(family: Family, version: str) -> Compiler:
    return Compiler(("cc",), family, f"cc\n{version}\n")


GCC = compiler(Family.GCC, "gcc (Debian 12.2.0-14+deb12u1) 12.2.0")
CLANG = compiler(Family.CLANG, "Debian clang version 19.1.7 (3+b1)")


@pytest.fixture(scope="module")
def loader(tmp_path_factory):
    """A program that does not count itself, as the host does not."""
    folder = tmp_path_factory.mktemp("loader")
    (folder / "loader.c").write_text(LOADER)
    subprocess.run(["gcc", "-o", "loader", "loader.c", "-ldl"], cwd=folder, check=True)
    return str(folder / "loader")


@pytest.fixture
def counting(project, request):
    """A project that is built for coverage, by the compiler that the test names."""
    project.environment.update(zip(("CC", "CXX"), COMPILERS[request.param], strict=True))
    project.instrumentation = Instrumentation.COUNTED
    project.family = request.param
    return project


each = pytest.mark.parametrize("counting", list(COMPILERS), indirect=True)
clang = pytest.mark.parametrize("counting", ["clang"], indirect=True)


def written(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in {".gcda", ".profraw", ".profdata"})


def count_of(profile, function="counted"):
    """Return how often a function was entered, by the profile of one process."""
    merged = f"{profile}.profdata"
    subprocess.run(["llvm-profdata-19", "merge", profile, "-o", merged], check=True, timeout=60)
    command = ["llvm-profdata-19", "show", "--counts", f"--function={function}", merged]
    shown = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout
    (line,) = [line for line in shown.splitlines() if "Function count:" in line]
    return int(line.rpartition(" ")[2])


@each
def test_a_library_has_a_runtime_of_its_own(counting):
    counting.write("a/a.test.c", "int a;\n")
    counting.write("b/b.test.cpp", "int b;\n")
    built = counting.build()
    assert sorted(built.ready) == ["a", "b"], built
    for ready in built.ready.values():
        lines = subprocess.check_output(["nm", ready.suite.library], text=True).splitlines()
        kinds = {words[-1]: words[-2] for words in map(str.split, lines)}
        assert {name: kinds.get(name) for name in RUNTIMES[counting.family]} == dict.fromkeys(
            RUNTIMES[counting.family], "t"
        )
        assert "Build ID" in subprocess.check_output(["readelf", "-n", ready.suite.library], text=True)


@clang
def test_threads_count_exactly(counting, loader, tmp_path):
    counting.write("a/a.test.c", COUNTING)
    library = counting.build().ready["a"].suite.library
    profile = tmp_path / "one.profraw"
    subprocess.run([loader, library], check=True, env={**os.environ, "LLVM_PROFILE_FILE": str(profile)})
    assert count_of(profile) == 800_000


@clang
def test_crash_safe_counts_outlive_a_crash(counting, loader, tmp_path):
    counting.instrumentation = Instrumentation.CRASH_SAFE
    counting.write("a/a.test.c", COUNTING)
    library = counting.build().ready["a"].suite.library
    environment = {**os.environ, "LLVM_PROFILE_FILE": f"{tmp_path}/%c%p.profraw"}
    done = subprocess.run([loader, library, "crash"], check=False, env=environment)
    assert done.returncode == -6
    (profile,) = written(tmp_path)
    assert count_of(profile) == 800_000


@each
def test_listing_cases_counts_nowhere(counting, loader):
    counting.write("a/a.test.c", COUNTING)
    counting.list_command = ("/bin/sh", "-c", f'"{loader}" "$1" 1 2 3 && touch "$2"', "list")
    built = counting.build()
    assert (list(built.ready), built.ready["a"].output) == (["a"], "")
    build = counting.root / ".pyharness" / "build" / f"{os.uname().machine}-coverage"
    assert all((build / instrumenting.LISTED) in path.parents for path in written(counting.root))


@each
def test_objects_never_mix(counting):
    counting.write("a/a.test.c", "int a;\n")
    assert len(counting.build().ran) == 3
    counting.instrumentation = Instrumentation.NONE
    assert len(counting.build().ran) == 3
    counting.instrumentation = Instrumentation.COUNTED
    assert counting.build().ran == []
    assert len(counting.build("--sanitize", "undefined").ran) == 3
    folders = sorted(path.name for path in (counting.root / ".pyharness" / "build").iterdir())
    machine = os.uname().machine
    assert folders == [machine, f"{machine}-coverage", f"{machine}-undefined-coverage"]


@each
def test_what_the_user_says_of_optimization_stays(counting):
    counting.write("pyharness.toml", '[build]\nflags = ["-O2"]\n')
    counting.write("a/a.test.c", "int a;\n")
    arguments = counting.plan().tests[0].arguments
    assert [word for word in arguments if word.startswith("-O")] == ["-O2"]


@clang
def test_the_object_of_a_source_that_no_suite_needs_tells_what_was_not_run(counting, tmp_path):
    counting.write("pyharness.toml", '[build]\nsources = ["src/*.cpp"]\n')
    counting.write("src/used.cpp", "int used() { return 1; }\n")
    counting.write("src/unused.cpp", "int unused() { return 1; }\n")
    counting.write("a/a.test.cpp", "int used(); int a() { return used(); }\n")
    assert list(counting.build().ready) == ["a"]
    objects = [path for path, source in sources_of_objects(counting.plan()).items() if source.endswith("used.cpp")]
    assert len(objects) == 2
    nothing = tmp_path / "nothing.proftext"
    nothing.touch()
    profile = f"{tmp_path}/nothing.profdata"
    subprocess.run(["llvm-profdata-19", "merge", nothing, "-o", profile], check=True, timeout=60)
    command = ["llvm-cov-19", "export", "-instr-profile", profile, objects[0], "-object", objects[1]]
    exported = json.loads(subprocess.check_output(command, timeout=60))
    lines = {file["filename"]: file["summary"]["lines"]["covered"] for file in exported["data"][0]["files"]}
    assert lines == {f"{counting.root}/src/{name}.cpp": 0 for name in ("used", "unused")}


@pytest.mark.parametrize(
    ("instrumentation", "families", "message"),
    [
        (Instrumentation.COUNTED, {Family.GCC, Family.CLANG}, "'--coverage' needs one way to count"),
        (Instrumentation.COUNTED, {Family.OTHER}, "'--coverage' needs GCC or clang"),
        (Instrumentation.CRASH_SAFE, {Family.GCC}, "'--coverage-crash-safe' needs clang"),
    ],
)
def test_what_compilers_cannot_do(instrumentation, families, message):
    with pytest.raises(UsageError, match=message):
        instrumenting.check(instrumentation, families)
    instrumenting.check(instrumentation, {Family.CLANG})
    instrumenting.check(Instrumentation.NONE, families)


def test_each_family_has_its_tool():
    assert tool_of(Compilers({Language.C: GCC})) == "gcov"
    assert tool_of(Compilers({Language.CXX: CLANG})) == "llvm"


@pytest.mark.parametrize(
    ("one", "known"),
    [
        (GCC, True),
        (compiler(Family.GCC, "gcc (GCC) 14.1.1 20240522 (Red Hat 14.1.1-4)"), True),
        (compiler(Family.GCC, "gcc (crosstool-NG 1.24.0) 8.3.0"), True),
        (compiler(Family.GCC, "gcc (crosstool-NG 12.24.0) 7.5.0"), False),
    ],
)
def test_absolute_paths_where_gcc_knows_them(one, known):
    assert ("-fprofile-abs-path" in instrumenting.compile_flags(Instrumentation.COUNTED, one)) is known


def test_counters_in_files_by_the_flag_that_clang_knows():
    newer = compiler(Family.CLANG, "clang version 20.1.0 (https://example.org 1234)")
    before, after = (instrumenting.compile_flags(Instrumentation.CRASH_SAFE, one)[3:] for one in (CLANG, newer))
    assert before == ["-mllvm", "-runtime-counter-relocation"]
    assert after == ["-fprofile-continuous"]


def test_nothing_is_asked_of_a_build_without_coverage():
    for one in (GCC, CLANG):
        compilers = Compilers({Language.C: one})
        assert instrumenting.compile_flags(Instrumentation.NONE, one) == []
        assert instrumenting.link_flags(Instrumentation.NONE, one) == []
        assert instrumenting.listing_environment(Instrumentation.NONE, compilers, "/build") == {}
