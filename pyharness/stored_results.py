"""Results of earlier runs: a suite that passed as a whole is not run again while nothing it depends on has changed.

What counts is said in docs/cached-results.md. One small file for each suite.
"""

from __future__ import annotations

import datetime as dt
import glob
import os
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from pyharness import __version__
from pyharness import engine as native
from pyharness.config.field import fields_of
from pyharness.config.options import TestOptions
from pyharness.config.table import ConfigurationError
from pyharness.discovery import kept
from pyharness.discovery.digests import Digests, of_text
from pyharness.discovery.linked import LinkError, linked_files
from pyharness.own_folder import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.batch import Batch
    from pyharness.config.results_options import ResultsOptions
    from pyharness.config.settings import CaseSettings
    from pyharness.model import Suite
    from pyharness.tasks import Tasks

WITHOUT_EFFECT = frozenset(
    {
        # what is looked at, and where options come from; what these say counts
        *("paths", "list_cases", "list_format", "config", "no_config", "profile", "show_config", "watch"),
        # what is shown and written
        *("verbose", "quiet", "success_output", "color", "events", "junit"),
        # how a library came to be, when a run ends; libraries count by their content, and runs that ended do not
        *("build_jobs", "no_suite", "no_cache", "fail_fast", "max_fail", "global_timeout_s"),
        # coverage: a run that measures it neither takes a result from here nor keeps one
        *("coverage", "coverage_tool", "coverage_crash_safe", "coverage_allow_partial", "coverage_object"),
        *("coverage_contexts", "coverage_folder", "coverage_html", "coverage_lcov", "coverage_cobertura"),
        *("coverage_include", "coverage_exclude", "coverage_fail_under", "coverage_base"),
    }
)
"""Options that change no result of a suite that passes. Any other counts, one that is added later too."""
_ALWAYS_COUNTED = ("LD_LIBRARY_PATH",)
_NEVER_DATA = frozenset({FOLDER, ".git"})
"""Folders that change with each run, or with what is no part of the tests."""


class Key(msgspec.Struct, frozen=True):
    """All that a result is known to depend on; digests, but for the first two."""

    version: str
    """Of pyharness."""
    folder: str
    """The current one, in which cases run."""
    host: str
    """The program that runs them."""
    library: dict[str, str]
    """By path: the library, and those that it is linked with."""
    cases: str
    """What the suite lists, and how each case is to be run."""
    options: str
    environment: str
    data: str


class _Stored(msgspec.Struct, frozen=True):
    key: Key
    passed: str
    """When: RFC 3339, UTC."""


class _Suite(msgspec.Struct, frozen=True):
    """One that runs now."""

    name: str
    """Of its file."""
    path: str
    key: Key | None
    """`None`: its result must not be kept."""
    cases: int


