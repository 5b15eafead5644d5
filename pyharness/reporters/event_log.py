"""The events as a file: one JSON object a line, while the run goes on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyharness.errors import UsageError
from pyharness.events import AttemptFinished, AttemptStarted, CaseFinished, PassesFinished, Progress
from pyharness.model import Outcome, Verdict
from pyharness.reporters import json_text

if TYPE_CHECKING:
    from pyharness.events import Event


class EventLog:
    """Writes events to a file.

    A pass stays in the buffer until the next `Progress` or the next event that is no pass, so that ten thousand
    passes do not cost ten thousand system calls. A file that fails later (a full disk) is given up: `problem` says why.
    """

    wants_passes = True

    def __init__(self, path: str) -> None:
        """Open the file and empty it.

        Raises:
            UsageError: it cannot be opened.
        """
        self.problem = ""
        self._path = path
        try:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666), "wb")
        except (OSError, ValueError) as error:
            message = f"cannot write the events to '{path}': {_cause(error)}; name a file that can be written"
            raise UsageError(message) from None

    def handle(self, event: Event) -> None:
        """Write the event."""
        if self.problem or isinstance(event, PassesFinished):
            return
        try:
            if not isinstance(event, Progress):
                self._file.write(json_text.encode(event) + b"\n")
            if not _is_pass(event):
                self._file.flush()
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Write what is left. A second call does nothing."""
        try:
            self._file.close()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.problem = self.problem or f"the events in '{self._path}' are not complete: {_cause(error)}"


def _is_pass(event: Event) -> bool:
    if isinstance(event, AttemptFinished):
        return event.outcome is Outcome.PASS
    if isinstance(event, CaseFinished):
        return event.verdict is Verdict.PASSED
    return isinstance(event, AttemptStarted)


def _cause(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
