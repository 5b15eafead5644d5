"""The tables of a contexts file, for SQLite."""

from __future__ import annotations

VERSION = 1
"""`PRAGMA user_version`: another one is another schema."""
APPLICATION = 0x70796863
"""`PRAGMA application_id`: the letters `pyhc`."""

SCHEMA = """\
-- A file as it was when cases ran. Lines are numbered as in this content. A file that has changed between runs is there
-- for each content that some case has run with.
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,             -- below the folder of the project, or absolute
  blob TEXT NOT NULL,             -- git's id of the content; empty: it could not be read
  UNIQUE (path, blob)
);

-- Lines that can be executed, as ranges: both ends are included.
CREATE TABLE executable (file INTEGER NOT NULL REFERENCES file, first INTEGER NOT NULL, last INTEGER NOT NULL);

-- Lines that were executed, but by no case: while libraries were loaded, or in programs that cases have started.
CREATE TABLE outside (file INTEGER NOT NULL REFERENCES file, first INTEGER NOT NULL, last INTEGER NOT NULL);

-- Functions, by the names that the linker has for them.
CREATE TABLE function (
  file INTEGER NOT NULL REFERENCES file,
  name TEXT NOT NULL,
  first INTEGER NOT NULL,         -- the line of the opening brace
  last INTEGER NOT NULL
);

CREATE TABLE test_case (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,      -- suite::case
  unknown TEXT                    -- why it is not known what it covers; NULL: it is known
);

-- Lines that are covered together, in one function mostly. Cases share them.
CREATE TABLE piece (id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES file);
CREATE TABLE piece_lines (
  piece INTEGER NOT NULL REFERENCES piece,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (piece, first)
) WITHOUT ROWID;
CREATE TABLE case_piece (
  test_case INTEGER NOT NULL REFERENCES test_case,
  piece INTEGER NOT NULL REFERENCES piece,
  PRIMARY KEY (piece, test_case)
) WITHOUT ROWID;

-- To ask by hand: one row for each case and range of lines that it covers.
CREATE VIEW covered AS
  SELECT test_case.name AS name, file.path AS path, file.blob AS blob,
    piece_lines.first AS first, piece_lines.last AS last
  FROM file
  JOIN piece ON piece.file = file.id
  JOIN piece_lines ON piece_lines.piece = piece.id
  JOIN case_piece ON case_piece.piece = piece.id
  JOIN test_case ON test_case.id = case_piece.test_case;
"""

INDEX = "CREATE INDEX piece_of_file ON piece (file)"
"""Made when all is in."""
