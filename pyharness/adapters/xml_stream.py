"""An XML document read while it is being written."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no XML document may hold. Frameworks let some of them through, and expat would read no further."""


class XmlStream:
    """Calls `begin(name, attributes)` and `end(name, text)` as elements begin and end.

    The text is what stands between the last tag within the element, or its own, and its end. Bytes that are no UTF-8
    come as U+FFFD.
    """

    def __init__(self, begin: Callable[[str, Mapping[str, str]], None], end: Callable[[str, str], None]) -> None:
        """Read nothing yet."""
        self._begin = begin
        self._end = end
        self._text: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._element_begins
        self._parser.EndElementHandler = self._element_ends
        self._parser.CharacterDataHandler = self._text.append
        if hasattr(self._parser, "SetReparseDeferralEnabled"):  # else a tag could stay unread till others follow
            self._parser.SetReparseDeferralEnabled(False)  # noqa: FBT003  it takes no names
        self.broken = ""
        """Why nothing more is read: this is no XML."""

    def feed(self, data: bytes) -> None:
        """Read on. What comes after something that is no XML is passed over."""
        if not data or self.broken:
            return
        try:
            self._parser.Parse(_NO_XML.sub("\ufffd", self._decoder.decode(data)))
        except expat.ExpatError as error:
            self.broken = str(error)

    def _element_begins(self, name: str, attributes: dict[str, str]) -> None:
        self._text.clear()
        self._begin(name, attributes)

    def _element_ends(self, name: str) -> None:
        text = "".join(self._text)
        self._text.clear()
        self._end(name, text)
