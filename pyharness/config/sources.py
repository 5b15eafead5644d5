"""Where values come from (command line, environment, configuration), and which of them hold. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyharness.config.field import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Source:
    """What one source says."""

    values: Mapping[str, object]
    """By the names of the fields."""
    origins: Mapping[str, str]
    """For each value who has set it, for people."""
    pins: bool
    """It was said for this run, and goes before what a configuration says of some cases."""


def command_line(model: type[DataclassInstance], values: Mapping[str, object]) -> Source:
    """Return the source for the values that a command line has."""
    origins = {field.name: field.flag for field in fields_of(model) if field.name in values}
    return Source(values, origins, pins=True)


def environment(model: type[DataclassInstance], environ: Mapping[str, str], given: Source) -> Source:
    """Return what the variables say of fields that are not `given`.

    Raises:
        UsageError: a value is not allowed; the text names the variable.
    """
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for field in fields_of(model):
        variable = field.option.environment
        if variable and environ.get(variable) and field.name not in given.values:
            values[field.name] = field.read(environ[variable], variable)
            origins[field.name] = variable
    return Source(values, origins, pins=True)


def merge(model: type[DataclassInstance], sources: Sequence[Source]) -> dict[str, Any]:
    """Return the values that hold, and beside them `origins` and `pinned`. `sources`: the strongest first."""
    subjects = {field.name: field.option.subject or field.name for field in fields_of(model)}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    pinned: set[str] = set()
    settled: set[str] = set()
    for source in sources:
        open_names = [name for name in source.values if subjects[name] not in settled]
        for name in open_names:
            values[name] = source.values[name]
            origins[name] = source.origins[name]
        pinned.update(open_names if source.pins else ())
        settled.update(subjects[name] for name in open_names)
    return {**values, "origins": origins, "pinned": frozenset(pinned)}
