"""A folder of pages: one with all files, and one for each file with its source.

The pages need nothing but themselves: no server, no network, no file beside them. A policy in each of them forbids
anything else, whatever a file's name or its text may try.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import stat
import uuid
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.functions import by_place
from pyharness.coverage.html_page import rows, split_lines, uncovered_starts
from pyharness.coverage.selecting import shown_path
from pyharness.coverage.shares import percent_text, shares, total
from pyharness.errors import UsageError
from pyharness.own_folder import make_folder
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from pyharness.coverage.model import Coverage, FileCoverage
    from pyharness.coverage.shares import Shares

MARKER = ".pyharness-coverage"
"""A file in each folder that was written here, so that no other one is ever replaced."""
MOST_SOURCE = 16 * 1024 * 1024
"""Bytes of a source that is shown; more is generated, and would only stop the browser."""


class ShownShare(NamedTuple):
    """A share as the pages show it."""

    kind: str
    percent: str
    value: float
    """What the table is sorted by; nothing at all is less than 0 %."""
    covered: int
    total: int


class ShownFile(NamedTuple):
    """A file on the page of all."""

    name: str
    page: str
    shares: Sequence[ShownShare]


class ShownFolder(NamedTuple):
    """Files of one folder."""

    name: str
    shares: Sequence[ShownShare]
    files: Sequence[ShownFile]


class About(NamedTuple):
    """What the pages say of the run."""

    root: str
    """The project's folder, absolute: files below it are named relative to it."""
    version: str
    """Of the harness."""
    when: str = ""
    """The time of the run, for readers."""
    built_at_s: float | None = None
    """The time of the build, in seconds since the epoch: of sources that are newer, their pages say so."""


def write(coverage: Coverage, folder: str, about: About) -> None:
    """Write the report, or leave an earlier one as it was.

    Args:
        coverage: What is reported.
        folder: Where `index.html` is to be. It is made, or replaced if it is an earlier report or empty.
        about: What the pages say of the run.

    Raises:
        UsageError: `folder` is something else.
        OSError: it cannot be written.
    """
    target = os.path.realpath(folder)
    check(folder)
    parent, name = os.path.split(target)
    make_folder(parent)
    fresh = os.path.join(parent, f".{name[:50]}.{uuid.uuid4().hex}")
    os.mkdir(fresh)
    try:
        _Pages(coverage, fresh, about).write()
        _replace(target, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check(folder: str) -> None:
    """See that nothing but a report would be replaced.

    Raises:
        UsageError: `folder` is something else.
    """
    target = os.path.realpath(folder)
    if not os.path.lexists(target):
        return
    if not os.path.isdir(target):
        raise UsageError(f"cannot write the report '{folder}': it is a file; name a folder")
    if os.listdir(target) and not os.path.exists(os.path.join(target, MARKER)):
        raise UsageError(
            f"cannot write the report '{folder}': the folder holds something else than a report; name another one"
        )


def page_name(path: str) -> str:
    """Name the page of a file: no two files have the same one, and nothing in a path leads out of the folder."""
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", os.path.basename(path))[:40].strip("-")
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return f"{readable}-{digest}.html".lstrip("-")


class _Pages:
    """Writes the pages of one report into an empty folder."""

    def __init__(self, coverage: Coverage, folder: str, about: About) -> None:
        self._coverage = coverage
        self._folder = folder
        self._about = about
        self._environment = _environment(about)
        self._counted = {file.path: shares(file, has_regions=coverage.has_regions) for file in coverage.files}

    def write(self) -> None:
        for file in self._coverage.files:
            self._write_file(file)
        self._write_index()
        with open(os.path.join(self._folder, MARKER), "w", encoding="ascii") as marker:
            marker.write("a report of pyharness; the next one replaces this folder\n")

    def _write_file(self, file: FileCoverage) -> None:
        source, notes = _read(file, self._about.built_at_s)
        starts = uncovered_starts(file.lines)
        self._render(
            "file.html.j2",
            page_name(file.path),
            name=self._name(file),
            shares=self._shown(self._counted[file.path]),
            notes=notes,
            never=[each._replace(name=one_line(each.name)) for each in by_place(file.functions) if not each.hits],
            first=starts[0] if starts else None,
            rows=rows(file, source),
        )

    def _write_index(self) -> None:
        named = sorted(
            ((*os.path.split(self._name(file)), file) for file in self._coverage.files), key=lambda entry: entry[:2]
        )
        folders = [
            self._shown_folder(folder, [(name, file) for _, name, file in of_folder])
            for folder, of_folder in groupby(named, key=lambda entry: entry[0])
        ]
        all_of = self._shown(total(self._counted.values()))
        self._render("index.html.j2", "index.html", root=one_line(self._about.root), total=all_of, folders=folders)

    def _shown_folder(self, folder: str, files: Sequence[tuple[str, FileCoverage]]) -> ShownFolder:
        of_all = total(self._counted[file.path] for _, file in files)
        shown = [ShownFile(name, page_name(file.path), self._shown(self._counted[file.path])) for name, file in files]
        return ShownFolder(folder or ".", self._shown(of_all), shown)

    def _name(self, file: FileCoverage) -> str:
        return one_line(shown_path(file.path, self._about.root))

    def _shown(self, counted: Shares) -> list[ShownShare]:
        return [
            ShownShare(kind, percent_text(share), share.percent if share.total else -1.0, share.covered, share.total)
            for kind, share in zip(counted._fields, counted, strict=True)
            if kind != "regions" or self._coverage.has_regions
        ]

    def _render(self, template: str, page: str, **values: object) -> None:
        stream = self._environment.get_template(template).stream(values)
        stream.enable_buffering(200)
        stream.dump(os.path.join(self._folder, page), encoding="utf-8")


def _environment(about: About) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  only this report needs it

    environment = Environment(
        loader=PackageLoader("pyharness.coverage"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _packaged("style.css"), _packaged("sort.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    environment.globals |= {"style": style, "script": script, "policy": policy}
    environment.globals |= {"version": about.version, "when": about.when}
    return environment


def _packaged(name: str) -> str:
    return resources.files("pyharness.coverage").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Name a text as a Content-Security-Policy does."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(file: FileCoverage, built_at_s: float | None) -> tuple[bytes | None, list[str]]:
    """Return the source, and what is to be said of it."""
    try:
        status = os.stat(file.path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_SOURCE:
            return None, ["the source is not shown: it is no regular file, or too large"]
        with open(file.path, "rb") as stream:
            source = stream.read(MOST_SOURCE)
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return None, [f"the source cannot be read: {reason}"]
    return source, list(_notes(file, source, is_newer=built_at_s is not None and status.st_mtime > built_at_s))


def _notes(file: FileCoverage, source: bytes, *, is_newer: bool) -> list[str]:
    notes = []
    last = max(file.lines, default=0)
    if is_newer or last > len(split_lines(source)):
        notes.append("the source has changed since it was measured: counts may stand beside other lines than theirs")
    try:
        source.decode()
    except UnicodeDecodeError:
        notes.append("the source is not UTF-8: bytes that are no text are shown as \\xNN")
    return notes


def _replace(target: str, fresh: str) -> None:
    """Put the fresh folder in the place of the target; if that fails, the earlier report is there again."""
    earlier = f"{fresh}.earlier"
    if not os.path.lexists(target):
        os.rename(fresh, target)
        return
    os.rename(target, earlier)
    try:
        os.rename(fresh, target)
    except OSError:
        os.rename(earlier, target)
        raise
    shutil.rmtree(earlier, ignore_errors=True)
