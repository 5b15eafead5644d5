"""From changes in a real repository to the cases that have to run."""

from __future__ import annotations

import pytest

from pyharness.coverage.contexts import store
from pyharness.coverage.contexts.assembling import blob_id
from pyharness.coverage.contexts.choosing import find_affected
from pyharness.coverage.contexts.model import CaseLines, Contexts, FileVersion, FunctionLines, Piece
from tests.coverage.contexts.repository import begin, commit, git

TEXT = "".join(f"line {number}\n" for number in range(1, 21))
"""A function from the first line to the last."""


def with_lines(text, **changed):
    """Return a text with some lines in other words: `line_7="x"`; `None` takes one away."""
    lines = text.splitlines()
    for name, words in changed.items():
        lines[int(name.removeprefix("line_")) - 1] = words
    return "".join(f"{line}\n" for line in lines if line is not None)


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.first = begin(folder, {"src/a.c": TEXT, "src/b.c": TEXT, "CMakeLists.txt": "x\n"})
        self.contexts = folder.parent / "contexts.sqlite"
        self.record()

    def record(self, **texts):
        """Write that `low` covers lines 1 to 10 of a.c, `high` 11 to 20, and `b` all of b.c."""
        files = [("src/a.c", texts.get("a")), ("src/b.c", texts.get("b"))]
        contents = [self.read(path) if text is None else text.encode() for path, text in files]
        versions = [
            FileVersion(path=path, blob=blob_id(content), executable=((1, 20),), functions=(FunctionLines("f", 1, 20),))
            for (path, _), content in zip(files, contents, strict=True)
        ]
        pieces = (Piece(0, ((1, 10),)), Piece(0, ((11, 20),)), Piece(1, ((1, 20),)))
        cases = {"s::low": CaseLines((0,)), "s::high": CaseLines((1,)), "s::b": CaseLines((2,))}
        lost = {"s::lost": CaseLines(unknown="it crashed")}
        store.write(Contexts(files=tuple(versions), pieces=pieces, cases=cases | lost), str(self.contexts))

    def read(self, path):
        return (self.folder / path).read_bytes()

    def write(self, path, text):
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text)

    def affected(self, revision="HEAD", root=None):
        return find_affected(revision, [str(self.contexts)], str(root or self.folder))

    def names(self, revision="HEAD"):
        return {case.removeprefix("s::") for case in self.affected(revision).affected}


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")


def test_nothing_has_changed(project):
    found = project.affected()
    assert (found.affected, found.remarks) == (set(), ())


def test_who_is_not_known_runs(project):
    found = project.affected()
    assert [found.runs(f"s::{name}") for name in ("low", "lost", "new")] == [False, True, True]


def test_a_change_in_the_working_tree(project):
    project.write("src/a.c", with_lines(TEXT, line_15="x"))
    assert project.names() == {"high"}


def test_a_change_that_is_in_the_index(project):
    project.write("src/a.c", with_lines(TEXT, line_15="x"))
    git(project.folder, "add", "-A")
    assert project.names() == {"high"}


def test_a_change_that_is_committed(project):
    commit(project.folder, {"src/a.c": with_lines(TEXT, line_15="x")})
    assert project.names() == set()
    assert project.names(project.first) == {"high"}


def test_committed_and_not_committed_changes_together(project):
    commit(project.folder, {"src/a.c": with_lines(TEXT, line_15="x")})
    project.write("src/a.c", with_lines(TEXT, line_15="x", line_2=None))
    assert project.names(project.first) == {"low", "high"}


def test_what_changed_between_the_recording_and_the_revision_counts_too(project):
    commit(project.folder, {"src/a.c": with_lines(TEXT, line_15="x")})
    assert project.names() == set()
    project.write("src/a.c", with_lines(TEXT, line_15="x", line_2=None))
    assert project.names() == {"low", "high"}


def test_lines_are_those_of_what_was_recorded(project):
    # Lines have moved down since the revision, before cases were measured.
    moved = "// new\n" * 5 + TEXT
    commit(project.folder, {"src/a.c": moved})
    project.record()
    project.write("src/a.c", with_lines(moved, line_12="x"))
    assert project.names() == {"high"}


def test_what_changed_between_the_revision_and_the_recording_counts_too(project):
    recorded = with_lines(TEXT, line_3="x")
    commit(project.folder, {"src/a.c": recorded})
    project.record()
    assert project.names(project.first) == {"low"}
    project.write("src/a.c", with_lines(recorded, line_15="x"))
    assert project.names(project.first) == {"low", "high"}


