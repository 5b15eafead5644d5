"""The table `[cache]`, and each mistake in it as one sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness.cli.test import read_options
from pyharness.config.effective import show
from pyharness.config.results_options import ResultsOptions
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[..., Path]

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "cached-results.md"
IN = "in [cache] of 'pyharness.toml'"
MISTAKES = {
    "cache = true": "invalid value true for 'cache' in 'pyharness.toml'; give a table",
    "[cache]\nresult = true": f"unknown key 'result' {IN}; did you mean 'results'?",
    "[cache]\nresults = 1": f"invalid value 1 for 'results' {IN}; give true or false",
    "[cache]\nresults = 'yes'": f"invalid value \"yes\" for 'results' {IN}; give true or false",
    "[cache]\nenvironment = 'TZ'": (
        f"invalid value \"TZ\" for 'environment' {IN}; give a list of at least one NAME, none of them empty"
    ),
    "[cache]\nenvironment = ['A=1']": (
        f"invalid value ['A=1'] for 'environment' {IN}; give names of variables, without '=' in them"
    ),
    "[cache]\ndata = []": f"invalid value [] for 'data' {IN}; give a list of at least one GLOB, none of them empty",
    "[cache]\ndata = ['']": f"invalid value [''] for 'data' {IN}; give a list of at least one GLOB, none of them empty",
}


def test_without_a_table_nothing_is_kept() -> None:
    assert read_options([], {}).cache == ResultsOptions()
    assert not ResultsOptions().results


@pytest.mark.parametrize("section", ["cache", "tool.pyharness.cache"])
def test_the_example_in_the_documentation_is_read(section: str, write: Write) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    name = "pyproject.toml" if section.startswith("tool") else "pyharness.toml"
    write(example.replace("[cache]", f"[{section}]"), name)
    assert read_options([], {}).cache == ResultsOptions(
        results=True,
        environment=("DATABASE_URL", "TZ"),
        data=("tests/data/**", "schema.sql"),
        where=f"[{section}] of '{name}'",
    )


def test_patterns_count_from_the_folder_of_the_file(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("[cache]\nresults = true\n")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert read_options([], {}).cache.folder == str(folder)


def test_each_value_is_shown_with_its_origin(write: Write) -> None:
    write("[cache]\nresults = true\n")
    lines = [" ".join(line.split()) for line in show(read_options([], {})) if line.startswith("cache.")]
    assert lines == [f"cache.results true {IN[3:]}", "cache.environment none default", "cache.data none default"]


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_names_file_key_and_what_is_allowed(text: str, write: Write) -> None:
    write(f"{text}\n")
    with pytest.raises(UsageError) as caught:
        read_options([], {})
    assert str(caught.value) == MISTAKES[text]
