"""The options of `pyharness new`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config.field import Option


@dataclass(frozen=True, kw_only=True)
class NewOptions:
    """What the new file is called."""

    name: Annotated[
        str,
        Option(
            positional=True,
            configurable=False,
            metavar="NAME",
            help="The file, with or without '.test.cpp'; with '.c' or '.test.c' it is in C. Folders in it are made.",
            expected="a NAME such as 'first' or 'math/add.c'",
        ),
    ]
