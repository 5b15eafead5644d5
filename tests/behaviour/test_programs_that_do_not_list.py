"""Programs that go wrong while they are asked for their cases: an error of each, told in one sentence; others run."""

from __future__ import annotations

import shutil

import pytest

from tests.adapters.frameworks import Version, build

REASONS = {
    "crashes": "listing ended with signal 11; run it with its option for listing",
    "exits": "listing ended with exit code 3; run it with its option for listing",
    "says_nothing": "it printed no list of cases; run it with its option for listing",
    "prints_garbage": "it printed no list of cases; run it with its option for listing",
    "hangs": "it did not end within 6 s (--load-timeout); run it with its option for listing",
    "floods": "it wrote more than 256 MiB; run it with its option for listing",
}
"""By what the program does, and is called."""


@pytest.fixture(scope="module")
def listed():
    return build(Version("googletest", None)) / "listed"


@pytest.fixture
def programs_that(tmp_path, listed):
    """Return the path of the program that does so."""

    def named(way):
        return shutil.copy(listed, tmp_path / way)

    return named


def test_each_is_an_error_of_its_own_and_the_others_run(pyharness, listed, programs_that):
    paths = {way: programs_that(way) for way in REASONS}
    result = pyharness.test(listed, *paths.values(), "--load-timeout", 6)
    assert (result.code, result.verdicts()) == (11, {"Listed.passes": "passed"})
    failed = {event["path"]: event for event in result.of_type("SuiteFailed")}
    assert set(failed) == set(map(str, paths.values()))
    for way, path in paths.items():
        event = failed[str(path)]
        assert event["reason"] == f"cannot list the cases of '{path}': {REASONS[way]}"
        assert event["output"].startswith("about to list\n")
        assert len(event["output"]) < 20_000
        assert f"ERROR {event['reason']}" in result.stdout.splitlines()


@pytest.mark.parametrize("way", ["crashes", "prints_garbage"])
def test_alone_it_is_no_success_either(pyharness, programs_that, tmp_path, way):
    report = tmp_path / "report.xml"
    result = pyharness.test(programs_that(way), "--junit", report)
    assert result.code == 11
    assert result.one("RunFinished")["counts"] == {}
    assert 'errors="1"' in report.read_text()
    listing = pyharness("test", "--list", tmp_path / way)
    assert listing.code == 11
    assert "cannot list the cases of" in listing.stderr


def test_what_goes_wrong_is_not_remembered(pyharness, programs_that, tmp_path):
    """A list is kept of programs that do not change; a failure is not."""
    path = programs_that("says_nothing")
    for _ in range(2):
        assert pyharness.test(path, cwd=tmp_path).code == 11
