"""What reports in XML have in common, whichever framework writes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pyharness.adapters.xml_stream import XmlStream
from pyharness.events import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyharness.adapters.findings import Begun, Found


class XmlReport(ABC):
    """Says which cases begin and end. A case that crashes begins only, whatever the report says of its end."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._stream = XmlStream(self._element_begins, self._element_ends)
        self._open: list[tuple[str, Mapping[str, str]]] = []
        self._said: list[Begun | Found] = []
        self.any_failed = False
        """Whether a case has failed, be it asked for or not."""
        self.trouble = ""
        """What has gone wrong outside of cases, as far as the framework says."""

    def feed(self, data: bytes) -> list[Begun | Found]:
        """Read on, and return what has become known, in order."""
        self._stream.feed(data)
        said, self._said = self._said, []
        return said

    def _element_begins(self, name: str, attributes: Mapping[str, str]) -> None:
        self._begins(name, attributes)
        self._open.append((name, attributes))

    def _element_ends(self, name: str, text: str) -> None:
        _, attributes = self._open.pop()
        self._ends(name, attributes, text.strip())

    def _is_within(self, name: str) -> bool:
        """Whether the element that begins or ends stands directly in one of that name."""
        return bool(self._open) and self._open[-1][0] == name

    @abstractmethod
    def _begins(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the begin of an element."""

    @abstractmethod
    def _ends(self, name: str, attributes: Mapping[str, str], text: str) -> None:
        """Take the end of an element, and the text that stands before it."""


def failure_at(attributes: Mapping[str, str], *lines: str) -> Failure:
    """Make a failure of the place that the attributes tell."""
    return Failure(attributes.get("filename", ""), int(attributes.get("line") or 0), "\n".join(lines))
