"""The options of `pyharness coverage cases`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config.coverage_options import FOLDER
from pyharness.config.field import Option


@dataclass(frozen=True, kw_only=True)
class CoverageCases:
    """Of which lines the cases are wanted."""

    place: Annotated[
        str,
        Option(
            positional=True,
            configurable=False,
            metavar="PLACE",
            help="FILE, FILE:LINE or FILE:LINE-LINE: print the ids of the cases that cover any of it.",
            expected="a PLACE such as 'src/parser.c:120' or 'src/parser.c:120-140'",
        ),
    ]
    inputs: Annotated[
        tuple[str, ...],
        Option(
            flags=("--from",),
            metavar="FILE",
            help="Read FILE, a contexts.sqlite; several, as of shards, go together.",
            default=f"{FOLDER}/contexts.sqlite",
            configurable=False,
        ),
    ] = ()
