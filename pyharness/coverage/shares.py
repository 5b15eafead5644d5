"""How much of a file, or of all files, was executed: what every report and every floor counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.functions import by_place
from pyharness.coverage.model import Share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyharness.coverage.model import Branch, FileCoverage


class Shares(NamedTuple):
    """One share of each kind."""

    lines: Share
    functions: Share
    regions: Share
    branches: Share


def shares(file: FileCoverage, *, has_regions: bool) -> Shares:
    """Count one file. Without regions, their share is of none."""
    return Shares(
        lines=_share(file.lines.values()),
        functions=_share(function.hits for function in by_place(file.functions)),
        regions=_share(_region_hits(file)) if has_regions else Share(0, 0),
        branches=_share(way for branch in file.branches for way in ways(branch)),
    )


def total(each: Iterable[Shares]) -> Shares:
    """Add up the shares of files."""
    columns = list(zip(*each, strict=True)) or [()] * len(Shares._fields)
    return Shares(*(Share(sum(of.total for of in column), sum(of.covered for of in column)) for column in columns))


def ways(branch: Branch) -> tuple[int, ...]:
    """Return the hits of each way that a branch can go: two, or one where the tool tells no pairs."""
    return (branch.taken,) if branch.not_taken is None else (branch.taken, branch.not_taken)


def percent_text(share: Share) -> str:
    """Return the percentage, cut after one digit and not rounded: `100.0` means all. `-` where there are none."""
    if not share.total:
        return "-"
    whole, tenth = divmod(1000 * share.covered // share.total, 10)
    return f"{whole}.{tenth}"


def _share(hits: Iterable[int]) -> Share:
    all_hits = list(hits)
    return Share(len(all_hits), sum(count > 0 for count in all_hits))


def _region_hits(file: FileCoverage) -> Iterable[int]:
    """Count each place once, in however many instances of a template it is; segments where no function is known."""
    hits: dict[object, int] = {}
    for function in file.functions:
        for region in function.regions:
            place = region[:4]
            hits[place] = max(hits.get(place, 0), region.hits)
    return hits.values() or [entry.hits for entry in file.segments if entry.is_region_entry and entry.has_count]
