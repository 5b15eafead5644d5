"""Flags of coverage that would be without effect, or could not do what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.config.coverage_options import CoverageOptions
from pyharness.config.field import fields_of
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyharness.config.options import TestOptions


def check(given: Mapping[str, object], options: TestOptions) -> None:
    """Refuse what is given for nothing. What a configuration says of coverage waits for a run that measures it.

    Args:
        given: What stands on the command line, by the names of the fields.
        options: What that comes to, with all other sources.

    Raises:
        UsageError: a flag has no effect in this run, or coverage is to be measured while watching.
    """
    if options.coverage and options.watch:
        raise UsageError(_why_not_watched(options))
    if options.coverage:
        return
    for field in fields_of(CoverageOptions):
        if field.name in {"coverage", "coverage_contexts"} or given.get(field.name, False) is False:
            continue
        if field.name == "coverage_folder" and options.affected_by is not None:
            continue  # it has the file that says what is affected
        message = f"'{field.flag}' is for runs with --coverage; add it, or leave it out"
        raise UsageError(message)


def _why_not_watched(options: TestOptions) -> str:
    """Say it, and how to do without coverage where no flag has asked for it."""
    name = "coverage_contexts" if options.coverage_contexts else "coverage"
    field = next(field for field in fields_of(CoverageOptions) if field.name == name)
    asker = options.told_by(name)
    partly = "runs only what a change affects, and coverage would be that of a part"
    if asker:
        return f"'--watch' {partly}, but {asker} asks for it; give '{field.negative}', too, or leave out '--watch'"
    return f"'--watch' {partly}, but '{field.flag}' asks for it; leave one of them out"
