"""What sanitizers need around a suite, with the real compilers and runtimes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pyharness.building.compiler import Language, find_compilers
from pyharness.building.sanitizing import flags, runtime_environment
from pyharness.config.build_options import BuildOptions

SOURCE = """
#include <pyharness/test.hpp>
#include <stdexcept>
TEST("throws") { CHECK_THROWS_AS(throw std::runtime_error("x"), std::runtime_error); }
TEST("lets one out") { throw 1; }
"""


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
    source.write_text(SOURCE)
    arguments = ["-shared", "-fPIC", f"-I{line.partition('=')[2]}", *flags(kinds, compiler)]
    subprocess.run([*compiler.arguments, *arguments, source, "-o", library], check=True)
    result = pyharness.test(library, env=runtime_environment(kinds, compiler, environment()))
    assert result.verdicts() == {"throws": "passed", "lets one out": "failed"}
    assert result.messages("lets one out") == ["exception left the case: int: 1"]


def test_the_runtime_comes_first_and_each_library_once():
    compiler = compiler_of(Language.CXX, CXX="g++")
    loads = runtime_environment(("address",), compiler, environment())["LD_PRELOAD"].split()
    names = [Path(path).name.partition(".")[0] for path in loads]
    assert names == ["libasan", "libstdc++"]
    before = environment(LD_PRELOAD=f"/usr/lib/mine.so {loads[1]}")
    assert runtime_environment(("address",), compiler, before)["LD_PRELOAD"].split() == [*loads, "/usr/lib/mine.so"]
