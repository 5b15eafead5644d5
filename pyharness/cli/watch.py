"""`pyharness test --watch`: runs, waits for a change, and runs again what it affects. The loop, and what it needs."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pyharness.building import dependents
from pyharness.cli.changes import Changes
from pyharness.cli.streams import complain, standard_output
from pyharness.cli.test import read_options, run_once
from pyharness.config.due import Due, both
from pyharness.config.file import OWN, SHARED
from pyharness.discovery import ignored_by_git, walk
from pyharness.errors import ExitCode, InternalError, NothingSelectedError, PyharnessError, SuiteError, UsageError
from pyharness.events import BuildFinished, CaseFinished, RunFinished, SuiteFailed, SuiteLoaded
from pyharness.interrupts import Interrupts
from pyharness.model import Verdict
from pyharness.text import one_line
from pyharness.watching import Watched, describe, waits_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.building import BuildPlan
    from pyharness.config.options import TestOptions
    from pyharness.events import Event

_NOT_PASSED = frozenset({Verdict.FAILED, Verdict.NOT_RUN})


class Watch:
    """Runs, waits for a change, runs again what it affects; until a signal ends it. For one thread."""

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str], options: TestOptions) -> None:
        """Prepare. `options` are what `arguments`, those after `test`, come to now; before each run they are read anew.

        Raises:
            UsageError: so many folders cannot be watched.
        """
        self._arguments = arguments
        self._environ = environ
        self._options = options
        self._due: Due | None = None
        self._built: dict[str, set[str]] = {}
        """The suites that are built of a file."""
        self._loaded: dict[str, set[str]] = {}
        """Those that a file is, as it was given."""
        self._watched = self._look(is_unsettled=False)
        self._has_run = False
        self._listener = _Listener(None)
        """Of the last run."""
        self._code = int(ExitCode.OK)

    def run(self, *, is_process: bool) -> int:
        """Return the exit code of the last run. `is_process`: the process ends with it.

        Raises:
            UsageError: the first run makes no sense.
            KeyboardInterrupt: a signal has come before there was anything to stop.
        """
        stream = standard_output()
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
        with Interrupts(is_last=is_process), contextlib.closing(Changes(self._folders)) as changes:
            goes_on = self._run()
            while goes_on and self._wait(changes):
                goes_on = self._run()
        return self._code

    # ---- wait

    def _wait(self, changes: Changes) -> bool:
        """Wait for a change, take note of what it affects; return whether to go on."""
        try:
            self._learn(self._listener)
            changes.follow()
            _say(waits_for(self._watched.count))
            paths: tuple[str, ...] = ()
            while not paths:
                changed = changes.next()
                changed -= _without_effect(self._watched.newcomers(changed), self._watched.folders)
                paths, due = self._watched.affected(changed)
            self._due = both(self._due, due)
            _say(describe(paths, os.getcwd()))
        except (KeyboardInterrupt, BrokenPipeError):  # or nobody reads what is said any more
            return False
        return True

    def _folders(self) -> set[str]:
        """Return the folders in which a change may matter."""
        options = self._options
        files = [*self._watched.users, *self._watched.configuration, *map(_place, options.paths)]
        folders = {os.path.dirname(path) for path in files}
        folders.update(os.path.realpath(os.path.join(options.build.root, one)) for one in _include(options))
        for folder in (*self._watched.folders, *([self._watched.root] if self._watched.sources else [])):
            folders.update(parent for parent, _ in walk(folder))
        return {folder for folder in folders if os.path.isdir(folder)}

    # ---- run

    def _run(self) -> bool:
        """Run what is due; return whether to go on."""
        due, listener, interrupts = self._due, _Listener(self._due), Interrupts()
        try:
            self._options = read_options(self._arguments, self._environ) if self._has_run else self._options
            afresh = self._options.no_cache and not self._has_run
            options = replace(self._options, due=due, no_cache=afresh)
            code = run_once(options, self._environ, interrupts, [listener], listener.take_plan)
        except NothingSelectedError as error:
            code = int(error.exit_code)
            self._due = due if due is None else Due()
            _say(f"nothing is run: {error}")
        except PyharnessError as error:
            if isinstance(error, UsageError) and not self._has_run:
                raise
            code = int(error.exit_code)
            complain(str(error))
        if listener.is_over:
            self._due = Due(ids=frozenset(listener.not_passed()))
        if due is None or code != ExitCode.NOTHING_SELECTED:
            self._code = code
        self._has_run = True
        self._listener = listener
        return not interrupts.count

    def _learn(self, listener: _Listener) -> None:
        """Take note of what the run has used."""
        libraries: set[str] = set()
        if listener.plan is not None:
            libraries = {suite.library for suite in listener.plan.suites}
            try:
                self._built = _by_place(dependents(listener.plan))
            except SuiteError as error:
                complain(str(error))
                listener.is_unsettled = True
        elif listener.is_over:
            self._built = {}
        used = {path: {path} for path in listener.paths if path not in libraries and os.path.isfile(path)}
        self._loaded |= _by_place(used)
        self._watched = self._look(is_unsettled=listener.is_unsettled or not listener.is_over)

    def _look(self, *, is_unsettled: bool) -> Watched:
        options = self._options
        return Watched(
            users={**self._built, **self._loaded},
            configuration=_configuration(options),
            folders=tuple(place for place in map(_place, options.paths) if os.path.isdir(place)),
            root=os.path.realpath(options.build.root),
            sources=options.build.sources,
            is_unsettled=is_unsettled,
        )


class _Listener:
    """Folds the events of one run."""

    wants_passes = True

    def __init__(self, due: Due | None) -> None:
        self.plan: BuildPlan | None = None
        self.paths: set[str] = set()
        """Of suites."""
        self.is_over = False
        self.is_unsettled = False
        """A suite could not be built or loaded, or not yet."""
        self._open = set() if due is None else set(due.ids)
        self._failed: set[str] = set()

    def take_plan(self, plan: BuildPlan) -> None:
        self.plan = plan

    def handle(self, event: Event) -> None:
        if isinstance(event, CaseFinished):
            self._open.discard(event.id)
            if event.verdict in _NOT_PASSED:
                self._failed.add(event.id)
        elif isinstance(event, SuiteLoaded | SuiteFailed):
            self.paths.add(event.path)
            self.is_unsettled = self.is_unsettled or isinstance(event, SuiteFailed)
        elif isinstance(event, BuildFinished):
            self.is_unsettled = self.is_unsettled or event.not_built > 0
        elif isinstance(event, RunFinished):
            self.is_over = True

    def not_passed(self) -> set[str]:
        """Return the ids of cases that are still to pass; those that were due may be in a suite that is not there."""
        return self._failed | (self._open if self.is_unsettled else set())

    def close(self) -> None:
        pass


def _say(line: str) -> None:
    stream = standard_output()
    try:
        stream.write(one_line(line) + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"cannot write to the standard output: {error.strerror}"
        raise InternalError(message) from None


def _without_effect(newcomers: Iterable[str], folders: Iterable[str]) -> set[str]:
    """Return those that are not there, or that git ignores."""
    found: dict[str, list[str]] = {}
    gone: set[str] = set()
    for path in newcomers:
        if os.path.exists(path):
            top = next((folder for folder in folders if path.startswith(os.path.join(folder, ""))), None)
            found.setdefault(top or os.path.dirname(path), []).append(path)
        else:
            gone.add(path)
    return gone.union(*(ignored_by_git(folder, paths) for folder, paths in found.items()))


def _configuration(options: TestOptions) -> frozenset[str]:
    """Return the files that say how to run, or would if they were there."""
    if options.no_config:
        return frozenset()
    if options.config is not None:
        return frozenset({os.path.realpath(options.config)})
    folder, last = os.getcwd(), os.path.abspath(options.build.folder)
    folders = [folder]
    while folder not in {last, os.path.dirname(folder)}:
        folder = os.path.dirname(folder)
        folders.append(folder)
    return frozenset(os.path.join(folder, name) for folder in folders for name in (OWN, SHARED))


def _include(options: TestOptions) -> Iterable[str]:
    return (folder for one in (options.build, *options.build.overrides) for folder in one.include)


def _place(argument: str) -> str:
    """Return the real path of what an argument names, without the case."""
    return os.path.realpath(argument if os.path.exists(argument) else argument.partition("::")[0])


def _by_place(users: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the same by where a file is seen to change: where it lies, and where a link to it does."""
    places: dict[str, set[str]] = {}
    for path, suites in users.items():
        folder, name = os.path.split(os.path.abspath(path))
        for place in {os.path.join(os.path.realpath(folder), name), os.path.realpath(path)}:
            places.setdefault(place, set()).update(suites)
    return places
