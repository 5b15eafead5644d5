"""`pyharness new`: the file that it writes, and the names that it takes."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from pyharness.cli import main
from pyharness.cli.new import path_of
from pyharness.discovery.sources import is_test_source
from pyharness.errors import ExitCode, UsageError

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
CASES = {
    "first.test.cpp": {"adds", "grows", "doubles[1]", "doubles[2]", "doubles[3]"},
    "first.test.c": {"adds", "compares texts", "doubles[0]", "doubles[1]", "doubles[2]"},
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("first", "first.test.cpp"),
        ("first.test.cpp", "first.test.cpp"),
        ("first.cpp", "first.test.cpp"),
        ("first.cc", "first.test.cc"),
        ("first.test.cxx", "first.test.cxx"),
        ("first.c", "first.test.c"),
        ("first.test.c", "first.test.c"),
        ("first.test", "first.test.test.cpp"),
        ("v1.2", "v1.2.test.cpp"),
        ("math/basic/add", "math/basic/add.test.cpp"),
        ("../a.b/two words.c", "../a.b/two words.test.c"),
    ],
)
def test_a_name_gets_the_ending_that_is_looked_for(name, path):
    assert path_of(name) == path
    assert is_test_source(path)


@pytest.mark.parametrize("name", ["math/", ".", "..", "math/..", ".test.cpp", "math/.c", ".hidden"])
def test_a_name_of_no_file_is_refused(name):
    with pytest.raises(UsageError, match=r"is no name for a test file; give one such as 'first' or 'math/add\.c'"):
        path_of(name)


def compiled(path, programs, *standard):
    """Return a suite made of the file, by a compiler that lets nothing pass."""
    cache = (programs.folder / "CMakeCache.txt").read_text()
    (line,) = [line for line in cache.splitlines() if line.startswith("PYHARNESS_INCLUDE_DIR:")]
    compiler = "gcc" if path.suffix == ".c" else "g++"
    library = path.parent / "libfirst.so"
    options = ["-shared", "-fPIC", f"-I{line.partition('=')[2]}", *standard, *STRICT]
    subprocess.run([compiler, *options, path, "-o", library], check=True)
    return library


@pytest.mark.parametrize(
    ("name", "standard"), [("first.test.cpp", "c++17"), ("first.test.cpp", "c++23"), ("first.test.c", "c99")]
)
def test_the_file_compiles_without_a_warning_and_passes(pyharness, programs, tmp_path, name, standard):
    assert pyharness("new", name).code == 0
    result = pyharness.test(compiled(tmp_path / name, programs, f"-std={standard}"))
    assert result.code == 0
    assert result.verdicts() == dict.fromkeys(CASES[name], "passed")


def test_the_tag_that_its_comment_speaks_of_selects(pyharness, programs, tmp_path):
    assert pyharness("new", "first").code == 0
    library = compiled(tmp_path / "first.test.cpp", programs, "-std=c++17")
    listed = json.loads(pyharness.test(library, "-k", "numbers", "--list", "--list-format", "json").stdout)
    assert [case["name"] for case in listed] == ["doubles[1]", "doubles[2]", "doubles[3]"]


@pytest.mark.parametrize(
    ("name", "path", "command"),
    [
        ("first", "first.test.cpp", "pyharness test first.test.cpp"),
        ("math/add.c", "math/add.test.c", "pyharness test math/add.test.c"),
        ("two words", "two words.test.cpp", "pyharness test 'two words.test.cpp'"),
        ("bad\nname", "bad\nname.test.cpp", "pyharness test 'bad\\nname.test.cpp'"),
    ],
)
def test_it_says_what_to_type_next(tmp_path, capsys, name, path, command):
    assert main(["new", name]) == 0
    shown = path.replace("\n", "\\n")
    assert capsys.readouterr().out == f"wrote {shown}; to build and run it:\n\n    {command}\n"
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_a_name_that_looks_like_an_option_can_be_given_and_run(capsys):
    assert main(["new", "--", "-x"]) == 0
    assert capsys.readouterr().out.endswith("    pyharness test ./-x.test.cpp\n")


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_what_is_there_is_never_overwritten(tmp_path, capsys, kind):
    path = tmp_path / "first.test.cpp"
    {
        "file": lambda: path.write_text("mine"),
        "folder": path.mkdir,
        "dangling link": lambda: path.symlink_to("nowhere"),
    }[kind]()
    before = os.lstat(path)
    assert main(["new", "first"]) == ExitCode.USAGE
    message = "'first.test.cpp' exists already, and stays as it is; give another name"
    assert capsys.readouterr().err == f"pyharness: error: {message}\n"
    assert os.lstat(path) == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "'pyharness new' needs a NAME such as 'first' or 'math/add.c'"),
        ([""], "invalid value '' for 'NAME'; give a NAME such as 'first' or 'math/add.c'"),
        (["one", "two"], "there is one NAME only; leave out 'two'"),
        (["one", "--force"], "unknown option '--force'; 'pyharness new --help' lists the options"),
        (["file/first"], "cannot make folder 'file': File exists; name another one"),
        (["file/more/first"], "cannot make folder 'file/more': Not a directory; name another one"),
        (["long" * 100], f"cannot write '{'long' * 100}.test.cpp': File name too long; name a file in another folder"),
    ],
)
def test_a_mistake_is_one_line_and_exit_4(tmp_path, capsys, arguments, message):
    (tmp_path / "file").touch()
    assert main(["new", *arguments]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"pyharness: error: {message}\n")
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_help_has_the_operand_in_its_place(capsys):
    assert main(["new", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: pyharness new [OPTION...] NAME\n\nWrite a first test file.\n")
    assert "NAME:\n  The file, with or without '.test.cpp'" in out


@pytest.mark.parametrize("name", CASES)
def test_the_command_that_it_prints_builds_and_runs_the_file(pyharness, tmp_path, name):
    command = pyharness("new", name).stdout.splitlines()[-1].split()
    assert command[:2] == ["pyharness", "test"]
    result = pyharness(*command[1:], cwd=tmp_path, limit_s=120)
    assert result.code == 0, result
    assert result.verdicts() == dict.fromkeys(CASES[name], "passed")
