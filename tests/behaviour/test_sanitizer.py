"""What a sanitizer finds is blamed on the case in which it was found, and is never tried again."""

from __future__ import annotations

import subprocess

import pytest


@pytest.fixture(scope="session")
def runtime():
    """Where the runtime is that has to be first in the process."""
    found = subprocess.run(["g++", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    return {"LD_PRELOAD": found.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"}


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
@pytest.mark.parametrize(("on_crash", "code", "event"), [("panic", 10, "Panic"), ("continue", 1, "CaseCrashed")])
def test_a_finding_names_its_case_and_is_final(pyharness, programs, runtime, isolation, on_crash, code, event):
    arguments = ["--isolation", isolation, "--on-crash", on_crash, "--retries", "2", "--leaks", "ignore"]
    result = pyharness.test(programs["sanitizer"], *arguments, env=runtime)
    assert result.code == code
    crash = result.one(event)
    assert crash["id"] == "sanitizer::overflow"
    assert crash["cause"].startswith("AddressSanitizer: heap-buffer-overflow")
    assert result.attempt("overflow")["outcome"] == "crash"
    assert {verdict for name, verdict in result.verdicts().items() if name != "overflow"} <= {"passed", "not-run"}
