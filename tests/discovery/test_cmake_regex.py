"""The translation finds what CMake itself finds."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyharness.discovery.cmake_regex import CMakeRegexError, translate
from tests.discovery.build_folders import run

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = [
    "a(b",
    "a)b",
    "*a",
    "a**",
    "a+?",
    "(a*)*",
    "(|a)+",
    "^*",
    "()*",
    "[a",
    "[]",
    "[^]",
    "[b-a]",
    "a\\",
    "a|*",
    "(a|b*)+",
]
PAIRS = [
    ("a.b", "a\nb"),
    ("^b", "a\nb"),
    ("a$", "a\nb"),
    ("b$", "a\nb\n"),
    ("b\n$", "a\nb\n"),
    (r"\d", "5"),
    (r"\d", "d"),
    ("a{2}", "aa"),
    ("a{2}", "a{2}"),
    ("[]a]", "]"),
    ("[^]a]", "]"),
    ("[-a]", "-"),
    ("[a-]", "-"),
    ("[a-c-e]", "d"),
    ("[a-c-e]", "-"),
    (r"[\n]", "\\"),
    (r"[\.]x", r"\x"),
    ("[[:alpha:]]", "a"),
    ("[[:alpha:]]", "a]"),
    ("é", "é"),
    ("^.$", "é"),
    ("^..$", "é"),
    ("[é]", "è"),
    ("a|", ""),
    ("(|a)b", "b"),
    ("(^)?a", "ba"),
    ("x(a|b*)y", "xy"),
    ("(ab|a)(bc)?$", "abc"),
    ("a#b c", "a#b c"),
    ("", ""),
    ("[b-b]", "b"),
]


def cmake_finds(folder: Path, pairs: list[tuple[str, str]]) -> list[bool]:
    """Ask CMake once for all pairs."""
    script = folder / "find.cmake"
    asked = "".join(
        f"set(text [====[\n{text}]====])\n"
        f"if(text MATCHES [====[\n{expression}]====])\nmessage(1)\nelse()\nmessage(0)\nendif()\n"
        for expression, text in pairs
    )
    script.write_text(asked, encoding="utf-8")
    result = folder / "found"
    run(["sh", "-c", 'cmake -P "$0" 2> "$1"', str(script), str(result)])
    return [line == "1" for line in result.read_text().split()]


def we_find(expression: str, text: str) -> bool:
    return translate(expression).search(text.encode()) is not None


def test_what_is_special_in_either_language_means_the_same(tmp_path: Path) -> None:
    found = cmake_finds(tmp_path, PAIRS)
    ours = [we_find(*pair) for pair in PAIRS]
    assert list(zip(PAIRS, ours, strict=True)) == list(zip(PAIRS, found, strict=True))


@pytest.mark.parametrize("expression", REFUSED)
def test_what_cmake_refuses_is_refused(tmp_path: Path, expression: str) -> None:
    with pytest.raises(CMakeRegexError):
        translate(expression)
    with pytest.raises(AssertionError, match=r"compile"):
        run(["cmake", "-P", str(_match_script(tmp_path, expression))])


def _match_script(folder: Path, expression: str) -> Path:
    script = folder / "match.cmake"
    script.write_text(f"if(text MATCHES [====[{expression}]====])\nendif()\n", encoding="utf-8")
    return script


def test_groups_are_counted() -> None:
    assert translate("(a)" * 31)
    with pytest.raises(CMakeRegexError, match="more than 31"):
        translate("(a)" * 32)


LETTERS = "ab-\n\\^]."
texts = st.text(LETTERS, max_size=6)
literals = st.sampled_from(
    ["a", "b", "-", ".", "\n", r"\a", r"\.", r"\\", r"\^", "[ab]", "[^a]", "[]a]", "[-b]", "[a-b]"]
)
anchors = st.sampled_from(["^", "$"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join).map("({})".format),
        inner.map("({})?".format),
        literals.flatmap(lambda atom: st.sampled_from("*+?").map(atom.__add__)),
    )


expressions = st.recursive(literals | anchors, _larger, max_leaves=8)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(expressions, texts), min_size=50, max_size=200))
def test_generated_expressions_find_what_cmake_finds(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    found = cmake_finds(tmp_path, pairs)
    ours = [we_find(*pair) for pair in pairs]
    wrong = [(pair, of_cmake) for pair, of_cmake, mine in zip(pairs, found, ours, strict=True) if mine != of_cmake]
    assert wrong == []


@given(st.text(string.printable, max_size=12))
def test_any_text_is_translated_or_refused(expression: str) -> None:
    try:
        translated = translate(expression)
    except CMakeRegexError:
        return
    assert translated.groups == 0
