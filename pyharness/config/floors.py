"""How much has to be covered: the value of `--coverage-fail-under`."""

from __future__ import annotations

import re
from typing import NamedTuple

KINDS = ("lines", "functions", "regions", "branches")
EXPECTED = "a percentage from 0 to 100, or several of 'lines=80,functions=70,regions=60,branches=50'"
_PART = re.compile(r"(?:(?P<kind>lines|functions|regions|branches)=)?(?P<percent>[0-9]{1,3}(?:\.[0-9]{1,6})?)")
_ALL = 100


class Floors(NamedTuple):
    """By kind, in percent; `None`: no floor."""

    lines: float | None = None
    functions: float | None = None
    regions: float | None = None
    branches: float | None = None

    def __str__(self) -> str:
        """Return it as it is given."""
        return ",".join(f"{kind}={floor:g}" for kind, floor in zip(KINDS, self, strict=True) if floor is not None)


def read(value: object) -> Floors | None:
    """Return what a text or number says; `None`: it makes no sense."""
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    floors: dict[str, float] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or float(match["percent"]) > _ALL:
            return None
        kind = match["kind"] or "lines"
        if kind in floors:
            return None
        floors[kind] = float(match["percent"])
    return Floors(**floors)
