"""Builds with sanitizers: what is found is found, and what cannot be is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyharness.building import sanitizing
from pyharness.building.compiler import Compiler, Family, Language, find_compilers
from pyharness.config.build_options import BuildOptions
from pyharness.errors import UsageError

GCC = Compiler(("g++",), Family.GCC, "")
FAULTS = {
    "address": ("char* p = malloc(1); p[1 + argument] = 1; free(p);", "AddressSanitizer: heap-buffer-overflow"),
    "undefined": ("volatile int x = 0x7fffffff; x += 1 + argument;", "runtime error: signed integer overflow"),
    "thread": (
        "pthread_t t; pthread_create(&t, 0, race, 0); race(0); pthread_join(t, 0);",
        "ThreadSanitizer: data race",
    ),
    "leak": ("leaked = malloc(123); leaked = 0;", "LeakSanitizer: detected memory leaks"),
}
SOURCE = """#include <pthread.h>
#include <stdlib.h>
static int shared;
static void* volatile leaked;
static void* race(void* unused) {{ for (int i = 0; i < 100000; ++i) ++shared; return unused; }}
__attribute__((visibility("default"))) void fault(int argument) {{ (void)race; (void)leaked; {fault} }}
"""
THROWING = """
#include <pyharness/test.hpp>
#include <stdexcept>
TEST("throws") { CHECK_THROWS_AS(throw std::runtime_error("x"), std::runtime_error); }
TEST("lets one out") { throw 1; }
"""
LOADER = """#include <dlfcn.h>
int main(int count, char** words) {
  void (*fault)(int) = (void (*)(int))dlsym(dlopen(words[1], RTLD_NOW), "fault");
  fault(count - 2);
  return 0;
}
"""


@pytest.fixture(scope="session")
def loader(tmp_path_factory):
    """A program that is not sanitized itself, as the host is not."""
    folder = tmp_path_factory.mktemp("loader")
    (folder / "loader.c").write_text(LOADER)
    subprocess.run(["gcc", "-o", "loader", "loader.c", "-ldl"], cwd=folder, check=True)
    return str(folder / "loader")


@pytest.mark.parametrize(
    "sanitizers", ["address", "undefined", "thread", "leak", "address,undefined", "thread,undefined"]
)
def test_a_fault_is_found_in_a_process_with_the_environment_of_the_plan(project, loader, sanitizers):
    kind = sanitizers.split(",")[-1]
    fault, finding = FAULTS[kind]
    project.list_command = ("cp",)  # a shell with the runtime of ThreadSanitizer crashes
    project.write("a/a.test.c", SOURCE.format(fault=fault))
    built = project.build("--sanitize", sanitizers)
    assert list(built.ready) == ["a"], built
    runtime = project.plan("--sanitize", sanitizers).tools.runtime
    command = [loader, built.ready["a"].suite.library]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **runtime})
    assert finding in done.stderr
    assert done.returncode != 0


def test_each_set_has_a_folder_of_its_own(project):
    project.write("a/a.test.c", "int a;\n")
    project.build()
    assert len(project.build("--sanitize", "undefined,address").ran) == 3
    assert project.build().ran == []
    assert project.build("--sanitize", "address,undefined").ran == [], "the order does not matter"
    machine = os.uname().machine
    folders = sorted(path.name for path in (project.root / ".pyharness" / "build").iterdir())
    assert folders == [machine, f"{machine}-address+undefined"]


def test_what_the_user_says_goes_before():
    said = {"ASAN_OPTIONS": "detect_leaks=1"}
    variables = sanitizing.runtime_environment(("address",), GCC, environment(**said))
    assert variables["ASAN_OPTIONS"] == "detect_leaks=0:detect_leaks=1", "the last one holds"


def test_leaks_are_looked_for_when_they_are_asked_for():
    assert sanitizing.runtime_environment(("address", "leak"), GCC, os.environ)["ASAN_OPTIONS"] == "detect_leaks=1"
    assert sanitizing.runtime_environment((), GCC, os.environ) == {}


def test_only_the_runtime_that_is_first_can_tell_the_host_of_an_end():
    alone = sanitizing.runtime_environment(("undefined",), GCC, environment())["UBSAN_OPTIONS"]
    beside = sanitizing.runtime_environment(("address", "undefined"), GCC, environment())["UBSAN_OPTIONS"]
    assert beside == f"{alone}:abort_on_error=1"


def test_clang_has_its_runtime_in_a_library_of_its_own():
    clang = Compiler(("clang++",), Family.CLANG, "")
    assert sanitizing.flags(("address",), clang) == [
        "-fsanitize=address", "-fno-omit-frame-pointer", "-shared-libsan",
    ]  # fmt: skip
    assert sanitizing.flags((), clang) == []


def test_a_runtime_that_is_not_installed(tmp_path):
    compiler = tmp_path / "g++"
    compiler.write_text("#!/bin/sh\necho libasan.so\n")
    compiler.chmod(0o755)
    with pytest.raises(UsageError, match=r"has no runtime 'libasan\.so' for '--sanitize address'; install it"):
        sanitizing.runtime_environment(("address",), Compiler((str(compiler),), Family.GCC, ""), os.environ)


@pytest.mark.parametrize(
    ("sanitizers", "families", "message"),
    [
        (("address",), {Family.GCC, Family.CLANG}, "'--sanitize address' needs one runtime"),
        (("leak",), {Family.CLANG}, "give '--sanitize address,leak'"),
    ],
)
def test_what_compilers_cannot_do(sanitizers, families, message):
    with pytest.raises(UsageError, match=message):
        sanitizing.check(sanitizers, families)
    sanitizing.check(sanitizers, {Family.GCC})
    sanitizing.check((), families)


def test_a_lister_runs_with_the_runtime(project):
    project.list_command = (
        sys.executable,
        "-c",
        "import os, sys; open(sys.argv[2], 'w').write(os.environ['LD_PRELOAD'])",
    )
    project.write("a/a.test.c", "int a;\n")
    suite = project.build("--sanitize", "undefined").ready["a"].suite
    assert "libubsan" in Path(suite.listing).read_text(encoding="utf-8")


def environment(**others):
    return {**{name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}, **others}


def compiler_of(language, **others):
    return find_compilers([language], BuildOptions(), environment(**others))[language]


@pytest.mark.parametrize("kinds", [("address", "undefined"), ("thread",), ("undefined",)])
def test_cases_may_throw(pyharness, programs, tmp_path, kinds):
    compiler = compiler_of(Language.CXX, CXX="g++")
    cache = (programs.folder / "CMakeCache.txt").read_text()
    (line,) = [line for line in cache.splitlines() if line.startswith("PYHARNESS_INCLUDE_DIR:")]
    source, library = tmp_path / "throws.test.cpp", tmp_path / "libthrows.so"
    source.write_text(THROWING)
    arguments = ["-shared", "-fPIC", f"-I{line.partition('=')[2]}", *sanitizing.flags(kinds, compiler)]
    subprocess.run([*compiler.arguments, *arguments, source, "-o", library], check=True)
    result = pyharness.test(library, env=sanitizing.runtime_environment(kinds, compiler, environment()))
    assert result.verdicts() == {"throws": "passed", "lets one out": "failed"}
    assert result.messages("lets one out") == ["exception left the case: int: 1"]


def test_the_runtime_comes_first_and_each_library_once():
    compiler = compiler_of(Language.CXX, CXX="g++")
    loads = sanitizing.runtime_environment(("address",), compiler, environment())["LD_PRELOAD"].split()
    names = [Path(path).name.partition(".")[0] for path in loads]
    assert names == ["libasan", "libstdc++"]
    before = environment(LD_PRELOAD=f"/usr/lib/mine.so {loads[1]}")
    assert sanitizing.runtime_environment(("address",), compiler, before)["LD_PRELOAD"].split() == [
        *loads,
        "/usr/lib/mine.so",
    ]
