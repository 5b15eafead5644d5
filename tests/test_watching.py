"""From changed paths to what is run again."""

from __future__ import annotations

import pytest

from pyharness.config.due import Due, both
from pyharness.watching import Watched, describe, waits_for


def watched(**others):
    users = {
        "/p/one/a.test.cpp": {"libone.so"},
        "/p/two/b.test.cpp": {"libtwo.so"},
        "/p/include/all.h": {"libone.so", "libtwo.so"},
        "/p/build/gen/.made.h": {"libtwo.so"},
        "/q/libthere.so": {"../q/libthere.so"},
    }
    return Watched(
        **{
            "users": users,
            "configuration": {"/p/pyharness.toml"},
            "folders": ("/p",),
            "root": "/p",
            "sources": ("src/**/*.cpp", "!src/main.cpp"),
            **others,
        }
    )


@pytest.mark.parametrize(
    ("changed", "suites"),
    [
        (["/p/one/a.test.cpp"], {"libone.so"}),
        (["/p/include/all.h"], {"libone.so", "libtwo.so"}),
        (["/p/one/a.test.cpp", "/p/two/b.test.cpp", "/p/README.md"], {"libone.so", "libtwo.so"}),
        (["/p/build/gen/.made.h"], {"libtwo.so"}),
        (["/q/libthere.so"], {"../q/libthere.so"}),
    ],
)
def test_what_was_used_affects_its_users(changed, suites):
    paths, due = watched().affected(changed)
    assert paths == tuple(path for path in changed if path != "/p/README.md")
    assert due == Due(frozenset(suites))


def test_a_folder_that_comes_or_goes_affects_the_users_of_all_that_was_below():
    assert watched().affected(["/p/two"]) == (("/p/two",), Due(frozenset({"libtwo.so"})))
    assert watched().affected(["/p/tw"]) == ((), Due())


@pytest.mark.parametrize(
    "path",
    [
        *("/p/README.md", "/p/one/a.test.cpp~", "/p/one/.a.test.cpp.swp", "/p/one/.#a.test.cpp", "/p/one/4913"),
        *("/p/.pyharness/build/x/new.test.cpp", "/p/.git/new.test.cpp", "/p/src/.hidden/x.cpp", "/p/src/main.cpp"),
        *("/p/other.cpp", "/p/include/unused.h", "/elsewhere/new.test.cpp", "/p2/new.test.cpp"),
    ],
)
def test_what_nothing_uses_affects_nothing(path):
    assert watched().affected([path]) == ((), Due())
    assert watched().newcomers([path]) == []


@pytest.mark.parametrize("path", ["/p/new.test.cpp", "/p/deep/er/new.test.c", "/p/build/libnew.so", "/p/src/a/new.cpp"])
def test_what_may_come_is_looked_for_without_running_anything_else(path):
    assert watched().newcomers([path]) == [path]
    assert watched().affected([path]) == ((path,), Due())


@pytest.mark.parametrize("path", ["/p/include/unused.h", "/p/one/part.inc", "/p/two/other.cpp"])
def test_while_something_cannot_be_built_any_source_may_be_what_it_lacks(path):
    assert watched().affected([path]).paths == ()
    assert watched(is_unsettled=True).affected([path]) == ((path,), Due())


@pytest.mark.parametrize("path", ["/p/README.md", "/p/include/.unused.h", "/p/one/.a.test.cpp.swp"])
def test_no_other_file_and_no_hidden_one(path):
    assert watched(is_unsettled=True).affected([path]).paths == ()


def test_the_configuration_affects_everything():
    changed = ["/p/pyharness.toml", "/p/one/a.test.cpp"]
    assert watched().affected(changed) == (("/p/one/a.test.cpp", "/p/pyharness.toml"), None)


def test_two_changes_add_up_to_what_both_affect():
    one, other = Due(frozenset({"a"}), frozenset({"x"})), Due(frozenset({"b"}))
    assert both(one, other) == Due(frozenset({"a", "b"}), frozenset({"x"}))
    assert both(one, None) is None
    assert both(None, other) is None


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["/p/a.h"], "changed: a.h"),
        (["/p/a.h", "/p/sub/b.h", "/q/c.h"], "changed: a.h, sub/b.h, /q/c.h"),
        ([f"/p/{name}" for name in "abcde"], "changed: a, b, c and 2 more"),
    ],
)
def test_at_most_three_paths_are_named(names, line):
    assert describe(names, "/p") == line


def test_the_line_between_runs_counts_files():
    assert waits_for(1) == "watching 1 file; Ctrl-C ends it"
    assert waits_for(31) == "watching 31 files; Ctrl-C ends it"
