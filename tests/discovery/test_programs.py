"""Names and tags that a build folder gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.discovery.programs import tags, unique_names


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a [2]", "a [3]"]),
        (["a", "a", "a [2]"], ["a", "a [3]", "a [2]"]),
        (["a [2]", "a", "a"], ["a [2]", "a", "a [3]"]),
    ],
)
def test_equal_names_are_numbered(names: list[str], unique: list[str]) -> None:
    assert unique_names(names) == unique


@given(st.lists(st.sampled_from(["a", "b", "a [2]", "a [2] [2]", "a [3]"])))
def test_names_become_unique_and_single_ones_stay(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(names)
    assert all(after == before for before, after in zip(names, unique, strict=True) if names.count(before) == 1)


def test_labels_become_words() -> None:
    assert tags(["slow", " two  words\t", "two_words", "", " "]) == ("slow", "two_words")
