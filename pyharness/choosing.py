"""From suites to a plan: takes one after another, selects cases of each, says what comes before what."""

from __future__ import annotations

import re
from array import array
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from pyharness.config.settings import Settings
from pyharness.config.table import ConfigurationError
from pyharness.crashes import NO_NEEDS, HostNeeds
from pyharness.discovery import Kind
from pyharness.engine import IN_PLAN_ORDER, Order
from pyharness.errors import NothingSelectedError, UsageError
from pyharness.model import DISABLED, FailedSuite, Suite
from pyharness.selection import parse
from pyharness.selection.dealing import Dealer
from pyharness.selection.ids import names_in
from pyharness.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pyharness.building import BuildPlan
    from pyharness.config.due import Due
    from pyharness.config.options import TestOptions
    from pyharness.config.settings import CaseSettings
    from pyharness.config.shard import Shard
    from pyharness.coverage.contexts.choosing import Affected
    from pyharness.discovery import Target
    from pyharness.discovery.ctest import LabelFilter
    from pyharness.events import Event
    from pyharness.launcher import Launcher, Program
    from pyharness.selection import Expression


class Build(Protocol):
    """What is being built, and comes to the plan later."""

    @property
    def plan(self) -> BuildPlan:
        """What is built of what."""

    @property
    def is_over(self) -> bool:
        """Nothing more will come."""

    @property
    def has_failed(self) -> bool:
        """Whether a suite could not be built."""

    @property
    def not_built(self) -> int:
        """How many suites there are of which nothing became, since the run ended before."""

    @property
    def descriptor(self) -> int:
        """Becomes readable when there is news; -1: there will be none."""

    def await_end(self, is_cancelled: Callable[[], bool]) -> None:
        """Take all that is built, until there is nothing more to come, or nobody wants it."""

    def run_begins(self) -> None:
        """From here on the run has started: what is taken is added to it."""

    def news(self) -> Iterator[Event]:
        """Take what has been built meanwhile, add it to the run, and yield all that is to be told of it."""

    def paused(self) -> AbstractContextManager[None]:
        """Let all that builds stand still meanwhile."""

    def forget_lists(self, numbers: Iterable[int]) -> None:
        """Have these suites listed again, next time: they did not have the cases of their lists."""

    def why_nothing(self) -> str:
        """Say why no case is selected, once it is over."""

    def stop(self) -> None:
        """End the build; returns after some seconds at most."""


class Results(Protocol):
    """What earlier runs have stored, and what this one comes to."""

    def look_at(self, libraries: Iterable[str]) -> None:
        """Note what these contain, before they are loaded."""

    def since(self, number: int, suite: Suite, settings: Sequence[CaseSettings], *, is_whole: bool) -> str:
        """Return when a suite passed, if nothing has changed since; empty: it has to run."""


class Loaded(msgspec.Struct):
    """The suites of a run and what is selected of them."""

    suites: list[Suite | None]
    failed: list[FailedSuite]
    tasks: Tasks
    disabled: list[str]
    """Ids that are selected but disabled."""
    cached: list[tuple[str, str]]
    """Ids of cases that need not run, and why."""
    selected: list[int]
    """How many cases of each library."""
    settings: Settings
    settings_of: array[int]
    """By task, a position in `settings.distinct`."""
    order: Order = IN_PLAN_ORDER
    launcher: Launcher | None = None
    """Of the programs, if there are any."""
    build: Build | None = None
    """What is being built, and comes to all this later, if there are test sources."""
    needs: HostNeeds = NO_NEEDS
    """Of cases of libraries."""
    remarks: list[str] = []
    """Sentences on what is not as the build system of the tests would have it."""

    @property
    def planned(self) -> int:
        """How many cases get a verdict."""
        return len(self.tasks) + len(self.disabled) + len(self.cached)


_LIKE_REGEX = re.compile(r"\.\*|\.\+|[\^$|\[*]|\\[.bdsw]")
"""What few names have and nearly all regular expressions."""


class Taken(NamedTuple):
    """What a suite has put on the plan."""

    suite: Suite
    number: int
    """Among the libraries of the run."""
    indices: Sequence[int]
    settings_of: Sequence[int]


class FoundSuite(msgspec.Struct, frozen=True):
    """A suite, or why it is none, and where it was found."""

    target: Target
    result: Suite | FailedSuite
    program: Program | None = None
    named: Sequence[str] | None = None
    """Exact names of the cases that are meant; `None`: all of them."""
    is_new: bool = False
    """Something of it had to be built for this run."""


