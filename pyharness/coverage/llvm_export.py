"""The JSON of `llvm-cov export`: what LLVM's tools write, and what `coverage.json` is.

The format is that of `CoverageExporterJson.cpp` in LLVM, `llvm.coverage.json.export`, of which 2.x and 3.x are read
and 2.0.1 is written. Two keys are ours, and other readers pass over them: `single_branches` of a file (positions of
branches with one way only) and `has_regions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment
from pyharness.coverage.shares import shares, total

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyharness.coverage.model import Share
    from pyharness.coverage.shares import Shares

TYPE = "llvm.coverage.json.export"
VERSION = "2.0.1"
_MAJORS = frozenset({"2", "3"})
_CODE, _BRANCH = 0, 4
"""Kinds of regions."""
_HOME = 0
"""The position of a function's own file among its files."""


class _File(msgspec.Struct):
    filename: str
    segments: list[tuple[int, int, int, bool, bool, bool]]
    branches: list[list[int]] = []
    single_branches: list[int] = []


class _Function(msgspec.Struct):
    name: str
    count: int
    filenames: list[str]
    regions: list[list[int]]


class _Data(msgspec.Struct):
    files: list[_File]
    functions: list[_Function] = []


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
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    functions: dict[str, list[Function]] = {}
    for function in (function for data in export.data for function in data.functions):
        functions.setdefault(function.filenames[_HOME], []).append(_read_function(function, export.has_regions))
    files = [_read_file(file, functions.get(file.filename, [])) for data in export.data for file in data.files]
    return Coverage(files=tuple(sorted(files, key=lambda file: file.path)), has_regions=export.has_regions)


def _read_file(file: _File, functions: Iterable[Function]) -> FileCoverage:
    single = set(file.single_branches)
    branches = [
        Branch(line, column, end_line, end_column, taken, None if position in single else not_taken)
        for position, (line, column, end_line, end_column, taken, not_taken, *_) in enumerate(file.branches)
    ]
    return FileCoverage(
        path=file.filename,
        segments=tuple(Segment(*segment) for segment in file.segments),
        functions=tuple(sorted(functions, key=lambda function: (function.line, function.name))),
        branches=tuple(sorted(branches, key=lambda branch: branch[:4])),
    )


def _read_function(function: _Function, has_regions: bool) -> Function:  # noqa: FBT001  the one thing that matters
    # What a macro of the same file expands to is a file of its own to LLVM, of the same name.
    home = {number for number, name in enumerate(function.filenames) if name == function.filenames[_HOME]}
    own = [entry for entry in function.regions if has_regions and entry[5] in home and entry[7] == _CODE]
    regions = tuple(Region(*entry[:5]) for entry in own)
    line = function.regions[0][0] if function.regions else 0
    return Function(function.name, line, function.count, regions)


# ---- writing


def write_export(coverage: Coverage) -> bytes:
    """Return the coverage in this format."""
    each = [shares(file, has_regions=coverage.has_regions) for file in coverage.files]
    data = {
        "files": [_file(file, own) for file, own in zip(coverage.files, each, strict=True)],
        "functions": [_function(function, file) for file in coverage.files for function in file.functions],
        "totals": _summary(total(each)),
    }
    content = {"type": TYPE, "version": VERSION, "has_regions": coverage.has_regions, "data": [data]}
    return msgspec.json.encode(content) + b"\n"


def _file(file: FileCoverage, own: Shares) -> dict[str, object]:
    single = [position for position, branch in enumerate(file.branches) if branch.not_taken is None]
    return {
        "filename": file.path,
        "segments": file.segments,
        "branches": [(*branch[:5], branch.not_taken or 0, 0, 0, _BRANCH) for branch in file.branches],
        **({"single_branches": single} if single else {}),
        "expansions": [],
        "summary": _summary(own),
    }


def _function(function: Function, file: FileCoverage) -> dict[str, object]:
    # A function whose regions are not known still has a line, which readers take from its first region.
    regions = function.regions or (Region(function.line, 1, function.line, 1, function.hits),)
    return {
        "name": function.name,
        "count": function.hits,
        "filenames": [file.path],
        "regions": [(*region, 0, 0, _CODE) for region in regions],
        "branches": [],
    }


def _summary(own: Shares) -> dict[str, dict[str, float]]:
    """Return the summary of a file, or of all. LLVM counts instances of templates, which are not told apart here."""
    return {
        "lines": _share(own.lines),
        "functions": _share(own.functions),
        "instantiations": _share(own.functions),
        "regions": {**_share(own.regions), "notcovered": own.regions.total - own.regions.covered},
        "branches": {**_share(own.branches), "notcovered": own.branches.total - own.branches.covered},
    }


def _share(share: Share) -> dict[str, float]:
    return {"count": share.total, "covered": share.covered, "percent": share.percent}
