import durations
import pytest


def test_the_longest_is_found():
    assert durations.longest(["1h", "90m", "30s"]) == "1h 30m"


def test_a_unit_has_to_be_known():
    with pytest.raises(ValueError, match="no unit of time: 'd'"):
        durations.parse("2d")
