"""Says what the engine launches for cases of programs, and who reads it: the adapters' side of a run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec

from pyharness.adapters.protocol import Adapter, Channels, Command, Exit, ListedCase, Progress, Reader
from pyharness.discovery.programs import ProgramSuite, surrounded
from pyharness.model import Outcome, Suite
from pyharness.surroundings import NOTHING_AROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyharness.surroundings import Surroundings

_BY_HAND = Channels("/dev/null", "@input@", "@address@")
"""For a launch that nobody reads."""

LaunchCommand = tuple[list[str], list[str], str, bytes]
"""As the engine takes it: arguments, the whole environment as `NAME=value`, the folder, the input."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program whose cases are known, or a build folder whose tests have a command each."""

    suite: Suite
    adapter: Adapter
    cases: Sequence[ListedCase]
    """By index in the suite; a name and key as the adapter knows them."""
    way: ProgramSuite | None = None
    """How it is run; `None`: as its adapter says, with nothing added."""
    skips: Mapping[int, Outcome] = {}
    """By index: what a skip comes to, where it is no skip."""
    place: str = ""
    """What people name to run it: the program or build folder of which they have spoken; empty: its path."""


class Launcher:
    """The programs of a run, numbered from `first` on; what the engine calls while it waits."""

    def __init__(
        self,
        first: int,
        programs: Sequence[Program],
        environment: Mapping[str, str],
        surroundings: Surroundings = NOTHING_AROUND,
    ) -> None:
        """Serve `programs` in `environment`, that of pyharness, with `surroundings` over it."""
        self._first = first
        self._programs = programs
        self._environment = environment
        self._surroundings = surroundings

    @property
    def paths(self) -> list[str]:
        """Of the programs."""
        return [program.suite.path for program in self._programs]

    def wants_address(self, program: int) -> bool:
        """Return whether launches of the program need an address."""
        return self._program(program).adapter.wants_address

    def most_cases(self, program: int) -> int:
        """Return how many cases one launch takes; 0: any number."""
        return self._program(program).adapter.most_cases

    def command(self, program: int, cases: Sequence[int], channels: tuple[str, str, str]) -> LaunchCommand:
        """Say what is launched for these cases of a program."""
        meant = self._program(program)
        wanted = [meant.cases[index] for index in cases]
        command = meant.adapter.command(meant.suite.path, wanted, Channels(*channels))
        command = command if meant.way is None else surrounded(command, meant.way)
        only_one = (program, cases[0]) if len(cases) == 1 else None
        around = self._surroundings.program(command.arguments[0], command.folder, only_one)
        return launch_command(command, self._environment, around)

    def runs(self, library: int) -> bool:
        """Return whether the number is one of a program; else it is a library's."""
        return self._first <= library < self._first + len(self._programs)

    def repeat_command(self, program: int, index: int) -> str:
        """Return the words for a shell that run one case again."""
        meant = self._program(program)
        place = meant.place or meant.suite.path
        return f"pyharness test {shlex.quote(f'{place}::{meant.suite.names[index]}')}"

    def debug_command(self, program: int, index: int) -> str:
        """Return the words for a shell that run one case under gdb. They need bash where there is an input."""
        meant = self._program(program)
        command = meant.adapter.command(meant.suite.path, [meant.cases[index]], _BY_HAND)
        command = command if meant.way is None else surrounded(command, meant.way)
        given = f"<(printf %s {shlex.quote(command.input.decode(errors='surrogateescape'))})"
        words = [
            shlex.quote(word).replace(_BY_HAND.input, given) if _BY_HAND.input in word else shlex.quote(word)
            for word in command.arguments
            if _BY_HAND.address not in word
        ]
        changes = [
            f"-u {name}" if value is None else shlex.quote(f"{name}={value}")
            for name, value in sorted(command.environment.items())
            if value is not None or name in self._environment
        ]
        folder = f"cd {shlex.quote(command.folder)} && " if command.folder else ""
        return folder + " ".join([*(["env", *changes] if changes else []), "gdb", "--args", *words])

    def reader(self, program: int, cases: Sequence[int]) -> Reader:
        """Return who reads such a launch."""
        meant = self._program(program)
        reader = meant.adapter.reader([meant.cases[index] for index in cases])
        skips = {position: meant.skips[index] for position, index in enumerate(cases) if index in meant.skips}
        return _JudgingSkips(reader, skips) if skips else reader

    def _program(self, number: int) -> Program:
        return self._programs[number - self._first]


class _JudgingSkips:
    """A reader whose skips are something else to the build folder that they belong to."""

    def __init__(self, reader: Reader, skips: Mapping[int, Outcome]) -> None:
        self._reader = reader
        self._skips = skips

    def feed(self, output: bytes, report: bytes) -> Progress:
        return self._judged(self._reader.feed(output, report))

    def end(self, status: Exit) -> Progress:
        return self._judged(self._reader.end(status))

    def verdict_on_exit(self, status: Exit) -> str:
        return self._reader.verdict_on_exit(status)

    def _judged(self, progress: Progress) -> Progress:
        ended = [
            one._replace(outcome=self._skips.get(one.position, one.outcome)) if one.outcome is Outcome.SKIP else one
            for one in progress.ended
        ]
        return Progress(ended, progress.running)


def launch_command(
    command: Command, environment: Mapping[str, str], around: Mapping[str, str] = NOTHING_AROUND.listing
) -> LaunchCommand:
    """Return a command with the whole environment that it runs in: what is `around` goes before all else."""
    changed = {**environment, **command.environment, **around}
    variables = [f"{name}={value}" for name, value in changed.items() if value is not None]
    return list(command.arguments), variables, command.folder, command.input


def list_query(
    adapter: Adapter,
    path: str,
    way: ProgramSuite | None,
    environment: Mapping[str, str],
    surroundings: Surroundings = NOTHING_AROUND,
) -> Callable[[tuple[str, str, str]], LaunchCommand]:
    """Return a function from channels to the command that lists the cases of a program."""

    def command(channels: tuple[str, str, str]) -> LaunchCommand:
        listing = adapter.list_command(path, Channels(*channels))
        listing = listing if way is None else surrounded(listing, way)
        return launch_command(listing, environment, surroundings.listing)

    return command
