"""The table `[build]`, and each mistake in it as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyharness.cli.test import read_options
from pyharness.config import build_options
from pyharness.config.build_options import BuildOptions, BuildOverride
from pyharness.config.field import fields_of
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

EACH_KEY: dict[str, tuple[str, Any]] = {
    "c-compiler": ('"gcc -m32"', "gcc -m32"),
    "cxx-compiler": ('"clang++"', "clang++"),
    "c-standard": ('"gnu99"', "gnu99"),
    "cxx-standard": ('"c++20"', "c++20"),
    "flags": ('["-O1", "-DA=b c"]', ("-O1", "-DA=b c")),
    "c-flags": ('["-O1"]', ("-O1",)),
    "cxx-flags": ('["-O1"]', ("-O1",)),
    "include": ('["include"]', ("include",)),
    "pkg-config": ('["zlib"]', ("zlib",)),
    "libraries": ('["m", "lib/x.a"]', ("m", "lib/x.a")),
    "link-flags": ('["-pthread"]', ("-pthread",)),
    "sources": ('["src/*.c"]', ("src/*.c",)),
}


def refusal(*arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        read_options(arguments, {})
    return str(caught.value)


def test_the_table_above_is_complete() -> None:
    assert set(EACH_KEY) == set(build_options.by_key(BuildOptions))


@pytest.mark.parametrize("section", ["build", "tool.pyharness.build"])
@pytest.mark.parametrize("key", EACH_KEY)
def test_each_key_reaches_its_field(key: str, section: str, write: Write) -> None:
    text, expected = EACH_KEY[key]
    name = "pyproject.toml" if section.startswith("tool") else "pyharness.toml"
    write(f"[{section}]\n{key} = {text}\n", name)
    build = read_options([], {}).build
    assert getattr(build, build_options.by_key(BuildOptions)[key].name) == expected
    assert build.where == f"[{section}] of '{name}'"


@pytest.mark.parametrize("key", [field.key for field in fields_of(BuildOverride)])
def test_each_key_of_an_override_reaches_its_field(key: str, write: Write) -> None:
    text, expected = EACH_KEY.get(key, ('"tests/**"', "tests/**"))
    path = "" if key == "path" else 'path = "x"\n'
    write(f"[[build.overrides]]\n{path}{key} = {text}\n")
    (override,) = read_options([], {}).build.overrides
    assert getattr(override, build_options.by_key(BuildOverride)[key].name) == expected


def test_the_root_is_the_folder_of_the_configuration(
    folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_options([], {}).build.root == str(folder)
    write("")
    assert read_options([], {}).build.root == str(folder)
    (folder / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(folder / "a" / "b")
    assert read_options([], {}).build.root == str(folder)
    assert read_options(["--no-config"], {}).build.root == str(folder / "a" / "b")


IN = "in [build] of 'pyharness.toml'"
IN_OVERRIDE = "in [[build.overrides]] number 1 of 'pyharness.toml'"
MISTAKES = {
    "build = 1": "invalid value 1 for 'build' in 'pyharness.toml'; give a table",
    "[build]\nflag = ['x']": f"unknown key 'flag' {IN}; did you mean 'flags'?",
    "[build]\npath = 'x'": f"unknown key 'path' {IN}; it is for some sources, put it under [[build.overrides]]",
    "[build]\nflags = '-O2'": (
        f"invalid value \"-O2\" for 'flags' {IN}; give a list of at least one FLAG, none of them empty"
    ),
    '[build]\nflags = ["a\\nb"]': (
        f"invalid value ['a\\nb'] for 'flags' {IN}; give a list of at least one FLAG, none of them empty, on one line"
    ),
    "[build]\nc-standard = 'c++17'": (
        f"invalid value \"c++17\" for 'c-standard' {IN}; give the name of a standard, such as 'c11' or 'gnu11'"
    ),
    "[build]\ncxx-standard = 20": (
        f"invalid value 20 for 'cxx-standard' {IN}; give the name of a standard, such as 'c++20' or 'gnu++20'"
    ),
    "[build]\nc-compiler = ''": f"invalid value \"\" for 'c-compiler' {IN}; give a COMMAND that is not empty",
    "[[build.overrides]]\nflags = ['x']": (
        f"no 'path' {IN_OVERRIDE}; say which sources it is for, such as \"tests/net/**\""
    ),
    "[[build.overrides]]\npath = 'x'\nsources = ['x']": (
        f"unknown key 'sources' {IN_OVERRIDE}; it is for all sources, put it under [build]"
    ),
    "[build]\noverrides = 1": f"invalid value 1 for 'overrides' {IN}; give tables, each under [[build.overrides]]",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_names_file_key_and_what_is_allowed(text: str, write: Write) -> None:
    write(text)
    assert refusal() == MISTAKES[text]


@pytest.mark.parametrize(
    "value", ["memory", "", "address,", "address,thread", "thread,leak", "Address", "address undefined"]
)
def test_sanitizers_that_cannot_be(value: str) -> None:
    said = refusal("--sanitize", value)
    assert said.startswith(
        f"invalid value '{value}' for '--sanitize'; give address, undefined, thread or leak, several"
    )
    assert "thread goes with undefined only" in said


def test_sanitizers_have_one_order() -> None:
    assert read_options(["--sanitize", "undefined,address,undefined"], {}).sanitizers == ("address", "undefined")
    assert read_options([], {}).sanitizers == ()


@pytest.mark.parametrize("number", ["0", "-1", "x", ""])
def test_numbers_of_jobs_that_cannot_be(number: str) -> None:
    assert "'--build-jobs'; give a whole number from 1 to 4096" in refusal("--build-jobs", number)
