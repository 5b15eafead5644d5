"""Names of cases as people read them: in one line, and unique in their program."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_one_line(name: str) -> str:
    """Write a name without blanks around it and without line breaks."""
    return name.strip().replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n") or "unnamed"


def with_place(name: str, file: str, line: int) -> str:
    """Add what tells a name from the same one elsewhere."""
    return f"{name} ({os.path.basename(file)}:{line})"


def distinct(forms: Sequence[Sequence[str]]) -> list[str]:
    """Choose a name for each case among its `forms`, which go from plain to full: the first that no other case has.

    Where even the full ones are the same, those after the first are numbered.
    """
    counts = [Counter(column) for column in zip(*forms, strict=True)]
    seen: Counter[str] = Counter()
    names = []
    for form in forms:
        name = next((name for name, count in zip(form, counts, strict=True) if count[name] == 1), form[-1])
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return names


def as_tag(text: str) -> str:
    """Write a text as one word."""
    return "-".join(text.split())
