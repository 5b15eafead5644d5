"""The headers compile without a warning, as each standard and with each compiler; none of them may be missing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow", "-fsyntax-only")

C_SOURCE = """
#include <pyharness/test.h>
PYHARNESS_ISOLATE_SUITE(PYHARNESS_ISOLATION_PROCESS)
static const int sizes[] = {1, 2};
PYHARNESS_TEST("a", .tags = "x", .timeout_ms = 5) {
  PYHARNESS_INFO("n %d", 1);
  PYHARNESS_CHECK(1 == 1);
  PYHARNESS_CHECK_INT(1, ==, 1);
  PYHARNESS_CHECK_UINT(1u, <=, 2u);
  PYHARNESS_CHECK_STR_EQ("a", "a");
  PYHARNESS_CHECK_MEM_EQ("a", "a", 1);
  PYHARNESS_CHECK_NEAR(1.0, 1.0, 0.1);
  PYHARNESS_REQUIRE(1);
  PYHARNESS_SKIP("why %s", "not");
}
PYHARNESS_TEST("plain") { PYHARNESS_FAIL("text"); }
PYHARNESS_TEST("apart", .isolation = PYHARNESS_ISOLATION_CASE, .threads_required = 2) {}
PYHARNESS_TEST_EACH("each", const int* size, sizes) { PYHARNESS_REQUIRE_INT(*size, >, 0); }
PYHARNESS_TEST_EACH("each more", const int* size, sizes, .serial = 1) { PYHARNESS_REQUIRE_INT(*size, >, 0); }
"""
CPP_SOURCE = """
#include <pyharness/test.hpp>
#include <stdexcept>
#include <string>
PYHARNESS_TEST("a", "x", serial, timeout(5ms)) {
  PYHARNESS_INFO("n " << 1);
  PYHARNESS_CHECK(1 == 1);
  PYHARNESS_CHECK_FALSE(std::string("a").empty());
  PYHARNESS_CHECK_THROWS_AS(throw std::runtime_error("x"), std::exception);
  PYHARNESS_CHECK_THROWS(throw 1);
  PYHARNESS_CHECK_NOTHROW((void)0);
  PYHARNESS_REQUIRE(1 < 2);
  PYHARNESS_SKIP("why " << "not");
}
PYHARNESS_ISOLATE_SUITE(pyharness::isolation::process)
PYHARNESS_TEST("apart", isolation::per_case, threads_required(2)) {}
struct Fixture { int value = 1; };
PYHARNESS_TEST_F(Fixture, "fixture") { PYHARNESS_REQUIRE(value == 1); }
PYHARNESS_TEST_EACH("each", (int number), range(0, 3)) { PYHARNESS_CHECK(number < 3); }
PYHARNESS_TEST_EACH("pairs", (int a, char b), combine(values(1, 2), values('a', 'b')), "t", disabled) {
  PYHARNESS_CHECK(a > 0);
  PYHARNESS_CHECK(b != 'c');
}
"""
SHORT = ("TEST", "TEST_EACH", "TEST_F", "CHECK", "REQUIRE", "FAIL", "SKIP", "INFO", "CHECK_INT", "CHECK_THROWS_AS")
NO_SHORT_NAMES = "#define PYHARNESS_NO_SHORT_NAMES\n{source}\n" + "".join(
    f"#ifdef {name}\n#error {name} is defined\n#endif\n" for name in SHORT
)


@pytest.fixture(scope="session")
def include(programs):
    """Return the folder of the installed headers."""
    cache = (programs.folder / "CMakeCache.txt").read_text()
    (line,) = [line for line in cache.splitlines() if line.startswith("PYHARNESS_INCLUDE_DIR:")]
    return Path(line.partition("=")[2]).resolve()


def compiled(compiler, standard, language, source, include, *more):
    command = [compiler, f"-std={standard}", f"-x{language}", *STRICT, f"-I{include}", *more, "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def with_short_names(source):
    return re.sub(r"PYHARNESS_(?!ISOLAT)", "", source)


@pytest.mark.parametrize("standard", ["c99", "c11", "c17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
@pytest.mark.parametrize("short", [True, False], ids=["short names", "long names only"])
def test_c(include, compiler, standard, short):
    source = with_short_names(C_SOURCE) if short else NO_SHORT_NAMES.replace("{source}", C_SOURCE)
    compiled(compiler, standard, "c", source, include)


@pytest.mark.parametrize("standard", ["c++17", "c++20", "c++23"])
@pytest.mark.parametrize("compiler", ["g++", "clang++-19"])
@pytest.mark.parametrize("short", [True, False], ids=["short names", "long names only"])
def test_cpp(include, compiler, standard, short):
    source = with_short_names(CPP_SOURCE) if short else NO_SHORT_NAMES.replace("{source}", CPP_SOURCE)
    compiled(compiler, standard, "c++", source, include)


COMPILERS = (("gcc", "c"), ("g++", "c++"), ("clang-19", "c"), ("clang++-19", "c++"))


@pytest.mark.parametrize(("compiler", "language"), COMPILERS)
def test_the_abi_header_is_plain_in_both_languages(include, compiler, language):
    """Without the shelter that a system header has from warnings."""
    standard = "c99" if language == "c" else "c++98"
    compiled(compiler, standard, language, (include / "pyharness" / "suite.h").read_text(), include, "-Wno-long-long")


def test_the_c_header_refuses_cpp(include):
    command = ["g++", "-fsyntax-only", f"-I{include}", "-xc++", "-"]
    done = subprocess.run(command, input="#include <pyharness/test.h>", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "include pyharness/test.hpp in C++" in done.stderr


@pytest.mark.parametrize("operator", ["&&", "||"])
def test_an_expression_that_cannot_be_taken_apart_is_explained(include, operator):
    source = f'#include <pyharness/test.hpp>\nTEST("a") {{ CHECK(1 == 1 {operator} 2 == 2); }}'
    command = ["g++", "-std=c++17", "-fsyntax-only", f"-I{include}", "-xc++", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"put an expression with {operator} into parentheses" in done.stderr
