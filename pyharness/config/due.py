"""What is to be run of all that is selected, where not all of it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """All cases of some suites, some cases by name, and those of each suite that has to be built anew."""

    suites: frozenset[str] = frozenset()
    """Paths of libraries and programs."""
    ids: frozenset[str] = frozenset()
    """Of cases; there may be no such case any more."""


def both(one: Due | None, other: Due | None) -> Due | None:
    """Return what at least one of them asks for; `None` is everything."""
    if one is None or other is None:
        return None
    return Due(one.suites | other.suites, one.ids | other.ids)
