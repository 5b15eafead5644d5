"""The options of a run that say how test sources are built; what they are built with is `BuildOptions`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config import sanitizers
from pyharness.config.field import Option

_MOST_JOBS = 4096


@dataclass(frozen=True, kw_only=True)
class BuildFlags:
    """How test sources become suites."""

    build_jobs: Annotated[
        int | None,
        Option(
            flags=("--build-jobs",),
            metavar="N",
            help="Compile and link with N processes at once. It says nothing of how many cases run at once: that is "
            "--test-threads.",
            minimum=1,
            maximum=_MOST_JOBS,
            default="the number of processors",
        ),
    ] = None
    no_suite: Annotated[
        bool,
        Option(
            flags=("--no-suite",),
            help="Make a library of each test source, instead of one for all in a folder.",
        ),
    ] = False
    sanitize: Annotated[
        str | None,
        Option(
            flags=("--sanitize",),
            metavar="LIST",
            help="Build test sources, and what they test, with these sanitizers: address, undefined, thread, leak; "
            "several with commas between.",
            read=sanitizers.read,
            expected=sanitizers.EXPECTED,
            default="none",
            once=True,
        ),
    ] = None

    @property
    def sanitizers(self) -> tuple[str, ...]:
        """The names in `sanitize`."""
        return tuple(self.sanitize.split(",")) if self.sanitize else ()
