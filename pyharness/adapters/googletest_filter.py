"""Short filters for GoogleTest: a few patterns that match the cases of a batch, and no other case of the program.

GoogleTest copies its filter twice for each case that it runs (each fixture saves and restores all flags), and before
1.12 compares each case with each name in it; so the names of thousands of cases cost more than the cases.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_PATTERNS = 32
"""More would cost more than names: a name is looked up, but each pattern is tried on each case."""

_LITERAL = re.compile(r"[^:*?\-\x00-\x1f\x7f-\U0010ffff]*")
"""Characters that stand for themselves in a filter, one byte each."""

_LAST = "\x7f"
"""Sorted behind all of these."""


class Names:
    """The names of all cases of a program. Read-only."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take `names`, which are different from each other."""
        self._names = names

    def patterns(self, wanted: Sequence[str]) -> list[str] | None:
        """Return patterns that match `wanted`, a part of all names, and no other; `None`: names do as well."""
        if len(wanted) <= MOST_PATTERNS or not self._are_literal:
            return None
        if len(wanted) == len(self._names):
            return ["*"]
        patterns = list(itertools.islice(self._patterns(wanted), MOST_PATTERNS + 1))
        return patterns if len(patterns) <= MOST_PATTERNS else None

    def _patterns(self, wanted: Sequence[str]) -> Iterator[str]:
        for length, names in _by_length(wanted).items():
            yield from _patterns(self._by_length[length], names)

    @cached_property
    def _are_literal(self) -> bool:
        return _LITERAL.fullmatch("".join(self._names)) is not None

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        return _by_length(self._names)


def _by_length(names: Sequence[str]) -> dict[int, list[str]]:
    """Return the names of each length, sorted."""
    of_length = itertools.groupby(sorted(sorted(names), key=len), len)
    return {length: list(same) for length, same in of_length}


def _patterns(names: list[str], wanted: list[str]) -> Iterator[str]:
    """Yield patterns for `wanted` among `names`; both are sorted, and all are of one length.

    What all that are wanted begin with is one pattern if nothing else begins so; else each next character is followed.
    """
    first = wanted[0]
    shared = next(
        (at for at, (one, other) in enumerate(zip(first, wanted[-1], strict=True)) if one != other), len(first)
    )
    begin = bisect_left(names, first[:shared])
    end = bisect_left(names, first[:shared] + _LAST, begin)
    if end - begin == len(wanted):
        yield first[:shared] + "?" * (len(first) - shared)
        return
    at = 0
    while at < len(wanted):
        after = bisect_left(wanted, wanted[at][: shared + 1] + _LAST, at)
        yield from _patterns(names[begin:end], wanted[at:after])
        at = after
