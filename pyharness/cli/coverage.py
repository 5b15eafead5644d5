"""`pyharness coverage`: what was measured before, shown again or in another form."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from pyharness import __version__
from pyharness.cli.streams import complain, standard_output, write_out
from pyharness.config.arguments import read_command
from pyharness.config.coverage_command import CoverageCommand
from pyharness.config.coverage_options import FOLDER
from pyharness.coverage import finishing, lcov, llvm_export, python_data, report_files, summary
from pyharness.coverage.finishing import Wanted
from pyharness.coverage.summing import add
from pyharness.errors import ExitCode, UsageError
from pyharness.reporters.coverage_table import table
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.finishing import Told

_PYTHON = "coverage.py"
_REPORT_HAS_NO_FILE = "'-o' is for 'html', 'export' and 'read', and 'report' prints; leave it out, or name one of them"


def run(arguments: Sequence[str], *, is_process: bool = False) -> int:  # noqa: ARG001  all commands are called alike
    """Run the command; `arguments` are those after `coverage`.

    Raises:
        UsageError: options make no sense together, or what it is to read is not there, or is something else.
        CoverageError: a report cannot be written.
    """
    if list(arguments[:1]) == ["cases"]:
        from pyharness.cli import coverage_cases  # noqa: PLC0415

        return coverage_cases.run(arguments[1:])
    options = read_command("coverage", arguments, CoverageCommand)
    if options is None:
        return int(ExitCode.OK)
    if options.action == "report" and options.output is not None:
        raise UsageError(_REPORT_HAS_NO_FILE)
    _refuse_of_others(options)
    wanted = Wanted(
        root=os.getcwd(),
        version=__version__,
        include=options.include,
        exclude=options.exclude,
        anywhere=options.action != "read",
        flags="--",
        floors=options.fail_under,
        base=None if options.base is None else finishing.read(options.base),
    )
    if options.action == "read":
        from pyharness.cli import coverage_read  # noqa: PLC0415  it brings the tools of LLVM and GCC

        told, is_partial = coverage_read.read(options, wanted)
    else:
        inputs = options.inputs or (os.path.join(FOLDER, finishing.WHOLE),)
        each = [finishing.read(path) for path in inputs]
        if options.format == _PYTHON:
            python_data.refuse_older(dict(zip(inputs, each, strict=True)))
        told, is_partial = finishing.tell(add(each), wanted), False
        _ACTIONS[options.action](options, told, wanted)
    for sentence in (*told.notes, *told.below, *([told.nothing] if told.nothing else [])):
        complain(sentence)
    return int(ExitCode.COVERAGE if told.below or told.nothing or is_partial else ExitCode.OK)


def _refuse_of_others(options: CoverageCommand) -> None:
    """Refuse what only another action would look at."""
    for flag, is_given, action in (
        ("--object", options.objects, "read"),
        ("--profiles", options.profiles is not None, "read"),
        ("--allow-partial", options.allow_partial, "read"),
        (f"--format {options.format}", options.format != CoverageCommand.format, "export"),
    ):
        if is_given and options.action != action:
            message = f"'{flag}' is for 'pyharness coverage {action}'; leave it out"
            raise UsageError(message)
    if options.inputs and options.action == "read":
        message = (
            "'--from' is not for 'pyharness coverage read', which reads profiles; name their folder with --profiles"
        )
        raise UsageError(message)


def _report(options: CoverageCommand, told: Told, wanted: Wanted) -> None:  # noqa: ARG001
    stream = standard_output()
    width = shutil.get_terminal_size().columns if stream.isatty() else None
    write_out(
        "".join(f"{line}\n" for line in (*table(told.total, told.files, width=width), *map(one_line, told.changes)))
    )


def _html(options: CoverageCommand, told: Told, wanted: Wanted) -> None:
    folder = options.output or os.path.join(FOLDER, "html")
    write_out(f"wrote {one_line(finishing.write_html(told.coverage, folder, wanted))}\n")


def _export(options: CoverageCommand, told: Told, wanted: Wanted) -> None:
    if options.format == _PYTHON:
        write_out(f"wrote {one_line(python_data.write(told.coverage, options.output))}\n")
        return
    content = {
        "json": lambda: llvm_export.write_export(told.coverage),
        "summary": lambda: summary.render(told.total, told.files),
        "lcov": lambda: lcov.render(told.coverage),
        "cobertura": lambda: finishing.as_cobertura(told.coverage, wanted),
    }[options.format]()
    if options.output is None:
        write_out(content.decode(errors="surrogateescape"))
    else:
        report_files.write({options.output: content})


_ACTIONS = {"report": _report, "html": _html, "export": _export}
