"""What is built, when it is built again, and what is told of it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyharness.errors import UsageError

FUNCTION = '#include "value.h"\n__attribute__((visibility("default"))) int {name}(void) {{ return VALUE; }}\n'


def value_of(library, function):
    """Call a function of a library; in a process of its own, since a loaded library stays."""
    code = f"import ctypes; print(ctypes.CDLL({library!r}).{function}())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.fixture
def two_folders(project):
    """Two folders with a test file and a header each, and one with two files."""
    for folder in ("a", "b"):
        project.write(f"tests/{folder}/value.h", "#define VALUE 1\n")
        project.write(f"tests/{folder}/one.test.c", FUNCTION.format(name="one"))
    project.write("tests/b/two.test.c", FUNCTION.format(name="two"))
    return project


ALL = ["a.list", "a.so", "b.list", "b.so", "one.test.c.o", "one.test.c.o", "two.test.c.o"]


def test_a_folder_is_a_suite_and_the_second_build_runs_nothing(two_folders):
    built = two_folders.build()
    assert (sorted(built.ready), built.failed) == (["tests/a", "tests/b"], {})
    assert built.ran == ALL
    suite = built.ready["tests/b"].suite
    assert suite.sources == ("tests/b/one.test.c", "tests/b/two.test.c")
    assert (value_of(suite.library, "one"), value_of(suite.library, "two")) == (1, 1)
    assert Path(suite.listing).read_text(encoding="utf-8") == os.path.relpath(suite.library)
    assert (built.ready["tests/a"].steps, built.ready["tests/b"].steps) == (3, 4)
    again = two_folders.build()
    assert (again.ran, again.order) == ([], ["tests/a", "tests/b"])
    assert {news.steps for news in again.ready.values()} == {0}


def test_a_header_rebuilds_what_includes_it(two_folders):
    two_folders.build()
    two_folders.write("tests/a/value.h", "#define VALUE 2\n")
    built = two_folders.build()
    assert built.ran == ["a.list", "a.so", "one.test.c.o"]
    assert value_of(built.ready["tests/a"].suite.library, "one") == 2
    assert (built.ready["tests/a"].steps, built.ready["tests/b"].steps) == (3, 0)
    assert built.order[0] == "tests/b", "what is up to date is told before anything is built"


def test_a_source_rebuilds_itself(two_folders):
    two_folders.build()
    two_folders.write("tests/b/two.test.c", FUNCTION.format(name="two").replace("VALUE;", "VALUE + 5;"))
    built = two_folders.build()
    assert built.ran == ["b.list", "b.so", "two.test.c.o"]
    assert value_of(built.ready["tests/b"].suite.library, "two") == 6


def test_a_flag_rebuilds_all_that_it_is_for(two_folders):
    two_folders.build()
    two_folders.write("pyharness.toml", '[build]\nflags = ["-DUNUSED"]\n')
    assert two_folders.build().ran == ["one.test.c.o", "one.test.c.o", "two.test.c.o", *ALL[:4]][3:] + ALL[4:]
    two_folders.write(
        "pyharness.toml", '[build]\nflags = ["-DUNUSED"]\n[[build.overrides]]\npath = "tests/*/two*"\nflags = ["-O1"]\n'
    )
    assert two_folders.build().ran == ["b.list", "b.so", "two.test.c.o"]
    two_folders.write("pyharness.toml", '[build]\nflags = ["-DUNUSED"]\ncxx-flags = ["-O1"]\n')
    assert two_folders.build().ran == ["b.list", "b.so", "two.test.c.o"]


def test_a_compiler_that_changes_rebuilds_what_it_compiles(two_folders, tmp_path):
    compiler = tmp_path / "mycc"
    compiler.write_text('#!/bin/sh\nexec gcc "$@"\n')
    compiler.chmod(0o755)
    two_folders.environment["CC"] = str(compiler)
    assert two_folders.build().ran == ALL
    assert two_folders.build().ran == []
    compiler.write_text('#!/bin/sh\n: a new version\nexec gcc "$@"\n')
    assert two_folders.build().ran == ALL
    two_folders.environment["CC"] = f"{compiler} -O1"
    assert two_folders.build().ran == ALL


def test_headers_of_pyharness_rebuild_the_tests_of_their_language(project, tmp_path, monkeypatch):
    include = tmp_path / "include"
    shutil.copytree(
        Path(subprocess.check_output(["pyharness", "--cmake-dir"], text=True).strip()).parent / "include", include
    )
    monkeypatch.setattr("pyharness.building.preparing.header_folder", lambda: str(include))
    project.write("pyharness.toml", '[build]\nsources = ["src/*.c"]\n')
    project.write("src/under.c", "int under(void) { return 1; }\n")
    project.write("c/c.test.c", "#include <pyharness/suite.h>\n")
    project.write("cxx/cxx.test.cpp", "#include <pyharness/suite.h>\n")
    project.build()
    before = (include / "pyharness" / "test.hpp").stat()
    (include / "pyharness" / "test.hpp").write_text("// another version, with a date of long ago\n")
    os.utime(include / "pyharness" / "test.hpp", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert project.build().ran == ["cxx.list", "cxx.so", "cxx.test.cpp.o"]
    with (include / "pyharness" / "suite.h").open("a") as file:
        file.write("/* more */\n")
    assert project.build().ran == ["c.list", "c.so", "c.test.c.o", "cxx.list", "cxx.so", "cxx.test.cpp.o"]


def test_another_lister_lists_again(two_folders, tmp_path):
    lister = tmp_path / "lister"
    lister.write_text('#!/bin/sh\necho first > "$2"\n')
    lister.chmod(0o755)
    two_folders.list_command = (str(lister),)
    two_folders.build()
    lister.write_text('#!/bin/sh\necho another > "$2"\n')
    built = two_folders.build()
    assert built.ran == ["a.list", "b.list"]
    assert Path(built.ready["tests/a"].suite.listing).read_text(encoding="utf-8") == "another\n"


def test_a_list_of_files_that_changes_links_its_folder(two_folders):
    two_folders.build()
    two_folders.write("tests/a/three.test.c", FUNCTION.format(name="three"))
    assert two_folders.build().ran == ["a.list", "a.so", "three.test.c.o"]
    (two_folders.root / "tests" / "a" / "three.test.c").unlink()
    assert two_folders.built_files("tests/three*") == ["three.test.c.o"]
    assert two_folders.build().ran == ["a.list", "a.so"]
    assert two_folders.built_files("tests/three*") == [], "what was made of a source that is gone is removed"


def test_a_part_is_built_for_itself_and_leaves_the_rest_alone(two_folders):
    two_folders.build()
    (two_folders.root / "tests" / "b" / "one.test.c").write_text("what is no C\n")
    built = two_folders.build("tests/b/two.test.c")
    assert list(built.ready) == ["tests/b/two.test.c"]
    assert built.ran == ["two.test.c.list", "two.test.c.so"], "the object is the same"
    two_folders.write("tests/b/one.test.c", FUNCTION.format(name="one"))
    assert two_folders.build("tests/a").ran == []
    assert two_folders.build().ran == ["b.list", "b.so", "one.test.c.o"]


def test_a_library_of_each_file(two_folders):
    built = two_folders.build("--no-suite")
    assert sorted(built.ready) == ["tests/a/one.test.c", "tests/b/one.test.c", "tests/b/two.test.c"]
    assert two_folders.build().ran == ["a.list", "a.so", "b.list", "b.so"]


def test_a_build_afresh(two_folders):
    two_folders.build()
    assert two_folders.build(afresh=True).ran == ALL
    assert two_folders.build().ran == []


def test_a_compile_error_has_the_words_of_the_compiler_and_costs_its_suite(two_folders):
    two_folders.write("tests/a/bad.test.cpp", 'int x = "text";\n')
    two_folders.write("tests/a/worse.test.c", "int y = undeclared;\n")
    built = two_folders.build()
    assert (list(built.ready), list(built.failed)) == (["tests/b"], ["tests/a"])
    output = built.failed["tests/a"].output
    assert "tests/a/bad.test.cpp:1:9: error: invalid conversion" in output
    assert "tests/a/worse.test.c:1:9: error: " in output
    assert "FAILED" not in output
    assert two_folders.build().failed["tests/a"].output.count("error: ") == 2, "it fails again, and is told again"
    (two_folders.root / "tests" / "a" / "bad.test.cpp").unlink()
    two_folders.write("tests/a/worse.test.c", "int y;\n")
    assert two_folders.build().failed == {}


def test_a_link_error_has_the_words_of_the_linker(project):
    project.write("a/a.test.c", "int missing(void);\nint a(void) { return missing(); }\n")
    built = project.build()
    assert "undefined reference to `missing'" in built.failed["a"].output
    assert project.built_files("suites/*.so") == []


def test_the_first_failure_can_end_the_build(project):
    for number in range(6):
        project.write(f"{number}/x.test.c", "no C\n")
    built = project.build(stop_at_first_failure=True)
    assert 1 <= len(built.failed) <= 2, "two were running"
    assert len(built.failed) + len(built.not_built) == 6
    assert {news.reason for news in built.not_built.values()} == {"the build has stopped at the first failure"}


def test_warnings_come_with_the_suite(project):
    project.write("a/a.test.c", "#warning look here\n")
    assert "look here" in project.build().ready["a"].output
    assert project.build().ready["a"].output == ""


def test_a_lister_that_fails_costs_the_suite(project):
    project.write("a/a.test.c", "int a;\n")
    project.write("b/b.test.c", "int b;\n")
    project.list_command = ("/bin/sh", "-c", 'case $1 in */a-*) echo oh; kill -9 $$;; esac; : > "$2"', "list")
    built = project.build()
    assert (list(built.ready), list(built.failed)) == (["b"], ["a"])
    assert "oh\n" in built.failed["a"].output


def test_output_of_a_compiler_is_never_taken_for_that_of_ninja(project, tmp_path):
    """It has all that ninja might print, in front and between."""
    token = "0" * 32
    lie = (
        f"FAILED: [code=1] x.o \\ngcc x\\n{token} 1\\n{token} ready\\nninja: build stopped: subcommand failed.\\n\\377"
    )
    compiler = tmp_path / "cc"
    compiler.write_text(f'#!/bin/sh\n[ "$1" = --version ] || printf \'{lie}\'\nexec gcc "$@"\n')
    compiler.chmod(0o755)
    project.environment["CC"] = str(compiler)
    project.write("a/a.test.c", "int a;\n")
    project.write("b/b.test.c", "bad;;\nint\n")
    built = project.build()
    assert (list(built.ready), list(built.failed)) == (["a"], ["b"])
    assert built.ready["a"].output.startswith("FAILED: [code=1] x.o \ngcc x\n")
    assert "\\xff" in built.failed["b"].output
    assert "error: " in built.failed["b"].output


@pytest.mark.parametrize(
    "name",
    ["with blank", "two  blanks", " leading", "it's", 'a "quote"', "$HOME", "dollar$ blank", "$$", "a$(id)", "ü日本",
     "back\\slash", "a:b", "#hash", "a&b", "%s", "(x)[y]{z}", "~", "a,b=c+d@e"],
)  # fmt: skip
def test_paths_of_all_letters(project, name):
    export = '__attribute__((visibility("default")))'
    source = f'#include "value.h"\n{export} const char* prefix(void) {{ return PYHARNESS_CASE_PREFIX; }}\n'
    project.write(f"{name}/value.h", "\n")
    project.write(f"{name}/{name}.test.c", source)
    built = project.build(".")
    assert list(built.ready) == [name], built
    library = ctypes.CDLL(built.ready[name].suite.library)
    library.prefix.restype = ctypes.c_char_p
    assert library.prefix().decode() == f"{name}/{name}.test.c::"
    assert project.build(".").ran == []
    project.write(f"{name}/value.h", "/* changed */\n")
    assert len(project.build(".").ran) == 3


@pytest.mark.parametrize("name", ["a\nb", b"\xff", "a;b", "`id`", "a|b", "a\tb", "-dash"])
def test_paths_that_no_build_can_have_are_refused(project, name):
    folder = project.root / os.fsdecode(name)
    folder.mkdir()
    (folder / "a.test.c").touch()
    with pytest.raises(UsageError, match="rename it"):
        project.plan(".")


def test_the_root_may_have_any_name_too(project, monkeypatch):
    folder = project.root / "my $project's"
    folder.mkdir()
    monkeypatch.chdir(folder)
    project.root = folder
    project.write("a/a.test.c", "int a;\n")
    assert list(project.build().ready) == ["a"]
    assert project.build().ran == []


def test_nothing_is_written_but_below_the_folder_of_pyharness(two_folders):
    two_folders.build()
    outside = {path.relative_to(two_folders.root).parts[0] for path in two_folders.root.rglob("*") if path.is_file()}
    assert outside == {"tests", ".pyharness"}
    assert (two_folders.root / ".pyharness" / ".gitignore").read_text() == "*\n"


def test_sources_elsewhere_are_built_from_the_root(project, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.test.c").write_text("int x;\n")
    built = project.build("../other")
    assert list(built.ready) == ["../other"]


def test_links_to_folders_do_not_change_names(project, tmp_path, monkeypatch):
    project.write("real/x.test.c", '#include "../x.h"\n')
    project.write("x.h", "int x;\n")
    (project.root / "link").symlink_to("real")
    (project.root / "real" / "file.test.c").symlink_to("x.test.c")
    (tmp_path / "way").symlink_to(project.root)
    assert list(project.build("link/x.test.c").ready) == ["real/x.test.c"]
    assert list(project.build("real/file.test.c").ready) == ["real/file.test.c"]
    monkeypatch.chdir(tmp_path)
    project.write("pyharness.toml", "")
    arguments = ["--config", "way/pyharness.toml", "way/link/x.test.c"]
    assert project.build(*arguments).ran == []


def test_a_large_folder_has_even_parts(project):
    for number in range(33):
        project.write(f"many/t{number:02}.test.c", "")
    plan = project.plan()
    assert [suite.name for suite in plan.suites] == ["many (part 1)", "many (part 2)", "many (part 3)"]
    assert [len(suite.sources) for suite in plan.suites] == [11, 11, 11]
