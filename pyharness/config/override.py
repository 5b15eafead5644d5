"""One entry of `[[test.overrides]]` in a configuration file."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  get_type_hints looks for it
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Override:
    """What is different for the cases that match."""

    filter: str
    """In the language of `-k`."""
    values: Mapping[str, object]
    """By the names of the fields of `OverrideOptions`."""
    where: str
    """For messages: which entry of which file."""
