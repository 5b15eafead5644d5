"""Functions as reports tell them: by their places, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyharness.coverage.model import Function


def by_place(functions: Iterable[Function]) -> list[Function]:
    """Make one of the functions that begin at one place: it has the name of the first, and the calls of all.

    Such are the instances of a template, and what a file defines that several programs include. Where no region is
    known, there is no column to tell functions of one line apart by, and each name is one. Regions are left out.
    """
    found: dict[object, Function] = {}
    for function in functions:
        columns = [region.column for region in function.regions if region.line == function.line]
        place = (function.line, min(columns)) if columns else function.name
        first = found.get(place)
        hits = function.hits if first is None else first.hits + function.hits
        found[place] = (first or function)._replace(hits=hits, regions=())
    return list(found.values())