class Loading:
    """Takes suites, one after another, and what is selected of each into the plan; for one thread."""

    def __init__(
        self,
        options: TestOptions,
        results: Results | None = None,
        *,
        affected: Affected | None = None,
        with_disabled: bool = False,
    ) -> None:
        """Prepare the selection. `with_disabled`: disabled cases are selected like others.

        What `results` know to pass is not put on the plan, and what a change does not affect is not selected.

        Raises:
            UsageError: an expression makes no sense.
        """
        with blaming(options, "expression"):
            self._expression = None if options.expression is None else parse(options.expression)
        self._options = options
        self._results = results
        self._affected = affected
        self._unaffected = self._unknown = 0
        self._labels = _label_filters(options)
        self._dealer = Dealer(options.shard)
        self._with_disabled = with_disabled or options.run_disabled
        self._seen: dict[str, str] = {}
        settings = Settings(options, parse)
        self.loaded = Loaded([], [], Tasks([], [], []), [], [], [], settings, array("I"))
        self.loaded.tasks = Tasks(self.loaded.suites, [], [])
        self.loaded.remarks += options.remarks
        self.found: list[FoundSuite] = []

    def take(self, found: FoundSuite) -> Taken | None:
        """Take the next suite, numbered as the engine does; return what is new on the plan, `None` for what failed."""
        found = _with_names(found, self._options.ids)
        self.found.append(found)
        loaded, tasks = self.loaded, self.loaded.tasks
        suite = _accept(found.result, self._seen, loaded.failed)
        number = len(loaded.suites)
        loaded.suites.append(suite)
        if suite is None:
            loaded.selected.append(0)
            return None
        with blaming(self._options, "paths"):
            chosen = _select(suite, found, self._expression, self._labels)
            indices = self._dealt(suite, self._only_affected(suite, chosen))
            indices = _with_companions(found.program, _due(suite, found, indices, self._options.due))
        if not (self._with_disabled or found.named):
            loaded.disabled += [suite.id(index) for index in indices if suite.flags[index] & DISABLED]
            indices = [index for index in indices if not suite.flags[index] & DISABLED]
        settings_of = _settings_of(loaded.settings, suite, indices, found.program)
        if self._options.coverage_contexts:
            settings_of = _one_by_one(loaded.settings, settings_of, found.program)
        passed = self._passed(number, suite, found, settings_of)
        if passed:
            reason = f"it passed at {passed}, and nothing has changed since"
            loaded.cached += [(suite.id(index), reason) for index in indices]
            indices, settings_of = [], array("I")
        loaded.selected.append(len(indices))
        loaded.settings_of += settings_of
        tasks.libraries.extend([number] * len(indices))
        tasks.indices.extend(indices)
        return Taken(suite, number, indices, settings_of)

    def _only_affected(self, suite: Suite, indices: Sequence[int]) -> Sequence[int]:
        if self._affected is None:
            return indices
        left = [index for index in indices if self._affected.runs(suite.id(index))]
        self._unaffected += len(indices) - len(left)
        self._unknown += sum(suite.id(index) not in self._affected.known for index in left)
        return left

    def _dealt(self, suite: Suite, indices: Sequence[int]) -> list[int]:
        # Companions come later: they go wherever a case needs them.
        return self._dealer.keep(indices, lambda index: bool(suite.flags[index] & DISABLED))

    def _passed(self, number: int, suite: Suite, found: FoundSuite, settings_of: Sequence[int]) -> str:
        """Return when all that is selected of a suite has passed; empty: it has to run."""
        if self._results is None or found.program is not None:
            return ""
        distinct = self.loaded.settings.distinct
        settings = [distinct[settings] for settings in settings_of]
        is_whole = found.named is None and self._affected is None and _is_due(suite, found, self._options.due)
        return self._results.since(number, suite, settings, is_whole=is_whole)

    def finish(self, targets: Sequence[Target]) -> Loaded:
        """Return all that was taken; no more comes, but what is still being built.

        Raises:
            UsageError: a case that was named is not there, or cases wait for each other.
            NothingSelectedError: no case is selected, and no suite has failed either.
        """
        loaded, options = self.loaded, self._options
        with blaming(options, "paths"):
            _check_named(targets, self.found, bool(loaded.failed))
        if not loaded.failed:
            _check_ids(options, self.found)
        loaded.order = _order(loaded.tasks, self.found)
        _refuse_circles(loaded.order, loaded.tasks)
        if self._unknown:
            what = "1 selected case executes" if self._unknown == 1 else f"{self._unknown} selected cases execute"
            loaded.remarks.append(f"what {what} is not known; what is not known runs")
        if options.shard is not None:
            loaded.remarks.append(_share(options.shard, self._dealer))
        is_open = loaded.build is not None and not loaded.build.is_over
        if not (
            is_open or len(loaded.tasks) or loaded.cached or loaded.failed or self._dealer.left_out
        ):  # a shard may be empty
            raise NothingSelectedError(self.why_nothing())
        return loaded

    def why_nothing(self) -> str:
        """Say why no case is selected."""
        if self._options.due is not None:
            return "the change affects none of the selected cases"
        if self._unaffected and self._affected is not None:
            return (
                f"what has changed since '{self._affected.revision}' affects none of {self._unaffected} selected "
                "cases: there is nothing to run"
            )
        return _why_nothing(self.loaded, self._options)


