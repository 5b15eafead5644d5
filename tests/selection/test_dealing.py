"""How cases are dealt out to shards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyharness.config.shard import Shard
from pyharness.selection.dealing import Dealer

SUITES = st.lists(st.lists(st.booleans(), max_size=20), max_size=5)
"""Of each case of each suite, whether it is disabled."""


def dealt(suites: list[list[bool]], shard: Shard | None) -> list[tuple[int, int]]:
    dealer = Dealer(shard)
    kept = [(n, index) for n, suite in enumerate(suites) for index in dealer.keep(range(len(suite)), suite.__getitem__)]
    assert dealer.seen == sum(map(len, suites))
    assert dealer.left_out == dealer.seen - len(kept)
    return kept


@given(SUITES, st.integers(1, 9))
def test_shards_are_even_parts_of_the_whole(suites: list[list[bool]], count: int) -> None:
    parts = [dealt(suites, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(case for part in parts for case in part) == dealt(suites, None)
    for disabled in (False, True):
        sizes = [sum(suites[suite][index] is disabled for suite, index in part) for part in parts]
        assert max(sizes) - min(sizes) <= 1
