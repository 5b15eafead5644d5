"""Selection expressions: what they select, and what is said of those that cannot be read."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.errors import ExitCode, SelectionError
from pyharness.selection import parse, quote

ID = "zlib::inflate [level=9, 'raw']"
TAGS = ("slow", "io")


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("inflate", True),
        ("INFLATE", True),
        ("zlib::inf", True),
        ("deflate", False),
        ("slow", True),
        ("slo", False),
        ("SLOW", False),
        ("not slow", False),
        ("not not slow", True),
        ("inflate and slow", True),
        ("inflate and net", False),
        ("deflate or slow", True),
        ("deflate or net", False),
        ("inflate or deflate and net", True),
        ("(inflate or deflate) and net", False),
        ("not (deflate or net)", True),
        ("not deflate and not net", True),
        ("[level=9,", True),
        ("'raw'", True),
        ("\"'raw'\"", True),
        (r"'\'raw\''", True),
        ("'inflate [level'", True),
        ("'not'", False),
        ("(((inflate)))", True),
        ("(inflate)and(slow)", True),
        ("  inflate\tand\nslow ", True),
        ("android", False),
        ("AND", False),
    ],
)
def test_an_expression_selects(expression: str, *, selected: bool) -> None:
    assert parse(expression).matches(ID, TAGS) is selected


@pytest.mark.parametrize(
    ("expression", "position", "expected"),
    [
        ("", 1, "expected a word, 'not' or '(', found the end"),
        ("   ", 4, "expected a word, 'not' or '(', found the end"),
        ("a and", 6, "expected a word, 'not' or '(', found the end"),
        ("and a", 1, "expected a word, 'not' or '(', found 'and'"),
        ("a or or b", 6, "expected a word, 'not' or '(', found 'or'"),
        ("not", 4, "expected a word, 'not' or '(', found the end"),
        ("a b", 3, "expected 'and', 'or' or the end; put quotes around a name with blanks, found the word 'b'"),
        ("a not b", 3, "expected 'and', 'or' or the end; put quotes around a name with blanks, found 'not'"),
        ("(a", 3, "expected 'and', 'or' or ')', found the end"),
        ("a)", 2, "expected 'and', 'or' or the end; no '(' is open here, found ')'"),
        ("()", 2, "expected a word, 'not' or '(', found ')'"),
        ("'a", 3, "expected ' to close the word that opens at 1"),
        ('x and "a', 9, 'expected " to close the word that opens at 7'),
        ("'a\\", 4, "expected a quote or a backslash after the backslash"),
        (r"'a\n'", 4, "expected a quote or a backslash after the backslash"),
        ("''", 2, "expected a word within the quotes"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_position(expression: str, position: int, expected: str) -> None:
    with pytest.raises(SelectionError) as caught:
        parse(expression)
    assert str(caught.value) == f"cannot read the selection '{expression}' at position {position}: {expected}"
    assert caught.value.exit_code is ExitCode.USAGE


def test_depth_is_limited_before_the_stack_is() -> None:
    assert parse("not " * 100_001 + "a").matches("b", ())
    assert parse(" and ".join(["a"] * 100_000)).matches("a", ())
    with pytest.raises(SelectionError, match="more than 100 nested parentheses"):
        parse("(" * 100_000 + "a" + ")" * 100_000)


@given(st.text())
def test_any_text_is_read_or_refused(expression: str) -> None:
    with contextlib.suppress(SelectionError):
        parse(expression).matches(ID, TAGS)


@given(st.text(min_size=1), st.text(), st.text())
def test_a_quoted_id_selects_that_id_and_all_that_contain_it(text: str, before: str, after: str) -> None:
    assert parse(quote(text)).matches(before + text + after, ())
    assert parse(quote(text)).matches("", (text,))
    assert parse(f"({quote(text)})and not not {quote(text)}").matches(text, ())


WORDS = st.sampled_from(["inflate", "raw", "net", "slow", "io", "zlib::", "9,"])
FORMULAS = st.recursive(
    WORDS,
    lambda parts: st.one_of(
        st.tuples(st.just("not"), parts),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(parts, min_size=2, max_size=4)),
        st.tuples(st.just("()"), parts),
    ),
    max_leaves=20,
)


def written(formula: object, word: object) -> str:
    """Write a formula as an expression, with `word` deciding how words look. Python has the same grammar."""
    match formula:
        case str():
            return word(formula)
        case ("not", part):
            return f"not {written(part, word)}"
        case ("()", part):
            return f"({written(part, word)})"
        case (operator, parts):
            return f" {operator} ".join(written(part, word) for part in parts)
    raise AssertionError(formula)


@given(FORMULAS)
def test_precedence_is_that_of_python(formula: object) -> None:
    truth = written(formula, lambda word: str(word in ID or word in TAGS))
    assert parse(written(formula, str)).matches(ID, TAGS) is eval(truth)
