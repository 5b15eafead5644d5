"""Reports are written whole, or the earlier ones stay."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pyharness.coverage.report_files import write
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_written_and_their_folders_made(tmp_path: Path) -> None:
    write({str(tmp_path / "a" / "b.json"): b"1", str(tmp_path / "c"): b"2"})
    assert (tmp_path / "a" / "b.json").read_bytes() == b"1"
    assert (tmp_path / "c").read_bytes() == b"2"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b.json", "c"]


def test_what_cannot_be_written_is_a_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CoverageError, match=r"cannot write the coverage to '.*folder': .*; name another file"):
        write({str(tmp_path / "folder"): b"1"})
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_pipe_is_not_replaced_and_a_link_keeps_leading_to_its_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CoverageError, match=r"not a regular file; name another file"):
        write({str(tmp_path / "pipe"): b"1"})
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write({str(tmp_path / "link"): b"2"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"2"


def test_when_one_cannot_be_written_the_others_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"earlier")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CoverageError, match="folder"):
        write({str(tmp_path / "good"): b"1", str(tmp_path / "folder"): b"2"})
    assert (tmp_path / "good").read_bytes() == b"earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "good"]


def test_a_full_disk_leaves_earlier_reports_whole(tmp_path: Path) -> None:
    """The limit of a file's size is met while the second one is written."""
    for name in ("small", "large"):
        (tmp_path / name).write_bytes(b"earlier")
    code = (
        "import resource, signal, sys; from pyharness.coverage.report_files import write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "write({'small': b'x', 'large': bytes(100_000)})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "cannot write the coverage to 'large': File too large; name another file" in done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("small", "large"), b"earlier"
    )


def test_what_is_written_into_the_folder_of_pyharness_is_ignored_by_git(tmp_path: Path) -> None:
    write({str(tmp_path / ".pyharness" / "coverage" / "coverage.json"): b"1"})
    assert (tmp_path / ".pyharness" / ".gitignore").read_text() == "*\n"
