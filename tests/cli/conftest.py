"""A session that runs nothing, in place of the one that needs the native core."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import pyharness
from pyharness.config.color import VARIABLES
from pyharness.errors import ExitCode
from pyharness.events import RunFinished
from pyharness.model import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyharness.config.options import TestOptions
    from pyharness.events import Event, Reporter


class FakeSession(SimpleNamespace):
    """Plays prepared events; keeps the options it was called with."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = [RunFinished(0, {"passed": 1}, 0)]
        self.code = ExitCode.OK
        self.listing = Listing([], [])
        self.error: BaseException | None = None
        self.options: TestOptions | None = None

    def run_tests(self, options: TestOptions, reporters: Sequence[Reporter], *_others: object) -> ExitCode:
        self.options = options
        for event in self.events:
            for reporter in reporters:
                reporter.handle(event)
        if self.error is not None:
            raise self.error
        return self.code

    def list_cases(self, options: TestOptions, _mention: object = None) -> Listing:
        self.options = options
        if self.error is not None:
            raise self.error
        return self.listing


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeSession:
    fake = FakeSession()
    monkeypatch.chdir(tmp_path)  # no configuration from around here
    monkeypatch.setitem(sys.modules, "pyharness.session", fake)
    monkeypatch.setattr(pyharness, "session", fake, raising=False)
    for name in list(os.environ):
        if name.startswith("PYHARNESS_") or name in VARIABLES:
            monkeypatch.delenv(name)
    return fake
