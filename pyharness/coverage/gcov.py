"""What GCC has counted in a run."""

from __future__ import annotations

import math
import os
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pyharness.coverage import running
from pyharness.coverage.gcov_counts import Counts
from pyharness.coverage.gcov_files import COUNTS, NOTES, notes_of, read_counts, read_notes
from pyharness.coverage.gcov_tool import find_gcov
from pyharness.coverage.gcovr import Batch, Failure, Gcovr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyharness.coverage.gcov_files import Maker, Notes
    from pyharness.coverage.model import Coverage

_WRITTEN, _COMPLAINTS = "gcov", "gcov-complaints.txt"
_LIMIT_S = 600
_MOST_OBJECTS = 100
"""For one call of gcovr."""


def gcov_environment(folder: str) -> dict[str, str]:
    """Return the variables of hosts and programs: what GCC counts goes into a run's folder, and nowhere else."""
    return {
        "GCOV_PREFIX": os.path.join(folder, _WRITTEN),
        "GCOV_PREFIX_STRIP": "0",
        "GCOV_ERROR_FILE": os.path.join(folder, _COMPLAINTS),
    }


def measure_gcov(  # noqa: PLR0913
    folder: str,
    objects: Iterable[str] = (),
    *,
    root: str,
    environment: Mapping[str, str],
    beside: Sequence[str] = (),
    limit_s: float = _LIMIT_S,
    is_cancelled: Callable[[], bool] = running.never,
) -> tuple[Coverage, list[str]]:
    """Return what a run has executed, and what is wrong with it, in sentences: then the coverage is partial.

    What the run has written stays as it is, so it can be measured again.

    Args:
        folder: Of the run: that of `gcov_environment`.
        objects: Those that are to be told of even if nothing of them was executed. They exist.
        root: From where the paths of sources count, where an object does not say. Absolute.
        environment: Of the tools.
        beside: Folders where gcov is looked for first: those of compilers.
        limit_s: For one call of gcovr.
        is_cancelled: Is asked now and then whether to give up.

    Raises:
        OSError: nothing can be written into the folder.
    """
    measuring = _Measuring(os.path.abspath(folder), root, environment, beside)
    return measuring.measure(objects, limit_s, is_cancelled)


class _Measuring:
    def __init__(self, folder: str, root: str, environment: Mapping[str, str], beside: Sequence[str]) -> None:
        self._folder = folder
        self._written = os.path.join(folder, _WRITTEN)
        self._root = root
        self._environment = environment
        self._beside = beside
        self._gcovs: dict[Maker, tuple[str, ...] | None] = {}
        self._problems: list[str] = []

    def measure(
        self, objects: Iterable[str], limit_s: float, is_cancelled: Callable[[], bool]
    ) -> tuple[Coverage, list[str]]:
        counts = Counts()
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="gcov-") as staged:
            gcovr = Gcovr(staged, self._environment, limit_s, is_cancelled)
            batches = list(self._batches(objects, os.path.join(staged, "objects")))
            with ThreadPoolExecutor(_workers()) as pool:
                for report in (report for reports in pool.map(gcovr.read, batches) for report in reports):
                    if isinstance(report, Failure):
                        self._problems.append(report.words.replace(f"{staged}/objects", ""))
                        continue
                    self._problems += report.problems
                    try:
                        counts.add(report.content, report.folder, report.prefix)
                    except ValueError as error:
                        self._problems.append(f"what gcovr has written cannot be read: {error}; is it too new?")
        self._complaints()
        return counts.coverage(), list(dict.fromkeys(self._problems))

    def _batches(self, objects: Iterable[str], staged: str) -> Iterator[Batch]:
        groups: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for notes, counts in sorted(self._found(objects).items()):
            noted = self._noted(notes, is_lost=counts is not None)
            gcov = self._gcov(noted.head.maker, notes) if noted else None
            if noted and gcov:
                whole = counts if counts and self._belongs(counts, noted.head.stamp, notes) else None
                groups[noted.folder or self._root, gcov].append(_stage(notes, whole, staged))
        for (folder, gcov), files in groups.items():
            most = min(_MOST_OBJECTS, math.ceil(len(files) / _workers()))
            for first in range(0, len(files), most):
                yield Batch(folder, gcov, files[first : first + most])

    def _found(self, objects: Iterable[str]) -> dict[str, str | None]:
        """Return where the notes of all objects are, and their counts: below the folder, at the same path."""
        found: dict[str, str | None] = {notes_of(os.path.abspath(path)): None for path in objects}
        for parent, _, names in os.walk(self._written):
            for path in (os.path.join(parent, name) for name in names if name.endswith(COUNTS)):
                found[notes_of(path[len(self._written) :])] = path
        return found

    def _noted(self, notes: str, *, is_lost: bool) -> Notes | None:
        try:
            return read_notes(notes)
        except (OSError, ValueError) as error:
            what = "what was executed of it is lost" if is_lost else "it is left out"
            self._problems.append(
                f"'{notes}', the notes of GCC on an object, cannot be read: {_why(error)}; {what}; build again"
            )
            return None

    def _belongs(self, counts: str, stamp: int, notes: str) -> bool:
        """Say whether counts are whole, and those of these notes."""
        why = "it is of another build; do not build while a run goes on"
        try:
            if read_counts(counts).stamp == stamp:
                return True
        except (OSError, ValueError) as error:
            why = f"{_why(error)}; was a process killed while it wrote, or is the disk full?"
        self._problems.append(f"what was counted for '{notes}' is lost: '{counts}': {why}")
        return False

    def _gcov(self, maker: Maker, notes: str) -> tuple[str, ...] | None:
        if maker not in self._gcovs:
            found = find_gcov(maker, self._environment, self._beside)
            self._gcovs[maker] = tuple(found) if found else None
            if found is None:
                name = "llvm-cov" if maker.is_clang else f"gcov-{maker.major}"
                self._problems.append(
                    f"no gcov here reads what {maker} has made, such as '{notes}'; install {name}, or build again"
                )
        return self._gcovs[maker]

    def _complaints(self) -> None:
        """Take what the runtime of GCC said of what it could not write."""
        try:
            with open(os.path.join(self._folder, _COMPLAINTS), encoding="utf-8", errors="replace") as file:
                self._problems += [f"the runtime of GCC says: {line.strip()}" for line in file]
        except FileNotFoundError:
            pass


def _stage(notes: str, counts: str | None, staged: str) -> str:
    """Link notes and counts into one folder, since gcov looks for both in one; return the file for it."""
    place = staged + notes
    os.makedirs(os.path.dirname(place), exist_ok=True)
    os.symlink(notes, place)
    if counts is None:
        return place
    place = place.removesuffix(NOTES) + COUNTS
    os.symlink(counts, place)
    return place


def _workers() -> int:
    return len(os.sched_getaffinity(0))


def _why(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
