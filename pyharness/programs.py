"""From programs and build folders to the cases they have: asks them, all at once, and puts together what they say."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness import __version__
from pyharness.adapters import registry
from pyharness.adapters.naming import in_one_line
from pyharness.adapters.protocol import Adapter, Exit, Knowing, ListedCase, ListError
from pyharness.discovery import Kind, Target, listing_cache
from pyharness.discovery.programs import ProgramCase, ProgramSuite, tags, unique_names
from pyharness.launcher import Program, list_query
from pyharness.model import DISABLED, SERIAL, FailedSuite, Outcome, Suite
from pyharness.surroundings import NOTHING_AROUND, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyharness.build_folders import Folder
    from pyharness.discovery.listing_cache import Key
    from pyharness.engine import Answer, Engine, Query


_MOST_SHOWN = 1 << 14
"""Bytes of what was printed in the place of a list: whoever has a mistake in it may print anything."""


class Ways(NamedTuple):
    """How build folders are read."""

    fold: bool = True
    """Run cases that CTest would launch one by one in batches of their program."""
    configuration: str = ""
    """CTest's `-C`."""
    setup: str = ""
    """Meson's test setup."""
    framework_of: Callable[[str], str] = registry.framework_of
    """Says of which adapter an executable is; empty: of none."""
    cache: bool = False
    """Take lists of programs that have not changed from earlier runs."""
    surroundings: Surroundings = NOTHING_AROUND


class Found(NamedTuple):
    """What targets have come to: a program with its cases, or why there is none."""

    target: Target
    result: Program | FailedSuite


class _Wanted(NamedTuple):
    """A program to be listed."""

    target: Target
    way: ProgramSuite
    adapter: Adapter


def find_programs(engine: Engine, targets: Sequence[Target], ways: Ways) -> tuple[list[Found], list[str]]:
    """Return the programs of `targets` with their cases, and remarks on what is not as under their build system.

    Raises:
        UsageError: a setup or an adapter is not there.
    """
    search = _Search(engine, ways)
    for target in targets:
        if target.kind is Kind.PROGRAM:
            search.add_program(target)
        elif target.kind is Kind.MESON:
            search.add_meson(target)
    if folders := [target for target in targets if target.kind is Kind.CTEST]:
        search.add_ctest(folders)
    search.list_wanted()
    return _with_own_names(search.found), search.remarks


class _Search:
    """What has been found so far, and what is to be listed yet."""

    def __init__(self, engine: Engine, ways: Ways) -> None:
        self.found: list[Found] = []
        self.remarks: list[str] = []
        self._engine = engine
        self._ways = ways
        self._environment = dict(os.environ)
        self._wanted: list[_Wanted] = []

    def add_program(self, target: Target) -> None:
        # An absolute path is not looked for in PATH, and is the same from whatever folder.
        path = os.path.abspath(target.path)
        way = ProgramSuite(name=os.path.basename(path), path=path, adapter=target.adapter)
        self._wanted.append(_Wanted(target, way, registry.load(target.adapter)))

    def add_meson(self, target: Target) -> None:
        from pyharness.build_folders import read_meson  # noqa: PLC0415 -- start-up

        path = os.path.abspath(target.path)
        self._add_folder("meson", target, lambda: read_meson(path, self._environment, self._ways.setup))

    def add_ctest(self, targets: Sequence[Target]) -> None:
        from pyharness.build_folders import ctest_query, read_ctest  # noqa: PLC0415 -- start-up

        configuration = self._ways.configuration
        framework_of = self._ways.framework_of if self._ways.fold else None
        paths = [os.path.abspath(target.path) for target in targets]
        answers = self._engine.ask([ctest_query(path, self._environment, configuration) for path in paths])
        for target, answer in zip(targets, answers, strict=True):
            read = partial(read_ctest, answer, self._environment, configuration, framework_of)
            self._add_folder("ctest", target, read, answer.output)

    def _add_folder(self, name: str, target: Target, read: Callable[[], Folder], output: bytes = b"") -> None:
        try:
            folder = read()
        except ListError as error:
            self.found.append(Found(target, _failed(target.path, str(error), output)))
            return
        self.remarks += folder.remarks
        self._wanted += [_Wanted(target, way, registry.load(way.adapter)) for way in folder.programs]
        if folder.adapter is not None:
            cases = folder.adapter.cases()
            suite = _suite(name, target.path, cases)
            self.found.append(Found(target, Program(suite=suite, adapter=folder.adapter, cases=cases)))

    def list_wanted(self) -> None:
        """List each program, unless its list is known from an earlier run and nothing has changed."""
        keys = [self._key(wanted) for wanted in self._wanted]
        known = [None if key is None else listing_cache.read(key) for key in keys]
        unknown = [wanted for wanted, cases in zip(self._wanted, known, strict=True) if cases is None]
        answers = iter(self._engine.ask([self._list_query(wanted) for wanted in unknown]))
        for wanted, key, cases in zip(self._wanted, keys, known, strict=True):
            result = self._listed(wanted, key, next(answers)) if cases is None else self._program(wanted, cases)
            self.found.append(Found(wanted.target, result))

    def _key(self, wanted: _Wanted) -> Key | None:
        if not self._ways.cache:
            return None
        return listing_cache.key_of(wanted.way, wanted.adapter, self._environment, __version__)

    def _list_query(self, wanted: _Wanted) -> Query:
        query = list_query(wanted.adapter, wanted.way.path, wanted.way, self._environment, self._ways.surroundings)
        return query, wanted.adapter.wants_address

    def _listed(self, wanted: _Wanted, key: Key | None, answer: Answer) -> Program | FailedSuite:
        try:
            listed = _read_list(wanted.adapter, answer)
        except ListError as error:
            return _failed(wanted.way.path, f"{error}; run it with its option for listing", answer.output)
        # Asked for again: it may have been built anew while it was listed.
        if key is not None and not answer.exit_code and key == self._key(wanted):
            listing_cache.write(key, listed)
        return self._program(wanted, listed)

    def _program(self, wanted: _Wanted, listed: Sequence[ListedCase]) -> Program:
        if gone := _gone(wanted.way, listed):
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            self.remarks.append(
                f"'{wanted.way.path}' does not list '{gone[0]}'{more}, which CMake has found in it before; "
                "build the project again, or run with --no-fold"
            )
        return _program(wanted, listed)


