"""Which test sources are found, and which are not ours to build."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pyharness.discovery import FoundSources, Kind, find_targets
from pyharness.discovery.sources import foreign_framework, is_test_source
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(*paths, sources=None):
    targets = find_targets([str(path) for path in paths], None, sources or FoundSources())
    return [(target.path, target.explicit) for target in targets if target.kind is Kind.SOURCE]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a.test.c", True), ("a.test.cc", True), ("x/a.b.test.cpp", True), ("a.test.cxx", True),
        (".test.c", False), ("a.test.h", False), ("atest.c", False), ("a.test.cppx", False), ("a.Test.c", False),
    ],
)  # fmt: skip
def test_the_names_of_test_sources(name, is_one):
    assert is_test_source(name) is is_one


def test_folders_are_searched_in_order(here):
    for name in ("b.test.c", "z/a.test.cpp", "a/x.test.cc", "a/y.test.cxx", "a/y.cxx", "a/deep/er.test.c"):
        write(here / name)
    paths = ["b.test.c", "a/x.test.cc", "a/y.test.cxx", "a/deep/er.test.c", "z/a.test.cpp"]
    assert found(".") == [(path, False) for path in paths]


@pytest.mark.parametrize("folder", [".hidden", "CMakeFiles", "node_modules", "__pycache__"])
def test_hidden_and_foreign_folders_are_left_out(here, folder):
    write(here / folder / "a.test.c")
    assert found(".") == []
    assert found(folder) == [(f"{folder}/a.test.c", False)]


def test_a_file_and_its_cases_can_be_named(here):
    write(here / "a.test.c")
    assert found("a.test.c") == [("a.test.c", True)]
    (target,) = find_targets(["a.test.c::adds", "a.test.c::b::c"], None, FoundSources())
    assert (target.cases, target.kind) == (["adds", "b::c"], Kind.SOURCE)
    assert found("a.test.c", ".") == [("a.test.c", True)]


def test_those_who_do_not_ask_for_sources_get_none(here):
    write(here / "a.test.c")
    assert find_targets(["."]) == []


@pytest.mark.parametrize("mark", ["CTestTestfile.cmake", "meson-info/intro-tests.json"])
def test_build_folders_have_no_sources_of_ours(here, mark):
    write(here / "build" / mark)
    write(here / "build" / "deps" / "a.test.c")
    write(here / "own.test.c")
    assert found(".") == [("own.test.c", False)]


FOREIGN = {
    "googletest": "#include <gtest/gtest.h>\n",
    "catch2": '  #  include "catch2/catch_test_macros.hpp"\n',
    "doctest": "#include <doctest.h>\n",
    "boost": "#include <boost/test/unit_test.hpp>\n",
}


@pytest.mark.parametrize("framework", FOREIGN)
def test_sources_of_other_frameworks_are_left_out_with_a_word(here, framework):
    write(here / "a" / "1.test.cpp", "int x;\n" + FOREIGN[framework])
    write(here / "a" / "2.test.cpp", FOREIGN[framework])
    write(here / "a" / "ours.test.cpp", "#include <pyharness/test.hpp>\n// #include <gtest/gtest.h>\n")
    sources = FoundSources()
    assert found("a", sources=sources) == [("a/ours.test.cpp", False)]
    (remark,) = sources.remarks()
    assert remark.startswith("2 test sources are written with ")
    assert "not built: 'a/1.test.cpp' and others; see docs/bridges.md" in remark


def test_one_that_is_left_out_is_counted_as_one(here):
    write(here / "1.test.cpp", FOREIGN["catch2"])
    sources = FoundSources()
    assert found(".", sources=sources) == []
    assert sources.remarks() == [
        "1 test source is written with Catch2, and not built: '1.test.cpp'; see docs/bridges.md"
    ]


@pytest.mark.parametrize("framework", FOREIGN)
def test_one_that_is_named_is_refused_with_advice(here, framework):
    write(here / "a.test.cpp", FOREIGN[framework])
    advice = "build its program" if framework == "boost" else rf"FRAMEWORK {framework} …\), see docs/bridges.md"
    with pytest.raises(UsageError, match=advice):
        found("a.test.cpp")


def test_a_bridge_makes_it_ours(here):
    path = write(here / "a.test.cpp", FOREIGN["googletest"] + "#include <pyharness/googletest.hpp>\n")
    assert foreign_framework(str(path)) == ""
    assert found(".") == [("a.test.cpp", False)]


def git(folder, *words):
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def test_what_git_ignores_is_left_out_unless_it_is_named(here):
    git(here, "init")
    write(here / ".gitignore", "generated/\n*.tmp.test.c\n")
    for name in ("generated/a.test.c", "own/b.test.c", "own/c.tmp.test.c"):
        write(here / name)
    assert found(".") == [("own/b.test.c", False)]
    assert found("own", "generated") == [("own/b.test.c", False), ("generated/a.test.c", False)]
    assert found("own/c.tmp.test.c") == [("own/c.tmp.test.c", True)]
    git(here, "add", "-f", "generated/a.test.c")
    assert found(".") == [("generated/a.test.c", False), ("own/b.test.c", False)], "what git follows is not ignored"


def test_without_git_nothing_is_ignored(here, monkeypatch):
    git(here, "init")
    write(here / ".gitignore", "*\n")
    write(here / "a" / "a.test.c")
    monkeypatch.setenv("PATH", "/nowhere")
    assert found("a") == [("a/a.test.c", False)]


def test_one_that_cannot_be_read_is_named(here):
    (here / "a.test.c").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"cannot read the test source 'a\.test\.c': No such file"):
        found(".")
