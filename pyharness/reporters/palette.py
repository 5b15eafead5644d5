"""Colour for single words. The text stays the same without it."""

from __future__ import annotations

from enum import StrEnum


class Color(StrEnum):
    """The colours that are used, as the parameter of the terminal's SGR sequence; all are bold."""

    RED = "1;31"
    GREEN = "1;32"
    YELLOW = "1;33"
    CYAN = "1;36"


class Palette:
    """Paints words, or leaves them plain."""

    def __init__(self, *, enabled: bool) -> None:
        """Decide once for a stream."""
        self._enabled = enabled

    def paint(self, text: str, color: Color) -> str:
        """Return the text in a colour."""
        return f"\x1b[{color}m{text}\x1b[0m" if self._enabled else text