def _read_list(adapter: Adapter, answer: Answer) -> Sequence[ListedCase]:
    if answer.why_none:
        raise ListError(f"it {answer.why_none}")
    return adapter.read_list(answer.output, answer.report, Exit(answer.exit_code, answer.signal))


def _program(wanted: _Wanted, listed: Sequence[ListedCase]) -> Program:
    way = wanted.way
    adapter = wanted.adapter.knowing(listed) if isinstance(wanted.adapter, Knowing) else wanted.adapter
    if way.cases is None:
        return Program(suite=_suite(way.name, way.path, listed), adapter=adapter, cases=listed, way=way)
    by_name = {case.name: case for case in listed}
    cases = [_as_told(_listed_as(told.name, by_name), told) for told in way.cases]
    skips = {index: told.skip_counts_as for index, told in enumerate(way.cases) if told.skip_counts_as != Outcome.SKIP}
    suite = _suite(way.name, way.path, cases)
    titles = [told.title if told.title != told.name else "" for told in way.cases]
    suite = msgspec.structs.replace(suite, titles=titles if any(titles) else ())
    return Program(suite=suite, adapter=adapter, cases=cases, way=way, skips=skips)


def _gone(way: ProgramSuite, listed: Sequence[ListedCase]) -> list[str]:
    """Return the names of cases that a build folder knows of a program, and that are not in its list."""
    known = {case.name for case in listed}
    return [told.name for told in way.cases or () if told.name not in known and in_one_line(told.name) not in known]


def _listed_as(name: str, by_name: Mapping[str, ListedCase]) -> ListedCase:
    """Return the listed case of a name, which a list may have to write otherwise, or one that is not listed."""
    return by_name.get(name) or by_name.get(in_one_line(name)) or ListedCase(name=in_one_line(name))


def _as_told(listed: ListedCase, told: ProgramCase) -> ListedCase:
    """Return a case with what its build folder says of it above what its program says."""
    return ListedCase(
        name=listed.name,
        key=listed.key,
        file=listed.file,
        line=listed.line,
        tags=tuple(dict.fromkeys((*listed.tags, *tags(told.labels)))),
        labels=told.labels,
        disabled=told.disabled,
        timeout_ms=listed.timeout_ms if told.timeout_ms is None else told.timeout_ms,
        serial=told.serial,
        threads_required=told.threads_required,
        locks=told.locks,
        priority=told.priority,
    )


def _suite(name: str, path: str, cases: Sequence[ListedCase]) -> Suite:
    return Suite(
        name=name,
        group="",
        path=path,
        names=[case.name for case in cases],
        files=[case.file for case in cases],
        lines=[case.line for case in cases],
        tags=[" ".join(case.tags) for case in cases],
        timeouts_ms=[case.timeout_ms for case in cases],
        flags=[(SERIAL if case.serial else 0) | (DISABLED if case.disabled else 0) for case in cases],
        threads_required=[case.threads_required for case in cases],
    )


def _failed(path: str, why: str, output: bytes = b"") -> FailedSuite:
    return FailedSuite(path, f"cannot list the cases of '{path}': {why}", _beginning(output))


def _beginning(output: bytes) -> str:
    left_out = max(0, len(output) - _MOST_SHOWN)
    told = f"\n[{left_out} bytes of output are left out here]\n" if left_out else ""
    return output[:_MOST_SHOWN].decode(errors="backslashreplace") + told


def _with_own_names(found: Iterable[Found]) -> list[Found]:
    """Tell suites of equal names apart, as two programs called `tests` in two folders are."""
    found = list(found)
    programs = [one.result for one in found if isinstance(one.result, Program)]
    names = iter(unique_names([program.suite.name for program in programs]))
    return [
        one._replace(result=_placed(one.result, next(names), one.target.path))
        if isinstance(one.result, Program)
        else one
        for one in found
    ]


def _placed(program: Program, name: str, place: str) -> Program:
    """Give a program its name in this run, and the place by which people know it."""
    suite = program.suite if program.suite.name == name else msgspec.structs.replace(program.suite, name=name)
    return msgspec.structs.replace(program, suite=suite, place=place)
