"""`--memory-limit` enforced by the kernel, in one that has what it takes: User Mode Linux is booted once for all runs.

It uses this machine's files, so that the runner and the programs are those of all other tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SCRIPTS, Finished, check_events, clean_environment

GUEST = Path(__file__).with_name("memory_group_guest.py")
REGISTERS = Path(__file__).with_name("memory_group_registers.c")
LIMIT_MIB = "64"
BOOT_LIMIT_S = 120
INIT = """#!/bin/sh
mount -t proc none /proc
mount -t sysfs none /sys
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /dev/shm
mount -t tmpfs none /dev/shm
{python} {guest} {folder}/scenarios.json {folder}/results.json {pyharness}
halt -f
"""
INNOCENTS = {f"innocent[{number}]": "passed" for number in range(10)}
SURVIVING = [("root", "process"), ("own", "thread"), ("own", "process"), ("own", "case")]


def scenario(group, *arguments, limit_mib=LIMIT_MIB, interrupt=False):
    return {"group": group, "arguments": [*arguments, "--memory-limit", limit_mib], "interrupt": interrupt}


def scenarios(programs):
    suite, sleepers = programs["memory_group"], programs["sleepers"]
    going_on = (suite, "--on-crash", "continue", "--test-threads", "3")
    return {
        **{
            f"survive-{group}-{isolation}": scenario(
                group, *going_on, "-k", "family or innocent", "--isolation", isolation
            )
            for group, isolation in SURVIVING
        },
        "panic": scenario("own", suite, "--test-threads", "3", "-k", "family or innocent"),
        "sampled": scenario("shared", *going_on, "--isolation", "process"),
        "interrupted": scenario("own", sleepers, "-k", "sleeper", "--test-threads", "2", interrupt=True),
        "no-room-to-load": scenario("own", suite, limit_mib="1"),
    }


class Guest(Finished):
    """What a run in the guest came to, and what is left there after it."""

    def __init__(self, result):
        super().__init__(result["code"], result["stdout"].encode(), result["stderr"].encode(), result["seconds"])
        self.events = result["events"]
        self.left = (result["groups_left"], result["controllers_left"].split(), result["processes_left"].split())


@pytest.fixture(scope="module")
def guest(programs, tmp_path_factory):
    """Boot, run all scenarios, and return their results by name."""
    kernel = shutil.which("linux.uml")
    assert kernel, "'linux.uml' is not installed; on Debian it is in the package user-mode-linux"
    folder = tmp_path_factory.mktemp("guest")
    (folder / "scenarios.json").write_text(json.dumps(scenarios(programs)))
    init = folder / "init.sh"
    init.write_text(INIT.format(python=sys.executable, guest=GUEST, folder=folder, pyharness=SCRIPTS / "pyharness"))
    init.chmod(0o755)
    command = [
        kernel, "mem=512M", f"uml_dir={folder}/", "root=/dev/root", "rootfstype=hostfs", "hostfs=/", "rw",
        f"init={init}", "con=null", "con0=fd:0,fd:1", "quiet",
    ]  # fmt: skip
    registers = folder / "registers.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", REGISTERS, "-o", registers, "-ldl"], check=True)
    own = {"TMPDIR": str(folder), "HOME": str(folder), "LD_PRELOAD": str(registers)}
    console = boot(command, {**clean_environment(), **own})
    results = folder / "results.json"
    assert results.exists(), console[-4000:]
    return {name: Guest(result) for name, result in json.loads(results.read_text()).items()}


def boot(command, environment):
    """Run the kernel to its end; return what it said. Its processes are processes of this machine: none may stay."""
    kernel = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )
    try:
        console, _ = kernel.communicate(timeout=BOOT_LIMIT_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kernel.pid, signal.SIGKILL)
        kernel.wait()
    return console.decode(errors="replace")


def check_nothing_left(result):
    assert result.left == ([], [], [])


@pytest.mark.parametrize(("group", "isolation"), SURVIVING)
def test_processes_that_use_too_much_together_cost_their_case(guest, group, isolation):
    """Each of them stays below the limit, so that no look at one process would find it."""
    result = guest[f"survive-{group}-{isolation}"]
    assert result.code == 1, result
    check_events(result.events, result.code)
    assert result.verdicts() == {"family": "failed", **INNOCENTS}
    crash = result.one("CaseCrashed")
    assert (crash["id"], crash["cause"]) == (
        "memory_group::family",
        f"the process used {LIMIT_MIB} MiB, more than --memory-limit allows",
    )
    (attempt,) = [event for event in result.of_type("AttemptFinished") if event["case"] == "family"]
    assert attempt["outcome"] == "crash"
    check_nothing_left(result)


def test_the_culprit_of_a_panic_is_found_among_all_that_ran(guest):
    result = guest["panic"]
    assert result.code == 10, result
    check_events(result.events, result.code)
    panic = result.one("Panic")
    assert panic["id"] == "memory_group::family"
    assert "more than --memory-limit allows" in panic["cause"]
    check_nothing_left(result)


def test_in_a_group_with_others_memory_is_sampled(guest):
    """So a process that uses too much is found, and several that do so together are not."""
    result = guest["sampled"]
    assert result.code == 1, result
    check_events(result.events, result.code)
    assert result.verdicts() == {"family": "passed", "alone": "failed", **INNOCENTS}
    crash = result.one("CaseCrashed")
    assert crash["id"] == "memory_group::alone"
    assert "more than --memory-limit allows" in crash["cause"]
    check_nothing_left(result)


def test_an_interrupted_run_leaves_no_group(guest):
    result = guest["interrupted"]
    assert result.code == 2, result
    check_nothing_left(result)


def test_a_limit_below_what_suites_take_is_said_before_any_case(guest):
    result = guest["no-room-to-load"]
    assert result.code == 4, result
    assert "with these suites loaded, before any case; raise --memory-limit" in result.stderr
    check_nothing_left(result)
