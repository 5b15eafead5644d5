"""How much must be covered at least, and what is below that."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.shares import Shares
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pyharness.coverage.model import Share

KINDS = Shares._fields
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?", re.ASCII)
_ALL = 100
_DIGITS = 2
"""After the point, of a share that is shown: more only where they tell it from the floor."""


class Floor(NamedTuple):
    """The least percentage of one kind."""

    kind: str
    percent: Decimal


def parse(text: str) -> tuple[Floor, ...]:
    """Read `80` (lines) or `lines=80,functions=70`, in the order of the kinds.

    Raises:
        UsageError: it is something else.
    """
    found: dict[str, Decimal] = {}
    for part in text.split(","):
        kind, equals, number = (word.strip() for word in part.rpartition("="))
        kind = kind if equals else "lines"
        if kind not in KINDS:
            raise UsageError(f"coverage floor '{text}': there is no '{kind}'; use {', '.join(KINDS)}")
        if kind in found:
            raise UsageError(f"coverage floor '{text}': '{kind}' is given twice; give it once")
        found[kind] = _percent(text, number)
    return tuple(Floor(kind, found[kind]) for kind in KINDS if kind in found)


def below(floors: tuple[Floor, ...], shares: Shares, *, has_regions: bool) -> tuple[str, ...]:
    """Return a sentence for each floor that is not reached."""
    sentences = (
        "regions: GCC's coverage has none, so their floor cannot be checked; use lines, functions or branches"
        if floor.kind == "regions" and not has_regions
        else _below(floor, getattr(shares, floor.kind))
        for floor in floors
    )
    return tuple(sentence for sentence in sentences if sentence)


def _percent(text: str, number: str) -> Decimal:
    percent = Decimal(number) if _NUMBER.fullmatch(number) else None
    if percent is None or percent > _ALL:
        raise UsageError(f"coverage floor '{text}': '{number}' is no percentage; use a number from 0 to 100")
    return percent


def _below(floor: Floor, share: Share) -> str:
    """Compare whole numbers, not the rounded share: 79.999 % is below 80 %."""
    if share.covered * _ALL >= floor.percent * share.total:
        return ""
    return f"{floor.kind}: {_shown(floor, share)} % is below {floor.percent.normalize():f} %"


def _shown(floor: Floor, share: Share) -> Decimal:
    """Cut the share after as many digits as tell it from the floor: the same number twice would explain nothing."""
    exact = Decimal(share.covered) * _ALL / Decimal(share.total)
    digits = max(_DIGITS, -int(floor.percent.as_tuple().exponent))
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_FLOOR)
