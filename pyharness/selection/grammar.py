"""The grammar of a selection, read by recursive descent.

    either = both ("or" both)*
    both   = one ("and" one)*
    one    = "not"* ( "(" either ")" | word )

A word ends at a blank or a parenthesis, or is quoted. `and`, `or` and `not` are words only in quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from pyharness.errors import SelectionError
from pyharness.selection.expression import And, Expression, Node, Not, Or, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK = re.compile(r"\s*")
_BARE = re.compile(r"[^\s()]+")
_KEYWORDS = frozenset({"and", "or", "not", "(", ")"})
_DEEPEST = 100
"""Nested parentheses; far below the depth at which Python itself gives up."""


@dataclass(frozen=True, slots=True)
class _Token:
    keyword: str
    """`and`, `or`, `not`, a parenthesis; empty for a word and for the end."""
    word: str | None
    start: int

    @property
    def shown(self) -> str:
        if self.word is not None:
            return f"the word '{self.word}'"
        return f"'{self.keyword}'" if self.keyword else "the end"


def parse(expression: str) -> Expression:
    """Read a selection.

    Raises:
        SelectionError: it cannot be read; the text names the position, counted from 1, and what was expected there.
    """
    return Expression(expression, _Parser(expression).parse())


def quote(text: str) -> str:
    """Return the word that matches `text` as a part of an id, whatever is in it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = self._scan()
        self._next = next(self._tokens)
        self._depth = 0

    def parse(self) -> Node:
        root = self._either()
        if self._next.keyword == ")":
            self._fail("'and', 'or' or the end; no '(' is open here")
        if self._next.word is not None or self._next.keyword:
            self._fail("'and', 'or' or the end; put quotes around a name with blanks")
        return root

    def _either(self) -> Node:
        parts = [self._both()]
        while self._took("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self) -> Node:
        parts = [self._one()]
        while self._took("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        negated = False
        while self._took("not"):
            negated = not negated
        node = self._group() if self._next.keyword == "(" else self._word()
        return Not(node) if negated else node

    def _group(self) -> Node:
        if self._depth == _DEEPEST:
            self._fail(f"a word; more than {_DEEPEST} nested parentheses are not read")
        self._depth += 1
        self._advance()
        node = self._either()
        if not self._took(")"):
            self._fail("'and', 'or' or ')'")
        self._depth -= 1
        return node

    def _word(self) -> Node:
        text = self._next.word
        if text is None:
            self._fail("a word, 'not' or '('")
        self._advance()
        return Word(text, text.casefold())

    def _took(self, keyword: str) -> bool:
        if self._next.keyword != keyword:
            return False
        self._advance()
        return True

    def _advance(self) -> None:
        self._next = next(self._tokens)

    def _fail(self, expected: str) -> NoReturn:
        raise _error(self._source, self._next.start, f"expected {expected}", self._next.shown)

    def _scan(self) -> Iterator[_Token]:
        """Yield the tokens; the last one stands for the end."""
        at = self._skip_blanks(0)
        while at < len(self._source):
            token, at = self._token(at)
            yield token
            at = self._skip_blanks(at)
        yield _Token("", None, at)

    def _skip_blanks(self, at: int) -> int:
        match = _BLANK.match(self._source, at)
        return match.end() if match else at

    def _token(self, at: int) -> tuple[_Token, int]:
        first = self._source[at]
        if first in "()":
            return _Token(first, None, at), at + 1
        if first in "\"'":
            word, end = self._quoted(at)
            return _Token("", word, at), end
        match = _BARE.match(self._source, at)
        text = match.group() if match else first
        end = at + len(text)
        return (_Token(text, None, at) if text in _KEYWORDS else _Token("", text, at)), end

    def _quoted(self, start: int) -> tuple[str, int]:
        """Return the word that opens at `start` and the position behind its closing quote."""
        closing, letters, at = self._source[start], [], start + 1
        while at < len(self._source) and self._source[at] != closing:
            if self._source[at] == "\\":
                at += 1
                if self._source[at : at + 1] not in {"\\", "'", '"'}:
                    raise _error(self._source, at, "expected a quote or a backslash after the backslash")
            letters.append(self._source[at])
            at += 1
        if at >= len(self._source):
            raise _error(self._source, at, f"expected {closing} to close the word that opens at {start + 1}")
        if not letters:
            raise _error(self._source, at, "expected a word within the quotes")
        return "".join(letters), at + 1


def _error(source: str, position: int, expected: str, found: str = "") -> SelectionError:
    tail = f", found {found}" if found else ""
    return SelectionError(f"cannot read the selection '{source}' at position {position + 1}: {expected}{tail}")
