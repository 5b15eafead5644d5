"""A part of the cases, for runs that share them out among machines."""

from __future__ import annotations

import re
from typing import NamedTuple

EXPECTED = "K/N, two whole numbers where K is from 1 to N"
_SHARD = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


class Shard(NamedTuple):
    """One of `total` parts."""

    number: int
    """From 1."""
    total: int


def read(value: object) -> Shard | None:
    """Return the shard that `K/N` names; `None`: there is no such part."""
    match = _SHARD.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    shard = Shard(int(match[1]), int(match[2]))
    return shard if 1 <= shard.number <= shard.total else None
