"""What a configuration file says, checked: values for options, overrides for some cases, groups."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pyharness.config import build_options, results_options
from pyharness.config.build_options import BuildOptions
from pyharness.config.case_options import MOST, OverrideOptions
from pyharness.config.field import Field, Option, fields_of
from pyharness.config.options import TestOptions
from pyharness.config.override import Override
from pyharness.config.results_options import ResultsOptions
from pyharness.config.sources import Source
from pyharness.config.table import ConfigurationError, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

    from pyharness.config.file import File

_SIGNALS = "timeout.signals"
_LIMIT = Field(name="limit", kind=int, many=False, default=None, option=Option(help="", minimum=1, maximum=MOST))


@dataclass(frozen=True, slots=True)
class Configuration:
    """The strongest come first, in both."""

    sources: tuple[Source, ...] = ()
    overrides: tuple[Override, ...] = ()
    groups: Mapping[str, int] = dataclasses.field(default_factory=dict)
    build: BuildOptions = dataclasses.field(default_factory=BuildOptions)
    cache: ResultsOptions = dataclasses.field(default_factory=ResultsOptions)


def check(file: File, profile: str | None) -> Configuration:
    """Return what the file says when `profile` is asked for. All of the file is checked, other profiles too.

    Raises:
        ConfigurationError: the first thing that is wrong.
    """
    top = file.table
    top.allow(("test", "build", "cache", "groups", "profile"))
    groups = {name: _read_limit(top.table("groups"), name) for name in top.table("groups").values}
    profiles = {name: _read(top.table("profile").table(name), file, groups) for name in top.table("profile").values}
    if profile is not None and profile not in profiles:
        raise _no_profile(profile, top, list(profiles))
    asked = [profiles[profile]] if profile is not None else []
    sections = [*asked, _read(top.table("test"), file, groups)]
    return Configuration(
        tuple(source for source, _ in sections),
        tuple(override for _, overrides in sections for override in overrides),
        groups,
        build_options.read(top.table("build"), file.folder),
        results_options.read(top.table("cache"), file.folder),
    )


def by_key(model: type[DataclassInstance]) -> dict[str, Field]:
    """Return the fields that a configuration can set."""
    return {field.key: field for field in fields_of(model) if field.key}


def _not_for_runs(table: Table) -> dict[str, str]:
    overrides = f"it is for some cases, put it under [[{table.key_path('overrides')}]]"
    flags = (field.flag for field in fields_of(TestOptions) if not field.key)
    return {flag.lstrip("-"): f"only the command line has it, as '{flag}'" for flag in flags} | dict.fromkeys(
        by_key(OverrideOptions), overrides
    )


def _read_limit(groups: Table, name: str) -> int:
    if not isinstance(groups.values[name], dict):
        raise groups.wrong(name, "a table such as { limit = 2 }")
    table = groups.table(name)
    table.allow(("limit",))
    if "limit" not in table.values:
        message = f"no 'limit' in {table.where}; give {_LIMIT.expectation}"
        raise ConfigurationError(message)
    return cast("int", table.value("limit", _LIMIT))


def _no_profile(profile: str, top: Table, names: list[str]) -> ConfigurationError:
    known = f"its profiles are {', '.join(names)}" if names else f"add a section [{top.key_path('profile')}.{profile}]"
    return ConfigurationError(f"no profile '{profile}' in {top.where}; {known}")


def _read(table: Table, file: File, groups: Mapping[str, int]) -> tuple[Source, tuple[Override, ...]]:
    """Read `[test]` or a profile."""
    flat = _flatten(table)
    fields = by_key(TestOptions)
    flat.allow((*fields, "overrides"), _not_for_runs(table))
    values = {fields[key].name: _value(flat, fields[key], file) for key in flat.values if key != "overrides"}
    _check_exclusive(flat, fields)
    overrides = tuple(_read_override(entry, groups) for entry in table.tables("overrides"))
    return Source(values, dict.fromkeys(values, table.where), pins=False), overrides


def _flatten(table: Table) -> Table:
    """Turn `timeout = { after = 60, signals = [...] }` into two keys."""
    if not isinstance(table.values.get("timeout"), dict):
        return table
    within = table.table("timeout")
    within.allow(("after", "signals"))
    names = {"after": "timeout", "signals": _SIGNALS}
    values = {key: value for key, value in table.values.items() if key != "timeout"}
    return Table(values | {names[key]: value for key, value in within.values.items()}, table.file, table.path)


def _value(table: Table, field: Field, file: File) -> object:
    value = table.value(field.key, field)
    if not field.option.is_path:
        return value
    if isinstance(value, tuple):
        return tuple(os.path.join(file.folder, path) for path in value)  # leaves './x' and 'x::case' alone
    return os.path.join(file.folder, str(value))


def _check_exclusive(table: Table, fields: Mapping[str, Field]) -> None:
    seen: dict[str, str] = {}
    for key, field in fields.items():
        if field.option.exclusive and table.values.get(key, False) is not False:
            other = seen.setdefault(field.option.subject, key)
            if other != key:
                message = f"'{other}' and '{key}' in {table.where} exclude each other; keep one of them"
                raise ConfigurationError(message)


def _read_override(table: Table, groups: Mapping[str, int]) -> Override:
    fields = by_key(OverrideOptions)
    section = f"[{table.path.removesuffix('.overrides')}]"
    table.allow(
        ("filter", *fields), dict.fromkeys(by_key(TestOptions), f"it is for whole runs, put it under {section}")
    )
    text = table.values.get("filter")
    if "filter" not in table.values:
        message = f"no 'filter' in {table.where}; say which cases it is for, in the language of -k"
        raise ConfigurationError(message)
    if not isinstance(text, str):
        raise table.wrong("filter", "an expression in the language of -k, in quotes")
    values = {fields[key].name: table.value(key, fields[key]) for key in table.values if key != "filter"}
    group = values.get("group")
    if group is not None and group not in groups:
        known = f"the groups are {', '.join(groups)}" if groups else f"add {group} = {{ limit = 1 }} to [groups]"
        message = f"unknown group '{group}' in {table.where}; {known}"
        raise ConfigurationError(message)
    return Override(text, values, table.where)
