"""Real build folders, real CTest, and the few lines of a run that tests of front ends need."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pyharness.adapters.protocol import Channels, Exit
from pyharness.discovery.ctest import list_command, read_listing
from tests.adapters.launching import launch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.protocol import Adapter, Command, ListedCase
    from pyharness.discovery.ctest import CTestListing

NO_CHANNELS = Channels("", "", "")


def configure(source: Path, lists: str, *arguments: str, languages: str = "NONE") -> str:
    """Make a CMake project of `lists` and its build folder; return that."""
    head = f"cmake_minimum_required(VERSION 3.25)\nproject(sample {languages})\nenable_testing()\n"
    source.mkdir(parents=True, exist_ok=True)
    (source / "CMakeLists.txt").write_text(head + lists, encoding="utf-8")
    build = source / "build"
    run(["cmake", "-S", str(source), "-B", str(build), "-G", "Ninja", *arguments])
    return str(build)


def run(arguments: Sequence[str], folder: str | None = None) -> str:
    """Run a tool that has to succeed; return its standard output."""
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def execute(command: Command) -> tuple[bytes, Exit]:
    """Run a command that lists; return output and exit."""
    environment = {name: value for name, value in {**os.environ, **command.environment}.items() if value is not None}
    done = subprocess.run(
        command.arguments,
        cwd=command.folder or None,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout, Exit(max(done.returncode, 0), max(-done.returncode, 0))


def list_folder(build: str, configuration: str = "", environment: Mapping[str, str] | None = None) -> CTestListing:
    """List a folder by the real CTest."""
    report = Path(build) / "listing.json"
    output, status = execute(list_command(build, str(report), configuration))
    assert status == Exit(0), output
    return read_listing(report.read_bytes(), os.environ if environment is None else environment)


def ctest_verdicts(build: str, *arguments: str) -> dict[str, str]:
    """Run the real CTest; return `pass fail skip disabled blocked error` by the name of the test."""
    junit = Path(build) / "junit.xml"
    subprocess.run(
        ["ctest", "-j2", "--output-junit", str(junit), *arguments], cwd=build, capture_output=True, check=False
    )
    return {case.attrib["name"]: _verdict(case) for case in ET.parse(junit).getroot().iter("testcase")}


def _verdict(case: ET.Element) -> str:
    status = case.attrib["status"]
    if status != "notrun":
        return {"run": "pass"}.get(status, status)
    skipped = case.find("skipped")
    assert skipped is not None
    message = skipped.attrib["message"]
    if message.startswith("SKIP_"):
        return "skip"
    return "blocked" if message == "Fixture dependency failed" else "error"


def our_verdicts(adapter: Adapter, program: str, cases: Sequence[ListedCase]) -> dict[str, str]:
    """Run cases one by one, in an order that keeps what they say of each other; the words are those of CTest."""
    verdicts: dict[str, str] = {}
    waiting = list(cases)
    while waiting:
        ready = [case for case in waiting if not {*case.after, *case.needs} & {other.name for other in waiting}]
        assert ready, f"a cycle: {[case.name for case in waiting]}"
        for case in ready:
            verdicts[case.name] = _run_case(adapter, program, case, verdicts)
        waiting = [case for case in waiting if case not in ready]
    return verdicts


def _run_case(adapter: Adapter, program: str, case: ListedCase, verdicts: Mapping[str, str]) -> str:
    if case.disabled:
        return "disabled"
    if any(verdicts[name] not in ("pass", "skip", "disabled") for name in case.needs):
        return "blocked"
    limit_s = case.timeout_ms / 1000 if case.timeout_ms else 60
    try:
        launched = launch(adapter, program, [case], limit_s=limit_s)
    except pytest.fail.Exception:
        return "fail"
    if case.name not in launched.ended:
        assert launched.running == case.name
        return "fail"
    return launched.outcomes[case.name]
