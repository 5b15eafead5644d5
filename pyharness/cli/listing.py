"""`pyharness test --list`: the selected cases, for people or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pyharness.cli.streams import complain, mention, write_out
from pyharness.errors import ExitCode, NothingSelectedError
from pyharness.reporters import json_text
from pyharness.text import lines, one_line

if TYPE_CHECKING:
    from pyharness.config.options import TestOptions
    from pyharness.model import Case, Listing


def print_cases(options: TestOptions) -> int:
    """Print the cases; suites that failed go to the standard error and into the exit code.

    Raises:
        NothingSelectedError: there is nothing to print, and no suite failed.
    """
    from pyharness import session  # noqa: PLC0415  loads the native core

    listing = session.list_cases(options, mention)
    for failed in listing.failed:
        complain(failed.reason)
        for line in lines(failed.output):
            mention(f"  {line}")
    as_json = options.list_format == "json"
    write_out(show_json(listing.cases) if as_json else show_text(listing.cases, verbose=options.verbose))
    return _code(listing)


def show_text(cases: list[Case], *, verbose: bool) -> str:
    """Return one id a line, `(disabled)` behind those that are; with `verbose` all that is declared, and the tags."""
    return "".join(_line(case, verbose=verbose) + "\n" for case in cases)


def show_json(cases: list[Case]) -> str:
    """Return a JSON array of objects: the fields of `Case`, and the id first."""
    objects = [{"id": case.id, **msgspec.structs.asdict(case)} for case in cases]
    for one in objects:
        del one["key"]  # the id says it
    return msgspec.json.format(json_text.encode(objects), indent=2).decode() + "\n"


def _line(case: Case, *, verbose: bool) -> str:
    marks = _declared(case) if verbose else _disabled(case)
    declared = f" ({', '.join(marks)})" if marks else ""
    tags = f" [{', '.join(map(one_line, case.tags))}]" if verbose and case.tags else ""
    return one_line(case.id) + declared + tags


def _disabled(case: Case) -> list[str]:
    return ["disabled"] if case.disabled else []


def _declared(case: Case) -> list[str]:
    """Return what the source says of a case that it does not say of others."""
    marks = _disabled(case)
    if case.serial:
        marks.append("serial")
    if case.isolation != "auto":
        marks.append(f"isolation {case.isolation}")
    if case.threads_required != 1:
        marks.append(f"{case.threads_required} threads")
    if case.timeout_ms is not None:
        marks.append(f"timeout {case.timeout_ms / 1000:g} s" if case.timeout_ms else "no timeout")
    return marks


def _code(listing: Listing) -> int:
    if listing.failed:
        return int(ExitCode.SUITE_FAILED)
    if not listing.cases:
        raise NothingSelectedError("no case is selected")
    return int(ExitCode.OK)
