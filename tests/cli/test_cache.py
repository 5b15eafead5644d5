"""`pyharness cache`: it counts and removes what pyharness has made in `.pyharness`, and nothing else."""

from __future__ import annotations

import fcntl

import pytest

from pyharness import stored_results
from pyharness.cli import main
from pyharness.cli.cache import size_text
from pyharness.discovery import digests, frameworks, kept, listing_cache
from pyharness.discovery.listing_cache import Key
from pyharness.errors import ExitCode
from pyharness.model import Suite

KEY = Key("1", "googletest", "/bin/true", (), {}, "", ())
SUITE = Suite("s", "", "s.so", [], [], [], [], [], [])

KEPT = {
    ".gitignore": 2,
    "build/x86_64/build.ninja": 1000,
    "build/x86_64/tests/a.o": 2000,
    "build/x86_64/lock": 5,
    "build/x86_64-address/suites/a.so": 5 * 1024 * 1024,
    "listings/1.json": 10,
    "listings/2.json.77": 20,
    "results/1.json": 3,
    "results/digests.json.77": 4,
    "frameworks.json": 30,
    "frameworks.json.4242": 7,
}


def make(folder, files=KEPT):
    for name, size in files.items():
        path = folder / ".pyharness" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return folder / ".pyharness"


def tree(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cache(capsys):
    def run(*arguments, code=0):
        assert main(["cache", *arguments]) == code
        captured = capsys.readouterr()
        assert captured.out == "" or captured.err == ""
        return captured.out + captured.err

    return run


def test_show_counts_files_and_bytes_of_each_kind(here, cache):
    before = tree(make(here))
    assert cache("show") == (
        ".pyharness: 9 files, 5.0 MiB\n"
        "  build x86_64             2 files, 2.9 KiB\n"
        "  build x86_64-address     1 file, 5.0 MiB\n"
        "  frameworks               2 files, 37 bytes\n"
        "  listings                 2 files, 30 bytes\n"
        "  results                  2 files, 7 bytes\n"
    )
    assert tree(here / ".pyharness") == before


def test_clear_says_what_it_has_freed_and_leaves_the_lock_that_others_may_wait_for(here, cache):
    folder = make(here)
    assert cache("clear") == "removed 9 files, 5.0 MiB\n"
    assert tree(folder) == {".gitignore", "build/x86_64/lock"}
    assert cache("show") == cache("clear") == "nothing is kept in '.pyharness'\n"


def test_without_builds_the_folder_goes_as_well(here, cache):
    folder = make(here, {name: size for name, size in KEPT.items() if "build" not in name})
    assert cache("clear") == "removed 6 files, 74 bytes\n"
    assert not folder.exists()


def test_it_knows_the_names_that_are_given(here, cache):
    for name in (frameworks._NAME, listing_cache._name_of(KEY), digests.NAME, stored_results._file_of(SUITE)):
        kept.write(name, [])
    assert tree(here / ".pyharness") > {".gitignore", "frameworks.json"}
    assert cache("clear").startswith("removed 4 files, ")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("action", ["show", "clear"])
def test_nothing_there_is_no_failure(here, cache, action):
    assert cache(action) == "nothing is kept in '.pyharness'\n"
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("place", ["build", "build/x86_64"])
def test_a_build_that_runs_is_not_disturbed(here, cache, place):
    folder = make(here, {**KEPT, "build/lock": 0})
    before = tree(folder)
    with (folder / place / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        message = f"pyharness: error: a build is running in '.pyharness/{place}'; wait for its end, or stop it\n"
        assert cache("clear", code=ExitCode.USAGE) == message
        assert tree(folder) == before
        assert cache("show").startswith(".pyharness: 9 files")
    assert cache("clear") == "removed 9 files, 5.0 MiB\n"
    assert tree(folder) == {".gitignore", "build/lock", "build/x86_64/lock"}


def test_what_others_have_put_there_stays(here, cache):
    folder = make(here, {**KEPT, "notes.txt": 3, "listings.old/1.json": 4, "frameworks.json.bak": 5})
    assert "  notes.txt is not pyharness's\n" in cache("show")
    assert cache("clear") == (
        "removed 9 files, 5.0 MiB\n"
        "left alone: .pyharness/frameworks.json.bak\n"
        "left alone: .pyharness/listings.old\n"
        "left alone: .pyharness/notes.txt\n"
    )
    others = {"notes.txt", "listings.old/1.json", "frameworks.json.bak"}
    assert tree(folder) == {".gitignore", "build/x86_64/lock", *others}


@pytest.mark.parametrize("name", ["build", "listings", "build/x86_64"])
def test_a_link_in_place_of_a_folder_is_not_followed(here, tmp_path, cache, name):
    outside = tmp_path / "outside"
    for file in ("x86_64/tests/a.o", "lock", "1.json"):
        (outside / file).parent.mkdir(parents=True, exist_ok=True)
        (outside / file).write_text("precious")
    (outside / "x86_64" / "empty").mkdir()
    folder = make(here, {"frameworks.json": 1})
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(outside)
    assert cache("clear").startswith("removed 1 file, 1 byte\n")
    assert tree(outside) == {"x86_64/tests/a.o", "lock", "1.json"}
    assert (outside / "x86_64" / "empty").is_dir()
    assert (folder / name).is_symlink()


def test_links_among_what_is_built_are_removed_and_not_followed(here, tmp_path, cache):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    folder = make(here, {"build/x86_64/a.o": 1})
    (folder / "build/x86_64/folder").symlink_to(outside)
    (folder / "build/x86_64/file").symlink_to(outside / "precious")
    (folder / "build/x86_64/nowhere").symlink_to("nowhere")
    assert cache("clear").startswith("removed 4 files, ")
    assert tree(outside) == {"precious"}
    assert not folder.exists()


def test_a_folder_that_is_a_link_is_refused(here, tmp_path, cache):
    elsewhere = make(tmp_path)
    (here / ".pyharness").symlink_to(elsewhere)
    message = "'.pyharness' is a symbolic link; remove by hand what is not needed where it leads"
    assert cache("clear", code=ExitCode.USAGE) == f"pyharness: error: {message}\n"
    assert tree(elsewhere) == set(KEPT)


def test_the_folder_of_the_configuration_counts_too(here, cache, monkeypatch):
    (here / "pyharness.toml").touch()
    builds = make(here, {"build/x86_64/a.o": 100})
    below = here / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    make(below, {"listings/1.json": 10})
    assert cache("show") == (
        f"{builds}: 1 file, 100 bytes\n  build x86_64             1 file, 100 bytes\n"
        ".pyharness: 1 file, 10 bytes\n  listings                 1 file, 10 bytes\n"
    )
    assert cache("clear") == "removed 2 files, 110 bytes\n"
    assert tree(here) == {"pyharness.toml"}


def test_what_cannot_be_done_is_named(here, tmp_path, cache):
    folder = make(here, {"build/x86_64/a.o": 1})
    (tmp_path / "elsewhere").touch()
    (folder / "build/x86_64/lock").symlink_to(tmp_path / "elsewhere")
    path = ".pyharness/build/x86_64/lock"
    message = f"cannot clear the cache: '{path}': Too many levels of symbolic links; see what is wrong with it"
    assert cache("clear", code=ExitCode.USAGE) == f"pyharness: error: {message}\n"
    assert tree(folder) == {"build/x86_64/a.o", "build/x86_64/lock"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "'pyharness cache' needs 'show' or 'clear'"),
        (["clean"], "invalid value 'clean' for 'ACTION'; give 'show' or 'clear'"),
        (["show", "clear"], "there is one ACTION only; leave out 'clear'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_4(here, cache, arguments, message):
    before = tree(make(here))
    assert cache(*arguments, code=ExitCode.USAGE) == f"pyharness: error: {message}\n"
    assert tree(here / ".pyharness") == before


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (3 << 30, "3.0 GiB"),
        (5 << 50, "5120.0 TiB"),
    ],
)
def test_sizes_are_for_people(size, text):
    assert size_text(size) == text
