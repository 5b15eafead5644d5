"""What is read from the files of a Meson folder. How its tests are judged: `test_meson_adapter.py`."""

from __future__ import annotations

import json
import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.adapters.protocol import ListError
from pyharness.discovery.build_folders import is_meson_folder
from pyharness.discovery.meson import MesonFiles, MesonListing, in_suites, read_files, read_tests
from pyharness.discovery.meson_saved import SavedError, read_saved_setups, read_saved_tests
from pyharness.errors import UsageError
from tests.discovery.build_folders import run

if TYPE_CHECKING:
    from pathlib import Path


def set_up(source: Path, content: str) -> str:
    source.mkdir(parents=True, exist_ok=True)
    (source / "meson.build").write_text("project('sample')\nsh = find_program('sh')\n" + content, encoding="utf-8")
    run(["meson", "setup", str(source / "build"), str(source)])
    return str(source / "build")


def introspected(name: str, **changed: Any) -> dict[str, Any]:
    return {
        "name": name,
        "cmd": ["/bin/x", "y"],
        "env": {},
        "workdir": None,
        "timeout": 30,
        "suite": ["sample"],
        "is_parallel": True,
        "priority": 0,
        "protocol": "exitcode",
        "depends": [],
    } | changed


def listing(*tests: dict[str, Any], environment: dict[str, str] | None = None) -> MesonListing:
    return read_tests(MesonFiles(json.dumps(tests).encode(), None, None), "/build", environment or {})


def test_a_real_folder_is_recognised_and_listed(tmp_path: Path) -> None:
    build = set_up(tmp_path, "test('a', sh, args: ['-c', 'exit 0'], workdir: '/usr')\ntest('b', sh)\n")
    assert is_meson_folder(build)
    assert not is_meson_folder(str(tmp_path))
    first, second = read_tests(read_files(build), build, os.environ).entries
    assert (first.name, first.command[1:], first.folder) == ("a", ("-c", "exit 0"), "/usr")
    assert second.folder.rstrip("/") == build


def test_equal_names_are_told_apart_by_their_suites(tmp_path: Path) -> None:
    sub = tmp_path / "subprojects" / "other"
    sub.mkdir(parents=True)
    (sub / "meson.build").write_text("project('other')\ntest('a', find_program('sh'))\n")
    tests = "test('a', sh, suite: ['x', 'y'])\ntest('a', sh)\ntest('a', sh)\ntest('b', sh)\nsubproject('other')\n"
    build = set_up(tmp_path, tests)
    names = [entry.name for entry in read_tests(read_files(build), build, os.environ).entries]
    assert names == ["sample:x+y:a", "sample:a", "sample:a [2]", "b", "other:a"]


def test_the_default_set_up_is_taken_unless_another_is_named(tmp_path: Path) -> None:
    setups = """
    add_test_setup('usual', env: ['WHICH=usual'], is_default: true)
    add_test_setup('other', env: ['WHICH=other'])
    test('a', sh)
    """
    build = set_up(tmp_path, setups)
    for asked, expected in (("", "usual"), ("other", "other"), ("sample:usual", "usual")):
        (entry,) = read_tests(read_files(build), build, os.environ, asked).entries
        assert entry.environment["WHICH"] == expected
    with pytest.raises(UsageError, match=r"no test setup 'sample:none'.*: 'sample:other', 'sample:usual'"):
        read_tests(read_files(build), build, os.environ, "none")


def test_without_what_meson_keeps_the_rest_is_read_and_that_is_said(tmp_path: Path) -> None:
    build = set_up(tmp_path, "test('a', sh, env: {'A': '1'}, should_fail: true)\n")
    files = read_files(build)
    found = read_tests(MesonFiles(files.tests, b"no pickle", None), build, {})
    assert found.entries[0].environment["A"] == "1"
    assert not found.entries[0].expected_fail
    assert [remark.partition(":")[0] for remark in found.remarks] == [
        "cannot read 'meson-private/meson_test_setup.dat'",
        "cannot read 'meson-private/build.dat'",
    ]


def test_a_set_up_cannot_be_taken_from_a_missing_file() -> None:
    with pytest.raises(ListError, match=r"cannot find the test setup 'x' in 'meson-private/build\.dat': it is missing"):
        read_tests(MesonFiles(b"[]", None, None), "/build", {}, "x")


def test_a_folder_without_its_file_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"No such file or directory; run 'meson setup' there"):
        read_files(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"name": "a"}]'])
def test_what_meson_does_not_write_is_refused(content: bytes) -> None:
    with pytest.raises(ListError, match="not what Meson writes"):
        read_tests(MesonFiles(content, None, None), "/build", {})


def test_what_meson_sets_is_set_unless_the_user_has() -> None:
    (entry,) = listing(introspected("a"), environment={"ASAN_OPTIONS": "own", "MALLOC_PERTURB_": ""}).entries
    assert "ASAN_OPTIONS" not in entry.environment
    assert 1 <= int(entry.environment["MALLOC_PERTURB_"] or 0) <= 255
    assert entry.environment == listing(introspected("a"), environment={"ASAN_OPTIONS": "own"}).entries[0].environment


def test_further_paths_stand_before_those_of_the_user() -> None:
    (entry,) = listing(introspected("a", extra_paths=["/x", "/y"]), environment={"PATH": "/bin"}).entries
    assert entry.environment["PATH"] == "/x:/y:/bin"


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (["fast"], True),
        (["sample"], True),
        (["sample:fast"], True),
        (["sample:"], True),
        (["other", "fast"], True),
        (["other:fast"], False),
        (["sample:slow"], False),
        (["fas"], False),
        ([], False),
    ],
)
def test_suites_are_matched_as_meson_does(wanted: list[str], taken: bool) -> None:
    assert in_suites(["sample:fast", "sample:big"], wanted) is taken


# ---- pickles of Meson


class Meddler:
    """Would make a file if it were unpickled as what it is."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self._path, "w"))


def test_nothing_that_a_pickle_names_is_run(tmp_path: Path) -> None:
    victim = tmp_path / "made"
    content = pickle.dumps([Meddler(str(victim))])
    for reader in (read_saved_tests, read_saved_setups):
        with pytest.raises(SavedError, match="unknown form"):
            reader(content)
    assert not victim.exists()
    pickle.loads(content)
    assert victim.exists(), "the pickle does nothing in any case"


@pytest.mark.parametrize("content", [b"", b"x", b"\x80\x05", pickle.dumps({}), pickle.dumps([1])])
def test_what_is_no_such_pickle_is_refused(content: bytes) -> None:
    for reader in (read_saved_tests, read_saved_setups):
        with pytest.raises(SavedError):
            reader(content)
