r"""CMake's regular expressions, translated to Python's.

Rules from CMake's documentation (`string`, "Regex Specification") and from KWSys' RegularExpression. They differ from
Python's: `^` and `$` are the ends of the text, never of a line; `.` matches a line break too; `\x` is the character
`x` whatever it is, so there is no `\d`, `\b` or `{2}`; in brackets a backslash is a backslash, and `]` or `-` stands
first; what `*` or `+` repeats must not be able to match nothing. They know bytes, not characters, and so does this.
"""

from __future__ import annotations

import functools
import re

_MOST_GROUPS = 31
_REPEATS = b"*+?"


class CMakeRegexError(ValueError):
    """CMake would refuse the expression; the text is why, as a part of a sentence."""


@functools.lru_cache(maxsize=256)  # discovery gives all cases of a program the same
def translate(expression: str) -> re.Pattern[bytes]:
    """Return what finds the same as `expression` does in CMake, in text encoded as UTF-8. It captures nothing.

    Raises:
        CMakeRegexError: CMake would refuse the expression.
    """
    parser = _Parser(expression.encode("utf-8", "surrogateescape"))
    translated, _ = parser.alternatives()
    if not parser.at_end:
        raise CMakeRegexError("unmatched parentheses")
    return re.compile(translated, re.DOTALL)


class _Parser:
    """Recursive descent; each method returns the translation and whether it always takes at least one byte."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._at = 0
        self._groups = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._source)

    def _next(self) -> bytes:
        """Return the byte ahead; empty at the end."""
        return self._source[self._at : self._at + 1]

    def _take(self) -> bytes:
        taken = self._next()
        self._at += 1
        return taken

    def alternatives(self) -> tuple[bytes, bool]:
        branches = [self._sequence()]
        while self._next() == b"|":
            self._at += 1
            branches.append(self._sequence())
        return b"|".join(text for text, _ in branches), all(wide for _, wide in branches)

    def _sequence(self) -> tuple[bytes, bool]:
        text, wide = b"", False
        while self._next() not in (b"", b"|", b")"):
            piece, piece_wide = self._piece()
            text, wide = text + piece, wide or piece_wide
        return text, wide

    def _piece(self) -> tuple[bytes, bool]:
        atom, wide = self._atom()
        repeat = self._next()
        if not repeat or repeat not in _REPEATS:
            return atom, wide
        if not wide and repeat != b"?":
            raise CMakeRegexError("what '*' or '+' repeats could match nothing")
        self._at += 1
        if self._next() and self._next() in _REPEATS:
            raise CMakeRegexError("one of '*', '+' and '?' follows another")
        return b"(?:" + atom + b")" + repeat, repeat == b"+"

    def _atom(self) -> tuple[bytes, bool]:
        byte = self._take()
        if byte in (b"^", b"$"):
            return (rb"\A" if byte == b"^" else rb"\Z"), False
        if byte == b".":
            return b".", True
        if byte == b"[":
            return self._brackets(), True
        if byte == b"(":
            return self._group()
        if byte in _REPEATS:
            raise CMakeRegexError(f"'{byte.decode()}' follows nothing")
        if byte == b"\\":
            return self._escaped()
        return re.escape(byte), True

    def _escaped(self) -> tuple[bytes, bool]:
        if self.at_end:
            raise CMakeRegexError("a backslash stands last")
        return re.escape(self._take()), True

    def _group(self) -> tuple[bytes, bool]:
        self._groups += 1
        if self._groups > _MOST_GROUPS:
            raise CMakeRegexError(f"more than {_MOST_GROUPS} pairs of parentheses")
        inside, wide = self.alternatives()
        if self._take() != b")":
            raise CMakeRegexError("unmatched parentheses")
        return b"(?:" + inside + b")", wide

    def _brackets(self) -> bytes:
        opening = b"["
        if self._next() == b"^":
            opening += self._take()
        members = set(self._take()) if self._next() in (b"]", b"-") else set[int]()
        while self._next() not in (b"", b"]"):
            byte = self._take()
            members |= set(byte) if byte != b"-" else self._range()
        if self._take() != b"]":
            raise CMakeRegexError("unmatched brackets")
        return opening + b"".join(b"\\x%02x" % member for member in sorted(members)) + b"]"

    def _range(self) -> set[int]:
        """Behind a `-` that is not the first: from the byte before it to that after it; as the last it is itself."""
        if self._next() in (b"", b"]"):
            return set(b"-")
        first, last = self._source[self._at - 2], self._take()[0]
        if first > last:
            raise CMakeRegexError("invalid range in brackets")
        return set(range(first, last + 1))
