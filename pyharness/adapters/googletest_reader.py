"""Follows one launch of a GoogleTest program: verdicts from the stream, slices of output from the printed lines.

Which of the two says what first is fixed, and the reader leans on it: a case's `[ RUN ]` line is printed before its
begin is streamed, its end is streamed before its `[ OK ]` line is printed, and that line before any later event. So a
line that belongs to an event of the look before is in the output by now, or will never be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.adapters.googletest_printed import FAILED, OK, RUN, SKIPPED, Printed, end_line
from pyharness.adapters.googletest_stream import Attempt, Stream, Suite
from pyharness.adapters.protocol import Ended, Exit, ListedCase, Progress, Running
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyharness.events import Failure

_RUN_LINE = re.compile(rb"\[ RUN      \] (.*)\n")
_BROKEN_OFF = b"stream_result_to: failed to stream to "
"""GoogleTest says so on standard error for each event that it cannot send."""
_KEPT = 1 << 16
"""Bytes of a running case's output: it may end in a part of a line, or say what failed if the stream breaks off."""


class GoogleTestReader:
    """A `Reader`."""

    def __init__(self, cases: Sequence[ListedCase]) -> None:
        """Follow a launch of these cases."""
        self._cases = cases
        self._positions = {case.name.encode(errors="surrogateescape"): place for place, case in enumerate(cases)}
        self._stream = Stream(self._positions)
        self._printed: Printed | None = None
        """Set when the stream is not there, or no more."""
        self._text = bytearray()
        self._origin = 0
        """Where in the output `_text` begins."""
        self._scanned = 0
        """Where in the output the line that is looked for next may begin."""
        self._known = 0
        """So many attempts had begun in the look before."""
        self._told = 0
        self._failed: set[Suite | None] = set()
        """Where a case failed; `None`: of unknown suite."""
        self._broken: set[Suite] = set()
        """Whose cases were told to have no outcome since the set-up failed."""

    # ---- the protocol

    def feed(self, output: bytes, report: bytes) -> Progress:
        """Take what was written since the last call."""
        if self._printed is not None:
            return self._from_print(self._printed, [], output)
        self._text += output
        followed, self._known = self._stream.followed, len(self._stream.attempts)
        ended = list(self._settle(followed))
        self._stream.feed(report)
        if self._has_no_stream():
            return self._turn_to_print(ended)
        running = self._running()
        self._forget()
        return Progress(ended, running)

    def end(self, status: Exit) -> Progress:
        """Tell what was held back."""
        if self._printed is not None:
            return Progress((), self._printed.running)
        self._known = len(self._stream.attempts)
        ended = list(self._settle(self._known, final=True))
        return Progress([*ended, *self._skipped_as_a_whole(status)], self._running())

    def verdict_on_exit(self, status: Exit) -> str:
        """Say what failed outside of the cases, or that something must have."""
        for suite in self._stream.suites:
            explained = suite in self._broken or (suite in self._failed and not suite.parts)
            if suite.passed is False and not explained:
                name = suite.name.decode(errors="backslashreplace")
                return f"had a failed check in the set-up or tear-down of suite '{name}'{_first(suite.parts)}"
        if self._stream.passed is False and self._stream.outside and not self._broken:
            return f"had a failed check outside of its cases{_first(self._stream.outside)}"
        if status.signal:
            return f"was ended by signal {status.signal} outside of its cases; look at set-up and tear-down"
        if status.code and not self._failed and not self._broken:
            return (
                f"ended with exit code {status.code} though no case had failed; look at global tear-down and at main()"
            )
        return ""

    # ---- ends

    def _settle(self, count: int, *, final: bool = False) -> Iterator[Ended]:
        """Tell the ends of the first `count` attempts, as far as that has not been done."""
        attempts = self._stream.attempts
        while self._told < count:
            attempt = attempts[self._told]
            if attempt is self._stream.open or (not final and self._waits_for_its_suite(attempt)):
                return
            following = attempts[self._told + 1] if self._told + 1 < self._known else None
            if attempt.passed is not None:  # or else its end was lost
                yield self._passed(attempt, following) or self._ended(attempt, following)
            self._told += 1

    def _passed(self, attempt: Attempt, following: Attempt | None) -> Ended | None:
        """Do what `_ended` does, in a hurry, for nearly all cases."""
        if not attempt.passed or attempt.begin < 0 or following is None or not self._place(following, attempt.begin):
            return None
        origin, begin = self._origin, attempt.begin
        end = self._text.rfind(OK + attempt.name + b" (", begin - origin, following.line_begin - origin)
        if end < 0 or begin < origin:
            return None
        self._scanned = end = origin + end
        return Ended(attempt.position, Outcome.PASS, attempt.duration_ns, begin, end)

    def _ended(self, attempt: Attempt, following: Attempt | None) -> Ended:
        label, begin, end = self._slice(attempt, following)
        if label == OK:
            return Ended(attempt.position, Outcome.PASS, attempt.duration_ns, begin, end)
        outcome, failures = self._set_up(attempt) or self._own(attempt, label)
        if outcome is Outcome.FAIL:
            self._failed.add(attempt.suite)
        return Ended(attempt.position, outcome, attempt.duration_ns, begin, end, tuple(failures))

    def _own(self, attempt: Attempt, label: bytes) -> tuple[Outcome, Sequence[Failure]]:
        """Tell a skip from a failure, as the stream does not; in doubt it has failed."""
        skipped = label == SKIPPED or (not label and attempt.suite.passed is True)
        return (Outcome.SKIP if skipped else Outcome.FAIL), attempt.parts

    def _set_up(self, attempt: Attempt) -> tuple[Outcome, Sequence[Failure]] | None:
        """Say what became of a case that was passed over, as set-up of its suite or of all failed or asked for it."""
        reasons = attempt.suite.parts or self._stream.outside
        if not reasons or not self._is_passed_over(attempt):
            return None
        if attempt.suite.parts and attempt.suite.passed is True:
            return Outcome.SKIP, reasons
        self._broken.add(attempt.suite)
        return Outcome.ERROR, reasons

    def _waits_for_its_suite(self, attempt: Attempt) -> bool:
        """Only the end of a suite says whether its set-up failed or asked for a skip."""
        suite = attempt.suite
        return bool(suite.parts) and suite.passed is None and self._is_passed_over(attempt)

    def _is_passed_over(self, attempt: Attempt) -> bool:
        """GoogleTest reports such a case as skipped by the line of its `TEST`, without a word."""
        case = self._cases[attempt.position]
        return [(part.file, part.line, part.message) for part in attempt.parts] == [(case.file, case.line, "")]

    def _skipped_as_a_whole(self, status: Exit) -> Iterator[Ended]:
        """When global set-up skips, no case begins."""
        stream, end = self._stream, self._origin + len(self._text)
        if status == Exit(0) and stream.passed and stream.outside and not stream.attempts:
            for position in range(len(self._cases)):
                yield Ended(position, Outcome.SKIP, -1, end, end, tuple(stream.outside))

    # ---- slices

    def _slice(self, attempt: Attempt, following: Attempt | None) -> tuple[bytes, int, int]:
        """Return the label of the line that ends the attempt, and what lies between its two lines.

        A test may print such lines too, so the last one before the next case counts. Where a test has taken standard
        output away, the slice goes on to what is found next; a case without a first line has none.
        """
        label = OK if attempt.passed else b""
        if not self._place(attempt, self._scanned):
            return label, self._scanned, self._scanned
        limit = len(self._text)
        if following is not None and self._place(following, attempt.begin):
            limit = following.line_begin - self._origin
        first = max(0, attempt.begin - self._origin)
        if attempt.passed:
            end = self._text.rfind(OK + attempt.name + b" (", first, limit)
        else:
            label, end = self._not_passed(attempt, first, limit)
        self._scanned = self._origin + (limit if end < 0 else end)
        return label, attempt.begin, self._scanned

    def _not_passed(self, attempt: Attempt, first: int, limit: int) -> tuple[bytes, int]:
        """Take the case for failed if there is any line that says so."""
        lines = [line for line in end_line(attempt.name).finditer(self._text, first) if line[1] != OK]
        ends = [line.start() for line in lines if line.start() < limit]
        labels = {line[1] for line in lines}
        return FAILED if FAILED in labels else SKIPPED if labels else b"", ends[-1] if ends else -1

    def _place(self, attempt: Attempt, begin: int) -> bool:
        """Look for the line that announces an attempt, from a place in the output on, if that has not been found."""
        if attempt.begin < 0:
            line = RUN + attempt.name + b"\n"
            found = self._text.find(line, begin - self._origin)
            if found >= 0:
                attempt.line_begin = found = self._origin + found
                attempt.begin = found + len(line)
        return attempt.begin >= 0

    def _running(self) -> Running | None:
        attempt = self._stream.open
        if attempt is None:
            return None
        return Running(attempt.position, attempt.begin if self._place(attempt, self._scanned) else self._scanned)

    def _forget(self) -> None:
        """Let go of text in which no line will be looked for: a running case may print without end."""
        keep = self._scanned
        attempt = self._stream.open
        if attempt is not None and attempt is self._stream.attempts[self._told] and attempt.begin >= 0:
            keep = max(attempt.begin, self._origin + len(self._text) - _KEPT)
        del self._text[: keep - self._origin]
        self._origin = self._scanned = keep

    # ---- without the stream

    def _has_no_stream(self) -> bool:
        """Whether the program does not stream, or cannot any more: a test has closed what was not its own."""
        if self._stream.begun:
            return _BROKEN_OFF in self._text
        return any(line[1] in self._positions for line in _RUN_LINE.finditer(self._text))

    def _turn_to_print(self, ended: list[Ended]) -> Progress:
        self._known = len(self._stream.attempts)
        ended += self._settle(self._known, final=True)
        attempt = self._stream.open
        placed = attempt is not None and self._place(attempt, self._scanned)
        begin = max(attempt.begin, self._origin) if attempt is not None and placed else self._scanned
        awaited = {name: place for name, place in self._positions.items() if not self._stream.has_begun(name)}
        self._printed = printed = Printed(awaited, begin)
        if attempt is not None:
            printed.resume(attempt.name, attempt.position, attempt.begin if placed else begin, attempt.parts)
        return self._from_print(printed, ended, bytes(self._text[begin - self._origin :]))

    def _from_print(self, source: Printed, ended: list[Ended], output: bytes) -> Progress:
        printed = source.feed(output)
        if any(one.outcome is Outcome.FAIL for one in printed):
            self._failed.add(None)
        return Progress([*ended, *printed], source.running)


def _first(parts: Sequence[Failure]) -> str:
    """Quote the first of the failed checks as the end of a sentence."""
    if not parts:
        return ""
    place = f"{parts[0].file}:{parts[0].line}: " if parts[0].file else ""
    return f": {place}{parts[0].message}"
