"""`pyharness test`: from a command line to options, reporters, and an exit code."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from pyharness import jobserver
from pyharness.cli.streams import complain, mention, standard_output, write_out
from pyharness.config import bazel, coverage_flags
from pyharness.config.arguments import Parser, add_options, parse
from pyharness.config.color import wants_color
from pyharness.config.options import TestOptions
from pyharness.config.resolve import resolve
from pyharness.discovery.targets import is_id
from pyharness.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyharness.building import BuildPlan
    from pyharness.events import Reporter
    from pyharness.interrupts import Interrupts
    from pyharness.reporters.console import ConsoleReporter
    from pyharness.reporters.event_log import EventLog
    from pyharness.reporters.junit import JUnitReporter

_LIST_FORMAT_ALONE = "'--list-format' is the form of '--list'; give '--list' too"
_EVENTS_OVER_REPORT = "'--events' names the file of 'XML_OUTPUT_FILE', which is Bazel's; name another"
_NOTHING_IS_CAPTURED = "'--no-capture' leaves '--success-output' nothing to show; give one of them"

_CONTEXTS_OF_GCC = "'--coverage-contexts' needs LLVM's tools; leave out '--coverage-tool gcov'"
_CONTEXTS_OR_CRASH_SAFE = (
    "'--coverage-contexts' begins each case with no counts, '--coverage-crash-safe' keeps all; give one"
)
_AFFECTED_FROM_ALONE = "'--affected-from' says what '--affected-by' reads; give '--affected-by' too"


def run(arguments: Sequence[str], *, is_process: bool = False) -> int:
    """Run the command; `arguments` are those after `test`. `is_process`: the process ends with it.

    Raises:
        PyharnessError: what is asked for cannot be done.
    """
    environ = dict(os.environ)
    bazel.keep_from_tests(os.environ)
    jobserver.keep_from_tests(os.environ)
    try:
        options = read_options(arguments, environ)
    except SystemExit as left:  # argparse leaves in this way after --help
        return int(left.code or 0)
    if options.show_config:
        return _show_config(options)
    if options.list_cases:
        from pyharness.cli.listing import print_cases  # noqa: PLC0415

        return print_cases(options)
    if options.watch:
        from pyharness.cli.watch import Watch  # noqa: PLC0415

        return Watch(arguments, environ, options).run(is_process=is_process)
    return _run_tests(options, environ, is_process=is_process)


def read_options(arguments: Sequence[str], environ: Mapping[str, str]) -> TestOptions:
    """Return the options of one command line, completed from the environment and the configuration.

    Raises:
        UsageError: the first thing that is wrong with them.
    """
    parser = Parser("pyharness test", "Run the cases of native test suites.")
    add_options(parser, TestOptions)
    given = parse(parser, arguments, TestOptions)
    listing = "list_cases" in given
    ids = _take_ids(given)
    options = replace(resolve(given, environ), ids=ids)
    if options.coverage_contexts:
        options = replace(options, coverage=True)
    for wrong, message in (
        (listing and "events" in given, "'--list' runs nothing; leave out '--events'"),
        (listing and "junit" in given, "'--list' runs nothing; leave out '--junit'"),
        (listing and options.watch, "'--list' runs nothing that could be watched; leave out '--watch'"),
        (options.show_config and options.watch, "'--show-config' runs nothing; leave out '--watch'"),
        ("list_format" in given and not listing, _LIST_FORMAT_ALONE),
        (options.no_capture and given.get("success_output") == "immediate", _NOTHING_IS_CAPTURED),
        ("-" in {options.events, options.junit}, "'-' is no file; name a file for '--events' and '--junit'"),
        (options.coverage_contexts and options.coverage_tool == "gcov", _CONTEXTS_OF_GCC),
        (options.coverage_contexts and options.coverage_crash_safe, _CONTEXTS_OR_CRASH_SAFE),
        (bool(options.affected_from) and options.affected_by is None, _AFFECTED_FROM_ALONE),
        (_same_file(options.events, options.junit), "'--events' and '--junit' name the same file; name two"),
        (_same_file(options.events, options.bazel.report or None), _EVENTS_OVER_REPORT),
    ):
        if wrong:
            raise UsageError(message)
    coverage_flags.check(given, options)
    return options


def _take_ids(given: dict[str, object]) -> tuple[str, ...]:
    """Take the ids of cases out of the paths; where nothing else is given, the paths are the usual ones."""
    arguments = given.pop("paths", ())
    if not isinstance(arguments, tuple):
        return ()
    ids = tuple(filter(is_id, arguments))
    if paths := tuple(argument for argument in arguments if argument not in ids):
        given["paths"] = paths
    return ids


def make_reporters(
    options: TestOptions, stream: TextIO, environ: Mapping[str, str]
) -> list[ConsoleReporter | EventLog | JUnitReporter]:
    """Return the reporters that are asked for.

    Raises:
        UsageError: one of their files cannot be written.
    """
    from pyharness.reporters.console import ConsoleReporter, Verbosity  # noqa: PLC0415

    terminal = stream.isatty()
    color = wants_color(options.color, environ, terminal=terminal)
    live = terminal and environ.get("TERM") != "dumb" and not options.no_capture and not options.quiet
    amounts = {options.verbose: Verbosity.VERBOSE, options.quiet: Verbosity.QUIET}
    verbosity = amounts.get(True, Verbosity.NORMAL)
    reporters: list[ConsoleReporter | EventLog | JUnitReporter] = [
        ConsoleReporter(
            stream,
            verbosity=verbosity,
            color=color,
            live=live,
            success_output=options.success_output == "immediate",
        )
    ]
    if options.events is not None:
        from pyharness.reporters.event_log import EventLog  # noqa: PLC0415

        reporters.append(EventLog(options.events))
    for path in _junit_files(options):
        from pyharness.reporters.junit import JUnitReporter  # noqa: PLC0415

        reporters.append(JUnitReporter(path))
    return reporters


def _junit_files(options: TestOptions) -> list[str]:
    """Return each file once that is to have the report."""
    own, bazels = options.junit, options.bazel.report or None
    return [path for path in (own, None if _same_file(own, bazels) else bazels) if path is not None]


def _show_config(options: TestOptions) -> int:
    from pyharness.config.effective import show  # noqa: PLC0415
    from pyharness.text import one_line  # noqa: PLC0415

    write_out("".join(one_line(line) + "\n" for line in show(options)))
    return int(ExitCode.OK)


def _within(options: TestOptions, slots: jobserver.Jobserver) -> TestOptions:
    """Return the options with no more threads than make has job slots for."""
    if slots.problem:
        return replace(options, remarks=(f"{slots.problem}; put '+' before the line of the recipe",))
    wanted, free = options.thread_count, slots.count
    if free is None or free >= wanted:
        return options
    return replace(options, test_threads=free, remarks=(f"make's jobserver has {free} of {wanted} job slots free",))


def _run_tests(options: TestOptions, environ: Mapping[str, str], *, is_process: bool) -> int:
    from pyharness.interrupts import Interrupts  # noqa: PLC0415

    return run_once(options, environ, Interrupts(is_last=is_process))


def run_once(
    options: TestOptions,
    environ: Mapping[str, str],
    interrupts: Interrupts,
    others: Sequence[Reporter] = (),
    on_build: Callable[[BuildPlan], None] = lambda _: None,
) -> int:
    """Run what the options select, tell those reporters that they ask for and `others`; return the exit code.

    Raises:
        PyharnessError: nothing could be run.
    """
    from pyharness import session  # noqa: PLC0415  loads the native core
    from pyharness.cli import bazel_files  # noqa: PLC0415

    bazel_files.begin(options.bazel)
    # Interrupts are around the reports, too: no signal leaves half of one.
    with interrupts, jobserver.Jobserver(environ.get("MAKEFLAGS", ""), options.thread_count - 1) as slots:
        options = _within(options, slots)
        reporters = make_reporters(options, standard_output(), os.environ)
        try:
            code = session.run_tests(options, [*reporters, *others], interrupts, mention, on_build)
        finally:
            for reporter in reporters:
                reporter.close()
    problems = [reporter.problem for reporter in reporters if reporter.problem]
    for problem in problems:
        complain(problem)
    bazel_files.end(options.bazel)
    return int(ExitCode.INTERNAL if problems and code == ExitCode.OK else code)


def _same_file(first: str | None, second: str | None) -> bool:
    return first is not None and second is not None and os.path.realpath(first) == os.path.realpath(second)
