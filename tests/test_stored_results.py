"""What a result depends on: each ingredient of its key, and what batches say of suites."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pyharness import engine as native
from pyharness import stored_results
from pyharness.batch import Crash, Interrupted, Leak, LostSuite
from pyharness.config.options import TestOptions
from pyharness.config.override import Override
from pyharness.config.results_options import ResultsOptions
from pyharness.config.settings import Settings
from pyharness.config.shard import Shard
from pyharness.config.stop_sequence import StopStep
from pyharness.config.table import ConfigurationError
from pyharness.discovery import digests, kept
from pyharness.model import Suite
from pyharness.selection import parse
from pyharness.stored_results import WITHOUT_EFFECT, StoredResults, is_filtered, of_options
from pyharness.tasks import Tasks
from tests.session.conftest import batch

if TYPE_CHECKING:
    from pathlib import Path

PASS = native.PASS
FAIL = native.OUTCOMES.index(native.Outcome.FAIL)
SKIP = native.OUTCOMES.index(native.Outcome.SKIP)
NOWHERE = {"where": "[cache] of 'x.toml'"}
CRASH = {
    "attempt": 1, "worker": 0, "kind": "signal", "signal": 6, "exit_code": 0, "address": 0, "is_sent": True,
    "stack_overflow": False, "left_over": False, "memory_bytes": 0, "output": b"", "frames": (), "maps": "",
}  # fmt: skip


def suite(path: Path, *names: str, **others: Any) -> Suite:
    count = len(names)
    columns = {"files": ["x.c"] * count, "lines": [1] * count, "tags": [""] * count}
    fields = {"group": "", "path": str(path), "timeouts_ms": [None] * count, "flags": [0] * count, **columns}
    return Suite(name="s", names=list(names), **{**fields, **others})


@dataclasses.dataclass
class Here:
    """A library that is linked with one in another folder, and a data file."""

    folder: Path
    library: Path
    linked: Path
    environment: dict[str, str]

    def options(self, **others: Any) -> TestOptions:
        cache = ResultsOptions(results=True, environment=("REGION",), data=("data/*",), **NOWHERE)
        return TestOptions(**{"cache": cache, **others})

    def begin(self, one: Suite | None = None, *, is_whole: bool = True, **options: Any) -> tuple[StoredResults, str]:
        """Load a suite of two cases; return when it passed, too."""
        chosen = self.options(**options)
        results = StoredResults(chosen, self.environment)
        one = one or suite(self.library, "a", "b")
        results.look_at([one.path])
        settings = Settings(chosen, parse)
        numbers = settings.of(one, range(len(one)))
        return results, results.since(0, one, [settings.distinct[number] for number in numbers], is_whole=is_whole)

    def passes(self, one: Suite | None = None, **options: Any) -> None:
        """Run it, with two passes."""
        results, _ = self.begin(one, **options)
        end(results, batch([0, 1], [PASS, PASS]))

    def is_known(self, one: Suite | None = None, **options: Any) -> bool:
        return bool(self.begin(one, **options)[1])


def end(results: StoredResults, *batches: Any, libraries: tuple[int, ...] = (0, 0), is_complete: bool = True) -> None:
    for one in batches:
        results.add(one, Tasks([None], list(libraries), list(range(len(libraries)))))
    results.keep(is_complete=is_complete)


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("linked")
    (folder / "lib").mkdir()
    for name, text, more in (
        ("lib/libinner.so", "int inner(void) { return 1; }", []),
        ("libouter.so", "int inner(void); int outer(void) { return inner(); }", ["-Llib", "-linner"]),
    ):
        command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", name, *more, "-Wl,-rpath,$ORIGIN/lib"]
        subprocess.run(command, cwd=folder, input=text, text=True, check=True)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libraries: Path) -> Here:
    shutil.copytree(libraries, tmp_path, dirs_exist_ok=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    monkeypatch.chdir(tmp_path)
    return Here(tmp_path, tmp_path / "libouter.so", tmp_path / "lib" / "libinner.so", {"REGION": "north"})


# ---- what a result depends on


def test_nothing_has_changed(here):
    assert not here.is_known()
    here.passes()
    assert here.is_known()
    assert here.begin()[1].endswith("Z")


def test_each_file_counts(here):
    for path in (here.library, here.linked, here.folder / "data" / "a.csv"):
        here.passes()
        assert here.is_known()
        with path.open("ab") as file:
            file.write(b"\0")
        assert not here.is_known(), path


def test_files_count_by_content(here):
    here.passes()
    for path in (here.library, here.linked, here.folder / "data" / "a.csv"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    assert here.is_known()


def test_a_library_that_would_be_found_first_counts(here):
    here.passes()
    (here.folder / "other").mkdir()
    shutil.copy(here.linked, here.folder / "other")
    here.environment["LD_LIBRARY_PATH"] = str(here.folder / "other")
    assert not here.is_known()


def test_what_nobody_can_tell_is_not_kept(here):
    here.environment["LD_PRELOAD"] = "libm.so.6"
    here.passes()
    assert not here.is_known()
    del here.environment["LD_PRELOAD"]
    here.linked.unlink()
    here.passes()
    assert not here.is_known()


def test_data_files_count_by_name_and_number(here):
    here.passes()
    (here.folder / "data" / ".b").write_text("")
    assert not here.is_known()
    (here.folder / "data" / ".b").unlink()
    assert here.is_known()
    (here.folder / "data" / "a.csv").rename(here.folder / "data" / "b.csv")
    assert not here.is_known()


def test_data_that_changes_in_the_run_keeps_its_result_from_being_stored(here):
    results, _ = here.begin()
    (here.folder / "data" / "a.csv").write_text("2")
    end(results, batch([0, 1], [PASS, PASS]))
    assert not here.is_known()


def test_a_library_that_changes_after_it_was_looked_at_is_not_stored(here):
    results, _ = here.begin()
    with here.library.open("ab") as file:
        file.write(b"\0")
    end(results, batch([0, 1], [PASS, PASS]))
    assert not here.is_known()


@pytest.mark.parametrize("value", ["south", "", None])
def test_variables_that_are_named_count(here, value):
    here.environment["OTHER"] = "1"
    here.passes()
    here.environment["OTHER"] = "2"
    assert here.is_known()
    here.environment.update({"REGION": value or ""})
    if value is None:
        del here.environment["REGION"]
    assert not here.is_known()


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["a", "c"]},
        {"tags": ["", "slow"]},
        {"flags": [0, 1]},
        {"timeouts_ms": [None, 5]},
        {"isolation": "process"},
        {"isolations": ["auto", "case"]},
        {"threads_required": [1, 2]},
        {"group": "other"},
    ],
    ids=str,
)
def test_cases_and_what_they_declare_count(here, change):
    here.passes()
    assert not here.is_known(msgspec.structs.replace(suite(here.library, "a", "b"), **change))


def test_an_override_counts_for_those_that_it_matches(here):
    here.passes()
    assert here.is_known(overrides=(Override("other", {"retries": 1}, ""),))
    assert not here.is_known(overrides=(Override("b", {"retries": 1}, ""),))
    assert not here.is_known(groups={"db": 1})


@pytest.mark.parametrize("place", ["__version__", "host_program", "folder"])
def test_what_runs_it_counts(here, place, monkeypatch, tmp_path):
    here.passes()
    if place == "__version__":
        monkeypatch.setattr(stored_results, "__version__", "0")
    elif place == "host_program":
        monkeypatch.setattr(native, "host_program", lambda: sys.executable)
    else:
        (tmp_path / "below").mkdir()
        shutil.copytree(".pyharness", "below/.pyharness")
        shutil.copytree("data", "below/data")
        monkeypatch.chdir(tmp_path / "below")
    assert not here.is_known()


# ---- options

OTHERS: dict[str, Any] = {
    "isolation": "case", "timeout_s": 1.0, "slow_after_s": 1.0, "retries": 1, "retry_delay_s": 1.0,
    "retry_backoff": "exponential", "retry_jitter": True, "test_threads": 2, "on_crash": "continue", "flaky": "fail",
    "leaks": "fail", "stop_sequence": (StopStep(9, 5),), "load_timeout_s": 1.0, "memory_limit_mib": 5000,
    "load_limit": 1.0, "no_capture": True, "max_output_mib": 1, "sanitize": "address", "run_disabled": True,
    "expression": "x", "shard": Shard(1, 2), "labels": ("x",), "labels_left_out": ("x",), "no_fold": True,
    "build_config": "x", "setup": "x", "adapters": ("x:y",),
    "affected_by": "HEAD", "affected_from": ("x",),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_each_option_counts(name):
    assert of_options(TestOptions(**{name: OTHERS[name]})) != of_options(TestOptions())


def test_an_option_is_either_above_or_known_to_be_without_effect():
    names = {field.name for field in stored_results.fields_of(TestOptions)}
    assert names == set(OTHERS) | WITHOUT_EFFECT
    assert not set(OTHERS) & WITHOUT_EFFECT


@pytest.mark.parametrize(
    ("said", "filtered"),
    [
        ({}, False),
        ({"paths": ("x",), "run_disabled": True}, False),
        *(({name: OTHERS[name]}, True) for name in ("expression", "shard", "labels", "labels_left_out", "affected_by")),
        ({"ids": ("s::a",)}, True),
    ],
)
def test_what_counts_as_filtered(said, filtered):
    assert is_filtered(TestOptions(**said)) is filtered


# ---- what a run comes to


def leak(*, certain: bool) -> dict[str, Any]:
    return {"leaks": {1: [Leak("a thread", certain=certain)]}}


STOPPED = Interrupted(1, 1, 0, 0, 0, "its host died", runs_again=True)


@pytest.mark.parametrize(
    "batches",
    [
        [batch([0], [PASS])],
        [batch([0, 1], [PASS, FAIL])],
        [batch([0, 1], [PASS, SKIP])],
        [batch([0, 1], [PASS, PASS], attempts=[1, 2])],
        [batch([0, 1], [PASS, FAIL], finals=b"\1\0"), batch([1], [PASS], attempts=[2])],
        [batch([0, 1], [PASS, PASS], **leak(certain=True))],
        [batch([0, 1], [PASS, PASS], **leak(certain=False))],
        [batch([0, 1], [PASS, PASS], interrupted=(STOPPED,))],
        [batch([0, 1], [PASS, PASS], crashes=(Crash(task=None, suspects=(), **CRASH),))],
        [batch([0, 1], [PASS, PASS], crashes=(Crash(task=1, suspects=(), **CRASH),))],
        [batch([0, 1], [PASS, PASS], failed_suites=(LostSuite(0, "it is gone", ""),))],
        [batch([0, 1], [PASS, PASS], host_failures=("no memory",))],
    ],
)
def test_only_what_simply_passed_is_stored(here, batches):
    results, _ = here.begin()
    end(results, *batches)
    assert not here.is_known()


def test_nothing_is_stored_of_a_run_that_did_not_come_to_its_end(here):
    results, _ = here.begin()
    end(results, batch([0, 1], [PASS, PASS]), is_complete=False)
    assert not here.is_known()


def test_part_of_a_suite_neither_uses_nor_stores_and_a_failure_in_it_voids(here):
    for others in ({"is_whole": False}, {"expression": "a"}):
        results, passed = here.begin(**others)
        assert not passed
        end(results, batch([0, 1], [PASS, PASS]))
        assert not here.is_known()
        here.passes()
        assert not here.begin(**others)[1]
        end(here.begin(**others)[0], batch([0], [FAIL]))
        assert not here.is_known()


def test_what_is_cached_stays_stored(here):
    here.passes()
    results, passed = here.begin()
    assert passed
    end(results, libraries=())
    assert here.is_known()


def test_one_suite_does_not_take_the_passes_of_another(here):
    results, _ = here.begin()
    end(results, batch([0, 1], [PASS, PASS]), libraries=(0, 1))
    assert not here.is_known()


# ---- mistakes, and digests


@pytest.mark.parametrize("pattern", ["none", "data", ".git/*", ".pyharness/**"])
def test_a_pattern_without_files_is_refused(here, pattern):
    here.passes()
    (here.folder / ".git").mkdir()
    (here.folder / ".git" / "HEAD").touch()
    message = f"no file matches '{pattern}' of 'data' in {NOWHERE['where']}; correct it, or take it away"
    with pytest.raises(ConfigurationError) as caught:
        here.begin(cache=ResultsOptions(results=True, data=(pattern,), **NOWHERE))
    assert str(caught.value) == message


def test_a_file_that_cannot_be_read_is_refused(here, monkeypatch):
    def refuse(_self: object, path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(digests.Digests, "of", refuse)
    with pytest.raises(ConfigurationError, match=r"cannot read '.*/data/a.csv', which 'data' in .* Permission denied"):
        here.begin()


def test_a_digest_is_kept_while_its_file_stays_as_it_is(here, monkeypatch):
    monkeypatch.setattr(kept, "_SETTLED_NS", 0)  # a file of a moment ago would be read each time
    old = here.folder / "old"
    old.write_text("x")
    first = digests.Digests()
    value = first.of(str(old))
    first.keep()
    stored = here.folder / ".pyharness" / digests.NAME
    stored.write_text(stored.read_text().replace(value, "0" * 64))
    assert digests.Digests().of(str(old)) == "0" * 64
    assert digests.Digests(afresh=True).of(str(old)) == value
    os.utime(old)
    assert digests.Digests().of(str(old)) == value
