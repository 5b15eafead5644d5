"""Which arguments are read as one case, and which are left alone."""

from __future__ import annotations

import pytest

from pyharness.discovery.selection_arguments import READERS, Selected

ALSO = "--gtest_also_run_disabled_tests"


@pytest.mark.parametrize(
    ("framework", "arguments", "selected"),
    [
        ("googletest", ["--gtest_filter=A.b", ALSO], Selected("A.b")),
        ("googletest", ["--gtest_filter=A.b"], Selected("A.b")),
        ("googletest", [ALSO, "--gtest_filter=DISABLED_A.b", "data.txt"], Selected("DISABLED_A.b", ("data.txt",))),
        ("googletest", ["--gtest_filter=I/A.b/0", ALSO, "-v", "x"], Selected("I/A.b/0", ("-v", "x"))),
        (
            "googletest",
            ["--gtest_filter=A.b", ALSO, "--gtest_death_test_style=threadsafe"],
            Selected("A.b", ("--gtest_death_test_style=threadsafe",)),
        ),
        ("catch2", ["adds"], Selected("adds")),
        ("catch2_v2", [r"a\, b \[c\] \\d", "-s"], Selected(r"a, b [c] \d", ("-s",))),
        ("catch2", ['says "x" * y', "--rng-seed", "1"], Selected('says "x" * y', ("--rng-seed", "1"))),
        ("doctest", ["--test-case=a b"], Selected("a b")),
        ("doctest", [r"--test-case=a\, b", "--data=x", "y"], Selected("a, b", ("--data=x", "y"))),
    ],
)
def test_what_discovery_writes_is_read(framework: str, arguments: list[str], selected: Selected) -> None:
    assert READERS[framework](arguments) == selected


@pytest.mark.parametrize(
    ("framework", "arguments"),
    [
        ("googletest", []),
        ("googletest", [ALSO]),
        ("googletest", ["--gtest_filter=A.*", ALSO]),
        ("googletest", ["--gtest_filter=A.b?", ALSO]),
        ("googletest", ["--gtest_filter=A.b:A.c", ALSO]),
        ("googletest", ["--gtest_filter=A.b-A.c", ALSO]),
        ("googletest", ["--gtest_filter=-A.b", ALSO]),
        ("googletest", ["--gtest_filter=", ALSO]),
        ("googletest", ["--gtest_filter=A.b", "--gtest_filter=A.c"]),
        ("googletest", ["--gtest_filter=A.DISABLED_b"]),
        ("googletest", ["--gtest_filter=I/DISABLED_A.b/0"]),
        ("googletest", ["--gtest_filter=A.b", ALSO, "--gtest_output=xml:x"]),
        ("googletest", ["--gtest_filter=A.b", ALSO, "--gtest_repeat=2"]),
        ("googletest", ["--gtest_filter=A.b", ALSO, "-gtest_brief=1"]),
        ("catch2", []),
        ("catch2", [""]),
        ("catch2", ["[tag]"]),
        ("catch2", ["a,b"]),
        ("catch2", ["a[tag]"]),
        ("catch2", ["a*"]),
        ("catch2", ["*a"]),
        ("catch2", ["~a"]),
        ("catch2", ['"a"']),
        ("catch2", ["exclude:a"]),
        ("catch2", ["a "]),
        ("catch2", ["-s", "a"]),
        ("catch2", ["a", "b"]),
        ("catch2", ["a", "--reporter xml"]),
        ("catch2", ["a", "-o", "file"]),
        ("catch2", ["a", "--rng-seed"]),
        ("catch2", ["a\\"]),
        ("doctest", []),
        ("doctest", ["a"]),
        ("doctest", ["-s", "--test-case=a"]),
        ("doctest", ["--test-case=a*"]),
        ("doctest", ["--test-case=does it?"]),
        ("doctest", ["--test-case=a,b"]),
        ("doctest", ["--test-case=a\\b"]),
        ("doctest", ["--test-case="]),
        ("doctest", ["--test-case=a\tb"]),
        ("doctest", ["--test-case=a", "--reporters=junit", "--out=x"]),
        ("doctest", ["--test-case=a", "-ts=x"]),
        ("doctest", ["--test-case=a", "--dt-subcase=x"]),
        ("doctest", ["--test-case=a", "--no-skip"]),
    ],
)
def test_what_may_mean_something_else_is_left_alone(framework: str, arguments: list[str]) -> None:
    assert READERS[framework](arguments) is None
