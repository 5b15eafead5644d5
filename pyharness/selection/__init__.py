"""Which cases are meant: the expressions behind `-k`. Pure."""

from pyharness.selection.expression import Expression
from pyharness.selection.grammar import parse, quote

__all__ = ["Expression", "parse", "quote"]
