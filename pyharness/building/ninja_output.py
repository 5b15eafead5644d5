"""Reads the output of ninja as it comes. Pure.

Each status line begins with a token that nobody can guess, so that nothing a compiler prints is taken for one.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec

from pyharness.building.ninja_file import READY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.building.ninja_file import Step

_LAST_LINE = re.compile(rb"ninja: build stopped: [a-z\[\] ]+\.\n\Z")


class StepEnded(msgspec.Struct, frozen=True):
    """A step has run."""

    number: int
    has_failed: bool
    output: bytes
    """What its command has printed."""


class StepReady(msgspec.Struct, frozen=True):
    """A step that lists cases has succeeded; its end follows when there is news of another."""

    number: int


def new_token() -> str:
    """Return a token for one run of ninja; it is to stand in NINJA_STATUS, with a blank behind it."""
    return os.urandom(16).hex()


def planned_steps(output: bytes, token: str) -> list[int]:
    """Return the steps that a dry run names."""
    return [int(number) for number in re.findall(rb"%s (\d+)\n" % token.encode(), output)]


class NinjaOutput:
    """The output of one run, in pieces of any size."""

    def __init__(self, token: str, steps: Sequence[Step]) -> None:
        """Expect status lines with `token`, and numbers of `steps`."""
        self._mark = re.compile(rb"%s (\d+|%s)\n" % (token.encode(), READY.encode()))
        self._steps = steps
        self._number = -1
        """Of the step whose output is being read; -1: none is."""
        self._text = b""

    def feed(self, piece: bytes) -> list[StepEnded | StepReady]:
        """Take what has been read, and return what it tells."""
        told: list[StepEnded | StepReady] = []
        self._text += piece
        while (mark := self._mark.search(self._text)) is not None:
            before, self._text = self._text[: mark.start()], self._text[mark.end() :]
            if mark[1] == READY.encode():
                told.append(StepReady(self._number))
                self._text = before + self._text
            else:
                told += self._close(before)
                self._number = int(mark[1])
        return told

    def end(self) -> list[StepEnded | StepReady]:
        """Return what the end of the output tells."""
        text, self._text = _LAST_LINE.sub(b"", self._text), b""
        return self._close(text)

    def _close(self, text: bytes) -> list[StepEnded | StepReady]:
        if self._number < 0:
            return []
        number, self._number = self._number, -1
        text = text.removeprefix(b"\n")  # ninja puts it before output that follows on an unfinished line
        failure = re.match(
            rb"FAILED: (\[code=\d+\] )?%s \n[^\n]*\n" % re.escape(self._steps[number].output.encode()), text
        )
        return [StepEnded(number, failure is not None, text[failure.end() :] if failure else text)]
