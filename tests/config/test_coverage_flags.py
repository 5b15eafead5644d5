"""Flags of coverage are given for something, or refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pyharness.cli.test import read_options
from pyharness.config.coverage_options import CoverageOptions
from pyharness.config.field import Field, fields_of
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

OTHERS = [field for field in fields_of(CoverageOptions) if field.name not in {"coverage", "coverage_contexts"}]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no configuration from around here
    return tmp_path


def words(field: Field) -> list[str]:
    value = {"coverage_fail_under": "99", "coverage_tool": "llvm"}.get(field.name, "x")
    return [field.flag] if field.kind is bool else [field.flag, value]


@pytest.mark.parametrize("field", OTHERS, ids=lambda field: field.name)
def test_what_needs_coverage_is_refused_without_it(field: Field) -> None:
    expected = f"'{field.flag}' is for runs with --coverage; add it, or leave it out"
    for taken_back in ([], ["--no-coverage"]):
        with pytest.raises(UsageError, match=f"^{re.escape(expected)}$"):
            read_options([*words(field), *taken_back], {})
    assert read_options(["--coverage", *words(field)], {}).coverage


@pytest.mark.parametrize("field", OTHERS, ids=lambda field: field.name)
def test_a_configuration_may_say_it_for_runs_with_coverage(field: Field, here: Path) -> None:
    value = {"coverage_tool": '"llvm"', "coverage_fail_under": '"99"'}.get(field.name, '"x"')
    value = "true" if field.kind is bool else f"[{value}]" if field.many else value
    (here / "pyharness.toml").write_text(f"[test]\n{field.key} = {value}\n")
    assert not read_options([], {}).coverage


def test_coverage_may_be_asked_for_elsewhere(here: Path) -> None:
    assert read_options(["--coverage-contexts", "--coverage-html=x"], {}).coverage
    (here / "pyharness.toml").write_text("[test]\ncoverage = true\n")
    assert read_options(["--coverage-html=x"], {}).coverage_html == "x"


def test_what_is_switched_off_needs_nothing() -> None:
    assert not read_options(["--no-coverage-crash-safe"], {}).coverage


def test_the_folder_is_also_for_what_is_affected() -> None:
    assert read_options(["--coverage-folder=x", "--affected-by=HEAD"], {}).coverage_folder == "x"


@pytest.mark.parametrize("flag", ["--coverage", "--coverage-contexts"])
def test_what_runs_a_part_only_does_not_measure(flag: str, here: Path) -> None:
    partly = "'--watch' runs only what a change affects, and coverage would be that of a part"
    with pytest.raises(UsageError, match=f"^{partly}, but '{flag}' asks for it; leave one of them out$"):
        read_options(["--watch", flag], {})
    key = flag.removeprefix("--")
    (here / "pyharness.toml").write_text(f"[test]\n{key} = true\n")
    advice = f"give '--no-{key}', too, or leave out '--watch'"
    with pytest.raises(UsageError, match=rf"^{partly}, but '{key}' in \[test\] of .* asks for it; {advice}$"):
        read_options(["--watch"], {})
    assert read_options(["--watch", f"--no-{key}"], {}).watch
