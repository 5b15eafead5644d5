"""Sources that have changed since they were compiled: what was counted stands in other lines now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOLD = 3


def newer_than(path: str, sources: Iterable[str]) -> frozenset[str]:
    """Return the sources that were written after an object was; those that are not there any more, too."""
    made_ns = os.stat(path).st_mtime_ns
    return frozenset(source for source in sources if _written_ns(source, made_ns) > made_ns)


def tell(changed: Sequence[str]) -> str:
    """Return a sentence on sources that have changed, of which there is one at least."""
    named = ", ".join(f"'{path}'" for path in changed[:_TOLD])
    others = len(changed) - _TOLD
    rest = f" and {others} more" if others > 0 else ""
    return f"{named}{rest}: changed, or gone, since it was compiled, so its lines may be others; build again"


def _written_ns(source: str, made_ns: int) -> int:
    try:
        return os.stat(source).st_mtime_ns
    except FileNotFoundError:
        return made_ns + 1
    except OSError:
        return 0
