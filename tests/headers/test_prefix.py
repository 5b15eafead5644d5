"""PYHARNESS_CASE_PREFIX: what stands before the names of the cases of one source file of a library."""

from __future__ import annotations

import json
import os

import pytest

VERDICTS = {
    "math/add.test.cpp::is in a header": "passed",
    "math/add.test.cpp::counts in a header[3]": "failed",
    "math/add.test.cpp::counts in a header[4]": "passed",
    "math/add.test.cpp::same": "passed",
    "math/add.test.cpp::same in a fixture": "passed",
    "math/add.test.cpp::same of[1]": "passed",
    "math/add.test.cpp::same of[2]": "failed",
    "math/add.test.cpp::same of nothing": "skipped",
    "math/add.test.cpp::same of both[1]": "failed",
    "math/add.test.cpp::same of both[2]": "failed",
    "is in a header": "passed",
    "counts in a header[3]": "failed",
    "counts in a header[4]": "passed",
    "same": "failed",
    "same in a fixture": "passed",
    "same of[1]": "passed",
    "same of[2]": "passed",
    "same of both[1]": "failed",
    "same of both[2]": "failed",
    "first.test.c::same": "passed",
    "first.test.c::same of[0]": "passed",
    "first.test.c::same of[1]": "failed",
    "second.test.c::same": "failed",
    "second.test.c::same of[0]": "passed",
    "second.test.c::same of[1]": "passed",
}


def test_each_file_has_the_cases_of_its_own(pyharness, programs):
    assert pyharness.test(programs["prefixes"]).verdicts() == VERDICTS


def test_a_prefixed_case_stands_where_it_was_written(pyharness, programs):
    listed = json.loads(pyharness.test(programs["prefixes"], "--list", "--list-format", "json").stdout)
    files = {case["name"]: case["file"] for case in listed}
    assert len(files) == len(listed) == len(VERDICTS)
    for name, file in files.items():
        own = "shared.hpp" if "in a header" in name else name.rpartition("::")[0] or "same.test.cpp"
        assert os.path.normpath(file).endswith(f"/programs/prefixes/{own}"), name
    assert {case["name"] for case in listed if case["tags"] == ["tag"]} == {
        "math/add.test.cpp::same of[1]",
        "math/add.test.cpp::same of[2]",
        "same of[1]",
        "same of[2]",
        "second.test.c::same of[0]",
        "second.test.c::same of[1]",
    }


def test_a_prefixed_case_is_selected_by_its_whole_name(pyharness, programs):
    result = pyharness.test(programs.case("prefixes", "second.test.c::same"))
    assert result.verdicts() == {"second.test.c::same": "failed"}
    assert result.one("AttemptFinished")["id"] == "prefixes::second.test.c::same"


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_a_prefix_alone_is_no_name(pyharness, programs, language):
    result = pyharness.test(programs[f"prefix_only_{language}"])
    assert result.code == 11
    assert "case 0 has no name" in result.stderr + result.stdout
