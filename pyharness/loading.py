"""From paths to a plan: finds suites, programs and build folders, loads and lists them, selects cases."""

from __future__ import annotations

import os
import re
from array import array
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from pyharness.config.settings import Settings
from pyharness.config.table import ConfigurationError
from pyharness.discovery import Frameworks, Kind, Target, find_targets
from pyharness.engine import IN_PLAN_ORDER, Order
from pyharness.errors import NothingSelectedError, UsageError
from pyharness.model import DISABLED, FailedSuite, Suite
from pyharness.selection import parse
from pyharness.selection.dealing import Dealer
from pyharness.selection.ids import names_in
from pyharness.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyharness.config.options import TestOptions
    from pyharness.config.shard import Shard
    from pyharness.discovery.ctest import LabelFilter
    from pyharness.engine import Engine
    from pyharness.launcher import Launcher, Program
    from pyharness.selection import Expression


class Loaded(msgspec.Struct):
    """The suites of a run and what is selected of them."""

    suites: list[Suite | None]
    failed: list[FailedSuite]
    tasks: Tasks
    disabled: list[str]
    """Ids that are selected but disabled."""
    selected: list[int]
    """How many cases of each library."""
    settings: Settings
    settings_of: Sequence[int]
    """By task, a position in `settings.distinct`."""
    order: Order = IN_PLAN_ORDER
    launcher: Launcher | None = None
    """Of the programs, if there are any."""
    remarks: list[str] = []
    """Sentences on what is not as the build system of the tests would have it."""


_LIKE_REGEX = re.compile(r"\.\*|\.\+|[\^$|\[*]|\\[.bdsw]")
"""What few names have and nearly all regular expressions."""


class _Source(msgspec.Struct, frozen=True):
    """A suite, or why it is none, and where it was found."""

    target: Target
    result: Suite | FailedSuite
    program: Program | None = None
    named: Sequence[str] | None = None
    """Exact names of the cases that are meant; `None`: all of them."""


def load(engine: Engine, options: TestOptions, *, with_disabled: bool = False) -> Loaded:
    """Return what `options` select.

    Args:
        engine: loads libraries and asks programs; knows both afterwards.
        options: paths, filter, and how cases are to be run.
        with_disabled: disabled cases are selected like others.

    Raises:
        UsageError: a path or an expression makes no sense.
        NothingSelectedError: no case is selected, and no suite has failed either.
    """
    with _blaming(options, "expression"):
        expression = None if options.expression is None else parse(options.expression)
    labels = _label_filters(options)
    _load_adapters(options)
    frameworks = Frameworks(options.adapters, cache=not options.no_cache)
    with _blaming(options, "paths"):
        targets = find_targets(options.paths, frameworks)
    if not targets:
        where = ", ".join(f"'{path}'" for path in options.paths) + _by_whom(options, "paths")
        message = (
            f"no test library, test program or build folder with tests under {where}; build one, or name another folder"
        )
        raise NothingSelectedError(message)
    _check_build_options(targets, options)
    settings_of = array("I")
    settings = Settings(options, parse)
    loaded = Loaded([], _cut_short(targets), Tasks((), (), ()), [], [], settings, settings_of)
    loaded.remarks += options.remarks
    sources = _sources(engine, [target for target in targets if not target.missing], options, frameworks, loaded)
    frameworks.keep()
    sources = [_with_names(source, options.ids) for source in sources]
    dealer = Dealer(options.shard)
    libraries: list[int] = []
    indices: list[int] = []
    seen: dict[str, str] = {}
    for library, source in enumerate(sources):
        suite = _accept(source.result, seen, loaded.failed)
        loaded.suites.append(suite)
        with _blaming(options, "paths"):
            found = [] if suite is None else _select(suite, source, expression, labels, dealer)
        if suite is not None and not (options.run_disabled or with_disabled or source.named):
            loaded.disabled += [suite.id(index) for index in found if suite.flags[index] & DISABLED]
            found = [index for index in found if not suite.flags[index] & DISABLED]
        loaded.selected.append(len(found))
        if suite is not None:
            settings_of += _settings_of(settings, suite, found, source.program)
        libraries += [library] * len(found)
        indices += found
    with _blaming(options, "paths"):
        _check_named(targets, sources, bool(loaded.failed))
    if not loaded.failed:
        _check_ids(options, sources)
    loaded.tasks = Tasks(loaded.suites, libraries, indices)
    loaded.order = _order(loaded.tasks, sources)
    _refuse_circles(loaded.order, loaded.tasks)
    if options.shard is not None:
        loaded.remarks.append(_share(options.shard, dealer))
    if not indices and not loaded.failed and not dealer.left_out:  # a shard may be empty
        raise NothingSelectedError(_why_nothing(loaded, options))
    return loaded


