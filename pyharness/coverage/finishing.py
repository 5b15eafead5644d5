"""From what was measured to reports, and to what is told of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage import (
    cobertura,
    difference_text,
    differing,
    floors,
    html_report,
    lcov,
    llvm_export,
    report_files,
    summary,
)
from pyharness.coverage.rows import rows
from pyharness.coverage.selecting import Patterns, select
from pyharness.coverage.shares import shares, total
from pyharness.errors import CoverageError, UsageError

if TYPE_CHECKING:
    from pyharness.coverage.model import Coverage
    from pyharness.coverage.selecting import Selected
    from pyharness.events import CoveredFile

WHOLE, PARTIAL, SUMMARY = "coverage.json", "coverage-partial.json", "coverage-summary.json"


class Wanted(NamedTuple):
    """What is to become of coverage."""

    root: str
    """The folder of the project, absolute."""
    version: str
    """Of pyharness."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    anywhere: bool = False
    """Without `include`, files outside of the project are wanted, too."""
    flags: str = "--coverage-"
    """What stands before `include` and `exclude` where they are given, for messages."""
    own: tuple[str, ...] = ()
    """Folders of pyharness itself, absolute."""
    floors: str | None = None
    base: Coverage | None = None


class Places(NamedTuple):
    """Where reports go."""

    folder: str
    html: str | None = None
    lcov: str | None = None
    cobertura: str | None = None


def check(places: Places) -> None:
    """See that each report has a place of its own.

    Raises:
        UsageError: one would replace another, or something else.
    """
    if places.html is not None:
        html_report.check(places.html)
    taken = {os.path.realpath(os.path.join(places.folder, name)) for name in (WHOLE, PARTIAL, SUMMARY)}
    for path in (places.html, places.lcov, places.cobertura):
        if path is not None and os.path.realpath(path) in taken:
            message = f"two reports would be written to '{path}'; give each a file of its own"
            raise UsageError(message)
        taken |= set() if path is None else {os.path.realpath(path)}


def read(path: str) -> Coverage:
    """Read a `coverage.json`.

    Raises:
        UsageError: it cannot be read, or is something else.
    """
    try:
        with open(path, "rb") as file:
            return llvm_export.read_export(file.read())
    except OSError as error:
        message = f"cannot read the coverage in '{path}': {error.strerror}; `pyharness test --coverage` writes it"
        raise UsageError(message) from None
    except ValueError as error:
        message = f"'{path}' is no coverage.json: {error}; name one that `pyharness test --coverage` has written"
        raise UsageError(message) from None


class Told(NamedTuple):
    """What is to be said of coverage."""

    coverage: Coverage
    """That of the files that are wanted."""
    total: CoveredFile
    files: tuple[CoveredFile, ...]
    below: tuple[str, ...]
    """Which floors are not reached."""
    changes: tuple[str, ...]
    """Since the base."""
    notes: tuple[str, ...]
    nothing: str = ""
    """Why there is nothing to tell, though something was measured."""


def tell(coverage: Coverage, wanted: Wanted) -> Told:
    """Return what is wanted of the coverage."""
    selected = _select(coverage, wanted)
    chosen = selected.coverage
    all_files, each = rows(chosen, wanted.root)
    shared = total(shares(file, has_regions=chosen.has_regions) for file in chosen.files)
    limits = floors.parse(wanted.floors) if wanted.floors else ()
    nothing = ""
    if coverage.files and not chosen.files:
        nothing = _why_none(wanted)
    changes: tuple[str, ...] = ()
    if wanted.base is not None:
        found = differing.difference(_select(wanted.base, wanted).coverage, chosen)
        changes = tuple(difference_text.render(found, root=wanted.root).splitlines())
    below = floors.below(limits, shared, has_regions=chosen.has_regions)
    return Told(chosen, all_files, each, below, changes, selected.warnings, nothing)


def _select(coverage: Coverage, wanted: Wanted) -> Selected:
    patterns = Patterns(wanted.include, wanted.exclude, wanted.flags)
    return select(coverage, patterns, root=wanted.root, own=wanted.own, anywhere=wanted.anywhere)


def _why_none(wanted: Wanted) -> str:
    given = (("include", wanted.include), ("exclude", wanted.exclude))
    if wanted.include or wanted.anywhere:
        flags = " and ".join(f"{wanted.flags}{name}" for name, patterns in given if patterns)
        return f"no source file with coverage is left by the patterns of {flags}; change them"
    return f"no source file with coverage is under '{wanted.root}'; {wanted.flags}include names others"


def write(told: Told, wanted: Wanted, places: Places) -> tuple[str, ...]:
    """Write all reports, and return what was written.

    Raises:
        CoverageError: one of them cannot be written; those of earlier runs are whole.
        UsageError: the folder for the report with sources has something else in it.
    """
    coverage = told.coverage
    files = {
        os.path.join(places.folder, WHOLE): llvm_export.write_export(coverage),
        os.path.join(places.folder, SUMMARY): summary.render(told.total, told.files),
    }
    if places.lcov is not None:
        files[places.lcov] = lcov.render(coverage)
    if places.cobertura is not None:
        files[places.cobertura] = as_cobertura(coverage, wanted)
    with report_files.written(files):
        page = () if places.html is None else (write_html(coverage, places.html, wanted),)
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(places.folder, PARTIAL))  # of an earlier run
    return (*files, *page)


def write_html(coverage: Coverage, folder: str, wanted: Wanted) -> str:
    """Write the report with sources, and return the page to begin with.

    Raises:
        CoverageError: it cannot be written; an earlier one is whole.
    """
    try:
        html_report.write(coverage, folder, html_report.About(root=wanted.root, version=wanted.version, when=_now()))
    except OSError as error:
        message = f"cannot write the coverage to '{folder}': {error.strerror}; name another folder"
        raise CoverageError(message) from None
    return os.path.join(folder, "index.html")


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def write_partial(coverage: Coverage, folder: str) -> tuple[str, ...]:
    """Write what there is, beside the reports of earlier runs.

    Raises:
        CoverageError: it cannot be written.
    """
    path = os.path.join(folder, PARTIAL)
    report_files.write({path: llvm_export.write_export(coverage)})
    return (path,)


def as_cobertura(coverage: Coverage, wanted: Wanted) -> bytes:
    """Return the report as Cobertura's XML, with the time of now."""
    return cobertura.render(coverage, root=wanted.root, timestamp_s=int(time.time()), version=wanted.version)
