"""Contexts files."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pyharness.coverage.contexts import store
from pyharness.coverage.contexts.model import CaseLines, Contexts, FileVersion, FunctionLines, Piece
from pyharness.coverage.contexts.schema import VERSION
from pyharness.errors import CoverageError, UsageError
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

CONTEXTS = Contexts(
    files=(
        FileVersion(
            path="a 'b'.c",
            blob="12ab",
            executable=((1, 9), (11, 20)),
            functions=(FunctionLines("f", 1, 9), FunctionLines("g", 11, 20)),
            outside=((4, 4),),
        ),
        FileVersion(path="z.c", blob=""),
    ),
    pieces=(Piece(0, ((1, 3), (5, 9))), Piece(0, ((11, 11),)), Piece(1, ((1, 1),))),
    cases={"s::a": CaseLines((0, 1)), "s::b": CaseLines((1, 2)), "s::lost": CaseLines(unknown="it crashed")},
)


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "deep" / "er?" / "contexts.sqlite"
    store.write(CONTEXTS, str(path))
    assert store.read(str(path)) == CONTEXTS
    assert [entry.name for entry in path.parent.iterdir()] == ["contexts.sqlite"]


def test_nothing_can_be_kept(tmp_path):
    store.write(Contexts(), str(tmp_path / "c"))
    assert store.read(str(tmp_path / "c")) == Contexts()


def test_a_name_without_encoding_is_kept_as_far_as_it_can_be(tmp_path):
    store.write(Contexts(cases={"s::\udcff": CaseLines()}), str(tmp_path / "c"))
    assert list(store.read(str(tmp_path / "c")).cases) == ["s::\ufffd"]


def test_the_examples_of_the_documentation_work(tmp_path):
    path = tmp_path / "c"
    store.write(CONTEXTS, str(path))
    page = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
    answers = []
    for query in re.findall(r"^```sql\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        asked = query.replace("'src/parser.c'", "'a ''b''.c'").replace("120", "3")
        done = subprocess.run(["sqlite3", path, asked], capture_output=True, text=True, check=True)
        answers.append(done.stdout)
    assert answers == ["s::a\n", "f|1\ng|2\n"]


def test_an_earlier_file_is_whole_when_it_cannot_be_replaced(tmp_path):
    folder = tmp_path / "c"
    (folder / "in the way").mkdir(parents=True)
    with pytest.raises(CoverageError, match=r"cannot write which case covers what to '.*/c': "):
        store.write(CONTEXTS, str(folder))
    assert [entry.name for entry in tmp_path.iterdir()] == ["c"]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"no file '.*/none' says which case covers what; `pyharness test --coverage-"):
        store.read(str(tmp_path / "none"))


def _other_version(path: Path) -> None:
    store.write(CONTEXTS, str(path))
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")


def _other_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE file (id INTEGER)")


def _cut(path: Path) -> None:
    store.write(CONTEXTS, str(path))
    path.write_bytes(path.read_bytes()[:9000])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_other_version, f"is of another version of pyharness: its schema is {VERSION + 1}, not {VERSION}"),
        (_other_application, "is no contexts file"),
        (lambda path: path.write_text("something else " * 100), "is no contexts file: file is not a database"),
        (lambda path: path.write_text(""), "is no contexts file"),
        (lambda path: path.mkdir(), "is no contexts file: "),
        (_cut, "is no contexts file: database disk image is malformed"),
    ],
)
def test_something_else_is_told(tmp_path, make, said):
    make(tmp_path / "c")
    with pytest.raises(UsageError, match=said):
        store.read(str(tmp_path / "c"))
