"""A fake engine in the place of the native one, and those who listen to a run of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyharness import loading, session
from pyharness.batch import Batch
from pyharness.config.options import TestOptions
from pyharness.discovery import Target
from pyharness.engine import IN_PLAN_ORDER
from pyharness.model import FailedSuite, Suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyharness.config.settings import Settings
    from pyharness.engine import Answer, Order, Query
    from pyharness.errors import ExitCode
    from pyharness.events import Event
    from pyharness.launcher import LaunchCommand, Launcher

CHANNELS = ("/report", "/input", "127.0.0.1:1")


def suite(name: str, count: int, flags: Sequence[int] | None = None) -> Suite:
    names = [f"case {number}" for number in range(count)]
    return Suite(
        name=name,
        group="",
        path=f"{name}.so",
        names=names,
        files=["x.c"] * count,
        lines=list(range(count)),
        tags=["even" if number % 2 == 0 else "odd" for number in range(count)],
        timeouts_ms=[None] * count,
        flags=list(flags or [0] * count),
    )


def batch(tasks: Sequence[int] = (), outcomes: Sequence[int] = (), **others: Any) -> Batch:
    size = len(tasks)
    fields = {
        "tasks": list(tasks),
        "outcomes": bytes(outcomes),
        "workers": [0] * size,
        "starts_ns": [0] * size,
        "durations_ns": list(range(size)),
        "attempts": [1] * size,
        "finals": bytes([1] * size),
        "retry_delays_ms": [0] * size,
        "unmet": (),
        "reports": {},
        "leaks": {},
        "stacks": (),
        "late_outputs": (),
        "started": (),
        "interrupted": (),
        "running": (),
        "crashes": (),
        "panic": False,
        "failed_suites": (),
        "host_failures": (),
        "over": False,
        "timed_out": False,
        "output_ranges": ([0] * size, [0] * size, [0] * size),
    }
    return Batch(**(fields | others))


class FakeEngine:
    """Gives the suites and batches that it was made with."""

    workers = 2
    note = ""

    def __init__(
        self, suites: Sequence[Suite | FailedSuite], batches: Sequence[Batch] = (), left: Sequence[int] = ()
    ) -> None:
        self.suites, self.left = list(suites), list(left)
        self.batches: Iterator[Batch] = iter([*batches, batch(over=True)])
        self.answers: list[Answer] = []
        self.asked: list[LaunchCommand] = []
        self.launcher: Launcher | None = None
        self.programs: list[Suite] = []
        self.started: list[tuple[int, int]] = []
        self.order = IN_PLAN_ORDER
        self.closed = False

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        assert len(paths) == len(self.suites)
        return self.suites

    def ask(self, queries: Sequence[Query]) -> list[Answer]:
        assert len(queries) <= len(self.answers)
        answers, self.answers = self.answers[: len(queries)], self.answers[len(queries) :]
        self.asked += [command(CHANNELS) for command, _ in queries]
        return answers

    def add_programs(self, launcher: Launcher, suites: Sequence[Suite]) -> None:
        self.launcher, self.programs = launcher, list(suites)

    def start(
        self,
        libraries: Sequence[int],
        indices: Sequence[int],
        _settings: Settings,
        _settings_of: Sequence[int],
        order: Order = IN_PLAN_ORDER,
        *,
        grows: bool = False,
    ) -> None:
        assert not grows
        self.started = list(zip(libraries, indices, strict=True))
        self.order = order

    def wait(self, limit_ms: int) -> Batch:
        assert limit_ms > 0
        return next(self.batches)

    def output(self, batch: Batch, position: int) -> bytes:
        return f"output of {batch.tasks[position]}".encode()

    def cancel(self, *, now: bool) -> None:
        raise AssertionError(now)

    def not_run(self) -> list[int]:
        return self.left

    def close(self) -> None:
        self.closed = True


class Listener:
    """Keeps what it is told."""

    def __init__(self, *, wants_passes: bool) -> None:
        self.wants_passes = wants_passes
        self.events: list[Any] = []

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        """Nothing is held."""

    def types(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


class Result:
    """What a run came to, and what was told of it."""

    def __init__(self, code: ExitCode, patient: Listener, brief: Listener) -> None:
        self.code, self.patient, self.brief = code, patient, brief

    def __iter__(self) -> Iterator[Any]:
        return iter((self.code, self.patient, self.brief))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run what a fake engine gives."""

    def run_engine(engine: FakeEngine, **options: Any) -> Result:
        targets = [Target(path=f"{number}.so", explicit=True, cases=None) for number in range(len(engine.suites))]
        monkeypatch.setattr(session, "_make_engine", lambda _: engine)
        monkeypatch.setattr(loading, "find_targets", lambda *_: targets)
        patient, brief = Listener(wants_passes=True), Listener(wants_passes=False)
        code = session.run_tests(TestOptions(**options), [patient, brief])
        assert engine.closed
        return Result(code, patient, brief)

    return run_engine


@pytest.fixture(name="suite")
def _suite() -> Callable[..., Suite]:
    return suite


@pytest.fixture(name="batch")
def _batch() -> Callable[..., Batch]:
    return batch


@pytest.fixture
def fake_engine() -> type[FakeEngine]:
    return FakeEngine
