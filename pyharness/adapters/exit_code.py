"""A program that is one case, and says by its exit code how it went: as Automake, CTest and Meson know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.adapters.one_case import OneCase
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from pyharness.adapters.protocol import Exit

SKIPPED = 77
BROKEN = 99
"""The test itself could not be set up."""


class ExitCode(OneCase):
    """The adapter. It recognises nothing: any program has an exit code."""

    name = "exit_code"

    def judge(self, output: bytes, status: Exit) -> tuple[Outcome, tuple[Failure, ...]]:  # noqa: ARG002
        """Read the exit code alone."""
        if status.code == 0:
            return Outcome.PASS, ()
        failure = (Failure("", 0, f"ended with exit code {status.code}"),)
        outcomes = {SKIPPED: Outcome.SKIP, BROKEN: Outcome.ERROR}
        return outcomes.get(status.code, Outcome.FAIL), failure


ADAPTER = ExitCode()
