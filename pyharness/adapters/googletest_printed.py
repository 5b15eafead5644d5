"""What a GoogleTest program prints: the only source where it streams nothing, or has stopped to.

A test can print the same lines. So this is never read while the stream is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.protocol import Ended, Running
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN = b"[ RUN      ] "
OK, FAILED, SKIPPED = b"[       OK ] ", b"[  FAILED  ] ", b"[  SKIPPED ] "
_OUTCOMES = {OK: Outcome.PASS, FAILED: Outcome.FAIL, SKIPPED: Outcome.SKIP}

_LABELS = b"|".join(map(re.escape, _OUTCOMES))
_LINE = re.compile(rb"(%b|%b)(.*)\n" % (re.escape(RUN), _LABELS))
_TIME = re.compile(rb" \((\d+) ms\)$")
_PART = re.compile(rb"^(?:unknown file|(.*?):(?:(\d+):)?):? (?:Failure|Skipped)\n", re.MULTILINE)
_NS_PER_MS = 1_000_000


def end_line(name: bytes) -> re.Pattern[bytes]:
    """Return what matches the line that ends a case; its group 1 says how.

    The summary at the end has such lines, too, but without a time.
    """
    return re.compile(rb"(%b)%b(?:, where (?s:.*?))? \(\d+ ms\)\n" % (_LABELS, re.escape(name)))


class _Open(NamedTuple):
    name: bytes
    position: int
    begin: int
    parts: Sequence[Failure]
    """Known from elsewhere."""


class Printed:
    """The lines from some place in the output on."""

    def __init__(self, positions: Mapping[bytes, int], origin: int) -> None:
        """Follow those cases; `origin` is where in the output the text that is fed first begins."""
        self._awaited = dict(positions)
        self._text = b""
        self._read = 0
        """So much of it has been looked through: whole lines."""
        self._origin = origin
        self._open: _Open | None = None

    def resume(self, name: bytes, position: int, begin: int, parts: Sequence[Failure]) -> None:
        """Take a case that has begun, maybe before the text."""
        self._open = _Open(name, position, begin, parts)

    @property
    def running(self) -> Running | None:
        """The case that has begun and not ended."""
        return self._open and Running(self._open.position, self._open.begin)

    def feed(self, output: bytes) -> list[Ended]:
        """Take what was printed since the last call."""
        self._text += output
        ended: list[Ended] = []
        kept = 0
        for line in _LINE.finditer(self._text, self._read):
            label, rest = line.groups()
            if self._open is None and label == RUN and rest in self._awaited:
                self._open = _Open(rest, self._awaited.pop(rest), self._origin + line.end(), ())
            elif self._open is not None and label != RUN and _is_end(rest, self._open.name):
                ended.append(self._ended(self._open, line))
                self._open = None
                kept = line.end()
        if self._open is not None:
            kept = max(0, self._open.begin - self._origin)
        self._read = self._text.rfind(b"\n") + 1 - kept
        self._text, self._origin = self._text[kept:], self._origin + kept
        return ended

    def _ended(self, case: _Open, line: re.Match[bytes]) -> Ended:
        outcome, time = _OUTCOMES[line[1]], _TIME.search(line[2])
        duration_ns = int(time[1]) * _NS_PER_MS if time else -1
        text = self._text[max(0, case.begin - self._origin) : line.start()]
        failures = () if outcome is Outcome.PASS else tuple(_parts(text) or case.parts)
        return Ended(case.position, outcome, duration_ns, case.begin, self._origin + line.start(), failures)


def _is_end(rest: bytes, name: bytes) -> bool:
    return (rest.startswith(name) and rest[len(name) :].startswith((b" (", b", where "))) or rest == name


def _parts(text: bytes) -> list[Failure]:
    """Read the failed checks, each up to the next one: what a test has printed between them cannot be told apart."""
    parts = list(_PART.finditer(text))
    ends = [*(part.start() for part in parts[1:]), len(text)]
    return [_part(part, text[part.end() : end]) for part, end in zip(parts, ends, strict=False)]


def _part(head: re.Match[bytes], message: bytes) -> Failure:
    file = (head[1] or b"").decode(errors="backslashreplace")
    return Failure(file, int(head[2] or 0), message.decode(errors="backslashreplace").strip("\n"))
