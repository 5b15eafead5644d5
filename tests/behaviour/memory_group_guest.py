"""Runs within a kernel of its own, whose groups can limit memory: each scenario in turn, in the group that it names.

usage: memory_group_guest.py SCENARIOS RESULTS PYHARNESS
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
LIMIT_S = 60


def main(scenarios: str, results: str, pyharness: str) -> None:
    (GROUPS / "cgroup.subtree_control").write_text("+memory")
    outcomes = {}
    for name, scenario in json.loads(Path(scenarios).read_text()).items():
        outcomes[name] = run(Path(results).parent / name, [pyharness, "test", *scenario["arguments"]], **scenario)
    Path(results).write_text(json.dumps(outcomes))


def run(folder: Path, command: list[str], group: str, *, interrupt: bool, **_: object) -> dict[str, object]:
    """Run one command in the group `root`, `own` (nobody else is in it) or `shared`; return all there is to see."""
    folder.mkdir()
    began = time.monotonic()
    place = GROUPS if group == "root" else GROUPS / group
    place.mkdir(exist_ok=True)
    # From a process outside, which waits: otherwise that would be in the group, too.
    sleeper = start(["sleep", "1000"], place, folder) if group == "shared" else None
    process = start([*command, "--events", str(folder / "events.jsonl")], place, folder)
    if interrupt:
        end_at_once(process, folder / "started")
    stdout, stderr = process.communicate(timeout=LIMIT_S)
    if sleeper:
        sleeper.kill()
        sleeper.communicate()
    return {
        "code": process.returncode,
        "seconds": time.monotonic() - began,
        "stdout": stdout,
        "stderr": stderr,
        "events": [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()],
        "groups_left": [str(path) for path in GROUPS.rglob("*pyharness*")],
        "controllers_left": "" if group == "root" else (place / "cgroup.subtree_control").read_text(),
        "processes_left": "" if group == "root" else (place / "cgroup.procs").read_text(),
    }


def start(command: list[str], place: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "STARTED_FILE": str(folder / "started"), "TMPDIR": "/dev/shm"},
        preexec_fn=lambda: (place / "cgroup.procs").write_text("0"),  # noqa: PLW1509 -- there are no threads here
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end_at_once(process: subprocess.Popen[str], started: Path) -> None:
    """Interrupt it, again and again, once a case runs."""
    deadline = time.monotonic() + LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        if started.exists():
            process.send_signal(signal.SIGINT)
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