def _sources(
    engine: Engine, targets: Sequence[Target], options: TestOptions, frameworks: Frameworks, loaded: Loaded
) -> list[_Source]:
    """Load what is to be loaded and list the rest: libraries first, as the engine numbers them."""
    libraries = [target for target in targets if target.kind is Kind.LIBRARY]
    results = engine.load([target.path for target in libraries]) if libraries else []
    sources = [_Source(target, result) for target, result in zip(libraries, results, strict=True)]
    others = [target for target in targets if target.kind is not Kind.LIBRARY]
    if others:
        sources += _programs(engine, others, len(libraries), options, frameworks, loaded)
    return sources


def _programs(  # noqa: PLR0913, PLR0917
    engine: Engine,
    targets: Sequence[Target],
    first: int,
    options: TestOptions,
    frameworks: Frameworks,
    loaded: Loaded,
) -> list[_Source]:
    # Imported here: adapters and their formats cost time that suites do not need.
    from pyharness.launcher import Launcher  # noqa: PLC0415
    from pyharness.programs import Ways, find_programs  # noqa: PLC0415

    ways = Ways(
        fold=not options.no_fold,
        configuration=options.build_config or "",
        setup=options.setup or "",
        framework_of=frameworks.of,
        cache=not options.no_cache,
    )
    with _blaming(options, "setup"):
        found, remarks = find_programs(engine, targets, ways)
    loaded.remarks += remarks
    if options.leaks == "fail":
        loaded.remarks.append("--leaks does not reach programs: only suites are looked at")
    loaded.failed += [one.result for one in found if isinstance(one.result, FailedSuite)]
    sources = [
        _Source(one.target, one.result.suite, one.result) for one in found if not isinstance(one.result, FailedSuite)
    ]
    programs = [source.program for source in sources if source.program is not None]
    loaded.launcher = Launcher(first, programs, dict(os.environ))
    engine.add_programs(loaded.launcher, [program.suite for program in programs])
    return sources


def _check_build_options(targets: Sequence[Target], options: TestOptions) -> None:
    """Refuse what is said on the command line about build folders that are not there."""
    for name, flag, value, kind, system in (
        ("setup", "--setup", options.setup, Kind.MESON, "Meson"),
        ("build_config", "-C", options.build_config, Kind.CTEST, "CMake"),
    ):
        if value is None or options.told_by(name) or any(target.kind is kind for target in targets):
            continue
        message = f"'{flag} {value}' is for build folders of {system}, and none of the paths is one; leave it out"
        raise UsageError(message)


def _check_named(targets: Sequence[Target], sources: Sequence[_Source], some_failed: bool) -> None:  # noqa: FBT001
    """Refuse names of cases that are not there. Of what could not be loaded or listed, nobody knows which are."""
    for target in targets:
        suites = [source.result for source in sources if source.target is target and isinstance(source.result, Suite)]
        if not target.named or not suites or (some_failed and target.kind in {Kind.CTEST, Kind.MESON}):
            continue
        known = {name for suite in suites for name in suite.names}
        missing = next((name for name in target.named if name not in known), None)
        if missing is not None:
            message = f"no case '{missing}' in '{target.path}'; `pyharness test --list {target.path}` shows its cases"
            raise UsageError(message)


