"""Which part of a launch's output is whose, by lines of the framework that mark where cases begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Pattern


class MarkedOutput:
    """Output that is looked through for marks once, in order. Positions are bytes from the beginning of the launch.

    Only what may still hold a mark is kept in memory.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._held = bytearray()
        self._dropped = 0
        self._position = 0
        self.last = 0
        """Where the last mark that was found ends."""

    @property
    def size(self) -> int:
        """How much has been written."""
        return self._dropped + len(self._held)

    def add(self, output: bytes) -> None:
        """Take what has been written since."""
        del self._held[: self._position]
        self._dropped += self._position
        self._position = 0
        self._held += output

    def find(self, mark: Pattern[bytes], name: bytes, most: int) -> tuple[int, int] | None:
        """Return where the next `mark` begins and ends whose first group is `name`, and go on behind it.

        No such mark is longer than `most` bytes. Without a name any mark will do.
        """
        for match in mark.finditer(self._held, self._position):
            if not name or match[1].strip() == name:
                self._position = match.end()
                self.last = self._dropped + match.end()
                return self._dropped + match.start(), self.last
        self._position = max(self._position, len(self._held) - most)
        return None
