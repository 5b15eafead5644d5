"""Builds that are stopped, killed, or not alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pyharness.building import Builder
from pyharness.building.lock import BuildLock
from pyharness.building.ninja_process import _processes
from tests.building.conftest import follow
from tests.conftest import SCRIPTS

SOURCES = 4
SOURCE = """#include "value.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((visibility("default"))) int value_{number}(void) {{ return VALUE + {number}; }}
"""
FIFO_CC = """#!/bin/sh
# Compiles, but each compilation first says that it has begun, and waits until the gate is open.
for word; do case $word in *.test.c) echo "$word" >> {begun}; read line < {gate};; esac; done
exec gcc "$@"
"""


def values(built):
    """Load all libraries in one fresh process and return what their functions give."""
    code = "import ctypes, sys\nfor word in sys.argv[1:]:\n"
    code += "  path, name = word.rsplit('=', 1); print(getattr(ctypes.CDLL(path), name)())"
    words = [
        f"{news.suite.library}=value_{number}"
        for news in built.ready.values()
        for number in range(SOURCES)
        if f"t{number}.test.c" in " ".join(news.suite.sources)
    ]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return sorted(map(int, done.stdout.split()))


@pytest.fixture
def gated(project, tmp_path):
    """Compilations that wait until they are let go."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    os.mkfifo(gate)
    compiler = tmp_path / "gated-cc"
    compiler.write_text(FIFO_CC.format(begun=begun, gate=gate))
    compiler.chmod(0o755)
    project.environment["CC"] = str(compiler)
    for number in range(SOURCES):
        project.write(f"{number % 2}/t{number}.test.c", f"int x{number};\n")
    project.begun, project.gate = begun, gate
    return project


def until(holds, limit_s=30):
    for _ in range(int(limit_s / 0.005)):
        if holds():
            return
        select.select([], [], [], 0.005)
    raise AssertionError("did not come to pass")


def children_of(builder):
    ninja = builder._process._process.pid
    return [number for number, parent in _processes() if parent == ninja]


@pytest.mark.parametrize("seed", range(10))
def test_a_build_that_is_killed_at_any_moment_is_made_good_by_the_next(project, seed):
    chance = random.Random(seed)
    project.write("pyharness.toml", '[build]\nsources = ["src/*.c"]\n')
    project.write("src/under.c", '#include "../value.h"\nint under(void) { return VALUE; }\n')
    for number in range(SOURCES):
        project.write(f"{number % 2}/t{number}.test.c", SOURCE.format(number=number).replace("value.h", "../value.h"))
    project.write("value.h", "#define VALUE 0\n")
    if chance.random() < 0.5:
        project.build()
    project.write("value.h", f"#define VALUE {100 * seed}\n")
    builder = project.builder()
    assert builder.start()
    select.select([], [], [], chance.uniform(0, 0.25))
    ninja = builder._process._process.pid
    groups = [ninja, *children_of(builder)] if seed % 2 else [ninja]  # else the compilers go on, alone
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    follow(builder)
    built = project.build()
    assert len(built.ready) == 2
    assert values(built) == [100 * seed + number for number in range(SOURCES)]
    assert project.build().ran == []


def test_ninja_that_is_killed_is_told(gated):
    builder = gated.builder()
    builder.start()
    until(gated.begun.exists)
    children = children_of(builder)
    os.kill(builder._process._process.pid, signal.SIGKILL)
    built = follow(builder)
    assert {news.reason for news in built.not_built.values()} == {"ninja was ended by SIGKILL"}
    for child in children:
        os.killpg(child, signal.SIGKILL)


def test_a_build_that_is_stopped_leaves_nothing_behind(gated):
    builder = gated.builder()
    builder.start()
    until(lambda: gated.begun.exists() and len(gated.begun.read_text().split()) == 2)
    ninja, children = builder._process._process.pid, children_of(builder)
    assert len(children) == 2
    builder.stop(10)
    built = follow(builder)
    assert [news.reason for news in built.not_built.values()] == ["the build was stopped"] * 2
    assert not [number for number in (ninja, *children) if runs(number)]


def test_commands_that_ignore_the_interrupt_are_killed(gated):
    compiler = Path(gated.environment["CC"])
    compiler.write_text(compiler.read_text().replace("#!/bin/sh\n", "#!/bin/sh\ntrap '' INT TERM HUP\n"))
    builder = gated.builder()
    builder.start()
    until(lambda: gated.begun.exists() and len(gated.begun.read_text().split()) == 2)
    ninja, children = builder._process._process.pid, children_of(builder)
    builder.stop(0.1)
    follow(builder)
    until(lambda: not any(runs(number) for number in (ninja, *children)))  # killed, they still have to end


def test_a_build_pauses_with_its_commands(gated):
    builder = gated.builder()
    builder.start()
    until(lambda: gated.begun.exists() and len(gated.begun.read_text().split()) == 2)
    everyone = [builder._process._process.pid, *children_of(builder)]
    builder.signal(signal.SIGSTOP)
    until(lambda: {state_of(number) for number in everyone} == {"T"})
    builder.signal(signal.SIGCONT)
    until(lambda: "T" not in {state_of(number) for number in everyone})
    let_all_go(gated, builder)
    assert len(follow(builder).ready) == 2


