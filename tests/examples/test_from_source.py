"""The example without a build system: thirty files in three folders, of which everything passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "from_source"
FOLDERS = {"tests/containers", "tests/numbers", "tests/text"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "from_source", ignore=shutil.ignore_patterns(".pyharness")))


@pytest.mark.slow
def test_it_builds_and_passes(pyharness, project):
    result = pyharness("test", cwd=project, limit_s=500)
    assert result.code == 0, result
    verdicts = {event["id"]: event["verdict"] for event in result.of_type("CaseFinished")}
    assert len(verdicts) == 123
    assert set(verdicts.values()) == {"passed"}
    files = {case.partition("::")[0] for case in verdicts}
    assert files == {str(path.relative_to(project)) for path in project.glob("tests/*/*.test.c*")}
    assert len(files) == 30
    assert {name.rpartition("/")[0] for name in files} == FOLDERS
