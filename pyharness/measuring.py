"""The coverage of one run: where what it starts counts, and what the counts come to."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

from pyharness import __version__, elf
from pyharness.building import header_folder, sources_of_objects, tool_of
from pyharness.coverage import changes, finishing
from pyharness.coverage.finishing import Places, Wanted
from pyharness.coverage.gcov_files import has_gcov
from pyharness.coverage.llvm_profiles import counts_in_file, is_instrumented
from pyharness.coverage.llvm_tools import Toolbox
from pyharness.coverage.profile_folder import ProfileFolder
from pyharness.coverage.reading import Objects, measure
from pyharness.coverage.selecting import shown_path
from pyharness.discovery.linked import LinkError, linked_files
from pyharness.errors import PyharnessError, UsageError
from pyharness.events import CoverageFinished

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyharness.batch import Batch
    from pyharness.case_coverage import CaseCoverage
    from pyharness.choosing import Loaded
    from pyharness.config.options import TestOptions
    from pyharness.coverage.finishing import Told
    from pyharness.coverage.reading import Measured

_TOLD = 3


class Measuring:
    """The coverage of one run; for one thread."""

    def __init__(self, options: TestOptions) -> None:
        """Make a folder for profiles.

        Raises:
            UsageError: nothing can be written there, the base cannot be read, an object is not there, or a report
                would replace another, or something else.
        """
        self._options = options
        self._places = Places(
            options.coverage_folder, options.coverage_html, options.coverage_lcov, options.coverage_cobertura
        )
        finishing.check(self._places)
        for path in options.coverage_object:
            if not os.path.isfile(path):
                message = f"no such file: '{path}'; --coverage-object names a program or library"
                raise UsageError(message)
        self._wanted = Wanted(
            root=options.build.root,
            version=__version__,
            include=options.coverage_include,
            exclude=options.coverage_exclude,
            own=(header_folder(),),
            floors=options.coverage_fail_under,
            base=None if options.coverage_base is None else finishing.read(options.coverage_base),
        )
        self.folder = ProfileFolder(
            options.coverage_folder,
            _can_count_in_files if options.coverage_crash_safe else None,
            by_case=options.coverage_contexts,
        )
        self._by_case: CaseCoverage | None = None
        if options.coverage_contexts:
            # Imported here: it needs a database, and most runs do not.
            from pyharness.case_coverage import CaseCoverage  # noqa: PLC0415

            self._by_case = CaseCoverage(options.coverage_folder, options.build.root)

    def note(self, batch: Batch) -> None:
        """Note what has happened in the run."""
        if self._by_case is not None:
            self._by_case.note(batch)

    def finish(
        self, loaded: Loaded, why_early: str, is_cancelled: Callable[[], bool], *, has_lost_processes: bool
    ) -> CoverageFinished:
        """Read the profiles, once nothing runs any more, and write the reports.

        Args:
            loaded: what has run.
            why_early: why not all of it has, if so.
            is_cancelled: is asked now and then whether to give up.
            has_lost_processes: a process of the run did not come to its own end.
        """
        began_ns = time.monotonic_ns()
        try:
            event = self._finish(
                loaded, why_early, Toolbox(os.environ, is_cancelled), has_lost_processes=has_lost_processes
            )
        except (PyharnessError, OSError) as error:
            why = f"nothing was measured: {why_early}" if why_early else self._why(error)
            event = CoverageFinished(duration_ns=0, problems=(why,), partial=True)
        return msgspec.structs.replace(event, duration_ns=time.monotonic_ns() - began_ns)

    def close(self) -> None:
        """Remove the profiles."""
        self.folder.remove()

    def _finish(
        self, loaded: Loaded, why_early: str, toolbox: Toolbox, *, has_lost_processes: bool
    ) -> CoverageFinished:
        options = self._options
        objects = self._objects(loaded)
        measured = measure(
            self.folder.path,
            objects,
            options.coverage_tool,
            toolbox,
            root=self._wanted.root,
            has_lost_processes=has_lost_processes,
        )
        problems = measured.problems
        if why_early:
            problems.insert(0, f"not all has run: {why_early}")
        told = finishing.tell(measured.coverage, self._wanted)
        problems += [told.nothing] if told.nothing else []
        contexts, notes = None, (*told.notes, *self._notes(objects, measured, told))
        if self._by_case is not None:
            contexts, missing = self._by_case.read(self.folder.path, measured, told.coverage, loaded, toolbox)
            problems += missing
        is_partial = bool(problems) and not options.coverage_allow_partial
        if is_partial:
            reports = finishing.write_partial(told.coverage, options.coverage_folder)
        else:
            reports = finishing.write(told, self._wanted, self._places)
        if self._by_case is not None and contexts is not None:
            written = self._by_case.write(contexts, loaded, is_partial=is_partial)
            reports, notes = (*reports, written.path), (*notes, *written.notes)
        return CoverageFinished(
            duration_ns=0,
            total=told.total,
            files=told.files,
            problems=tuple(problems),
            partial=is_partial,
            below=told.below,
            changes=told.changes,
            notes=notes,
            reports=reports,
        )

    def _why(self, error: PyharnessError | OSError) -> str:
        if isinstance(error, PyharnessError):
            return str(error)
        folder = self._options.coverage_folder
        return f"cannot work in '{folder}': {error.strerror or error}; name another folder with --coverage-folder"

    def _notes(self, objects: Objects, measured: Measured, told: Told) -> list[str]:
        """Return what may surprise in the reports, though all is there."""
        root = self._wanted.root
        uncounted = [shown_path(path, root) for path in objects.suites if _counts_nothing(path)]
        changed = sorted(shown_path(file.path, root) for file in told.coverage.files if file.path in measured.changed)
        return [
            *([_not_built_for_it(uncounted)] if uncounted else []),
            *([changes.tell(changed)] if changed else []),
        ]

    def _objects(self, loaded: Loaded) -> Objects:
        plan = None if loaded.build is None else loaded.build.plan
        suites = [suite.path for suite in loaded.suites if suite is not None]
        programs = [] if loaded.launcher is None else loaded.launcher.paths
        return Objects(
            suites=list(dict.fromkeys(map(os.path.abspath, (*suites, *programs)))),
            programs={number: list(_linked(path)) for number, path in self.folder.programs.items()},
            others=[os.path.abspath(path) for path in self._options.coverage_object],
            sources={} if plan is None else sources_of_objects(plan),
            launches=self.folder.launches,
            built_for="" if plan is None else tool_of(plan.tools.compilers),
        )


def _can_count_in_files(program: str) -> bool:
    """Return whether all of a program that counts can do so in files: the runtimes of others refuse to count at all."""
    return all(counts_in_file(path) for path in _linked(program) if is_instrumented(path))


def _counts_nothing(suite: str) -> bool:
    """Return whether neither a library or program counts, nor what it is linked with; anything else is no such file."""
    return bool(elf.sections(suite)) and not any(is_instrumented(path) or has_gcov(path) for path in _linked(suite))


def _not_built_for_it(paths: Sequence[str]) -> str:
    named = ", ".join(f"'{path}'" for path in paths[:_TOLD]) + (" …" if len(paths) > _TOLD else "")
    what = "1 suite was" if len(paths) == 1 else f"{len(paths)} suites were"
    return f"{what} not built for coverage, and nothing is told of what only their cases execute: {named}"


def _linked(program: str) -> list[str]:
    """Return a program and the libraries that it may load."""
    folders = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    try:
        return linked_files(program, folders)
    except (OSError, LinkError):
        return [program]