def runs(number):
    """Return whether the process is there; one that nobody has waited for yet runs no more."""
    try:
        return state_of(number) != "Z"
    except FileNotFoundError:
        return False


def test_no_more_commands_run_at_once_than_there_are_jobs(gated):
    builder = Builder(gated.plan(), 1, environment=gated.environment)
    builder.start()
    until(gated.begun.exists)
    assert len(children_of(builder)) == 1
    let_all_go(gated, builder)
    assert len(follow(builder).ready) == 2
    assert len(gated.begun.read_text().split()) == SOURCES


def test_a_build_whose_pyharness_is_killed_is_made_good_by_the_next(gated):
    command = [SCRIPTS / "pyharness", "test"]
    run = subprocess.Popen(command, env=gated.environment, stdout=subprocess.DEVNULL, start_new_session=True)
    until(gated.begun.exists)
    run.kill()
    run.wait()
    orphans = [number for number, _ in _processes() if mentions(number, gated.environment["CC"])]
    assert orphans, "the compilers go on"
    builder = gated.builder()
    said = []
    assert not builder.start(said.append, lambda: True)
    assert "goes on" in said[0]
    for orphan in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    gated.environment["CC"] = "gcc"
    assert len(gated.build().ready) == 2


def mentions(number, word):
    with contextlib.suppress(OSError):
        return word.encode() in Path(f"/proc/{number}/cmdline").read_bytes()
    return False


def state_of(number):
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]


def let_all_go(gated, builder):
    """Open the gate for good: whoever holds the other end of it lets everyone pass."""

    def feed():
        while not builder.is_over:
            with contextlib.suppress(OSError):
                descriptor = os.open(gated.gate, os.O_WRONLY | os.O_NONBLOCK)
                with contextlib.suppress(OSError):
                    os.write(descriptor, b"\n")
                os.close(descriptor)
            select.select([], [], [], 0.005)

    threading.Thread(target=feed, daemon=True).start()


def test_a_suite_is_told_while_others_compile(gated):
    gated.write("free/x.test.cpp", "int x;\n")  # by another compiler, which waits for nothing
    for number in range(1, SOURCES):
        (gated.root / f"{number % 2}/t{number}.test.c").unlink()
    builder = gated.builder()
    builder.start()
    told = []

    def free_is_told():
        told.extend(news.suite.name for news in builder.poll())
        return "free" in told

    until(free_is_told)
    assert told == ["free"]
    assert not builder.is_over
    let_all_go(gated, builder)
    assert list(follow(builder).ready) == ["0"]


def test_a_second_build_waits_for_the_first_and_says_so(gated):
    first = gated.builder()
    first.start()
    until(gated.begun.exists)
    second = gated.builder()
    said: list[str] = []
    asked: list[int] = []

    def give_up_at_last():
        asked.append(1)
        return len(asked) > 3

    assert not second.start(said.append, give_up_at_last)
    assert second.is_over
    (sentence,) = said
    assert f"another build, begun by process {os.getpid()}, goes on in" in sentence
    let_all_go(gated, first)
    assert len(follow(first).ready) == 2
    third = gated.builder()
    assert third.start(said.append)
    assert len(said) == 1, "nobody holds it any more"
    assert third.is_over


def test_compilers_that_have_lost_ninja_hold_the_lock(gated):
    builder = gated.builder()
    builder.start()
    until(lambda: gated.begun.exists() and len(gated.begun.read_text().split()) == 2)
    children = children_of(builder)
    os.kill(builder._process._process.pid, signal.SIGKILL)
    follow(builder)
    lock = os.open(next(gated.root.glob(".pyharness/build/*/lock")), os.O_RDWR)

    def is_free():
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    assert not is_free()
    for child in children:
        os.killpg(child, signal.SIGKILL)
    until(is_free)
    os.close(lock)


def test_two_builds_at_once_are_both_right(project):
    for number in range(SOURCES):
        project.write(f"{number % 2}/t{number}.test.c", SOURCE.format(number=number))
        project.write(f"{number % 2}/value.h", "#define VALUE 7\n")
    results = []
    threads = [threading.Thread(target=lambda: results.append(build_alone(project))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [values(built) for built in results] == [[7, 8, 9, 10]] * 2
    assert sorted(sum(news.steps for news in built.ready.values()) for built in results) == [0, 8]


def build_alone(project):
    builder = project.builder()
    builder.start()
    return follow(builder)


def test_the_lock_names_its_holder_only_while_there_is_one(tmp_path):
    said: list[str] = []
    first, second = BuildLock(str(tmp_path)), BuildLock(str(tmp_path))
    assert first.acquire(said.append, lambda: False)
    assert not second.acquire(said.append, lambda: True)
    assert second.descriptor == -1
    first.release()
    assert second.acquire(said.append, lambda: False)
    assert len(said) == 1
    second.release()
