"""What stands in for the engine while suites and programs are loaded: it answers as it was told, and runs nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyharness.engine import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.engine import Query
    from pyharness.launcher import LaunchCommand, Launcher
    from pyharness.model import FailedSuite, Suite


class Answering:
    """Loads the suites that it has, by path, and answers queries in their order."""

    def __init__(self, *answers: Answer, suites: Sequence[Suite | FailedSuite] = ()) -> None:
        """Take the answers; of each query the command is kept in `asked`."""
        self.asked: list[LaunchCommand] = []
        self.launcher: Launcher | None = None
        self._answers = list(answers)
        self._suites = {suite.path: suite for suite in suites}

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        """See `Engine`."""
        return [self._suites[path] for path in paths]

    def ask(self, queries: Sequence[Query]) -> list[Answer]:
        """See `Engine`."""
        self.asked += [command(("/report", "/input", "127.0.0.1:1")) for command, _ in queries]
        answers, self._answers = self._answers[: len(queries)], self._answers[len(queries) :]
        assert len(answers) == len(queries), "more was asked than there are answers"
        return answers

    def add_programs(self, launcher: Launcher, suites: Sequence[Suite]) -> None:  # noqa: ARG002
        """See `Engine`."""
        self.launcher = launcher


def answer(report: object = None, **others: Any) -> Answer:
    """Return an answer with a report as JSON, or without any."""
    text = b"" if report is None else json.dumps(report).encode()
    fields = {"exit_code": 0, "signal": 0, "output": b"", "report": text, "why_none": ""}
    return Answer(**(fields | others))


def google_list(*names: str) -> Answer:
    """Return the list of a program of GoogleTest; names are `Suite.case`."""
    suites = [name.split(".") for name in names]
    return answer({"testsuites": [{"name": suite, "testsuite": [{"name": case}]} for suite, case in suites]})


def ctest_list(*tests: tuple[str, dict[str, Any]]) -> Answer:
    """Return the list of a CTest folder: names with properties."""
    listed = [
        {"name": name, "command": ["/bin/true"], "properties": [{"name": key, "value": value[key]} for key in value]}
        for name, value in tests
    ]
    return answer({"kind": "ctestInfo", "tests": listed})
