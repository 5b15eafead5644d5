"""Ids of cases, as `--list` prints them and people give them back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def names_in(suite: str, names: Sequence[str], ids: Iterable[str]) -> list[str]:
    """Return the names of the cases of a suite, all of whose cases are `names`, that `ids` mean."""
    prefix = f"{suite}::"
    meant = [case_id.removeprefix(prefix) for case_id in ids if case_id.startswith(prefix)]
    known = set(names) if meant else set()
    return [name for name in dict.fromkeys(meant) if name in known]
