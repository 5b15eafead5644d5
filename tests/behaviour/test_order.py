"""What comes before what: dependencies and priorities, through the native engine."""

from __future__ import annotations

from array import array

import pytest

from pyharness.config.options import TestOptions
from pyharness.config.settings import Settings
from pyharness.engine import OUTCOMES, EngineOptions, NativeEngine, Order
from pyharness.model import Outcome
from pyharness.selection import parse


class Ran:
    """A run of some cases of the suite `verdicts` on one worker."""

    def __init__(self, path: str, names: list[str], order: Order) -> None:
        engine = NativeEngine(EngineOptions(workers=1))
        try:
            (suite,) = engine.load([path])
            indices = [suite.names.index(name) for name in names]
            settings = Settings(TestOptions(), parse)
            engine.start([0] * len(names), indices, settings, settings.of(suite, indices), order)
            self.ended: list[str] = []
            self.outcomes: dict[str, Outcome] = {}
            self.unmet: list[tuple[str, str]] = []
            over = False
            while not over:
                batch = engine.wait(1000)
                ended = [names[task] for task in batch.tasks]
                self.ended += ended
                self.outcomes |= {name: OUTCOMES[outcome] for name, outcome in zip(ended, batch.outcomes, strict=True)}
                self.unmet += [(names[unmet.task], names[unmet.needed]) for unmet in batch.unmet]
                over = batch.over
            self.not_run = engine.not_run()
        finally:
            engine.close()


def ran(programs, names, **order):
    return Ran(programs["verdicts"], names, Order(**order))


NAMES = ["passes[0]", "passes[1]", "fails[0]", "skips[0]"]


def test_cases_run_after_those_that_they_wait_for(programs):
    run = ran(programs, NAMES, after={0: [1], 1: [2, 3]})
    assert run.ended == ["fails[0]", "skips[0]", "passes[1]", "passes[0]"]
    assert run.unmet == []


def test_a_case_whose_need_has_passed_runs(programs):
    run = ran(programs, NAMES, needs={0: [1]})
    assert run.ended.index("passes[1]") < run.ended.index("passes[0]")
    assert run.outcomes["passes[0]"] is Outcome.PASS


def test_a_case_whose_need_has_failed_is_not_run_and_what_comes_after_it_is(programs):
    names = ["fails[0]", "passes[0]", "passes[1]", "passes[2]"]
    run = ran(programs, names, needs={1: [0], 2: [1]}, after={3: [2]})
    assert run.ended == ["fails[0]", "passes[2]"]
    assert run.unmet == [("passes[0]", "fails[0]"), ("passes[1]", "passes[0]")]
    assert run.not_run == []


def test_a_skipped_need_is_good_enough(programs):
    run = ran(programs, ["skips[0]", "passes[0]"], needs={1: [0]})
    assert run.ended == ["skips[0]", "passes[0]"]
    assert (run.unmet, run.not_run) == ([], [])


def test_higher_priorities_run_first(programs):
    run = ran(programs, NAMES, priorities=[0.5, 2, 0.5, 1])
    assert run.ended == ["passes[1]", "skips[0]", "passes[0]", "fails[0]"]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"after": {0: [1]}, "needs": {1: [0]}}, "task 0 waits for task 1, which waits for task 0"),
        ({"after": {0: [4]}}, "task 0 waits for task 4, and only tasks below 4 exist"),
        ({"priorities": array("f", [1, 2])}, "there are 4 tasks, and 2 priorities"),
    ],
)
def test_an_order_that_cannot_be_is_refused_before_anything_starts(programs, order, message):
    with pytest.raises(ValueError, match=message):
        ran(programs, NAMES, **order)
