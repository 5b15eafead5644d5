"""The values everything else speaks of: suites, cases, outcomes, verdicts. No I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

SERIAL = 1
"""Bit in `Suite.flags`: the case runs while no other case runs (`PYHARNESS_CASE_SERIAL`)."""
DISABLED = 2
"""Bit in `Suite.flags`: the case runs only on request (`PYHARNESS_CASE_DISABLED`)."""


class Outcome(StrEnum):
    """What one attempt came to."""

    PASS = "pass"  # noqa: S105 -- no password
    FAIL = "fail"
    SKIP = "skip"
    CRASH = "crash"
    TIMEOUT = "timeout"
    ERROR = "error"


class Verdict(StrEnum):
    """What a case came to in a run, after its attempts."""

    PASSED = "passed"
    CACHED = "cached"
    """It passed in an earlier run, and was not run again, since nothing has changed."""
    FAILED = "failed"
    FLAKY = "flaky"
    SKIPPED = "skipped"
    NOT_RUN = "not-run"


class Case(msgspec.Struct, frozen=True):
    """One test in a suite."""

    suite: str
    group: str
    name: str
    path: str
    """The suite's library, as it was given."""
    file: str
    line: int
    tags: tuple[str, ...]
    timeout_ms: int | None
    """Limit declared in the source; 0: none; `None`: the run decides."""
    serial: bool
    disabled: bool
    isolation: str = "auto"
    """Declared by the case or else by its suite: `auto` (the run decides), `thread`, `process`, `case`."""
    threads_required: int = 1
    """Workers whose place it takes; more than there are: all."""
    key: str = ""
    """What the library calls it, where that is not its name: of a case that was built from source, the id."""

    @property
    def id(self) -> str:
        """`suite::case`, stable over runs."""
        return f"{self.suite}::{self.name}"


class Suite(msgspec.Struct, frozen=True):
    """A loaded suite: its cases in columns, one entry per case, in the order of the suite."""

    name: str
    group: str
    path: str
    names: Sequence[str]
    files: Sequence[str]
    lines: Sequence[int]
    tags: Sequence[str]
    """Separated by blanks."""
    timeouts_ms: Sequence[int | None]
    flags: Sequence[int]
    isolation: str = "auto"
    """Of the cases that declare none: `auto` (the run decides), `thread`, `process`, `case`."""
    isolations: Sequence[str] = ()
    """As the cases declare; `auto`: as the suite says. Empty: no case declares one."""
    threads_required: Sequence[int] = ()
    """Workers whose place each case takes. Empty: each that of one."""
    from_source: bool = False
    """Built of test sources: its names are ids already, in each the path of the source as the suite."""
    titles: Sequence[str] = ()
    """What a build folder calls each case, where that is not its name. Empty: it has no words of its own."""

    def __len__(self) -> int:
        """Count the cases."""
        return len(self.names)

    def id(self, index: int) -> str:
        """Return the id of case `index` without making a `Case`."""
        return self.names[index] if self.from_source else f"{self.name}::{self.names[index]}"

    def text(self, index: int) -> str:
        """Return all by which people may look for case `index`, in lines: its id, and what a build folder calls it."""
        title = self.titles[index] if self.titles else ""
        return f"{self.id(index)}\n{title}" if title else self.id(index)

    def case(self, index: int) -> Case:
        """Make the `Case` of one index."""
        flags = self.flags[index]
        key = self.names[index] if self.from_source else ""
        suite, _, name = key.partition("::") if key else (self.name, "", self.names[index])
        return Case(
            suite=suite,
            group=self.group,
            name=name,
            path=self.path,
            file=self.files[index],
            line=self.lines[index],
            tags=tuple(self.tags[index].split()),
            timeout_ms=self.timeouts_ms[index],
            serial=bool(flags & SERIAL),
            disabled=bool(flags & DISABLED),
            isolation=self.declared_isolation(index),
            threads_required=self.threads_required[index] if self.threads_required else 1,
            key=key,
        )

    def declared_isolation(self, index: int) -> str:
        """Return what case `index` declares or, where it says nothing, its suite."""
        own = self.isolations[index] if self.isolations else "auto"
        return self.isolation if own == "auto" else own


class FailedSuite(msgspec.Struct, frozen=True):
    """A path that gave no suite, and why."""

    path: str
    reason: str
    """One sentence, complete: `cannot load suite 'x.so': …; …`."""
    output: str
    """What the library printed while it was loaded."""


class Listing(msgspec.Struct, frozen=True):
    """What `--list` shows."""

    cases: list[Case]
    failed: list[FailedSuite]
