"""Writes and reads contexts files. The only importer of `sqlite3`."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import quote

from pyharness.coverage.contexts.model import CaseLines, Contexts, FileVersion, FunctionLines, Piece
from pyharness.coverage.contexts.schema import APPLICATION, INDEX, SCHEMA, VERSION
from pyharness.errors import CoverageError, UsageError

if TYPE_CHECKING:
    from pyharness.coverage.contexts.ranges import Range

NAME, PARTIAL = "contexts.sqlite", "contexts-partial.sqlite"
_AGAIN = "`pyharness test --coverage-contexts` writes it anew"


def write(contexts: Contexts, path: str) -> None:
    """Write a file as a whole; folders are made where they are missing.

    Raises:
        CoverageError: it cannot be written; one that was there before is whole.
    """
    temporary = f"{path}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with contextlib.ExitStack() as removed:
            removed.callback(_remove, temporary)
            _remove(temporary)
            with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as database:
                _fill(database, contexts)
            os.replace(temporary, path)
    except (OSError, sqlite3.Error) as error:
        message = f"cannot write which case covers what to '{path}': {_why(error)}; name another --coverage-folder"
        raise CoverageError(message) from None


def read(path: str) -> Contexts:
    """Read a file.

    Raises:
        UsageError: it is not there, or is something else.
    """
    if not os.path.exists(path):
        message = f"no file '{path}' says which case covers what; `pyharness test --coverage-contexts` writes it"
        raise UsageError(message)
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as database:
            _check(database, path)
            return _read(database)
    except sqlite3.Error as error:
        message = f"'{path}' is no contexts file: {error}; {_AGAIN}"
        raise UsageError(message) from None


def _check(database: sqlite3.Connection, path: str) -> None:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        message = f"'{path}' is no contexts file; {_AGAIN}"
        raise UsageError(message)
    if version != VERSION:
        message = f"'{path}' is of another version of pyharness: its schema is {version}, not {VERSION}; {_AGAIN}"
        raise UsageError(message)


def _fill(database: sqlite3.Connection, contexts: Contexts) -> None:
    database.execute("PRAGMA journal_mode = OFF")  # nobody sees it before it is whole
    database.executescript(f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};\n{SCHEMA}")
    database.execute("BEGIN")
    files = list(enumerate(contexts.files))
    database.executemany("INSERT INTO file VALUES (?, ?, ?)", [(at, _text(file.path), file.blob) for at, file in files])
    for table in ("executable", "outside"):
        rows = [(at, *lines) for at, file in files for lines in getattr(file, table)]
        database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608 -- one of two words
    functions = [(at, _text(one.name), one.first, one.last) for at, file in files for one in file.functions]
    database.executemany("INSERT INTO function VALUES (?, ?, ?, ?)", functions)
    pieces = list(enumerate(contexts.pieces))
    database.executemany("INSERT INTO piece VALUES (?, ?)", [(at, piece.file) for at, piece in pieces])
    lines_of_pieces = [(at, *lines) for at, piece in pieces for lines in piece.lines]
    database.executemany("INSERT INTO piece_lines VALUES (?, ?, ?)", lines_of_pieces)
    cases = list(enumerate(contexts.cases.items()))
    names = [(at, _text(name), _text(lines.unknown) or None) for at, (name, lines) in cases]
    database.executemany("INSERT INTO test_case VALUES (?, ?, ?)", names)
    pairs = ((at, piece) for at, (_, lines) in cases for piece in lines.pieces)
    database.executemany("INSERT INTO case_piece VALUES (?, ?)", pairs)
    database.execute(INDEX)
    database.execute("COMMIT")


def _read(database: sqlite3.Connection) -> Contexts:
    ranges: dict[str, dict[int, list[Range]]] = {
        table: _ranges(database, f"SELECT * FROM {table}")  # noqa: S608 -- one of three words
        for table in ("executable", "outside", "piece_lines")
    }
    functions: defaultdict[int, list[FunctionLines]] = defaultdict(list)
    for file, name, first, last in database.execute("SELECT file, name, first, last FROM function"):
        functions[file].append(FunctionLines(name, first, last))
    files = [
        FileVersion(
            path=path,
            blob=blob,
            executable=tuple(ranges["executable"][number]),
            functions=tuple(functions[number]),
            outside=tuple(ranges["outside"][number]),
        )
        for number, path, blob in database.execute("SELECT id, path, blob FROM file ORDER BY id")
    ]
    pieces = [
        Piece(file, tuple(ranges["piece_lines"][number]))
        for number, file in database.execute("SELECT id, file FROM piece ORDER BY id")
    ]
    of_case: defaultdict[int, list[int]] = defaultdict(list)
    for case, piece in database.execute("SELECT test_case, piece FROM case_piece ORDER BY piece"):
        of_case[case].append(piece)
    cases = {
        name: CaseLines(tuple(of_case[number]), unknown or "")
        for number, name, unknown in database.execute("SELECT id, name, unknown FROM test_case ORDER BY id")
    }
    return Contexts(files=tuple(files), pieces=tuple(pieces), cases=cases)


def _ranges(database: sqlite3.Connection, query: str) -> dict[int, list[Range]]:
    found: defaultdict[int, list[Range]] = defaultdict(list)
    for owner, first, last in database.execute(query):
        found[owner].append((first, last))
    return found


def _text(name: str) -> str:
    """Return a name as it can be stored: what of it is no UTF-8 is replaced."""
    return os.fsencode(name).decode(errors="replace")


def _why(error: OSError | sqlite3.Error) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
