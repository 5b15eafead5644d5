"""Bazel's test protocol: what its variables say of a run, as options.

Reference: <https://bazel.build/reference/test-encyclopedia>. Each variable counts where it is set and not empty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.config.shard import Shard
from pyharness.config.sources import Source
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

_FOR_THE_RUN = (
    "TEST_TOTAL_SHARDS",
    "TEST_SHARD_INDEX",
    "TEST_SHARD_STATUS_FILE",
    "TEST_PREMATURE_EXIT_FILE",
    "TEST_WARNINGS_OUTPUT_FILE",
    "TESTBRIDGE_TEST_ONLY",
    "TESTBRIDGE_TEST_RUNNER_FAIL_FAST",
    "XML_OUTPUT_FILE",
)
_WHOLE = re.compile(r"[0-9]{1,9}")


class BazelFiles(NamedTuple):
    """Files by which a run tells Bazel how it goes; empty: Bazel does not ask."""

    report: str = ""
    """Takes the JUnit report, besides any that was asked for."""
    premature_exit: str = ""
    """Is there from the start of the run to its proper end."""
    shard_status: str = ""
    """Is touched by who runs his own part of the cases only."""


def keep_from_tests(environ: MutableMapping[str, str]) -> None:
    """Change the environment of this process to that of its tests.

    Test programs know the protocol, too: each would take a part of its part, or write over the report of the run.
    Temporary files go where Bazel removes them.
    """
    for name in _FOR_THE_RUN:
        environ.pop(name, None)
    if environ.get("TEST_TMPDIR") and not environ.get("TMPDIR"):
        environ["TMPDIR"] = environ["TEST_TMPDIR"]


def files(environ: Mapping[str, str]) -> BazelFiles:
    """Return the files that Bazel asks for."""
    names = ("XML_OUTPUT_FILE", "TEST_PREMATURE_EXIT_FILE", "TEST_SHARD_STATUS_FILE")
    return BazelFiles(*(environ.get(name, "") for name in names))


def source(environ: Mapping[str, str], given: Source) -> Source:
    """Return the options that Bazel sets for a run whose command line has `given`.

    They go before those of the command line: that one stands in a BUILD file, these are said for one invocation.

    Raises:
        UsageError: a variable has no meaning, or the command line has a shard of its own.
    """
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for variable, name, value in (
        ("TEST_TOTAL_SHARDS", "shard", _shard(environ, given)),
        ("TESTBRIDGE_TEST_ONLY", "expression", _expression(environ, given)),
        ("TESTBRIDGE_TEST_RUNNER_FAIL_FAST", "fail_fast", environ.get("TESTBRIDGE_TEST_RUNNER_FAIL_FAST") == "1"),
        ("BAZEL_TEST", "no_cache", environ.get("BAZEL_TEST") == "1"),  # the current folder is not to be written to
    ):
        if value:
            values[name] = value
            origins[name] = variable
    return Source(values, origins, pins=True)


def _expression(environ: Mapping[str, str], given: Source) -> object:
    only, own = environ.get("TESTBRIDGE_TEST_ONLY"), given.values.get("expression")
    return f"({own}) and ({only})" if own and only else only


def _shard(environ: Mapping[str, str], given: Source) -> Shard | None:
    count = _number(environ, "TEST_TOTAL_SHARDS", 1)
    index = _number(environ, "TEST_SHARD_INDEX", 0)
    if count is None and index is None:
        return None
    if count is None or index is None:
        message = "only one of 'TEST_TOTAL_SHARDS' and 'TEST_SHARD_INDEX' is set; set both, or none"
        raise UsageError(message)
    if index >= count:
        message = f"invalid value '{index}' for 'TEST_SHARD_INDEX'; give a whole number from 0 to {count - 1}"
        raise UsageError(message)
    if "shard" in given.values:
        message = "'--shard' and 'TEST_TOTAL_SHARDS' both share the cases out; leave '--shard' to Bazel's shard_count"
        raise UsageError(message)
    return Shard(index + 1, count)


def _number(environ: Mapping[str, str], name: str, least: int) -> int | None:
    text = environ.get(name)
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or int(text) < least:
        message = f"invalid value '{text}' for '{name}'; give a whole number of at least {least}"
        raise UsageError(message)
    return int(text)
