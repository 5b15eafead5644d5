"""The table `[cache]` of a configuration: whether results are kept, and what else they depend on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pyharness.config.field import Field, Option, fields_of

if TYPE_CHECKING:
    from pyharness.config.table import Table

_NAME = re.compile(r"[^=\n]+")


@dataclass(frozen=True, kw_only=True)
class ResultsOptions:
    """What `[cache]` says. Relative paths in it count from `folder`."""

    results: Annotated[
        bool,
        Option(
            key="results",
            help="Do not run a suite again that passed as a whole, while nothing that it depends on has changed; its "
            "cases are `cached`.",
            default="false",
        ),
    ] = False
    environment: Annotated[
        tuple[str, ...],
        Option(
            key="environment",
            metavar="NAME",
            help="Variables that suites depend on: another value of one, and all are run.",
            default="none",
        ),
    ] = ()
    data: Annotated[
        tuple[str, ...],
        Option(
            key="data",
            metavar="GLOB",
            help="Files that suites depend on, from the file's folder: another content of one, or another file that "
            "matches, and all are run. Each pattern must match a file.",
            default="none",
        ),
    ] = ()

    folder: str = ""
    """Of the configuration file; empty: the current one."""
    where: str = "[cache]"
    """For messages: the table and its file."""


def read(table: Table, folder: str) -> ResultsOptions:
    """Return what the table says.

    Raises:
        ConfigurationError: a key or a value in it is not allowed.
    """
    fields = by_key()
    table.allow(fields)
    values = {fields[key].name: table.value(key, fields[key]) for key in table.values}
    options = ResultsOptions(**values, folder=folder, where=table.where)  # type: ignore[arg-type]
    if not all(map(_NAME.fullmatch, options.environment)):
        raise table.wrong("environment", "names of variables, without '=' in them")
    return options


def by_key() -> dict[str, Field]:
    """Return the fields that the table can set."""
    return {field.key: field for field in fields_of(ResultsOptions)}
