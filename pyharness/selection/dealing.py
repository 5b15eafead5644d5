"""Deals the selected cases out to shards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyharness.config.shard import Shard


class Dealer:
    """Keeps every n-th case for its shard, counted over all suites of a run in their order.

    Shards differ by one case at most. Disabled cases are dealt out by themselves, so that they leave no gaps.
    """

    def __init__(self, shard: Shard | None) -> None:
        """Keep what falls to `shard`; `None`: everything."""
        self._shard = shard
        self._seen = {False: 0, True: 0}
        self.left_out = 0
        """How many cases were for other shards."""

    @property
    def seen(self) -> int:
        """How many cases were dealt out, this shard's among them."""
        return sum(self._seen.values())

    def keep(self, indices: Sequence[int], is_disabled: Callable[[int], bool]) -> list[int]:
        """Return those of the next cases that are this shard's."""
        shard = self._shard
        if shard is None:  # no look at each
            self._seen[False] += len(indices)
            return list(indices)
        kept = [index for index in indices if self._is_own(shard, disabled=is_disabled(index))]
        self.left_out += len(indices) - len(kept)
        return kept

    def _is_own(self, shard: Shard, *, disabled: bool) -> bool:
        turn = self._seen[disabled]
        self._seen[disabled] += 1
        return turn % shard.total == shard.number - 1
