"""The JSON of `llvm-cov export`: what LLVM's tools write, and what `coverage.json` is.

The format is that of `CoverageExporterJson.cpp` in LLVM, `llvm.coverage.json.export`, of which 2.x and 3.x are read
and 2.0.1 is written. Keys of our own, which other readers pass over, keep what it has no place for: `has_regions`;
`single_branches` of a file, the positions of branches that know one way only; `line` and `without_regions` of a
function.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment, Share
from pyharness.coverage.shares import shares, total
from pyharness.coverage.summing import add, add_branches, add_functions, add_regions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.coverage.shares import Shares

TYPE = "llvm.coverage.json.export"
VERSION = "2.0.1"
_MAJORS = frozenset({"2", "3"})
_CODE, _EXPANSION, _BRANCH = 0, 1, 4
"""Kinds of regions."""


class _Region(msgspec.Struct, array_like=True, gc=False):
    line: int
    column: int
    end_line: int
    end_column: int
    hits: int
    file: int
    expanded: int
    """Of an expansion: the file that is expanded here, a macro's or that of an `#include`."""
    kind: int


class _Branch(msgspec.Struct, array_like=True, gc=False):
    line: int
    column: int
    end_line: int
    end_column: int
    taken: int
    not_taken: int
    file: int


class _File(msgspec.Struct):
    filename: str
    segments: list[Segment]
    lines: list[tuple[int, int]] | None = None
    """In what we have written: where several objects were added up."""
    branches: list[_Branch] = []
    single_branches: list[int] | None = None


class _Function(msgspec.Struct):
    name: str
    count: int
    filenames: list[str]
    """By number: a macro that is expanded has one of its own, with the same name again if it is in the same file."""
    regions: list[_Region]
    branches: list[_Branch] = []
    line: int | None = None
    without_regions: bool = False


class _Data(msgspec.Struct):
    files: list[_File]
    functions: list[_Function] | None = None


class _Head(msgspec.Struct):
    type: str
    version: str


class _Export(msgspec.Struct):
    data: list[_Data]
    has_regions: bool = True


