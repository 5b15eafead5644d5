"""`pyharness coverage cases`: the cases that cover lines of a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyharness.cli.streams import complain, mention, write_out
from pyharness.config.arguments import read_command
from pyharness.config.coverage_cases import CoverageCases
from pyharness.config.coverage_options import FOLDER
from pyharness.coverage.contexts import store
from pyharness.coverage.contexts.asking import cases_at, not_known, read_place, why_none
from pyharness.coverage.contexts.assembling import join
from pyharness.errors import ExitCode
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run the command; `arguments` are those after `coverage cases`.

    Raises:
        UsageError: there is no such file, or it is something else.
    """
    options = read_command("coverage cases", arguments, CoverageCases, "Print the cases that cover lines of a file.")
    if options is None:
        return int(ExitCode.OK)
    place = read_place(options.place)
    place = place._replace(path=os.path.normpath(place.path))
    paths = options.inputs or (os.path.join(FOLDER, store.NAME),)
    contexts = join(store.read(path) for path in paths)
    answer = cases_at(contexts, place.path, place.lines)
    if not answer.covering:
        complain(why_none(contexts, place, answer.unknown))
        return int(ExitCode.NOTHING_SELECTED)
    write_out("".join(f"{one_line(case)}\n" for case in answer.covering))
    if answer.unknown:
        mention(not_known(answer.unknown, "more "))
    return int(ExitCode.OK)
