"""Programs are asked for their cases once, and again whenever that could bring something new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behaviour.test_selection_of_programs import ADAPTER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine, Finished

SCRIPT = """#!/bin/sh
# cases in lines
test "$1" = list || exit 0
echo asked >> "$ASKED"
printf 'adds\\n%s'
exit %d
"""


class Project:
    """A folder with a program that counts how often it is asked."""

    def __init__(self, pyharness: CommandLine, folder: Path) -> None:
        self._pyharness = pyharness
        self.asked = folder / "asked"
        self.program = folder / "bin" / "lines_test"
        self.kept = folder / ".pyharness" / "listings"
        self.environment = {"PYTHONPATH": str(folder), "ASKED": str(self.asked)}
        (folder / "lines_adapter.py").write_text(ADAPTER)
        (folder / "pyharness.toml").write_text('[test]\nadapters = ["lines_adapter:LINES"]\n')
        self.program.parent.mkdir()
        self.build()

    def build(self, more: str = "", code: int = 0) -> None:
        self.program.write_text(SCRIPT % (more, code))
        self.program.chmod(0o755)

    def run(self, *arguments: str) -> Finished:
        return self._pyharness.test(self.program, *arguments, env=self.environment)

    @property
    def times_asked(self) -> int:
        return len(self.asked.read_text().splitlines()) if self.asked.exists() else 0

    def run_until_kept(self) -> None:
        """Run until the program is old enough for its list to be kept."""
        for _ in range(100):
            assert set(self.run().verdicts()) >= {"adds"}
            if self.kept.exists() and list(self.kept.iterdir()):
                return
        pytest.fail("no list was kept")


@pytest.fixture
def project(pyharness: CommandLine, tmp_path: Path) -> Project:
    return Project(pyharness, tmp_path)


def test_a_program_that_has_not_changed_is_not_asked_again(project: Project) -> None:
    project.run_until_kept()
    before = project.times_asked
    assert project.run().verdicts() == {"adds": "passed"}
    assert project.run("--list").stdout == "lines_test::adds\n"
    assert project.times_asked == before
    assert project.run("--no-cache").verdicts() == {"adds": "passed"}
    assert project.times_asked == before + 1


def test_a_program_that_was_built_anew_is_asked_again(project: Project) -> None:
    project.run_until_kept()
    project.build("divides\\n")
    assert project.run().verdicts() == {"adds": "passed", "divides": "passed"}


def test_a_list_that_is_damaged_is_asked_for_again(project: Project) -> None:
    project.run_until_kept()
    (kept,) = project.kept.iterdir()
    kept.write_text("{")
    before = project.times_asked
    assert project.run().verdicts() == {"adds": "passed"}
    assert project.times_asked == before + 1


def test_runs_at_the_same_time_do_not_disturb_each_other(
    project: Project, pyharness: CommandLine, tmp_path: Path
) -> None:
    project.run_until_kept()
    (kept,) = project.kept.iterdir()
    kept.unlink()
    runs = [pyharness.start("test", project.program, env=project.environment, cwd=tmp_path) for _ in range(4)]
    results = [run.finish() for run in runs]
    assert [result.verdicts() for result in results] == [{"adds": "passed"}] * 4
    assert [path.name for path in project.kept.iterdir()] == [kept.name]
    assert project.run().verdicts() == {"adds": "passed"}


def test_a_list_of_a_program_that_ended_with_a_failure_is_not_kept(project: Project) -> None:
    project.run_until_kept()
    (kept,) = project.kept.iterdir()
    content = kept.read_bytes()
    project.build(code=3)
    for _ in range(3):
        assert project.run().verdicts() == {"adds": "passed"}
    assert kept.read_bytes() == content


def test_a_cleared_cache_is_filled_again(project: Project, pyharness: CommandLine) -> None:
    project.run_until_kept()
    asked = project.times_asked
    cleared = pyharness("cache", "clear")
    assert (cleared.code, cleared.stderr) == (0, "")
    assert not project.kept.parent.exists()
    project.run()
    assert project.times_asked == asked + 1
    assert list(project.kept.iterdir())
