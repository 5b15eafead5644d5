"""What the output of ninja tells, however it is cut into pieces."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.building.ninja_file import Kind, Step
from pyharness.building.ninja_output import NinjaOutput, StepEnded, StepReady, new_token, planned_steps

TOKEN = "abc"
STEPS = [Step(Kind.COMPILE, "x.o", (0,)), Step(Kind.LINK, "x.so", (0,)), Step(Kind.LIST, "x.list", (0,))]


def told(*pieces):
    output = NinjaOutput(TOKEN, STEPS)
    return [news for piece in pieces for news in output.feed(piece)] + output.end()


SAID = (
    b"abc 0\nx.c: warning: abc 1 is no status\nabc 1\nFAILED: [code=1] x.so \ngcc -o x.so\nld: error\n"
    b"abc 2\nprinted\nabc ready\nninja: build stopped: cannot make progress due to previous errors.\n"
)
MEANT = [
    StepEnded(0, False, b"x.c: warning: abc 1 is no status\n"),
    StepEnded(1, True, b"ld: error\n"),
    StepReady(2),
    StepEnded(2, False, b"printed\n"),
]


@given(st.lists(st.integers(0, len(SAID)), max_size=8))
def test_pieces_of_any_size_tell_the_same(cuts):
    places = [0, *sorted(cuts), len(SAID)]
    assert told(*(SAID[begin:end] for begin, end in itertools.pairwise(places))) == MEANT


def test_readiness_is_told_before_the_step_has_ended_for_ninja():
    output = NinjaOutput(TOKEN, STEPS)
    assert output.feed(b"abc 2\nabc ready\n") == [StepReady(2)]


def test_a_status_that_follows_on_an_unfinished_line():
    assert told(b"abc 0\nno endabc 1\n\nFAILED: [code=2] x.so \nld\nwhy") == [
        StepEnded(0, False, b"no end"),
        StepEnded(1, True, b"why"),
    ]


@pytest.mark.parametrize(
    "lie", [b"FAILED: y.o \ngcc\n", b"FAILED: x.o\n", b"FAILED: x.so \nld\n", b"x\nFAILED: x.o \ngcc\n"]
)
def test_words_that_look_like_a_failure(lie):
    assert told(b"abc 0\n" + lie) == [StepEnded(0, False, lie)]


def test_what_ninja_says_before_the_first_step_is_no_step():
    assert told(b"ninja: entering\n") == []


def test_planned_steps():
    assert planned_steps(b"abc 2\nabc 0\nabc x\nxyz 1\n", TOKEN) == [2, 0]
    assert new_token() != new_token()
