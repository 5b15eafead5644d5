"""What git is asked, of a real repository."""

from __future__ import annotations

import pytest

from pyharness.coverage.contexts.affected import Hunk
from pyharness.coverage.contexts.assembling import blob_id
from pyharness.coverage.contexts.git import Repository
from pyharness.coverage.contexts.hunks import Changed
from pyharness.errors import UsageError
from tests.coverage.contexts.repository import begin, git

TEXT = "".join(f"line {number}\n" for number in range(1, 21))


@pytest.fixture
def folder(tmp_path):
    begin(tmp_path / "re po", {"a.c": TEXT, "deep/b.c": TEXT * 2, "gone.c": "gone\n", "ä\n.c": "odd\n"})
    return tmp_path / "re po"


def test_what_has_changed_is_told(folder):
    (folder / "a.c").write_text("other\n")
    (folder / "gone.c").unlink()
    git(folder, "mv", "deep/b.c", "c.c")
    (folder / "new.c").write_text("new\n")
    (folder / "ä\n.c").write_text("changed\n")
    (folder / ".gitignore").write_text("made.c\n")
    (folder / "made.c").write_text("made\n")
    changed = Repository(str(folder)).changed_since(Repository(str(folder)).commit("HEAD"))
    a, b = blob_id(TEXT.encode()), blob_id(TEXT.encode() * 2)
    assert changed == {
        "a.c": Changed(a, "a.c"),
        "gone.c": Changed(blob_id(b"gone\n"), ""),
        "deep/b.c": Changed(b, "c.c"),
        "c.c": Changed(b, "c.c"),
        "ä\n.c": Changed(blob_id(b"odd\n"), "ä\n.c"),
        "new.c": Changed("", "new.c"),
        ".gitignore": Changed("", ".gitignore"),
    }


def test_the_configuration_of_people_changes_nothing(folder, monkeypatch):
    for key, value in (
        ("diff.external", "false"),
        ("color.ui", "always"),
        ("diff.noprefix", "true"),
        ("diff.renames", "no"),
    ):
        git(folder, "config", key, value)
    git(folder, "config", "diff.relative", "true")
    (folder / "a.c").write_text("other\n")
    repository = Repository(str(folder / "deep"))
    assert repository.changed_since("HEAD") == {"a.c": Changed(blob_id(TEXT.encode()), "a.c")}
    assert repository.difference(b"a\nb\n", b"a\nc\n") == (Hunk(2, 1),)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert repository.difference(b"a\nb\n", b"a\nc\n") == (Hunk(2, 1),)


@pytest.mark.parametrize(
    ("before", "now", "hunks"),
    [
        (b"", b"", ()),
        (b"a\nb\nc\n", b"a\nb\nc\n", ()),
        (b"a\nb\nc\n", b"a\nc\n", (Hunk(2, 1),)),
        (b"a\nc\n", b"a\nb\nc\n", (Hunk(1, 0),)),
        (b"a\n", b"b\na\n", (Hunk(0, 0),)),
        (b"a\nb\nc\nd\n", b"x\nb\ny\nz\n", (Hunk(1, 1), Hunk(3, 2))),
        (b"a\0\n", b"b\0\n", (Hunk(1, 1),)),
        (b"a", b"a\n", (Hunk(1, 1),)),
    ],
)
def test_differences_are_told_by_the_lines_before(folder, before, now, hunks):
    assert Repository(str(folder)).difference(before, now) == hunks


def test_contents_are_found_by_their_ids(folder):
    repository = Repository(str(folder))
    assert repository.content(blob_id(b"gone\n")) == b"gone\n"
    assert repository.content(blob_id(b"never\n")) is None
    assert repository.content("no id") is None


def test_kept_files_are_told(folder):
    (folder / "new.c").write_text("new\n")
    assert Repository(str(folder / "deep")).tracked() == {"a.c", "deep/b.c", "gone.c", "ä\n.c"}


@pytest.mark.parametrize("revision", ["none", "--output=x", "HEAD..HEAD", "HEAD:a.c", ""])
def test_an_unknown_revision_is_told(folder, revision):
    with pytest.raises(UsageError, match=f"git knows no commit '{revision}' in "):
        Repository(str(folder)).commit(revision)


def test_a_folder_without_repository_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(
        UsageError, match=r"'--affected-by' asks git, and '.*' is in no repository with a working tree: "
    ):
        Repository(str(tmp_path))


def test_a_machine_without_git_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="'--affected-by' asks git, which does not start: No such file or directory"):
        Repository(str(tmp_path))
