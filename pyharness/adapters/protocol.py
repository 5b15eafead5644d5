"""What an adapter is: all that is known of one framework whose tests are executables.

An adapter runs nothing. It says what to run, and reads what that has written; both are plain values, so that each
adapter can be tested against real executables without an engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import msgspec

from pyharness.model import Outcome  # noqa: TC001  a NamedTuple resolves it

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.events import Failure


class ListedCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case, as its program lists it."""

    name: str
    """As people write it; unique in its program (an adapter adds what it takes to make it so)."""
    key: str = ""
    """How the program is told to run exactly this one, if that is not the name."""
    file: str = ""
    line: int = 0
    tags: tuple[str, ...] = ()
    """Words without blanks, as `-k` matches them."""
    labels: tuple[str, ...] | None = None
    """What `-L` is searched in, where a build folder has words for that; `None`: the tags."""
    disabled: bool = False
    """Runs on request only."""
    timeout_ms: int | None = None
    """Limit that the case declares; 0: none; `None`: the run decides."""
    serial: bool = False
    """Runs while nothing else runs."""
    threads_required: int = 1
    """Workers whose place it takes; more than there are: all."""
    locks: tuple[str, ...] = ()
    """No two cases of a run that name the same lock run at once."""
    priority: float = 0.0
    """Among cases that may start, those of higher priority start first."""
    after: tuple[str, ...] = ()
    """Names of cases of the same suite that must have ended before it starts, if they are part of the run."""
    needs: tuple[str, ...] = ()
    """The same, and they must have passed or been skipped, or else this one is not run."""
    companions: tuple[str, ...] = ()
    """Names of cases that are run too whenever this one is selected: set-up and clean-up of its fixtures."""


class Channels(NamedTuple):
    """Ways between one launch and its reader, beside standard output. All exist before the launch."""

    report: str
    """Path of an empty file that the launch may write to: what it does is read as `report`."""
    input: str
    """Path of a file that will hold `Command.input`."""
    address: str
    """`127.0.0.1:PORT`, if the adapter `wants_address`: what the first connection sends is read as `report`."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One launch of a program."""

    arguments: tuple[str, ...]
    """The first is the path of the program. No shell reads them."""
    environment: Mapping[str, str | None] = {}
    """What is changed of the environment of pyharness; `None`: the variable is removed."""
    folder: str = ""
    """Where it runs; empty: where pyharness runs."""
    input: bytes = b""


class Exit(NamedTuple):
    """How a launch ended."""

    code: int
    """Exit code; of no meaning if a signal ended it."""
    signal: int = 0
    """The signal that ended it; 0: it exited."""


class Ended(NamedTuple):
    """The end of one case of a launch."""

    position: int
    """Among the cases of the launch, from 0."""
    outcome: Outcome
    duration_ns: int
    """As the framework has measured it; -1: not known."""
    output_begin: int
    output_end: int
    """Its slice of what the launch has written to standard output and error, counted in bytes from the beginning."""
    failures: tuple[Failure, ...] = ()
    """Of a skip: its reason."""
    kept: bytes = b""
    """What it has written that the framework has kept back for its report; not in the slice."""


class Running(NamedTuple):
    """The case that has begun and not ended."""

    position: int
    output_begin: int


class Progress(NamedTuple):
    """What has become known since the last look."""

    ended: Sequence[Ended] = ()
    """Each case of the launch at most once in all looks, in the order of their ends."""
    running: Running | None = None


class Reader(Protocol):
    """Follows one launch.

    It is asked about fifty times a second, and says nothing twice. A case that it never calls ended, in a launch that
    has ended, is dealt with by the engine: the one that was running is the culprit of a crash, the others run again.
    """

    def feed(self, output: bytes, report: bytes) -> Progress:
        """Take what was written since the last call. `report` was looked at after `output`, so it is never behind."""

    def end(self, status: Exit) -> Progress:
        """Take how the launch ended; everything it has written was fed before.

        `Progress.running` is the case in which it ended, if there is one.
        """

    def verdict_on_exit(self, status: Exit) -> str:
        """Say what was wrong with an exit after all cases had ended, as a part of a sentence; empty: nothing.

        Example: `ended with exit code 1 though no case had failed; look at global tear-down`.
        """


class Adapter(Protocol):
    """One framework, or one build folder whose tests each have a command of their own."""

    @property
    def name(self) -> str:
        """One word, lower case: `googletest`."""

    @property
    def most_cases(self) -> int:
        """So many cases a launch takes at most; 0: any number."""

    @property
    def wants_address(self) -> bool:
        """Whether launches need `Channels.address`."""

    def recognises(self, binary: Binary) -> bool:
        """Return whether this executable is made with the framework. Looks at strings in it, runs nothing."""

    def list_command(self, program: str, channels: Channels) -> Command:
        """Say how the program lists its cases. It is run under a time limit, with no standard input."""

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:
        """Return the cases in the order of the program.

        Raises:
            ListError: this is no list.
        """

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        """Say how the program runs exactly these cases, disabled ones included."""

    def reader(self, cases: Sequence[ListedCase]) -> Reader:
        """Return who follows such a launch."""


@runtime_checkable
class Knowing(Protocol):
    """What an adapter may be, too: one that says a batch in fewer words if it knows what else is in the program."""

    def knowing(self, cases: Sequence[ListedCase]) -> Adapter:
        """Return the adapter for a program that has these cases and no others."""


class ListError(Exception):
    """What was to be a list of cases is none; the text is the rest of a sentence: `its list is no JSON: …`."""
