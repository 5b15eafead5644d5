"""Go's testing package: programs that `go test -c` builds. How they are recognised, listed and told what to run."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pyharness.adapters.binary import Binary
from pyharness.adapters.go_reader import GoReader
from pyharness.adapters.protocol import Channels, Command, Exit, ListedCase, ListError, Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNS = (b"testing.MainStart", b"testing/internal/testdeps.")
"""Names of functions that only the `main` of a test program calls. They stay in stripped programs, too."""

_BUILD_INFO = re.compile(rb"\xff Go buildinf:[\s\S]{18}.(?:devel )?go1\.(\d+)")
"""The head of what the linker notes (32 bytes), the length of the version, and the version, as of Go 1.18."""
_FIRST_WITH_MARKS = 20
_NAMES = "^(Test|Example|Fuzz)"
_NAME = re.compile(r"(?:Test|Example|Fuzz)\w*")


class Go:
    """The adapter."""

    name = "go"
    most_cases = 500
    """Names are one argument, which has a limit."""
    wants_address = False

    def recognises(self, binary: Binary) -> bool:
        """Look for what the linker of Go has noted, and for the functions that run tests."""
        return binary.is_program and binary.contains(*SIGNS) and binary.search(_BUILD_INFO) is not None

    def list_command(self, program: str, channels: Channels) -> Command:  # noqa: ARG002 -- it has no other channel
        """List tests, examples whose output is checked, and fuzz tests, which run their seeds. Benchmarks are none."""
        return Command(arguments=(program, "-test.list", _NAMES), folder=os.path.dirname(program))

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Read a name a line. A `TestMain` may print lines of its own."""
        if status != Exit(0):
            raise ListError(f"listing ended with {f'signal {status.signal}' if status.signal else status.code}")
        lines = output.decode(errors="backslashreplace").splitlines()
        return [ListedCase(name=name) for name in dict.fromkeys(filter(_NAME.fullmatch, lines))]

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:  # noqa: ARG002
        """Run one at a time, parallel ones too, so that what is printed belongs to the case that was named last."""
        arguments = (
            program,
            f"-test.run=^({'|'.join(case.name for case in cases)})$",
            f"-test.v={'test2json' if _has_marks(program) else 'true'}",
            "-test.parallel=1",
            "-test.count=1",
            "-test.shuffle=off",
            "-test.paniconexit0",
            "-test.timeout=0",
        )
        # Tests open files of their package, where `go test` runs them and `go test -c` puts the program.
        return Command(arguments=arguments, folder=os.path.dirname(program))

    def reader(self, cases: Sequence[ListedCase]) -> Reader:
        """Follow what is printed."""
        return GoReader(cases)


def _has_marks(program: str) -> bool:
    """Return whether the program can mark its own lines; one that has gone cannot be started, either."""
    try:
        with Binary(program) as binary:
            version = binary.search(_BUILD_INFO)
    except OSError:
        return False
    return version is not None and int(version[1]) >= _FIRST_WITH_MARKS


ADAPTER = Go()
