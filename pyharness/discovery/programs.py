"""A test program and what is to be run of it: one executable of a folder, or one that a build folder names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pyharness.adapters.protocol import Command
from pyharness.model import Outcome  # a struct's default

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ProgramCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case that a build folder names, and what it says of it beyond what the program itself lists.

    What is said here stands above what the program says; labels stand beside its tags.
    """

    name: str
    """Exactly as the program lists it."""
    title: str = ""
    """As the build folder calls it, where it gives names of its own."""
    labels: tuple[str, ...] = ()
    """As the build folder writes them; `tags` makes tags of them."""
    disabled: bool = False
    """Runs on request only. If it is false, the case runs though the framework calls it disabled."""
    timeout_ms: int | None = None
    """Limit in milliseconds; 0: none; `None`: what the program says, or else the run."""
    serial: bool = False
    """Runs while nothing else runs."""
    threads_required: int = 1
    """Workers whose place it takes; more than there are: all."""
    locks: tuple[str, ...] = ()
    """No two cases of a run that name the same lock run at once."""
    priority: float = 0.0
    """Among cases that may start, those of higher priority start first."""
    skip_counts_as: Outcome = Outcome.SKIP
    """What a skip comes to for the build folder: some versions of some frameworks have it fail the test, or pass it."""


class ProgramSuite(msgspec.Struct, frozen=True, kw_only=True):
    """One executable, run in one way. Its suite is named `name`; its cases are those that it lists itself."""

    name: str
    """Of the suite; no two suites of a run have the same."""
    path: str
    adapter: str
    """`Adapter.name` of its framework."""
    arguments: tuple[str, ...] = ()
    """Handed to the program in each launch, after what the adapter says."""
    environment: Mapping[str, str | None] = {}
    """What is changed of the environment of pyharness; `None`: the variable is removed."""
    folder: str = ""
    """Where it runs; empty: where pyharness runs."""
    cases: Sequence[ProgramCase] | None = None
    """What is to be run, in the order of the build folder; `None`: all that it lists. One that it does not list has
    gone since the build folder was made: an error of that case."""


def surrounded(command: Command, suite: ProgramSuite) -> Command:
    """Return an adapter's command as it is run for a suite: with the suite's arguments, environment and folder.

    What the suite says of a variable stands above what the adapter says: no test is folded into a suite whose
    environment would steer the framework.
    """
    return Command(
        arguments=(*command.arguments, *suite.arguments),
        environment={**command.environment, **suite.environment},
        folder=suite.folder or command.folder,
        input=command.input,
    )


def tags(labels: Sequence[str]) -> tuple[str, ...]:
    """Return labels as words that `-k` can match: blanks become `_`; each once, in their order."""
    return tuple(dict.fromkeys("_".join(label.split()) for label in labels if label.strip()))


def unique_names(names: Sequence[str]) -> list[str]:
    """Tell equal names apart: the second `x` is `x [2]`. The first keeps its name, so do all that are unique."""
    taken = set(names)
    seen: dict[str, int] = {}
    result = []
    for name in names:
        count = seen.get(name, 0) + 1
        while count > 1 and f"{name} [{count}]" in taken:
            count += 1
        seen[name] = count
        result.append(name if count == 1 else f"{name} [{count}]")
        taken.add(result[-1])
    return result
