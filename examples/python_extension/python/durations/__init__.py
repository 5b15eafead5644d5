"""Spans of time as people write them."""

from durations._native import parse, spell

__all__ = ["longest", "parse", "spell"]


def longest(texts):
    """Return the longest of some spans of time, in its shortest form."""
    if not texts:
        return spell(0)
    return spell(max(parse(text) for text in texts))
