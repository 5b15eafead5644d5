"""The options of the commands, one frozen dataclass per command."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping  # noqa: TC003  get_type_hints looks for it
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pyharness.config import shard
from pyharness.config.bazel import BazelFiles
from pyharness.config.build_flags import BuildFlags
from pyharness.config.build_options import BuildOptions
from pyharness.config.case_options import CaseOptions
from pyharness.config.coverage_options import CoverageOptions
from pyharness.config.due import Due  # noqa: TC001  get_type_hints looks for it
from pyharness.config.field import Option, fields_of
from pyharness.config.override import Override  # noqa: TC001  get_type_hints looks for it
from pyharness.config.program_options import ProgramOptions
from pyharness.config.report_options import ReportOptions
from pyharness.config.results_options import ResultsOptions
from pyharness.config.run_options import DEFAULT_TEST_THREADS, RunOptions
from pyharness.config.shard import Shard  # noqa: TC001  get_type_hints looks for it

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SelectionOptions:
    """Which cases are meant, and whether they are run."""

    paths: Annotated[
        tuple[str, ...],
        Option(
            positional=True,
            key="paths",
            metavar="PATH",
            help="A test library, a test program, a build folder of CMake or Meson, a folder that is searched for all "
            "of these, or PATH::CASE for exactly one case. SUITE::CASE, as --list prints it, is that case of what the "
            "other paths hold.",
            default="the current folder",
            is_path=True,
        ),
    ] = (".",)
    list_cases: Annotated[
        bool,
        Option(
            flags=("--list",),
            elsewhere=("-N", "--show-only", "--collect-only", "--gtest_list_tests"),
            help="Print the ids of the selected cases instead of running them.",
            configurable=False,
        ),
    ] = False
    list_format: Annotated[
        str,
        Option(
            flags=("--list-format",),
            help="The form of --list: one id a line, or a JSON array of objects.",
            choices=("text", "json"),
        ),
    ] = "text"
    watch: Annotated[
        bool,
        Option(
            flags=("--watch",),
            elsewhere=("-w", "--looponfail"),
            help="After the run, wait for changes, and run again what each of them affects, until Ctrl-C.",
            configurable=False,
        ),
    ] = False
    expression: Annotated[
        str | None,
        Option(
            flags=("-k",),
            elsewhere=("-R", "--tests-regex", "--filter", "--gtest_filter"),
            key="filter",
            metavar="EXPR",
            help="Run only the cases that match: words joined with 'and', 'or', 'not', parentheses. A word "
            "matches a part of the id, upper and lower case alike, or a whole tag; "
            "put quotes around one with blanks or parentheses.",
            once=True,
        ),
    ] = None
    run_disabled: Annotated[
        bool, Option(flags=("--run-disabled",), help="Take cases that are marked as disabled like any other.")
    ] = False
    shard: Annotated[
        Shard | None,
        Option(
            flags=("--shard",),
            metavar="K/N",
            help="Run the K-th of N parts of the selected cases, which differ by one case at most.",
            default="all",
            read=shard.read,
            expected=shard.EXPECTED,
            once=True,
            configurable=False,
        ),
    ] = None
    affected_by: Annotated[
        str | None,
        Option(
            flags=("--affected-by",),
            elsewhere=("--changed-since", "--testmon", "--only-changed"),
            metavar="GIT_REV",
            help="Run only the cases that execute lines that have changed since GIT_REV, committed or not, and those "
            "of which that is not known. 'pyharness test --coverage-contexts' finds out who executes what.",
            once=True,
            configurable=False,
        ),
    ] = None
    affected_from: Annotated[
        tuple[str, ...],
        Option(
            flags=("--affected-from",),
            metavar="FILE",
            help="For --affected-by, read FILE, a contexts.sqlite; several, as of shards, go together.",
            default="contexts.sqlite in the folder of --coverage-folder",
            is_path=True,
            configurable=False,
        ),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Where options come from, and what that came to."""

    config: Annotated[
        str | None,
        Option(
            flags=("--config",),
            metavar="FILE",
            help="Read this configuration instead of looking for one.",
            default="pyharness.toml, or [tool.pyharness] in pyproject.toml, from the current folder upwards",
            once=True,
            configurable=False,
            subject="configuration",
            exclusive=True,
        ),
    ] = None
    no_config: Annotated[
        bool,
        Option(
            flags=("--no-config",),
            help="Read no configuration.",
            configurable=False,
            subject="configuration",
            exclusive=True,
        ),
    ] = False
    profile: Annotated[
        str | None,
        Option(
            flags=("--profile",),
            metavar="NAME",
            help="Let the section [profile.NAME] of the configuration go before its section [test].",
            environment="PYHARNESS_PROFILE",
            configurable=False,
        ),
    ] = None
    show_config: Annotated[
        bool,
        Option(
            flags=("--show-config",),
            help="Print what each key of the configuration comes to, and from where, instead of running anything.",
            configurable=False,
        ),
    ] = False

    ids: tuple[str, ...] = ()
    """Of the cases that are meant, among those that `paths` hold; empty: all of these."""
    due: Due | None = None
    """What is to be run of the selected cases; `None`: all of them."""
    overrides: tuple[Override, ...] = ()
    """The strongest first."""
    build: BuildOptions = dataclasses.field(default_factory=BuildOptions)
    """What test sources are built with."""
    cache: ResultsOptions = dataclasses.field(default_factory=ResultsOptions)
    """Whether results are kept from run to run."""
    groups: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How many cases of each group may run at once."""
    origins: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Who has set a field, for people; fields with their default are not in it."""
    pinned: frozenset[str] = frozenset()
    """Fields that a flag or a variable has set: overrides do not change them."""
    bazel: BazelFiles = dataclasses.field(default_factory=BazelFiles)
    """What Bazel asks to be written, if it runs this."""
    remarks: tuple[str, ...] = ()
    """Sentences on what of the options does not hold where this runs."""


