"""The examples over real libraries give the same verdicts, whatever the number of threads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SUITES = [str(ROOT / "build" / "examples" / name) for name in ("zlib", "sqlite", "first")]
PYHARNESS = str(Path(sys.executable).parent / "pyharness")
AT_LEAST = 224


def verdicts(threads: int, folder: Path) -> dict[str, str]:
    """Run all examples; return the verdict of each case."""
    log = folder / f"events-{threads}.jsonl"
    command = [PYHARNESS, "test", *SUITES, f"--test-threads={threads}", "-q", "--events", str(log)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    events = [json.loads(line) for line in log.read_text().splitlines()]
    found = [(event["id"], event["verdict"]) for event in events if event["type"] == "CaseFinished"]
    assert len(found) == len(dict(found)) == events[0]["planned"]
    return dict(found)


@pytest.mark.parametrize("runs", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_verdicts_do_not_depend_on_the_number_of_threads(runs: int, tmp_path: Path) -> None:
    expected = verdicts(1, tmp_path)
    assert len(expected) >= AT_LEAST
    assert set(expected.values()) == {"passed"}
    for _ in range(runs):
        for threads in (1, 2, 4, 8, 64):
            assert verdicts(threads, tmp_path) == expected


def test_the_crashing_example_ends_the_run(tmp_path: Path) -> None:
    command = [PYHARNESS, "test", str(ROOT / "build" / "examples" / "crash")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert result.returncode == 10
    assert "PANIC: crash::writes through a null pointer crashed: SIGSEGV at address 0x0" in result.stdout
    assert "store_reading" in result.stdout
