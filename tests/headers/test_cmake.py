"""pyharness_add_suite(): what it makes of its arguments, and what it says to wrong ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
SOURCE = """#include <pyharness/test.h>
TEST("says nothing") {}
TEST("says something", .isolation = PYHARNESS_ISOLATION_THREAD) {}
"""


@pytest.fixture
def configure(pyharness, tmp_path):
    """Return a function that configures a project of one suite."""
    modules = pyharness("--cmake-dir").stdout.strip()

    def configured(arguments, languages, before=""):
        (tmp_path / "a.test.c").write_text(SOURCE)
        (tmp_path / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.20)\nproject(one LANGUAGES {languages})\n"
            f"find_package(pyharness REQUIRED)\n{before}\npyharness_add_suite(one SOURCES a.test.c {arguments})\n"
        )
        command = [BIN / "cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-Dpyharness_DIR={modules}"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return configured


@pytest.mark.parametrize("level", ["thread", "process", "case"])
def test_a_suite_declares_the_isolation_of_its_cases(configure, pyharness, tmp_path, level):
    configured = configure(f"ISOLATION {level}", "C CXX")
    assert configured.returncode == 0, configured.stderr
    subprocess.run([BIN / "cmake", "--build", tmp_path / "build"], check=True, capture_output=True)
    listed = json.loads(pyharness.test(tmp_path / "build", "--list", "--list-format", "json").stdout)
    assert {case["name"]: case["isolation"] for case in listed} == {"says nothing": level, "says something": "thread"}


@pytest.mark.parametrize("arguments", ['ISOLATION ""', "ISOLATION ${NOBODY_SETS_THIS}", 'ISOLATION "" GROUP ""'])
def test_an_empty_value_counts_as_not_given(configure, pyharness, tmp_path, arguments):
    configured = configure(arguments, "C CXX")
    assert configured.returncode == 0, configured.stderr
    subprocess.run([BIN / "cmake", "--build", tmp_path / "build"], check=True, capture_output=True)
    listed = json.loads(pyharness.test(tmp_path / "build", "--list", "--list-format", "json").stdout)
    assert {case["name"]: case["isolation"] for case in listed} == {"says nothing": "auto", "says something": "thread"}
    assert {case["group"] for case in listed} == {""}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("ISOLATION fork", "ISOLATION is 'fork'; make it thread, process or case"),
        ("ISOLATION PROCESS", "ISOLATION is 'PROCESS'; make it thread, process or case"),
        ("ISOLATION off", "ISOLATION is 'off'; make it thread, process or case"),
        ("ISOLATION 0", "ISOLATION is '0'; make it thread, process or case"),
        ("FRAMEWORK gtest", "FRAMEWORK is 'gtest'; make it googletest, catch2 or doctest"),
        (
            "FRAMEWORK doctest ISOLATION thread",
            "ISOLATION is 'thread', but doctest runs one case at a time; make it process or case",
        ),
    ],
)
def test_wrong_arguments_are_refused(configure, arguments, message):
    configured = configure(arguments, "NONE")
    assert configured.returncode != 0
    assert f"pyharness_add_suite(one): {message}" in " ".join(configured.stderr.split())


CATCH2_2 = "add_library(Catch2::Catch2 INTERFACE IMPORTED)"


@pytest.mark.parametrize(
    ("framework", "before", "line", "word"),
    [
        ("doctest", "", "#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN", "DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN"),
        ("doctest", "", "  #  define DOCTEST_CONFIG_IMPLEMENT // here", "DOCTEST_CONFIG_IMPLEMENT"),
        ("catch2", CATCH2_2, "#define CATCH_CONFIG_MAIN", "CATCH_CONFIG_MAIN"),
        ("catch2", CATCH2_2, "#define CATCH_CONFIG_RUNNER", "CATCH_CONFIG_RUNNER"),
    ],
)
def test_a_file_with_a_main_program_of_the_framework_is_refused(configure, tmp_path, framework, before, line, word):
    (tmp_path / "main.cpp").write_text(f"{line}\n")
    configured = configure(f"main.cpp FRAMEWORK {framework}", "NONE", before=before)
    assert configured.returncode != 0
    message = f"pyharness_add_suite(one): 'main.cpp' defines {word}, and a suite has {framework} in it already; leave"
    assert message in " ".join(configured.stderr.split())


@pytest.mark.parametrize(
    ("framework", "before", "text"),
    [
        ("doctest", "", "#ifndef PYHARNESS_SUITE_NAME\n#define DOCTEST_CONFIG_IMPLEMENT\n#endif"),
        ("doctest", "", "#define DOCTEST_CONFIG_IMPLEMENTATION_IN_DLL\n// #define DOCTEST_CONFIG_IMPLEMENT"),
        ("catch2", "add_library(Catch2::Catch2 STATIC IMPORTED)", "#define CATCH_CONFIG_MAIN"),
        ("catch2", CATCH2_2, "#define CATCH_CONFIG_FAST_COMPILE"),
        ("googletest", "", "#define CATCH_CONFIG_MAIN"),
    ],
)
def test_a_file_that_makes_no_second_framework_is_taken(configure, tmp_path, framework, before, text):
    (tmp_path / "more.cpp").write_text(f"{text}\n")
    configured = configure(f"more.cpp made_by_the_build.cpp FRAMEWORK {framework}", "NONE", before=before)
    assert "in it already" not in configured.stderr


def test_a_framework_that_is_a_shared_library_is_refused(configure):
    configured = configure("FRAMEWORK catch2", "NONE", before="add_library(Catch2::Catch2 SHARED IMPORTED)")
    assert configured.returncode != 0
    assert "Catch2::Catch2 is a shared library, in which the cases of all suites would meet" in " ".join(
        configured.stderr.split()
    )
