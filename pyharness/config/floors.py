"""How much has to be covered: the value of `--coverage-fail-under`. `pyharness.coverage.floors` takes it apart."""

from __future__ import annotations

import re

EXPECTED = "a percentage from 0 to 100, or several of 'lines=80,functions=70,regions=60,branches=50'"
_PART = re.compile(r"(?:(lines|functions|regions|branches)=)?([0-9]{1,3}(?:\.[0-9]{1,9})?)")
_ALL = 100


def read(value: object) -> str | None:
    """Return the text that a flag or a configuration has, if it makes sense."""
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    kinds: list[str] = []
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or float(match[2]) > _ALL:
            return None
        kinds.append(match[1] or "lines")
    return text if len(kinds) == len(set(kinds)) else None
