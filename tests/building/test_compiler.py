"""Which compilers are taken, and what is said when there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyharness.building.compiler import Family, Language, find_compilers
from pyharness.config.build_options import BuildOptions
from pyharness.errors import UsageError


@pytest.fixture
def only(tmp_path):
    """A PATH with nothing but the programs that are asked for; each says who it is."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(*names, says="g++ 12\nFree Software Foundation", code=0):
        for name in names:
            script = folder / name
            script.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
            script.chmod(0o755)
        return {"PATH": str(folder)}

    return make


def found(environment, options=None, language=Language.CXX):
    compiler = find_compilers({language}, options or BuildOptions(), environment)[language]
    return [Path(compiler.arguments[0]).name, *compiler.arguments[1:]]


def refusal(environment, options=None):
    with pytest.raises(UsageError) as caught:
        find_compilers({Language.CXX}, options or BuildOptions(), environment)
    return str(caught.value)


def test_the_usual_names_in_their_order(only):
    assert found(only("clang++")) == ["clang++"]
    assert found(only("g++")) == ["g++"]
    assert found(only("c++")) == ["c++"]
    assert found(only("clang", "gcc"), language=Language.C) == ["gcc"]


def test_the_variable_goes_before_the_configuration_and_may_have_arguments(only):
    environment = only("mine", "other", "c++")
    options = BuildOptions(cxx_compiler="other -m64 '-DA=b c'")
    assert found(environment, options) == ["other", "-m64", "-DA=b c"]
    assert found({**environment, "CXX": "mine --sysroot=/x"}, options) == ["mine", "--sysroot=/x"]
    assert found({**environment, "CXX": ""}) == ["c++"]


def test_without_any_the_message_says_what_to_do(only):
    assert refusal(only()) == ("no C++ compiler: none of c++, g++, clang++ is in PATH; install one, or name one in CXX")


def test_one_that_is_named_and_missing(only):
    environment = {**only("c++"), "CXX": "absent -x"}
    assert refusal(environment) == (
        "no C++ compiler 'absent -x', which CXX names; install it, or name another one there"
    )
    assert "which [build] names" in refusal(only("c++"), BuildOptions(cxx_compiler="absent"))
    assert "no C++ compiler 'a \"b'" in refusal({**only("c++"), "CXX": 'a "b'})


def test_one_that_does_not_work(only):
    environment = only("c++", says="no licence", code=3)
    assert refusal(environment) == (
        "cannot use 'c++' as the C++ compiler: --version gives exit code 3: no licence; name another one"
    )


def test_families_are_told_apart(only):
    assert (
        find_compilers({Language.C}, BuildOptions(), only("cc", says="clang version 19"))[Language.C].family
        is Family.CLANG
    )
    assert find_compilers({Language.C}, BuildOptions(), only("cc"))[Language.C].family is Family.GCC
    assert find_compilers({Language.C}, BuildOptions(), only("cc", says="tcc"))[Language.C].family is Family.OTHER


def test_the_compiler_behind_a_wrapper_counts_too(only, tmp_path):
    environment = {**only("ccache", "g++"), "CXX": "ccache g++"}
    before = find_compilers({Language.CXX}, BuildOptions(), environment)[Language.CXX].identity
    os.utime(tmp_path / "bin" / "g++", ns=(1, 1))
    after = find_compilers({Language.CXX}, BuildOptions(), environment)[Language.CXX].identity
    assert before != after
    environment["CPATH"] = "/somewhere"
    assert find_compilers({Language.CXX}, BuildOptions(), environment)[Language.CXX].identity != after


def test_clang_builds_too(project):
    project.environment.update(CC="clang-19", CXX="clang++-19")
    project.write("a/a.test.c", "int a;\n")
    project.write("a/b.test.cpp", "#include <string>\nstd::string b;\n")
    built = project.build()
    assert list(built.ready) == ["a"], built.failed
    assert project.build().ran == []
