"""The options of programs that exist already, and of build folders that name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config.field import Option


@dataclass(frozen=True, kw_only=True)
class ProgramOptions:
    """How programs and build folders are read, and what is selected by their labels."""

    labels: Annotated[
        tuple[str, ...],
        Option(
            flags=("-L", "--label"),
            metavar="REGEX",
            help="Run only the cases with a label in which REGEX is found, as `ctest -L` does; given several times: "
            "with one for each. Suites of a test of Meson are its labels, and elsewhere tags are.",
            default="all cases",
        ),
    ] = ()
    labels_left_out: Annotated[
        tuple[str, ...],
        Option(
            flags=("-LE", "--label-exclude"),
            metavar="REGEX",
            help="Leave out the cases with a label in which REGEX is found, as `ctest -LE` does; given several times: "
            "those that have one for each.",
            default="no case",
        ),
    ] = ()
    no_fold: Annotated[
        bool,
        Option(
            flags=("--no-fold",),
            help="Launch each test of CTest by itself, as CTest does, instead of running cases of one program in "
            "batches.",
        ),
    ] = False
    build_config: Annotated[
        str | None,
        Option(
            flags=("-C", "--build-config"),
            metavar="NAME",
            help="The configuration of a build folder of CMake that has several, as `ctest -C` takes it.",
            once=True,
        ),
    ] = None
    setup: Annotated[
        str | None,
        Option(
            flags=("--setup",),
            metavar="NAME",
            help="The test setup of a build folder of Meson, as `meson test --setup` takes it.",
            default="that of the folder",
            once=True,
        ),
    ] = None
    no_cache: Annotated[
        bool,
        Option(
            flags=("--no-cache",),
            help="Ask each program for its cases, also one that has not changed since an earlier run has asked it, and "
            "build test sources afresh, and run suites whose results are kept.",
        ),
    ] = False
    adapters: Annotated[
        tuple[str, ...],
        Option(
            key="adapters",
            metavar="MODULE:OBJECT",
            help="Adapters of other frameworks, in installed packages. They are asked before those of pyharness "
            "whether a program is theirs.",
            default="none",
        ),
    ] = ()
