"""What a run does not need is not imported: each start of the command line would pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.discovery.build_folders import configure

ADAPTERS = "pyharness.adapters"
FOLDERS = {"pyharness.discovery.ctest", "pyharness.discovery.meson"}
RESULTS = {"pyharness.stored_results", "pyharness.discovery.digests"}


def imported(*words):
    """Return the modules that a run imports."""
    command = [sys.executable, "-X", "importtime", "-m", "pyharness", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("words", [["test"], ["test", "--list"]])
def test_a_run_of_libraries_reads_no_build_folders_and_knows_no_frameworks(programs, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    modules = imported(*words, programs["naps"])
    assert "pyharness.loading" in modules
    assert not modules & FOLDERS
    assert not [name for name in modules if name.startswith((ADAPTERS, "pyharness.programs", "pyharness.launcher"))]
    assert not modules & RESULTS
    assert not modules & {"pickle", "graphlib", "xml", "rich"}


def test_results_that_are_kept_bring_their_module(programs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyharness.toml").write_text("[cache]\nresults = true\n")
    assert imported("test", programs["naps"]) >= RESULTS
    assert not imported("test", "--list", programs["naps"]) & RESULTS


def test_a_build_folder_brings_its_reader(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = configure(tmp_path / "folder", "add_test(NAME passes COMMAND sh -c true)\n")
    assert imported("test", folder) >= FOLDERS
