"""Patterns of paths."""

from __future__ import annotations

import pytest

from pyharness.globs import matches


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("a.c", ["a.c"], ["ba.c", "a.cc", "x/a.c", "axc"]),
        ("tests/*.c", ["tests/a.c", "tests/.c"], ["tests/x/a.c", "a.c"]),
        ("tests/**", ["tests/a.c", "tests/x/y/a.c"], ["test/a.c", "xtests/a.c"]),
        ("**/a.c", ["a.c", "x/a.c", "x/y/a.c"], ["x/ba.c"]),
        ("t/**/a?.[ch]", ["t/ab.c", "t/x/ab.h"], ["t/a.c", "t/x/ab.x", "t/a/.c"]),
        ("[!a].c", ["b.c"], ["a.c", "/.c"]),
        ("a+(b).$", ["a+(b).$"], ["aab"]),
        ("a\\[b", ["a\\[b"], ["a[b"]),
    ],
)
def test_patterns(pattern, inside, outside):
    assert [path for path in (*inside, *outside) if matches(path, pattern)] == inside