class StoredResults:
    """What earlier runs have stored, and what this one comes to; for one thread."""

    def __init__(self, options: TestOptions, environment: Mapping[str, str]) -> None:
        """Look at what all suites depend on.

        Args:
            options: of this run, which must ask for results to be kept.
            environment: that of pyharness.

        Raises:
            ConfigurationError: a pattern matches no file, or a file cannot be read.
        """
        self._cache = options.cache
        self._environment = environment
        self._is_used = not options.no_cache
        self._is_filtered = is_filtered(options)
        self._digests = Digests(afresh=options.no_cache)
        self._data = _of_data(self._cache, self._digests)
        self._host = self._digests.of(native.host_program())
        self._options = of_options(options)
        self._libraries: dict[str, dict[str, str] | None] = {}
        self._suites: dict[int, _Suite] = {}
        self._passes: Counter[int] = Counter()
        self._spoiled: set[int] = set()
        self._is_doubtful = False

    def look_at(self, libraries: Iterable[str]) -> None:
        """Note what these contain: before they are loaded, so that it is what will run."""
        for path in () if self._is_filtered else libraries:
            self._libraries[path] = self._content(path)

    def since(self, number: int, suite: Suite, settings: Sequence[CaseSettings], *, is_whole: bool) -> str:
        """Return when a suite passed, if nothing has changed since; empty: it has to run.

        Args:
            number: of the suite in this run.
            suite: as it is listed now.
            settings: how each case that is to run is run.
            is_whole: no case of it was left out on request.
        """
        if suite.path not in self._libraries:
            self.look_at([suite.path])
        key = self._key(suite, settings) if is_whole and settings and not self._is_filtered else None
        one = _Suite(_file_of(suite), suite.path, key, len(settings))
        stored = kept.read(one.name, _Stored) if key is not None and self._is_used else None
        if stored is not None and stored.key == key:
            return stored.passed
        self._suites[number] = one
        return ""

    def add(self, batch: Batch, tasks: Tasks) -> None:
        """Take what has happened to cases."""
        spoiled = {*batch.leaks, *(cut.task for cut in batch.interrupted)}
        for crash in batch.crashes:
            spoiled.update([*crash.suspects, *([] if crash.task is None else [crash.task])])
        for task, outcome, attempt in zip(batch.tasks, batch.outcomes, batch.attempts, strict=True):
            if outcome == native.PASS and attempt == 1:
                self._passes[tasks.libraries[task]] += 1
            else:
                spoiled.add(task)
        self._spoiled.update(tasks.libraries[task] for task in spoiled)
        self._spoiled.update(lost.library for lost in batch.failed_suites)
        uncertain = any(not leak.certain for leaks in batch.leaks.values() for leak in leaks)
        nameless = any(crash.task is None for crash in batch.crashes)
        self._is_doubtful = self._is_doubtful or uncertain or nameless or bool(batch.host_failures)

    def keep(self, *, is_complete: bool) -> None:
        """Store what has passed, and forget what has not.

        Args:
            is_complete: the run came to its end by itself.
        """
        for number in self._spoiled & self._suites.keys():
            kept.remove(self._suites[number].name)
        if is_complete and not self._is_doubtful:
            self._store([one for number, one in self._suites.items() if self._has_passed(number, one)])
        self._digests.keep()

    def _has_passed(self, number: int, one: _Suite) -> bool:
        return number not in self._spoiled and self._passes[number] == one.cases

    def _store(self, suites: Sequence[_Suite]) -> None:
        """Store what is still as it was when it was looked at."""
        try:
            unchanged = _of_data(self._cache, self._digests) == self._data
        except ConfigurationError:
            unchanged = False
        now = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        for one in suites if unchanged else []:
            if one.key is not None and self._content(one.path) == one.key.library:
                kept.write(one.name, _Stored(one.key, now))

    def _key(self, suite: Suite, settings: Sequence[CaseSettings]) -> Key | None:
        library = self._libraries.get(suite.path)
        if library is None:
            return None
        names = (*self._cache.environment, *_ALWAYS_COUNTED)
        return Key(
            version=__version__,
            folder=os.getcwd(),
            host=self._host,
            library=library,
            cases=of_text(repr((_columns(suite), settings))),
            options=self._options,
            environment=of_text(repr([(name, self._environment.get(name)) for name in names])),
            data=self._data,
        )

    def _content(self, library: str) -> dict[str, str] | None:
        """Return the digests of a library and of those that it is linked with; `None`: nobody can tell."""
        if self._environment.get("LD_PRELOAD"):
            return None
        folders = [folder for folder in self._environment.get("LD_LIBRARY_PATH", "").split(":") if folder]
        try:
            files = linked_files(os.path.realpath(library), folders)
            return {path: self._digests.of(path) for path in map(os.path.abspath, files)}
        except (OSError, LinkError):
            return None


def is_filtered(options: TestOptions) -> bool:
    """Return whether a run leaves out cases on request, whatever suites it finds."""
    by_name = options.expression is not None or options.labels or options.labels_left_out or options.ids
    return bool(by_name) or options.shard is not None or options.affected_by is not None


def of_options(options: TestOptions) -> str:
    """Return a digest of the options that can change a result."""
    values = {field.name: getattr(options, field.name) for field in fields_of(TestOptions)}
    counted = sorted((name, value) for name, value in values.items() if name not in WITHOUT_EFFECT)
    return of_text(repr((counted, sorted(options.groups.items()))))


def _columns(suite: Suite) -> list[object]:
    """Return all that a suite lists, but for the path by which it was found."""
    columns = (getattr(suite, name) for name in suite.__struct_fields__ if name != "path")
    return [column if isinstance(column, str | bool) else list(column) for column in columns]


def _file_of(suite: Suite) -> str:
    return f"results/{of_text(repr((suite.name, os.path.realpath(suite.path))))[:24]}.json"


def _of_data(cache: ResultsOptions, digests: Digests) -> str:
    """Return a digest of the names and contents of all data files.

    Raises:
        ConfigurationError: a pattern matches no file, or a file cannot be read.
    """
    folder = os.path.abspath(cache.folder)
    files = sorted({path for pattern in cache.data for path in _matches(pattern, folder, cache.where)})
    try:
        return of_text(repr([(path, digests.of(os.path.join(folder, path))) for path in files]))
    except OSError as error:
        message = (
            f"cannot read '{error.filename}', which 'data' in {cache.where} names: {error.strerror}; "
            "make it readable, or correct the pattern"
        )
        raise ConfigurationError(message) from None


def _matches(pattern: str, folder: str, where: str) -> list[str]:
    paths = map(os.path.normpath, glob.glob(pattern, root_dir=folder, recursive=True, include_hidden=True))
    files = [path for path in paths if os.path.isfile(os.path.join(folder, path))]
    files = [path for path in files if _NEVER_DATA.isdisjoint(path.split(os.sep))]
    if not files:
        message = f"no file matches '{pattern}' of 'data' in {where}; correct it, or take it away"
        raise ConfigurationError(message)
    return files
