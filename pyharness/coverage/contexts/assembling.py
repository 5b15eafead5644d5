"""From the lines of cases in each object to what is kept of them, and together with what was kept before."""

from __future__ import annotations

import functools
import hashlib
import os
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from pyharness.coverage.contexts.model import CaseLines, Contexts, FileVersion, FunctionLines, Piece
from pyharness.coverage.contexts.ranges import Range, to_lines, to_ranges
from pyharness.coverage.selecting import shown_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pyharness.coverage.contexts.painting import Lines
    from pyharness.coverage.model import Coverage, FileCoverage

NO_BLOB = ""
"""Of a file that could not be read."""


def blob_id(content: bytes) -> str:
    """Return what git calls a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def assemble(
    coverage: Coverage,
    root: str,
    lines: Mapping[str, Iterable[Lines]],
    unknown: Mapping[str, str],
    changed: Collection[str] = (),
) -> Contexts:
    """Put together what one run has told.

    Args:
        coverage: Of all cases together, of the files that are wanted.
        root: The folder of the project, absolute.
        lines: What cases have covered, by their ids.
        unknown: Cases whose coverage is not known, and why.
        changed: Sources that are not any more what was compiled: of which content the lines are is not known.
    """
    building = _Building(coverage, root, changed)
    cases = {case: building.case(each) for case, each in sorted(lines.items()) if case not in unknown}
    cases |= {case: CaseLines(unknown=why) for case, why in sorted(unknown.items())}
    return _tidy(Contexts(files=tuple(building.files), pieces=tuple(building.pieces), cases=cases))


def merge(before: Contexts, now: Contexts, gone: Collection[str] = ()) -> Contexts:
    """Let a run replace what is known of its cases; of others, what was known stays.

    Args:
        before: What was known.
        now: What a later run has told.
        gone: Cases that do not exist any more.
    """
    kept = {case: lines for case, lines in before.cases.items() if case not in now.cases and case not in gone}
    shift, pieces = len(before.files), len(before.pieces)
    moved = {
        case: msgspec.structs.replace(lines, pieces=tuple(number + pieces for number in lines.pieces))
        for case, lines in now.cases.items()
    }
    return _tidy(
        Contexts(
            files=(*before.files, *now.files),
            pieces=(*before.pieces, *(Piece(piece.file + shift, piece.lines) for piece in now.pieces)),
            cases={**kept, **moved},
        )
    )


def join(each: Iterable[Contexts]) -> Contexts:
    """Put several files together, as of shards; of a case that is in more than one, the last is right."""
    return functools.reduce(merge, each, Contexts())


class _Building:
    """Pieces as they come, each once."""

    def __init__(self, coverage: Coverage, root: str, changed: Collection[str]) -> None:
        hits = {file.path: file.lines for file in coverage.files}
        blobs = ("" if file.path in changed else _blob_of(file.path) for file in coverage.files)
        self.files = [
            _version(file, root, hits[file.path], blob) for file, blob in zip(coverage.files, blobs, strict=True)
        ]
        self.pieces: list[Piece] = []
        self._numbers = {file.path: number for number, file in enumerate(coverage.files)}
        self._covered = [{line for line, count in hits[file.path].items() if count} for file in coverage.files]
        self._known: dict[tuple[str, tuple[Range, ...]], int | None] = {}
        self._of_piece: dict[Piece, int] = {}

    def case(self, each: Iterable[Lines]) -> CaseLines:
        found = {self._piece(path, ranges) for lines in each for path, ranges in lines}
        return CaseLines(tuple(sorted(number for number in found if number is not None)))

    def _piece(self, path: str, ranges: tuple[Range, ...]) -> int | None:
        if (path, ranges) not in self._known:
            self._known[path, ranges] = self._new(os.path.join(os.getcwd(), path), ranges)
        return self._known[path, ranges]

    def _new(self, path: str, ranges: tuple[Range, ...]) -> int | None:
        file = self._numbers.get(path)
        if file is None:
            return None
        # A comment is in a region, and no line of code.
        lines = to_ranges(line for line in to_lines(ranges) if line in self._covered[file])
        if not lines:
            return None
        piece = Piece(file, lines)
        if piece not in self._of_piece:
            self._of_piece[piece] = len(self.pieces)
            self.pieces.append(piece)
        return self._of_piece[piece]


def _version(file: FileCoverage, root: str, hits: Mapping[int, int], blob: str) -> FileVersion:
    functions = {
        FunctionLines(one.name, one.line, max((region.end_line for region in one.regions), default=one.line))
        for one in file.functions
    }
    return FileVersion(
        path=shown_path(file.path, root),
        blob=blob,
        executable=to_ranges(hits),
        functions=tuple(sorted(functions, key=lambda one: (one.first, one.last, one.name))),
        outside=to_ranges(line for line, count in hits.items() if count),
    )


def _blob_of(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return blob_id(file.read())
    except OSError:
        return NO_BLOB


def _tidy(contexts: Contexts) -> Contexts:
    """Make one of files of equal path and content, and leave out what no case needs."""
    wanted = {number for lines in contexts.cases.values() for number in lines.pieces}
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, file in enumerate(contexts.files):
        versions[file.path, file.blob].append(number)
    latest = {path: numbers[-1] for (path, _), numbers in sorted(versions.items(), key=lambda entry: entry[1][-1])}
    needed = {contexts.pieces[number].file for number in wanted} | set(latest.values())
    kept = sorted(key for key, numbers in versions.items() if needed.intersection(numbers))
    place = {number: position for position, key in enumerate(kept) for number in versions[key]}

    pieces: dict[Piece, int] = {}
    new_number = {}
    for number in sorted(wanted):
        piece = contexts.pieces[number]
        new_number[number] = pieces.setdefault(Piece(place[piece.file], piece.lines), len(pieces))
    covered: dict[int, set[int]] = defaultdict(set)
    for piece in pieces:
        covered[piece.file].update(to_lines(piece.lines))
    return Contexts(
        files=tuple(
            _one_version([contexts.files[number] for number in versions[key]], covered[position])
            for position, key in enumerate(kept)
        ),
        pieces=tuple(pieces),
        cases={
            case: msgspec.structs.replace(lines, pieces=tuple(sorted({new_number[number] for number in lines.pieces})))
            for case, lines in sorted(contexts.cases.items())
        },
    )


def _one_version(same: list[FileVersion], covered: set[int]) -> FileVersion:
    functions = {function for file in same for function in file.functions}
    return FileVersion(
        path=same[0].path,
        blob=same[0].blob,
        executable=to_ranges(line for file in same for line in to_lines(file.executable)),
        functions=tuple(sorted(functions, key=lambda one: (one.first, one.last, one.name))),
        outside=to_ranges(line for file in same for line in to_lines(file.outside) if line not in covered),
    )
