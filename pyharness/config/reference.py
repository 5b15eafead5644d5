"""The reference of the command line, made from the option model.

`python -m pyharness.config.reference docs/cli.md` renews the part of the page between the two markers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyharness.config import build_options, color, results_options
from pyharness.config.build_options import BuildOptions, BuildOverride
from pyharness.config.cache_options import CacheOptions
from pyharness.config.case_options import OverrideOptions
from pyharness.config.commands import COMMANDS
from pyharness.config.configuration import by_key
from pyharness.config.coverage_cases import CoverageCases
from pyharness.config.coverage_command import CoverageCommand
from pyharness.config.field import Field, fields_of
from pyharness.config.new_options import NewOptions
from pyharness.config.options import TestOptions
from pyharness.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed import DataclassInstance

BEGIN = "<!-- begin of the reference, made by: python -m pyharness.config.reference docs/cli.md -->"
END = "<!-- end of the reference -->"


MODELS: dict[str, type[DataclassInstance]] = {
    "test": TestOptions,
    "coverage": CoverageCommand,
    "new": NewOptions,
    "cache": CacheOptions,
}
"""The options of each command."""
PARTS: dict[str, type[DataclassInstance]] = {"coverage cases": CoverageCases}
"""The options of parts of commands that have their own."""


def render() -> str:
    """Return the reference as Markdown: commands, options, environment variables, exit codes."""
    fields, models = fields_of(TestOptions), (MODELS | PARTS).items()
    sections = (
        ("## Commands", _table(("Command", "Meaning"), ((_code(name), what) for name, what in COMMANDS.items()))),
        *((f"## Options of `pyharness {name}`", _options(fields_of(model))) for name, model in models),
        ("## Keys of a configuration", _keys()),
        ("## Keys of `[build]`", _build_keys()),
        ("## Keys of `[cache]`", _cache_keys()),
        ("## Environment variables", _variables(fields)),
        ("## Exit codes", _table(("Code", "Meaning"), ((f"`{code.value}`", code.meaning) for code in ExitCode))),
    )
    return "\n\n".join(f"{title}\n\n{body}" for title, body in sections)


def renewed(page: str) -> str:
    """Return `page` with a fresh reference between the markers.

    Raises:
        UsageError: the page does not have both markers, in their order.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        message = f"the page has no place for the reference; put these two lines into it: {BEGIN} and {END}"
        raise UsageError(message)
    return f"{head}{BEGIN}\n\n{render()}\n\n{END}{tail}"


def main(paths: Sequence[str]) -> None:
    """Renew the reference in each of the pages."""
    for path in map(Path, paths):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


def _options(fields: Iterable[Field]) -> str:
    rows = (
        (_flags(field), field.default_text, _code(field.option.environment), field.option.help)
        for field in fields
        if field.option.positional or field.option.flags
    )
    return _table(("Option", "Default", "Environment", "Meaning"), rows)


def _keys() -> str:
    """Return what [config.md](config.md) refers to: the keys of `[test]` and of its overrides."""
    of_runs, of_cases = by_key(TestOptions), by_key(OverrideOptions)
    rows = [
        (
            _code(field.key),
            _key_meaning(field),
            f"{field.expectation}",
            _where(in_runs=field.key in of_runs, in_cases=field.key in of_cases),
        )
        for field in (of_runs | of_cases).values()
    ]
    return _table(("Key", "Meaning", "Value", "In"), rows)


def _build_keys() -> str:
    """Return what [from-source.md](from-source.md) refers to: the keys of `[build]` and of its overrides."""
    of_all, of_some = build_options.by_key(BuildOptions), build_options.by_key(BuildOverride)
    rows = [
        (
            _code(field.key),
            field.option.help,
            field.expectation,
            field.default_text,
            ", ".join(word for word, fields in (("`[build]`", of_all), ("overrides", of_some)) if field.key in fields),
        )
        for field in (of_all | of_some).values()
    ]
    return _table(("Key", "Meaning", "Value", "Default", "In"), rows)


def _cache_keys() -> str:
    """Return what [cached-results.md](cached-results.md) refers to: the keys of `[cache]`."""
    fields = results_options.by_key().values()
    rows = [(_code(field.key), field.option.help, field.expectation, field.default_text) for field in fields]
    return _table(("Key", "Meaning", "Value", "Default"), rows)


def _key_meaning(field: Field) -> str:
    if field.option.positional:
        return f"Stands in for `{field.metavar}`."
    return f"Stands in for `{field.flag}`." if field.option.flags else field.option.help


def _where(*, in_runs: bool, in_cases: bool) -> str:
    return ", ".join(word for word, holds in (("`[test]`", in_runs), ("overrides", in_cases)) if holds)


def _variables(fields: Iterable[Field]) -> str:
    rows = [
        (_code(field.option.environment), f"Stands in for `{field.flag}`; when empty it counts as not set.")
        for field in fields
        if field.option.environment
    ]
    rows += [(_code(name), meaning) for name, meaning in color.VARIABLES.items()]
    return _table(("Variable", "Meaning"), rows)


def _flags(field: Field) -> str:
    if field.option.positional:
        return _code(f"{field.metavar}..." if field.many else field.metavar)
    value = "" if field.kind is bool else f" {field.metavar}"
    flags = [*field.option.flags, *([field.negative] if field.negative else [])]
    return ", ".join(_code(flag + value) for flag in flags)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
