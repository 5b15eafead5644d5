"""The text form of LLVM's profiles, as `llvm-profdata merge -text` writes and reads it.

The format is that of `TextInstrProfReader` in LLVM: lines that begin with `:` say the kind of the profile; a function
has lines for its name, its hash, the number of its counters, each counter, and what else it has. `#` begins a comment,
a blank line ends a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BITMAP = "$"
"""Begins the number of bytes that a function has for its conditions (`-fcoverage-mcdc`)."""


class Counters(NamedTuple):
    """What one function has counted."""

    name: str
    """Of a local function, with the name of its file before it."""
    hash: str
    """Of its structure: two functions of one name differ in it."""
    counts: tuple[int, ...]
    bitmap: tuple[str, ...] = ()
    """As it is written; a reader misses it."""


class TextProfile(NamedTuple):
    """A whole profile."""

    kind: tuple[str, ...]
    functions: tuple[Counters, ...]


def read_text(text: str) -> TextProfile:
    """Read a profile.

    Raises:
        ValueError: it is something else.
    """
    kind: list[str] = []
    functions: list[Counters] = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith("#")]
        while lines and not functions and lines[0].startswith(":"):
            kind.append(lines.pop(0))
        if lines:
            functions.append(_read_function(lines))
    return TextProfile(tuple(kind), tuple(functions))


def write_text(kind: Iterable[str], functions: Iterable[Counters]) -> str:
    """Return the text of a profile."""
    parts = ["".join(f"{line}\n" for line in kind)]
    for function in functions:
        lines = (function.name, function.hash, str(len(function.counts)), *map(str, function.counts), *function.bitmap)
        parts.append("\n".join(lines) + "\n\n")
    return "".join(parts)


def _read_function(lines: Sequence[str]) -> Counters:
    try:
        name, code, count = lines[:3]
        after = 3 + int(count)
        counts = tuple(map(int, lines[3:after]))
    except ValueError:
        message = f"it has no counters behind '{lines[0]}'"
        raise ValueError(message) from None
    return Counters(name, code, counts, _bitmap(lines[after:]))


def _bitmap(rest: Sequence[str]) -> tuple[str, ...]:
    if not rest or not rest[0].startswith(_BITMAP):
        return ()
    return tuple(rest[: 1 + int(rest[0][1:])])