def read_export(content: bytes) -> Coverage:
    """Read an export.

    Raises:
        ValueError: it is something else; the text is the rest of a sentence.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.type != TYPE:
            message = f"its type is '{head.type}', not '{TYPE}'"
            raise ValueError(message)
        if head.version.partition(".")[0] not in _MAJORS:
            message = f"its version is {head.version}, and only 2.x and 3.x are known"
            raise ValueError(message)
        export = msgspec.json.decode(content, type=_Export)
        each = [_read(data, has_regions=export.has_regions) for data in export.data]
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    except IndexError:
        message = "it speaks of a file that it does not name"
        raise ValueError(message) from None
    return each[0] if len(each) == 1 else add(each)


def _read(data: _Data, *, has_regions: bool) -> Coverage:
    functions: dict[str, list[Function]] = defaultdict(list)
    branches: dict[str, list[Branch]] = defaultdict(list)
    for function in data.functions or ():
        home = _home(function)
        functions[function.filenames[home]].append(_read_function(function, home))
        for branch in function.branches:
            branches[function.filenames[branch.file]].append(_read_branch(branch))
    files = [
        FileCoverage(
            path=os.path.join(os.getcwd(), file.filename),
            segments=tuple(file.segments),
            summed=None if file.lines is None else dict(file.lines),
            functions=add_functions(functions[file.filename]),
            branches=_branches(file, None if data.functions is None else branches),
        )
        for file in data.files
    ]
    return Coverage(files=tuple(sorted(files, key=lambda file: file.path)), has_regions=has_regions)


def _home(function: _Function) -> int:
    """Return the number of the file that a function is written in: the first that is not expanded into another."""
    expanded = {region.expanded for region in function.regions if region.kind == _EXPANSION}
    return next((number for number in range(len(function.filenames)) if number not in expanded), 0)


def _read_function(function: _Function, home: int) -> Function:
    path = function.filenames[home]
    own = [region for region in function.regions if region.file == home and region.kind == _CODE]
    lines = [region.line for region in own or function.regions[:1]]
    # A macro of the same file is a file of its own in the table.
    regions = [
        Region(region.line, region.column, region.end_line, region.end_column, region.hits)
        for region in function.regions
        if region.kind == _CODE and function.filenames[region.file] == path
    ]
    return Function(
        function.name,
        min(lines, default=0) if function.line is None else function.line,
        function.count,
        () if function.without_regions else add_regions(regions),
    )


def _branches(file: _File, of_functions: Mapping[str, Sequence[Branch]] | None) -> tuple[Branch, ...]:
    """Return the branches of a file.

    LLVM's list of a file has conditions that the compiler has decided (`while (true)`), and none of macros; its lists
    of functions are right. The files that we have written, and those without functions, have them with the file only.
    """
    if file.single_branches is None and of_functions is not None:
        return add_branches([branch] for branch in of_functions.get(file.filename, ()))
    single = set(file.single_branches or ())
    read = [_read_branch(branch) for branch in file.branches]
    return tuple(branch._replace(not_taken=None) if number in single else branch for number, branch in enumerate(read))


def _read_branch(branch: _Branch) -> Branch:
    return Branch(branch.line, branch.column, branch.end_line, branch.end_column, branch.taken, branch.not_taken)


# ---- writing


def write_export(coverage: Coverage) -> bytes:
    """Return the coverage in this format. What of a name is no UTF-8 is replaced, as LLVM does."""
    each = [shares(file, has_regions=coverage.has_regions) for file in coverage.files]
    totals = _summary(total(each), [function for file in coverage.files for function in file.functions])
    data = {
        "files": [_file(file, own) for file, own in zip(coverage.files, each, strict=True)],
        "functions": [_function(function, file) for file in coverage.files for function in file.functions],
        "totals": totals,
    }
    content = {"data": [data], "type": TYPE, "version": VERSION, "has_regions": coverage.has_regions}
    return msgspec.json.encode(content) + b"\n"


def _file(file: FileCoverage, own: Shares) -> dict[str, object]:
    return {
        "filename": _in_utf8(file.path),
        "segments": file.segments,
        **({} if file.summed is None else {"lines": list(file.summed.items())}),
        "branches": [(*branch[:5], branch.not_taken or 0, 0, 0, _BRANCH) for branch in file.branches],
        "single_branches": [number for number, branch in enumerate(file.branches) if branch.not_taken is None],
        "mcdc_records": [],
        "expansions": [],
        "summary": _summary(own, file.functions),
    }


def _function(function: Function, file: FileCoverage) -> dict[str, object]:
    # Other readers take the line from the first region; a macro that the file begins with would come before.
    regions = sorted(function.regions, key=lambda region: region.line != function.line)
    return {
        "name": _in_utf8(function.name),
        "count": function.hits,
        "filenames": [_in_utf8(file.path)],
        "regions": [(*region, 0, 0, _CODE) for region in regions or [_line_of(function)]],
        "branches": [],
        "mcdc_records": [],
        "line": function.line,
        "without_regions": not function.regions,
    }


def _line_of(function: Function) -> Region:
    return Region(function.line, 1, function.line, 1, function.hits)


def _summary(own: Shares, functions: Iterable[Function]) -> dict[str, dict[str, float]]:
    """Return the summary of a file, or of all. An instantiation is each instance of a template."""
    executed = [function.hits > 0 for function in functions]
    return {
        "lines": _share(own.lines),
        "functions": _share(own.functions),
        "instantiations": _share(Share(len(executed), sum(executed))),
        "regions": _with_rest(own.regions),
        "branches": _with_rest(own.branches),
        "mcdc": _with_rest(Share(0, 0)),
    }


def _with_rest(share: Share) -> dict[str, float]:
    return {**_share(share), "notcovered": share.total - share.covered}


def _share(share: Share) -> dict[str, float]:
    """Return the numbers of one kind; LLVM has 0 percent where there are none."""
    return {"count": share.total, "covered": share.covered, "percent": share.percent if share.total else 0}


def _in_utf8(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")
