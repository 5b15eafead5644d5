"""Which sanitizers test sources can be built with, and which of them go together."""

from __future__ import annotations

KINDS = ("address", "undefined", "thread", "leak")
EXPECTED = (
    "address, undefined, thread or leak, several of them with commas between; thread goes with undefined only, since "
    "its runtime cannot share a process with those of address and leak"
)
_APART = (frozenset({"thread", "address"}), frozenset({"thread", "leak"}))


def read(value: object) -> str | None:
    """Return the names, each once and in the order of `KINDS`, for a list with commas; `None`: they cannot be."""
    names = set(value.split(",")) if isinstance(value, str) else set()
    if not names or not names <= set(KINDS) or any(names >= pair for pair in _APART):
        return None
    return ",".join(kind for kind in KINDS if kind in names)
