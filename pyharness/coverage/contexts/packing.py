"""From the counters of many cases to few profiles that tell the lines of all of them.

Whether a region was executed follows from the counters by sums and differences that only LLVM's tools know: which
counters are zero does not say it (`if (x) a(); else b();` counts the whole and `a`). But they are linear, so one number
has room for the counts of several cases side by side, as digits of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.coverage.contexts.text_profiles import Counters

ROOM = 62
"""Bits of one counter: llvm-cov tells no more than 63, and none that is negative."""
_NEGATIVE = (1 << 63) - 1
"""What llvm-cov makes of a number below zero."""

Vector = tuple[int, int]
"""A function, and one of the counts that it has had, by their numbers."""


class Packed(NamedTuple):
    """Counts of one function in a round."""

    function: int
    vectors: tuple[int, ...]
    widths: tuple[int, ...]
    """Bits of each, the lowest first. They have room for a sign."""


class Counts:
    """All counts that functions have had, each once; for one thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self.kind: tuple[str, ...] = ()
        self.functions: list[Counters] = []
        """Of each the first that came."""
        self._numbers: dict[tuple[str, str], int] = {}
        self._vectors: list[dict[tuple[int, ...], int]] = []

    def add(self, functions: Iterable[Counters]) -> list[Vector]:
        """Take what one profile has, and return the numbers of it."""
        return [(number := self._number(one), self._vector(number, one.counts)) for one in functions]

    def rounds(self) -> list[list[Packed]]:
        """Return profiles that have all counts, each function at most once in each."""
        rounds: list[list[Packed]] = []
        for number, vectors in enumerate(self._vectors):
            for position, packed in enumerate(_packed(number, list(vectors))):
                if position == len(rounds):
                    rounds.append([])
                rounds[position].append(packed)
        return rounds

    def profile(self, one_round: Sequence[Packed]) -> list[Counters]:
        """Return the functions of a round. Others of the same names count nothing, but have to be there."""
        chosen = {packed.function: self._sum(packed) for packed in one_round}
        names = {self.functions[number].name for number in chosen}
        same = [number for number, function in enumerate(self.functions) if function.name in names]
        return [
            function._replace(counts=chosen.get(number, (0,) * len(function.counts)))
            for number in same
            for function in [self.functions[number]]
        ]

    def _number(self, one: Counters) -> int:
        key = (one.name, one.hash)
        if key not in self._numbers:
            self._numbers[key] = len(self.functions)
            self.functions.append(one)
            self._vectors.append({})
        return self._numbers[key]

    def _vector(self, number: int, counts: tuple[int, ...]) -> int:
        common = math.gcd(*counts)  # twice the same is as good as once
        vectors = self._vectors[number]
        return vectors.setdefault(tuple(count // common for count in counts) if common > 1 else counts, len(vectors))

    def _sum(self, packed: Packed) -> tuple[int, ...]:
        vectors = list(self._vectors[packed.function])
        counts = [0] * len(self.functions[packed.function].counts)
        shift = 0
        for vector, width in zip(packed.vectors, packed.widths, strict=True):
            counts = [count + (own << shift) for count, own in zip(counts, vectors[vector], strict=True)]
            shift += width
        return tuple(counts)


def executed(value: int, packed: Packed) -> list[bool]:
    """Return for each of the packed counts whether a region was executed that llvm-cov has this count for.

    Threads that count without atomic counters make differences below zero; llvm-cov takes these for very many, and
    here, too, they count as executed.
    """
    if value >= _NEGATIVE:
        return [True] * len(packed.vectors)
    if len(packed.vectors) == 1:
        return [value != 0]
    found = []
    for width in packed.widths:
        digit = value & ((1 << width) - 1)
        digit -= (digit >> (width - 1)) << width
        found.append(digit != 0)
        value = (value - digit) >> width
    return found


def _packed(number: int, vectors: Sequence[tuple[int, ...]]) -> list[Packed]:
    """Fill counters one after another, the widest counts first."""
    # No region is executed more often than all counters say together; one bit more is for the sign.
    widths = [min(sum(counts).bit_length() + 1, ROOM) for counts in vectors]
    bins: list[tuple[int, list[int]]] = []
    open_from = 0
    for vector in sorted(range(len(vectors)), key=lambda vector: -widths[vector]):
        fitting = next((at for at in range(open_from, len(bins)) if bins[at][0] + widths[vector] <= ROOM), None)
        if fitting is None:
            bins.append((widths[vector], [vector]))
        else:
            bins[fitting] = (bins[fitting][0] + widths[vector], [*bins[fitting][1], vector])
        while open_from < len(bins) and bins[open_from][0] > ROOM - min(widths):
            open_from += 1
    return [Packed(number, tuple(members), tuple(widths[vector] for vector in members)) for _, members in bins]
