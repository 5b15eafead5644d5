"""The coverage of a run from its beginning to its reports, without an engine: programs are launched by hand."""

from __future__ import annotations

import os
import shutil
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.choosing import Loaded
from pyharness.config.options import TestOptions
from pyharness.config.settings import Settings
from pyharness.coverage import finishing
from pyharness.coverage.running import never
from pyharness.errors import CoverageError, UsageError
from pyharness.measuring import Measuring
from pyharness.selection import parse
from pyharness.tasks import Tasks
from tests.coverage.clang import build, run
from tests.session.conftest import suite

if TYPE_CHECKING:
    from pyharness.events import CoverageFinished

FOLDER = ".pyharness/coverage"
SOURCE = "int main(int count, char**) {\n  return count > 1\n    ? 0 : 0;\n}\n"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("measuring"), "program", SOURCE, "-Wl,--build-id")


@pytest.fixture
def program(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(original, tmp_path / "program"))


def options(**others: Any) -> TestOptions:
    return TestOptions(coverage=True, **{"coverage_include": ("/**/program.cpp",), **others})


def loaded(chosen: TestOptions) -> Loaded:
    """Return a run of nothing: what counts is what was launched."""
    nothing: Any = {"suites": [None], "failed": [], "disabled": [], "cached": [], "selected": []}
    return Loaded(tasks=Tasks([], [], []), settings=Settings(chosen, parse), settings_of=array("I"), **nothing)


def measured(
    launches: int = 1, why_early: str = "", *, written: bool = True, is_lost: bool = False, **others: Any
) -> CoverageFinished:
    chosen = options(**others)
    measuring = Measuring(chosen)
    try:
        for _ in range(launches):
            variables = measuring.folder.program("./program", "")
            run("./program", **(variables if written else {"LLVM_PROFILE_FILE": os.devnull}))
        return measuring.finish(loaded(chosen), why_early, never, has_lost_processes=is_lost)
    finally:
        measuring.close()
        assert not list(Path.cwd().rglob("profiles-*"))


@pytest.mark.usefixtures("program")
def test_what_was_launched_is_measured_and_written(tmp_path: Path) -> None:
    event = measured(2)
    assert (event.problems, event.partial, event.below, event.changes) == ((), False, (), ())
    assert event.total is not None
    assert event.total.lines == event.files[0].lines == (4, 4)
    assert event.duration_ns > 0
    assert event.reports == (f"{FOLDER}/coverage.json", f"{FOLDER}/coverage-summary.json")
    (file,) = finishing.read(str(tmp_path / FOLDER / "coverage.json")).files
    assert [function.hits for function in file.functions] == [2]


@pytest.mark.usefixtures("program")
def test_what_is_missing_makes_it_partial_unless_that_is_allowed(tmp_path: Path) -> None:
    event = measured(written=False)
    assert event.partial
    assert len(event.problems) == 1
    assert event.reports == (f"{FOLDER}/coverage-partial.json",)
    event = measured(written=False, coverage_allow_partial=True)
    assert not event.partial
    assert len(event.problems) == 1
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {"coverage.json", "coverage-summary.json"}


@pytest.mark.usefixtures("program")
def test_a_run_that_ended_early_is_partial() -> None:
    event = measured(why_early="interrupted by SIGINT")
    assert event.partial
    assert event.problems == ("not all has run: interrupted by SIGINT",)


@pytest.mark.usefixtures("program")
def test_when_nothing_counts_the_reason_for_the_early_end_is_told_first() -> None:
    event = measured(0, why_early="interrupted by SIGINT")
    assert (event.total, event.problems) == (None, ("nothing was measured: interrupted by SIGINT",))
    (problem,) = measured(0).problems
    assert problem.startswith("nothing that was run was built for it; compile and link with ")


@pytest.mark.usefixtures("program")
def test_floors_and_the_base_are_told() -> None:
    assert measured(coverage_fail_under="100").below == ()
    event = measured(coverage_base=f"{FOLDER}/coverage.json", coverage_fail_under="branches=60")
    assert event.changes[-1].startswith("total: lines 100.0 % (4 of 4)")
    assert event.below == ("branches: 50.00 % is below 60 %",)


@pytest.mark.usefixtures("program")
def test_a_report_that_cannot_be_written_is_partial(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    event = measured(coverage_lcov="file/x")
    assert event.partial
    assert event.problems[0].startswith("cannot write the coverage to 'file/x': ")
    assert list((tmp_path / FOLDER).iterdir()) == []


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("error", [OSError(28, os.strerror(28)), CoverageError("it is broken")])
def test_what_goes_wrong_while_it_is_measured_is_a_sentence(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pyharness.measuring.measure", fail)
    no_room = f"cannot work in '{FOLDER}': No space left on device; name another folder with --coverage-folder"
    assert measured().problems == (no_room if isinstance(error, OSError) else "it is broken",)


@pytest.mark.usefixtures("program")
def test_what_stands_in_the_way_is_told_before_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wrong, why in (
        ({"coverage_folder": "file/x"}, "cannot write to 'file/x'"),
        ({"coverage_folder": "a%b"}, "a % has a meaning there"),
        ({"coverage_base": "nowhere"}, "cannot read the coverage in 'nowhere'"),
        ({"coverage_object": ("nowhere",)}, "no such file: 'nowhere'; --coverage-object names a program or library"),
        ({"coverage_lcov": "a", "coverage_cobertura": "./a"}, "two reports would be written to './a'"),
        ({"coverage_lcov": f"{FOLDER}/coverage.json"}, "two reports would be written to"),
    ):
        with pytest.raises(UsageError, match=why):
            Measuring(options(**wrong))
    assert not list(tmp_path.rglob("profiles-*"))


@pytest.mark.usefixtures("program")
def test_a_suite_of_which_nothing_ran_has_no_hits(tmp_path: Path) -> None:
    chosen = options()
    measuring = Measuring(chosen)
    one = suite("x", 1)
    one = type(one)(**{name: getattr(one, name) for name in one.__struct_fields__} | {"path": "program"})
    there = loaded(chosen)
    there.suites[:] = [None, one]
    event = measuring.finish(there, "", never, has_lost_processes=False)
    measuring.close()
    assert event.total is not None
    assert (event.problems, event.total.lines) == ((), (4, 0))
    assert (tmp_path / FOLDER / "coverage.json").exists()


def test_only_programs_that_can_count_in_files_are_asked_to(tmp_path: Path, original: Path) -> None:
    in_files = build(tmp_path, "in_files", SOURCE, "-mllvm", "-runtime-counter-relocation")
    measuring = Measuring(options(coverage_crash_safe=True, coverage_folder=str(tmp_path / "coverage")))
    patterns = [measuring.folder.program(str(path), "")["LLVM_PROFILE_FILE"] for path in (in_files, original)]
    measuring.close()
    assert ["%c" in pattern for pattern in patterns] == [True, False]
