"""What has changed since an earlier report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.shares import Shares, shares, total

if TYPE_CHECKING:
    from pyharness.coverage.model import Coverage, FileCoverage


class Changed(NamedTuple):
    """Shares before and now; one of a file that is new or gone is `None`."""

    before: Shares | None
    now: Shares | None


class FileDifference(NamedTuple):
    """One file that differs."""

    path: str
    changed: Changed
    lost: tuple[int, ...]
    """Lines that were covered and are not any more."""
    same_code: bool
    """False: code of the file stands elsewhere than before, so its lines cannot be compared and `lost` is empty."""

    @property
    def is_new(self) -> bool:
        """Whether it was not there before."""
        return self.changed.before is None

    @property
    def is_gone(self) -> bool:
        """Whether it is not there any more."""
        return self.changed.now is None


class Difference(NamedTuple):
    """All that has changed."""

    total: Changed
    files: tuple[FileDifference, ...]
    """By path; those alone that differ."""


def difference(base: Coverage, coverage: Coverage) -> Difference:
    """Compare two reports: files are the same if their paths are, and regions count if both have them."""
    has_regions = base.has_regions and coverage.has_regions
    before = {file.path: file for file in base.files}
    now = {file.path: file for file in coverage.files}
    each = {
        path: _compared(path, before.get(path), now.get(path), has_regions=has_regions)
        for path in sorted(before.keys() | now.keys())
    }
    of_all = Changed(
        total(one.changed.before for one in each.values() if one.changed.before is not None),
        total(one.changed.now for one in each.values() if one.changed.now is not None),
    )
    return Difference(of_all, tuple(one for one in each.values() if one.lost or one.changed.before != one.changed.now))


def _compared(path: str, before: FileCoverage | None, now: FileCoverage | None, *, has_regions: bool) -> FileDifference:
    changed = Changed(
        None if before is None else shares(before, has_regions=has_regions),
        None if now is None else shares(now, has_regions=has_regions),
    )
    if before is None or now is None:
        return FileDifference(path, changed, lost=(), same_code=False)
    same_code = _places(before) == _places(now)
    return FileDifference(path, changed, _lost(before, now) if same_code else (), same_code)


def _places(file: FileCoverage) -> list[int]:
    """Take a file for unchanged if the same lines of it are code; a line more or less moves all that follow."""
    return list(file.lines)


def _lost(before: FileCoverage, now: FileCoverage) -> tuple[int, ...]:
    hits_before = before.lines
    return tuple(line for line, hits in now.lines.items() if not hits and hits_before[line])
