"""`pyharness coverage read`: from the profiles that something else's run has left to a coverage.json."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyharness.cli.streams import complain, write_out
from pyharness.config.coverage_options import FOLDER
from pyharness.coverage import collecting, finishing, llvm_export, python_run, report_files
from pyharness.text import one_line

if TYPE_CHECKING:
    from pyharness.config.coverage_command import CoverageCommand
    from pyharness.coverage.finishing import Told, Wanted


def read(options: CoverageCommand, wanted: Wanted) -> tuple[Told, bool]:
    """Write what the profiles come to; return it, and whether it is not all and that is no good.

    Raises:
        UsageError: An object that is named is not there.
        CoverageError: There is nothing to read, or nothing can be written.
    """
    folder = options.profiles or python_run.PROFILES
    coverage, problems = collecting.collect(folder, options.objects, wanted.root)
    told = finishing.tell(coverage, wanted)
    for problem in problems:
        complain(problem)
    is_partial = bool(problems) and not options.allow_partial
    path = options.output or os.path.join(FOLDER, "python.json")
    if is_partial:
        name, extension = os.path.splitext(path)
        path = f"{name}-partial{extension}"
    report_files.write({path: llvm_export.write_export(told.coverage)})
    if not is_partial:
        collecting.done(folder)
    write_out(f"wrote {one_line(path)}\n")
    return told, is_partial