# Dataclasses take over the fields of the last base first; help and reference have this order.
@dataclass(frozen=True, kw_only=True)
class TestOptions(
    SourceOptions,
    ReportOptions,
    CoverageOptions,
    CaseOptions,
    RunOptions,
    ProgramOptions,
    BuildFlags,
    SelectionOptions,
):
    """The options of `pyharness test`."""

    __test__: ClassVar[bool] = False  # pytest takes each class named Test… for one of its own

    def told_by(self, name: str) -> str:
        """Return who has set a field, for messages: `'filter' in [test] of 'pyharness.toml'`, or a variable.

        Empty for what stands on the command line or is the default.
        """
        field = next(field for field in fields_of(TestOptions) if field.name == name)
        origin = self.origins.get(name, field.flag)
        if origin == field.option.environment:
            return origin
        return "" if origin == field.flag else f"'{field.key}' in {origin}"

    @property
    def thread_count(self) -> int:
        """How many worker threads run cases, after defaults."""
        if self.test_threads is not None:
            return self.test_threads
        return 1 if self.no_capture else DEFAULT_TEST_THREADS

    @property
    def failure_limit(self) -> int | None:
        """After how many failures nothing more is started; `None`: never."""
        return 1 if self.fail_fast else self.max_fail

    @property
    def timeout_ms(self) -> int:
        """The limit of one case; 0: none."""
        return milliseconds(self.timeout_s)

    @property
    def global_timeout_ms(self) -> int:
        """The limit of the whole run; 0: none."""
        return milliseconds(self.global_timeout_s)

    @property
    def load_timeout_ms(self) -> int:
        """The limit for loading one suite; 0: none."""
        return milliseconds(self.load_timeout_s)

    @property
    def memory_limit_bytes(self) -> int:
        """The limit of one host; 0: none."""
        return (self.memory_limit_mib or 0) * _MIB

    @property
    def max_output_bytes(self) -> int:
        """How much is kept of one attempt's output."""
        return self.max_output_mib * _MIB


def milliseconds(seconds: float) -> int:
    """Round up, so that a limit below one millisecond does not become 'no limit'."""
    return math.ceil(seconds * 1000)
