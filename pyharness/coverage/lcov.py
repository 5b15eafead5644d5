"""The tracefile of lcov, as `genhtml`, editors and services read it. Format: geninfo(1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.coverage.functions import by_place
from pyharness.coverage.shares import ways
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def render(coverage: Coverage) -> bytes:
    """Return the whole tracefile; paths are absolute, and their bytes are those of the disk."""
    lines = (line for file in coverage.files for line in _record(file))
    return "".join(f"{line}\n" for line in ("TN:", *lines)).encode("utf-8", "surrogateescape")


def _record(file: FileCoverage) -> Iterator[str]:
    yield f"SF:{_name(file.path)}"
    yield from _functions(by_place(file.functions))
    yield from _branches(file.branches)
    hits = file.lines
    yield from (f"DA:{line},{count}" for line, count in hits.items())
    yield from _found_and_hit("L", hits.values())
    yield "end_of_record"


def _functions(functions: Sequence[Function]) -> Iterator[str]:
    yield from (f"FN:{function.line},{_name(function.name)}" for function in functions)
    yield from (f"FNDA:{function.hits},{_name(function.name)}" for function in functions)
    yield from _found_and_hit("FN", [function.hits for function in functions])


def _branches(branches: tuple[Branch, ...]) -> Iterator[str]:
    """Tell each branch as a block of its own. What was never decided is `-`, not 0."""
    for block, branch in enumerate(branches):
        reached = any(ways(branch))
        yield from (
            f"BRDA:{branch.line},{block},{number},{taken if reached else '-'}"
            for number, taken in enumerate(ways(branch))
        )
    yield from _found_and_hit("BR", [taken for branch in branches for taken in ways(branch)])


def _found_and_hit(kind: str, hits: Iterable[int]) -> Iterator[str]:
    covered = [count > 0 for count in hits]
    yield f"{kind}F:{len(covered)}"
    yield f"{kind}H:{sum(covered)}"


def _name(name: str) -> str:
    """Escape what ends a line for some reader, since the format has no way to say it; the rest stays, for its bytes."""
    return _CONTROL.sub(lambda found: one_line(found[0]), name)
