"""What each key of the configuration comes to, and who has said so: the text of `pyharness test --show-config`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyharness.config import stop_sequence
from pyharness.config.build_options import BuildOptions, BuildOverride
from pyharness.config.case_options import OverrideOptions
from pyharness.config.field import Field, fields_of
from pyharness.config.options import TestOptions
from pyharness.config.results_options import ResultsOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyharness.config.override import Override


def show(options: TestOptions) -> Iterator[str]:
    """Yield a line for each key, in columns, then the groups and the overrides."""
    yield from _columns([_row(field, options) for field in fields_of(TestOptions) if field.key])
    yield from _columns([_table_row("build", field, options.build) for field in fields_of(BuildOptions)])
    yield from _columns([_table_row("cache", field, options.cache) for field in fields_of(ResultsOptions)])
    for build_override in options.build.overrides:
        said = [field for field in fields_of(BuildOverride) if getattr(build_override, field.name)]
        words = (f"{field.key} = {_value(getattr(build_override, field.name))}" for field in said)
        yield f"override of {options.build.where}: {', '.join(words)}"
    for name, limit in options.groups.items():
        yield f"group '{name}': {limit} at once"
    for override in options.overrides:
        yield f"{override.where}: {_override(override)}"


def _row(field: Field, options: TestOptions) -> tuple[str, str, str]:
    value = getattr(options, field.name)
    shown = field.option.default or "not set" if value in (None, ()) else _value(value)
    return field.key, shown, options.origins.get(field.name, "default")


def _table_row(name: str, field: Field, table: BuildOptions | ResultsOptions) -> tuple[str, str, str]:
    value = getattr(table, field.name)
    shown, origin = (_value(value), table.where) if value else (field.default_text, "default")
    return f"{name}.{field.key}", shown, origin


def _columns(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    key_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for key, value, origin in rows:
        yield f"{key:{key_width}}  {value:{value_width}}  {origin}"


def _value(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], stop_sequence.StopStep):
        value = stop_sequence.show(value)
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False)


def _override(override: Override) -> str:
    keys = {field.name: field.key for field in fields_of(OverrideOptions)}
    values = {keys[name]: _value(value) for name, value in override.values.items()}
    if values.get("threads-required") == "0":
        values["threads-required"] = '"all"'
    said = ", ".join(f"{key} = {value}" for key, value in values.items())
    return ", ".join(part for part in (f"filter = {_value(override.filter)}", said) if part)