def _with_names(source: _Source, ids: Sequence[str]) -> _Source:
    """Add the names of the cases that are meant, by their path or by their ids."""
    names = source.target.cases
    if ids and isinstance(source.result, Suite):
        names = [*(names or ()), *names_in(source.result.name, source.result.names, ids)]
    return msgspec.structs.replace(source, named=names)


def _check_ids(options: TestOptions, sources: Sequence[_Source]) -> None:
    """Refuse ids that no case has."""
    suites = [source.result for source in sources if isinstance(source.result, Suite)]
    known = {f"{suite.name}::{name}" for suite in suites for name in names_in(suite.name, suite.names, options.ids)}
    missing = next((case_id for case_id in options.ids if case_id not in known), None)
    if missing is not None:
        where = ", ".join(f"'{path}'" for path in options.paths)
        message = f"'{missing}' is no file, and no case of {where}; `pyharness test --list` shows the ids of cases"
        raise UsageError(message)


def _settings_of(settings: Settings, suite: Suite, indices: Sequence[int], program: Program | None) -> array[int]:
    numbers = settings.of(suite, indices)
    if program is None:
        return numbers
    locks = [program.cases[index].locks for index in indices]
    pairs = zip(numbers, locks, strict=True)
    return array("I", [settings.with_locks(number, held) if held else number for number, held in pairs])


def _is_ordered(program: Program | None) -> bool:
    return program is not None and any(case.after or case.needs or case.priority for case in program.cases)


def _order(tasks: Tasks, sources: Sequence[_Source]) -> Order:
    """Return what comes before what, as build folders say; by task."""
    if not any(_is_ordered(source.program) for source in sources):
        return IN_PLAN_ORDER
    after: dict[int, list[int]] = {}
    needs: dict[int, list[int]] = {}
    priorities = [0.0] * len(tasks)
    task_of = {pair: task for task, pair in enumerate(zip(tasks.libraries, tasks.indices, strict=True))}
    for library, source in enumerate(sources):
        if source.program is None:
            continue
        cases = source.program.cases
        by_name = {case.name: index for index, case in enumerate(cases)}
        for index, case in enumerate(cases):
            task = task_of.get((library, index))
            if task is None:
                continue
            priorities[task] = case.priority
            for names, relation in ((case.after, after), (case.needs, needs)):
                others = (task_of.get((library, by_name[name])) for name in names if name in by_name)
                if planned := [other for other in others if other is not None]:
                    relation[task] = planned
    return Order(after=after, needs=needs, priorities=priorities if any(priorities) else ())


def _refuse_circles(order: Order, tasks: Tasks) -> None:
    if not (order.after or order.needs):
        return
    from graphlib import CycleError, TopologicalSorter  # noqa: PLC0415 -- start-up

    waiting = {*order.after, *order.needs}
    graph = {task: (*order.after.get(task, ()), *order.needs.get(task, ())) for task in waiting}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = [f"'{tasks.id(task)}'" for task in reversed(error.args[1])]
        message = f"tests wait for each other: {' after '.join(circle)}; take one of these DEPENDS or fixtures away"
        raise UsageError(message) from None


@contextmanager
def _blaming(options: TestOptions, name: str) -> Iterator[None]:
    """Let a mistake name the configuration that holds it: on the command line nobody would find it."""
    try:
        yield
    except UsageError as error:
        source = options.told_by(name)
        if not source:
            raise
        message = f"invalid {source}: {error}"
        raise ConfigurationError(message) from None


def _label_filters(options: TestOptions) -> list[LabelFilter]:
    """Return what `-L` and `-LE` ask for; a mistake names the one of the two that has it."""
    if not (options.labels or options.labels_left_out):
        return []
    from pyharness.discovery.ctest import LabelFilter  # noqa: PLC0415 -- start-up

    filters = []
    if options.labels:
        with _blaming(options, "labels"):
            filters.append(LabelFilter(include=options.labels))
    if options.labels_left_out:
        with _blaming(options, "labels_left_out"):
            filters.append(LabelFilter(exclude=options.labels_left_out))
    return filters