def test_a_recorded_content_that_git_does_not_have_affects_all_that_touch_the_file(project):
    project.record(a=with_lines(TEXT, line_1="never committed"))
    project.write("src/a.c", with_lines(TEXT, line_15="x"))
    assert project.names() == {"low", "high"}


def test_a_recorded_content_that_is_in_the_working_tree_only(project):
    project.write("src/a.c", with_lines(TEXT, line_15="x"))
    project.record()
    assert project.names() == {"high"}


def test_a_file_that_is_as_in_the_revision_is_not_changed_whatever_was_recorded(project):
    project.record(a=with_lines(TEXT, line_1="never committed"))
    assert project.names() == set()


def test_a_file_that_is_gone(project):
    (project.folder / "src/a.c").unlink()
    assert project.names() == {"low", "high"}


def test_a_file_that_is_not_kept_by_git_yet(project):
    git(project.folder, "rm", "-q", "--cached", "src/a.c")
    git(project.folder, "commit", "-q", "-m", "two")
    assert project.names() == {"low", "high"}


def test_a_file_that_git_ignores_is_known_by_its_content(project):
    git(project.folder, "rm", "-q", "--cached", "src/a.c")
    commit_of_ignored = commit(project.folder, {".gitignore": "a.c\n"})
    assert project.names(commit_of_ignored) == set()
    project.write("src/a.c", with_lines(TEXT, line_15="x"))
    assert project.names(commit_of_ignored) == {"low", "high"}


def test_a_file_with_another_name(project):
    git(project.folder, "mv", "src/a.c", "src/renamed.c")
    assert project.names() == set()
    project.write("src/renamed.c", with_lines(TEXT, line_15="x"))
    assert project.names() == {"high"}


def test_a_file_that_had_another_name_in_the_revision(project):
    git(project.folder, "mv", "src/b.c", "src/kept.c")
    commit(project.folder, {"src/kept.c": with_lines(TEXT, line_4="x")})
    contexts = store.read(str(project.contexts))
    files = (contexts.files[0], FileVersion(path="src/kept.c", blob=blob_id(project.read("src/kept.c"))))
    store.write(Contexts(files=files, pieces=contexts.pieces, cases=contexts.cases), str(project.contexts))
    assert project.names(project.first) == {"b"}


def test_the_project_may_be_below_the_repository(project):
    contexts = store.read(str(project.contexts))
    files = tuple(
        FileVersion(
            path=file.path.removeprefix("src/"), blob=file.blob, executable=file.executable, functions=file.functions
        )
        for file in contexts.files
    )
    store.write(Contexts(files=files, pieces=contexts.pieces, cases=contexts.cases), str(project.contexts))
    project.write("src/a.c", with_lines(TEXT, line_15="x"))
    project.write("CMakeLists.txt", "y\n")
    found = project.affected(root=project.folder / "src")
    assert found.affected == {"s::high"}
    assert found.remarks == ()


def test_what_no_case_can_be_found_for_is_said(project):
    for name in ("one.h", "two.h", "three.hpp", "four.test.cpp", "notes.txt"):
        project.write(f"src/{name}", "x\n")
    project.write("CMakeLists.txt", "y\n")
    three = "'src/four.test.cpp', 'src/one.h', 'src/three.hpp'"
    assert project.affected().remarks == (
        f"changed, and in no case's coverage: {three} and 1 more; who needs it is not known",
        "changed, and no source: 'CMakeLists.txt'; what that affects is not known",
    )


def test_a_file_that_no_case_covers_is_said_although_it_was_measured(project):
    contexts = store.read(str(project.contexts))
    cases = {case: lines for case, lines in contexts.cases.items() if case != "s::b"}
    store.write(Contexts(files=contexts.files, pieces=contexts.pieces[:2], cases=cases), str(project.contexts))
    project.write("src/b.c", with_lines(TEXT, line_15="x"))
    found = project.affected()
    assert found.affected == set()
    assert found.remarks == ("changed, and in no case's coverage: 'src/b.c'; who needs it is not known",)


def test_several_files_go_together(project):
    contexts = store.read(str(project.contexts))
    paths = []
    for number, names in enumerate((("s::low",), ("s::high", "s::b"))):
        paths.append(str(project.folder.parent / f"{number}.sqlite"))
        cases = {name: contexts.cases[name] for name in names}
        store.write(Contexts(files=contexts.files, pieces=contexts.pieces, cases=cases), paths[-1])
    project.write("src/a.c", with_lines(TEXT, line_5="x", line_15="x"))
    found = find_affected("HEAD", paths, str(project.folder))
    assert (found.affected, found.known) == ({"s::low", "s::high"}, {"s::low", "s::high", "s::b"})
