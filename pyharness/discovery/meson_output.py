"""What a test's output says of it in Meson's eyes: the protocols `tap` and `rust`, one verdict for the whole test."""

from __future__ import annotations

import re
from typing import NamedTuple

from pyharness.model import Outcome

_DIRECTIVE = r"(?:\s*#\s*(?P<directive>(?i:skip\S*|todo))\b\s*(?P<why>.*))?"
_TEST = re.compile(r"(?P<result>ok|not ok)\s*(?:(?P<number>\d+)\s*)?(?P<name>[^#]*)" + _DIRECTIVE)
_PLAN = re.compile(r"1\.\.(?P<count>\d+)" + _DIRECTIVE)
_BAIL_OUT = re.compile(r"Bail out!\s*(.*)")
_VERSION = re.compile(r"TAP version (\d+)")
_YAML_BEGIN = re.compile(r"(\s+)---")
_YAML_END = re.compile(r"\s+\.\.\.\s*$")
_FIRST_VERSION = 13
_RUST_TEST = re.compile(r"test (?!result)(?P<name>.*) \.\.\. (?P<result>.*)")


class Judged(NamedTuple):
    """What the output comes to, before the exit code is looked at."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()


class _Tap:
    """Reads the lines of one test. Failures and errors are kept apart: an error outweighs."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.errors: list[str] = []
        self.skipped = 0
        self.why = ""
        self.tests = 0
        self._planned: int | None = None
        self._plan_was_late = False
        self._bailed_out = False
        self._last = 0
        self._highest = 0
        self._version = 12
        self._after_test = False
        self._yaml = ""

    def read(self, number: int, line: str) -> None:
        if self._in_yaml(line):
            return
        line = line.rstrip()
        self._after_test = False
        if not line or line.startswith("#"):
            return
        if match := _TEST.match(line):
            self._read_test(match)
        elif match := _PLAN.match(line):
            self._read_plan(match)
        elif match := _BAIL_OUT.match(line):
            self._bailed_out = True
            self.errors.append(f"bailed out: {match[1]}")
        elif match := _VERSION.match(line):
            self._read_version(number, int(match[1]))

    def _in_yaml(self, line: str) -> bool:
        """Take lines of a block that explains the test before it."""
        if self._yaml:
            if _YAML_END.match(line):
                self._yaml = ""
                return True
            if line.startswith(self._yaml):
                return True
            self.errors.append("a YAML block is not closed")
            self._yaml = ""
            return False
        begin = _YAML_BEGIN.match(line) if self._after_test and self._version >= _FIRST_VERSION else None
        self._yaml = begin[1] if begin else ""
        return begin is not None

    def _read_test(self, match: re.Match[str]) -> None:
        if self._plan_was_late:
            self.errors.append("a test follows a plan that stands last")
        self.tests += 1
        self._last = int(match["number"]) if match["number"] else self._last + 1
        self._highest = max(self._highest, self._last)
        if self._planned is not None and self._last > self._planned:
            self.errors.append(f"test {self._last} is beyond the plan")
        self._after_test = True
        directive = (match["directive"] or "").lower()
        name = f"{self._last} {match['name']}".strip()
        passed = match["result"] == "ok"
        if directive.startswith("skip") and passed:
            self.skipped += 1
        elif directive == "todo":
            self.failures += [f"passed, but is to do: {name}"] if passed else []
        elif not passed:
            self.failures.append(f"not ok: {name}")

    def _read_plan(self, match: re.Match[str]) -> None:
        if self._planned is not None:
            self.errors.append("more than one plan")
            return
        self._planned = int(match["count"])
        self._plan_was_late = self.tests > 0
        directive = (match["directive"] or "").lower()
        self.why = match["why"] or ""
        if directive and not (directive.startswith("skip") and self._planned == 0):
            self.errors.append("invalid directive of the plan")

    def _read_version(self, number: int, version: int) -> None:
        self._version = version
        if number != 1:
            self.errors.append("the version is not the first line")
        elif version < _FIRST_VERSION:
            self.errors.append(f"there is no version {version} of TAP to declare")

    def end(self) -> None:
        if self._yaml:
            self.errors.append("a YAML block is not closed")
        if self._bailed_out:
            return
        if self._planned is not None and self.tests != self._planned:
            self.errors.append(f"{self.tests} tests of {self._planned} planned")
        elif self._highest != self.tests:
            self.errors.append(f"numbers up to {self._highest} of {self.tests} tests")


def judge_tap(output: str) -> Judged:
    """Judge the output of a test that speaks TAP, as Meson does. No test at all, or none but skipped ones: a skip."""
    tap = _Tap()
    for number, line in enumerate(output.split("\n"), 1):
        tap.read(number, line)
    tap.end()
    reasons = (*tap.errors, *tap.failures)
    if tap.errors:
        return Judged(Outcome.ERROR, reasons)
    if tap.skipped == tap.tests:
        return Judged(Outcome.SKIP, (tap.why or ("all tests were skipped" if tap.tests else "no test was run"),))
    return Judged(Outcome.FAIL if tap.failures else Outcome.PASS, reasons)


def judge_rust(output: str) -> Judged:
    """Judge the output of a program of Rust's own test framework. None but ignored tests: a skip."""
    found = [match for match in map(_RUST_TEST.match, output.splitlines()) if match]
    odd = [match for match in found if not match["result"].startswith(("ok", "ignored", "FAILED"))]
    if odd:
        return Judged(Outcome.ERROR, tuple(f"unknown result: {match[0]}" for match in odd))
    failed = [match for match in found if match["result"].startswith("FAILED")]
    if failed:
        return Judged(Outcome.FAIL, tuple(f"failed: {match['name']}" for match in failed))
    if all(match["result"].startswith("ignored") for match in found):
        return Judged(Outcome.SKIP, ("all tests were ignored" if found else "no test was run",))
    return Judged(Outcome.PASS)