def _load_adapters(options: TestOptions) -> None:
    """Load those of other packages before any program is looked at: then a mistake is blamed on the right key."""
    if options.adapters:
        from pyharness.adapters import registry  # noqa: PLC0415 -- start-up

        with _blaming(options, "adapters"):
            for name in options.adapters:
                registry.load(name)


def _by_whom(options: TestOptions, name: str) -> str:
    source = options.told_by(name)
    return f" ({source})" if source else ""


def _cut_short(targets: Sequence[Target]) -> list[FailedSuite]:
    advice = "build it again, or remove it"
    return [
        FailedSuite(target.path, f"cannot load suite '{target.path}': {target.missing}; {advice}", "")
        for target in targets
        if target.missing
    ]


def _accept(result: Suite | FailedSuite, seen: dict[str, str], failed: list[FailedSuite]) -> Suite | None:
    if isinstance(result, FailedSuite):
        failed.append(result)
        return None
    other = seen.setdefault(result.name, result.path)
    if other == result.path:
        return result
    reason = f"two suites are called '{result.name}': '{other}' and '{result.path}'; rename one, or run them one by one"
    failed.append(FailedSuite(result.path, reason, ""))
    return None


def _share(shard: Shard, dealer: Dealer) -> str:
    own = dealer.seen - dealer.left_out
    return f"shard {shard.number} of {shard.total} has {own} of {dealer.seen} selected cases"


def _select(
    suite: Suite, source: _Source, expression: Expression | None, labels: Sequence[LabelFilter], dealer: Dealer
) -> list[int]:
    indices: Sequence[int] = range(len(suite))
    if source.named is not None:
        by_name = {name: index for index, name in enumerate(suite.names)}
        indices = sorted({by_name[name] for name in source.named if name in by_name})
    if expression is not None:
        indices = [index for index in indices if expression.matches(suite.id(index), suite.tags[index].split())]
    if labels:
        indices = [index for index in indices if _has_labels(labels, suite, source.program, index)]
    # Before companions: they go wherever a case needs them.
    indices = dealer.keep(indices, lambda index: bool(suite.flags[index] & DISABLED))
    return indices if source.program is None else _with_companions(source.program, indices)


def _has_labels(labels: Sequence[LabelFilter], suite: Suite, program: Program | None, index: int) -> bool:
    own = None if program is None else program.cases[index].labels
    words = suite.tags[index].split() if own is None else own
    return all(one.matches(words) for one in labels)


def _with_companions(program: Program, indices: Sequence[int]) -> list[int]:
    """Add the set-up and clean-up of what is selected, and theirs."""
    if not any(program.cases[index].companions for index in indices):
        return list(indices)
    by_name = {case.name: index for index, case in enumerate(program.cases)}
    selected = set(indices)
    waiting = list(indices)
    while waiting:
        names = program.cases[waiting.pop()].companions
        more = [by_name[name] for name in names if name in by_name and by_name[name] not in selected]
        selected.update(more)
        waiting += more
    return sorted(selected)


def _why_nothing(loaded: Loaded, options: TestOptions) -> str:
    total = sum(len(suite) for suite in loaded.suites if suite is not None)
    if loaded.disabled:
        return f"all {len(loaded.disabled)} selected cases are disabled; add --run-disabled to run them"
    if options.labels or options.labels_left_out:
        return f"no case of {total} is left by --label and --label-exclude; `pyharness test --list -v` shows their tags"
    if options.expression is not None:
        source = _by_whom(options, "expression")
        if source:
            return f"no case of {total} matches '{options.expression}'{source}; change it, or give another with -k"
        return (
            f"no case of {total} matches -k '{options.expression}'; {_advice_on(options.expression)}"
            "`pyharness test --list` shows their names and tags"
        )
    if loaded.launcher is not None:
        where = ", ".join(f"'{path}'" for path in options.paths)
        return f"there is no case in the test programs and build folders under {where}; add one, or build them again"
    return 'the suites have no cases; write one with TEST("name") { … }'


def _advice_on(expression: str) -> str:
    if not _LIKE_REGEX.search(expression):
        return ""
    return "it takes words joined with 'and', 'or', 'not', no regular expressions; "
