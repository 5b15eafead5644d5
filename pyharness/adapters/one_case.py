"""Programs that are one case each: it bears the program's name, and ends with it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pyharness.adapters.protocol import Command, Ended, Exit, ListedCase, Progress, Running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Channels, Reader
    from pyharness.events import Failure
    from pyharness.model import Outcome


class OneCase(ABC):
    """An adapter of such programs. They are not recognised, but named by configuration or by a build folder."""

    name: str
    most_cases = 1
    wants_address = False
    reads_output = False

    def recognises(self, binary: Binary) -> bool:  # noqa: ARG002 -- nothing in a program says so
        """Say no."""
        return False

    def list_command(self, program: str, channels: Channels) -> Command:  # noqa: ARG002
        """Leave the program alone: its name is the list, and printed by another one."""
        return Command(arguments=("/usr/bin/printf", "%s", os.path.basename(program)))

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Return the one case."""
        return [ListedCase(name=os.fsdecode(output))]

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:  # noqa: ARG002
        """Run it as it is."""
        return Command(arguments=(program,))

    def reader(self, cases: Sequence[ListedCase]) -> Reader:  # noqa: ARG002
        """Wait for its end."""
        return OneCaseReader(self)

    @abstractmethod
    def judge(self, output: bytes, status: Exit) -> tuple[Outcome, tuple[Failure, ...]]:
        """Return what a program that exited has come to, and why."""


class OneCaseReader:
    """A `Reader`."""

    def __init__(self, adapter: OneCase) -> None:
        """Ask `adapter` for the outcome at the end."""
        self._adapter = adapter
        self._output = bytearray()
        self._size = 0

    def feed(self, output: bytes, report: bytes) -> Progress:  # noqa: ARG002 -- nothing is reported
        """Keep the output if it decides anything."""
        self._size += len(output)
        if self._adapter.reads_output:
            self._output += output
        return Progress((), Running(0, 0))

    def end(self, status: Exit) -> Progress:
        """Judge a program that exited; the case in which a signal came is the only one."""
        if status.signal:
            return Progress((), Running(0, 0))
        outcome, failures = self._adapter.judge(bytes(self._output), status)
        return Progress((Ended(0, outcome, -1, 0, self._size, failures),))

    def verdict_on_exit(self, status: Exit) -> str:  # noqa: ARG002 -- the outcome is the verdict on the exit
        """Say nothing."""
        return ""