def _check_named(targets: Sequence[Target], sources: Sequence[FoundSuite], some_failed: bool) -> None:  # noqa: FBT001
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


def _with_names(source: FoundSuite, ids: Sequence[str]) -> FoundSuite:
    """Add the names of the cases that are meant, by their path or by their ids."""
    names = source.target.cases
    if ids and isinstance(source.result, Suite):
        names = [*(names or ()), *names_in(source.result.name, source.result.names, ids)]
    return msgspec.structs.replace(source, named=names)


def _check_ids(options: TestOptions, sources: Sequence[FoundSuite]) -> None:
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


def _one_by_one(settings: Settings, numbers: Sequence[int], program: Program | None) -> array[int]:
    """Let nothing else count in the process of a case meanwhile; a process for each is needed for programs only."""
    isolation = "process" if program is None else "case"
    changed = {number: settings.with_isolation(number, isolation) for number in set(numbers)}
    return array("I", [changed[number] for number in numbers])


def _is_ordered(program: Program | None) -> bool:
    return program is not None and any(case.after or case.needs or case.priority for case in program.cases)


def _order(tasks: Tasks, sources: Sequence[FoundSuite]) -> Order:
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
def blaming(options: TestOptions, name: str) -> Iterator[None]:
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
        with blaming(options, "labels"):
            filters.append(LabelFilter(include=options.labels))
    if options.labels_left_out:
        with blaming(options, "labels_left_out"):
            filters.append(LabelFilter(exclude=options.labels_left_out))
    return filters


def by_whom(options: TestOptions, name: str) -> str:
    """Return, in parentheses, which part of a configuration has set a field; empty for the command line."""
    source = options.told_by(name)
    return f" ({source})" if source else ""


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
    suite: Suite, source: FoundSuite, expression: Expression | None, labels: Sequence[LabelFilter]
) -> Sequence[int]:
    indices: Sequence[int] = range(len(suite))
    if source.named is not None:
        by_name = {name: index for index, name in enumerate(suite.names)}
        indices = sorted({by_name[name] for name in source.named if name in by_name})
    if expression is not None:
        indices = [index for index in indices if expression.matches(suite.text(index), suite.tags[index].split())]
    if labels:
        indices = [index for index in indices if _has_labels(labels, suite, source.program, index)]
    return indices


def _is_due(suite: Suite, source: FoundSuite, due: Due | None) -> bool:
    """Return whether all that is selected of a suite is to be run."""
    return due is None or source.is_new or suite.path in due.suites


def _due(suite: Suite, source: FoundSuite, indices: Sequence[int], due: Due | None) -> Sequence[int]:
    if due is None or _is_due(suite, source, due):
        return indices
    return [index for index in indices if suite.id(index) in due.ids] if due.ids else []


def _has_labels(labels: Sequence[LabelFilter], suite: Suite, program: Program | None, index: int) -> bool:
    own = None if program is None else program.cases[index].labels
    words = suite.tags[index].split() if own is None else own
    return all(one.matches(words) for one in labels)


def _with_companions(program: Program | None, indices: Sequence[int]) -> list[int]:
    """Add the set-up and clean-up of what is selected, and theirs."""
    if program is None or not any(program.cases[index].companions for index in indices):
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
        source = by_whom(options, "expression")
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
