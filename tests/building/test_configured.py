"""What `[build]` says, by what becomes of it."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from pyharness.errors import UsageError

EXPORT = '__attribute__((visibility("default"))) '


def value_of(built, name, function):
    """Call a function in a process of its own: a loaded library stays as it was."""
    path = built.ready[name].suite.library
    code = f"import ctypes; print(ctypes.CDLL({path!r}).{function}())"
    return int(subprocess.check_output([sys.executable, "-c", code], text=True))


def refusal(project, text, *arguments):
    project.write("pyharness.toml", text)
    with pytest.raises(UsageError) as caught:
        project.plan(*arguments)
    return str(caught.value)


def test_standards_flags_and_folders(project):
    project.write(
        "pyharness.toml",
        '[build]\nc-standard = "c99"\ncxx-standard = "gnu++20"\n'
        "flags = [\"-DBOTH=1\", '''-DTEXT=\"a  b\\\"$HOME\\\\\"''']\n"
        'c-flags = ["-DC=2"]\ncxx-flags = ["-DCXX=3"]\ninclude = ["include/my folder"]\n',
    )
    project.write("include/my folder/mine.h", "#define MINE 40\n")
    numbers = f'#include "mine.h"\n{EXPORT} long numbers(void) {{ return LANGUAGE + MINE + BOTH; }}\n'
    text = f"{EXPORT} const char* text(void) {{ return TEXT; }}\n"
    project.write("a/a.test.c", numbers.replace("LANGUAGE", "__STDC_VERSION__ * 100 + C") + text)
    project.write(
        "b/b.test.cpp", f'extern "C" {{\n{numbers.replace("LANGUAGE", "(__cplusplus > 201703L) * 100 + CXX")}}}\n'
    )
    built = project.build()
    assert value_of(built, "a", "numbers") == 19990143
    assert value_of(built, "b", "numbers") == 144
    library = ctypes.CDLL(built.ready["a"].suite.library)
    library.text.restype = ctypes.c_char_p
    assert library.text() == b'a  b"$HOME\\'


def test_sources_under_test_are_compiled_once_and_linked_into_each_suite(project):
    project.write("pyharness.toml", '[build]\nsources = ["src/**/*.c", "!src/other.c"]\n')
    project.write("src/deep/count.c", "static int count;\nint next(void) { return ++count; }\n")
    project.write("src/other.c", "what is no C\n")
    project.write("src/own.test.c", f"int next(void);\n{EXPORT} int here(void) {{ return next(); }}\n")
    for name in ("a", "b"):
        project.write(f"{name}/t.test.c", f"int next(void);\n{EXPORT} int t(void) {{ return next(); }}\n")
    built = project.build(".")
    assert sorted(built.ready) == ["a", "b", "src"]
    assert built.ran.count("count.c.o") == 1
    libraries = [ctypes.CDLL(built.ready[name].suite.library) for name in ("a", "a", "b")]
    assert [library.t() for library in libraries] == [1, 2, 1], "each has its own"
    exported = subprocess.check_output(["nm", "-D", "--defined-only", built.ready["a"].suite.library], text=True)
    assert [line.split()[-1] for line in exported.splitlines()] == ["t"]
    project.write("src/deep/count.c", "int next(void) { return 40; }\n")
    again = project.build(".")
    assert "t.test.c.o" not in again.ran
    assert value_of(again, "b", "t") == 40


def test_a_source_under_test_that_does_not_compile_costs_all_suites(project):
    project.write("pyharness.toml", '[build]\nsources = ["src/*.c"]\n')
    project.write("src/bad.c", "no C\n")
    project.write("a/a.test.c", "int a;\n")
    project.write("b/b.test.c", "int b;\n")
    built = project.build()
    assert sorted(built.failed) == ["a", "b"]
    assert all("src/bad.c:1:1: error: " in news.output for news in built.failed.values())


def test_libraries_by_name_and_by_file(project):
    project.write("lib/make.c", "int made(void) { return 5; }\n")
    folder = project.root / "lib"
    subprocess.run(["gcc", "-fPIC", "-c", "make.c"], cwd=folder, check=True)
    subprocess.run(["ar", "qcs", "libmake.a", "make.o"], cwd=folder, check=True)
    project.write("pyharness.toml", '[build]\nlibraries = ["m", "lib/libmake.a"]\nlink-flags = ["-Wl,--as-needed"]\n')
    project.write(
        "a/a.test.c",
        "#include <math.h>\nint made(void);\n"
        f"{EXPORT} int a(void) {{ volatile double zero = 0; return made() + (int)cos(zero); }}\n",
    )
    assert value_of(project.build(), "a", "a") == 6
    (folder / "make.c").write_text("int made(void) { return 6; }\n")
    subprocess.run(["gcc", "-fPIC", "-c", "make.c"], cwd=folder, check=True)
    subprocess.run(["ar", "rcs", "libmake.a", "make.o"], cwd=folder, check=True)
    assert project.build().ran == ["a.list", "a.so"]


def test_packages(project):
    project.write("pyharness.toml", '[build]\npkg-config = ["zlib"]\n')
    project.write(
        "a/a.test.c", f"#include <zlib.h>\n{EXPORT} int a(void) {{ return zlibVersion()[0] == ZLIB_VERSION[0]; }}\n"
    )
    assert value_of(project.build(), "a", "a") == 1


def test_an_unknown_package(project):
    project.write("a/a.test.c", "int a;\n")
    said = refusal(project, '[build]\npkg-config = ["zlib", "never-heard-of"]\n')
    assert said.startswith(
        "pkg-config does not find 'zlib', 'never-heard-of' of 'pkg-config' in [build] of 'pyharness.toml'"
    )
    assert "never-heard-of" in said.split(": ", 1)[1]
    project.environment["PKG_CONFIG"] = "absent"
    assert refusal(project, '[build]\npkg-config = ["zlib"]\n') == (
        "no 'absent' in PATH, which 'pkg-config' in [build] of 'pyharness.toml' asks; install it"
    )


def test_overrides_add_to_what_matches(project):
    project.write(
        "pyharness.toml",
        '[build]\nflags = ["-DV=1"]\ncxx-standard = "c++17"\n'
        '[[build.overrides]]\npath = "b/**"\nflags = ["-UV", "-DV=2"]\nlibraries = ["z"]\n'
        '[[build.overrides]]\npath = "**/late*"\nflags = ["-UV", "-DV=3"]\n',
    )
    for path in ("a/x", "b/x", "b/late"):
        project.write(f"{path}.test.c", f"{EXPORT} int {path[-1]}(void) {{ return V; }}\n")
    project.write("b/z.test.c", f"char* zlibVersion(void);\n{EXPORT} int z(void) {{ return zlibVersion()[0]; }}\n")
    built = project.build()
    assert [value_of(built, "a", "x"), value_of(built, "b", "x"), value_of(built, "b", "e")] == [1, 2, 3]
    assert value_of(built, "b", "z") == ord("1")
    needed = subprocess.check_output(["readelf", "-d", built.ready["a"].suite.library], text=True)
    assert "libz" not in needed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sources = ["none/*.c"]', "no file matches 'none/*.c' of 'sources' in [build] of 'pyharness.toml'"),
        ('sources = ["*.toml"]', "'pyharness.toml', which '*.toml' of 'sources' in [build]"),
        ('libraries = ["none/liba.a"]', "no file 'none/liba.a', which 'libraries' in [build]"),
        ('c-compiler = "absent"', "no C compiler 'absent', which [build] of 'pyharness.toml' names"),
    ],
)
def test_what_is_named_and_not_there(project, text, message):
    project.write("a/a.test.c", "int a;\n")
    assert message in refusal(project, f"[build]\n{text}\n")


def test_paths_count_from_the_folder_of_the_configuration(project, monkeypatch):
    project.write("pyharness.toml", '[build]\nsources = ["src/*.c"]\ninclude = ["include"]\n')
    project.write("src/under.c", "int under(void) { return 1; }\n")
    project.write("include/mine.h", "int under(void);\n")
    project.write("tests/deep/a.test.c", f'#include "mine.h"\n{EXPORT} int a(void) {{ return under(); }}\n')
    monkeypatch.chdir(project.root / "tests" / "deep")
    built = project.build("a.test.c")
    assert list(built.ready) == ["tests/deep/a.test.c"]
    monkeypatch.chdir(project.root)
    assert project.build("tests/deep/a.test.c").ran == [], "wherever it is asked for"
