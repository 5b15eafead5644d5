"""How each case is to be run, after options and overrides. Pure; work per case only where there are overrides."""

from __future__ import annotations

import dataclasses
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pyharness.config.options import TestOptions, milliseconds
from pyharness.config.table import ConfigurationError
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyharness.config.override import Override
    from pyharness.model import Suite


class Predicate(Protocol):
    """A selection that has been read."""

    def matches(self, case_id: str, tags: Sequence[str]) -> bool:
        """Tell whether a case is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSettings:
    """How cases are to be run. `None`: as the case or its suite declares, else as the run does without."""

    isolation: str | None
    """`thread`, `process` or `case`."""
    timeout_ms: int | None
    """0: no limit."""
    slow_after_ms: int
    """0: never."""
    retries: int
    retry_delay_ms: int
    retry_exponential: bool
    retry_jitter: bool
    serial: bool | None
    group: str | None
    threads_required: int | None
    """0: all that there are."""
    locks: tuple[str, ...] = ()
    """Groups of one, beside `group`; see `Settings.with_locks`."""


class Settings:
    """The settings of the cases of one run.

    Attributes:
        group_names: the names of the groups, in the order of `group_limits`.
        group_limits: how many cases of each may run at once.
    """

    def __init__(self, options: TestOptions, parse: Callable[[str], Predicate]) -> None:
        """Prepare the overrides; `parse` reads their filters.

        Raises:
            ConfigurationError: a filter cannot be read.
        """
        self._options = options
        self._predicates = [_read_filter(override, parse) for override in options.overrides]
        self._by_matches: dict[int, int] = {}
        self._numbers: dict[CaseSettings, int] = {}
        self._slow_after_ms: list[int] = []
        self.group_names = tuple(options.groups)
        self.group_limits = tuple(options.groups.values())
        self._index(0)

    @property
    def distinct(self) -> list[CaseSettings]:
        """Each settings once, by the numbers that `of` has returned so far."""
        return list(self._numbers)

    @property
    def slow_after_ms(self) -> list[int]:
        """The limits for being slow, by the same numbers."""
        if len(self._slow_after_ms) < len(self._numbers):
            self._slow_after_ms = [settings.slow_after_ms for settings in self._numbers]
        return self._slow_after_ms

    def with_isolation(self, number: int, isolation: str) -> int:
        """Return the number of settings `number`, for cases that run in this isolation whatever is declared."""
        settings = dataclasses.replace(self.distinct[number], isolation=isolation)
        return self._numbers.setdefault(settings, len(self._numbers))

    def of(self, suite: Suite, indices: Sequence[int]) -> array[int]:
        """Return the number of the settings of each case of `suite` that `indices` name."""
        if not self._predicates:
            return array("I", bytes(array("I").itemsize * len(indices)))
        return array("I", [self._index(self._matches(suite, index)) for index in indices])

    def with_locks(self, number: int, locks: Sequence[str]) -> int:
        """Return the number of settings `number`, for cases that hold these locks as well."""
        names = tuple(f"lock {name}" for name in locks)  # groups of the configuration have names without blanks
        for name in names:
            if name not in self.group_names:
                self.group_names = (*self.group_names, name)
                self.group_limits = (*self.group_limits, 1)
        settings = dataclasses.replace(self.distinct[number], locks=names)
        return self._numbers.setdefault(settings, len(self._numbers))

    def _matches(self, suite: Suite, index: int) -> int:
        """Return a bit for each override, the first as the lowest."""
        case_id, tags = suite.text(index), suite.tags[index].split()
        bits = 0
        for number, predicate in enumerate(self._predicates):
            if predicate.matches(case_id, tags):
                bits |= 1 << number
        return bits

    def _index(self, matches: int) -> int:
        index = self._by_matches.get(matches)
        if index is None:
            index = self._numbers.setdefault(self._settings(matches), len(self._numbers))
            self._by_matches[matches] = index
        return index

    def _settings(self, matches: int) -> CaseSettings:
        chosen = self._chosen(matches)
        isolation = chosen.get("isolation", self._options.isolation)
        timeout_s = chosen.get("timeout_s")
        return CaseSettings(
            isolation=None if isolation == "auto" else isolation,
            timeout_ms=None if timeout_s is None else milliseconds(timeout_s),
            slow_after_ms=milliseconds(chosen.get("slow_after_s", self._options.slow_after_s)),
            retries=chosen.get("retries", self._options.retries),
            retry_delay_ms=milliseconds(chosen.get("retry_delay_s", self._options.retry_delay_s)),
            retry_exponential=chosen.get("retry_backoff", self._options.retry_backoff) == "exponential",
            retry_jitter=chosen.get("retry_jitter", self._options.retry_jitter),
            serial=chosen.get("serial"),
            group=chosen.get("group"),
            threads_required=chosen.get("threads_required"),
        )

    def _chosen(self, matches: int) -> dict[str, Any]:
        """Return what the overrides that match say: for each key the first that has it, unless it is pinned."""
        chosen: dict[str, Any] = {}
        for number, override in enumerate(self._options.overrides):
            if matches >> number & 1:
                for name, value in override.values.items():
                    # A limit for certain cases stands, in the source as in an override: --timeout is for all others.
                    if name == "timeout_s" or name not in self._options.pinned:
                        chosen.setdefault(name, value)
        return chosen


def _read_filter(override: Override, parse: Callable[[str], Predicate]) -> Predicate:
    try:
        return parse(override.filter)
    except UsageError as error:
        message = f"invalid 'filter' in {override.where}: {error}"
        raise ConfigurationError(message) from None
