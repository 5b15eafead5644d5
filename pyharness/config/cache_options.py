"""The options of `pyharness cache`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config.field import Option


@dataclass(frozen=True, kw_only=True)
class CacheOptions:
    """What to do with it."""

    action: Annotated[
        str,
        Option(
            positional=True,
            configurable=False,
            metavar="ACTION",
            help="'show' says what '.pyharness' of the current folder, and of that of the configuration, has in it; "
            "'clear' removes what pyharness has made there, and nothing else.",
            choices=("show", "clear"),
        ),
    ]
