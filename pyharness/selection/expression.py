"""The tree of a selection. Values; `grammar` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Node(Protocol):
    """A part of an expression."""

    def holds(self, folded_id: str, tags: Sequence[str]) -> bool:
        """Decide for one case; `folded_id` is its id, or all it is known by, after `str.casefold`."""


@dataclass(frozen=True, slots=True)
class Word:
    """A part of the id, or a whole tag."""

    text: str
    folded: str

    def holds(self, folded_id: str, tags: Sequence[str]) -> bool:
        """Look for the word."""
        return self.folded in folded_id or self.text in tags


@dataclass(frozen=True, slots=True)
class Not:
    """What its part is not."""

    part: Node

    def holds(self, folded_id: str, tags: Sequence[str]) -> bool:
        """Turn the answer round."""
        return not self.part.holds(folded_id, tags)


@dataclass(frozen=True, slots=True)
class And:
    """All of its parts."""

    parts: tuple[Node, ...]

    def holds(self, folded_id: str, tags: Sequence[str]) -> bool:
        """Ask the parts up to the first that does not hold."""
        return all(part.holds(folded_id, tags) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of its parts."""

    parts: tuple[Node, ...]

    def holds(self, folded_id: str, tags: Sequence[str]) -> bool:
        """Ask the parts up to the first that holds."""
        return any(part.holds(folded_id, tags) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Expression:
    """What `parse` returns."""

    source: str
    root: Node

    def matches(self, case_id: str, tags: Sequence[str]) -> bool:
        """Tell whether the case is selected."""
        return self.root.holds(case_id.casefold(), tags)
