"""Programs that are one case and say by their exit code how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.exit_code import ADAPTER
from tests.adapters.launching import Launched, launch, list_cases

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, script: str) -> Launched:
    program = folder / "check"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return launch(ADAPTER, str(program), list_cases(ADAPTER, str(program)))


@pytest.mark.parametrize(("code", "outcome"), [(0, "pass"), (77, "skip"), (99, "error"), (1, "fail"), (255, "fail")])
def test_the_exit_code_is_the_outcome(tmp_path: Path, code: int, outcome: str) -> None:
    result = run(tmp_path, f"echo out; echo err >&2; exit {code}")
    assert result.outcomes == {"check": outcome}
    assert result.slice("check") == b"out\nerr\n"
    assert result.messages("check") == ([f"ended with exit code {code}"] if code else [])
    assert result.complaint == ""


def test_a_signal_leaves_the_case_running(tmp_path: Path) -> None:
    result = run(tmp_path, "kill -SEGV $$")
    assert (result.outcomes, result.running, result.status.signal) == ({}, "check", 11)
