"""Which cases of a suite ids mean."""

from pyharness.selection.ids import names_in


def test_the_suite_stands_before_the_first_colons_that_fit():
    assert names_in("a", ["one", "b::one"], ["a::b::one", "b::one", "a::one", "a::one"]) == ["b::one", "one"]
    assert names_in("a::b", ["one"], ["a::b::one"]) == ["one"]


def test_names_are_whole():
    assert names_in("a", ["one"], ["a::on", "a::one ", "A::one", "aa::one", "a::"]) == []
