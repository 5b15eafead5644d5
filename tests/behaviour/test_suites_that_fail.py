"""A suite that cannot be loaded costs only itself: one sentence, exit code 11, and the others run."""

from __future__ import annotations

import shutil

import pytest

SENTENCES = {
    "load_crashes": "it crashed with SIGSEGV while loading",
    "load_exits": "it ended the process with exit code 0 while loading",
    "load_throws": "a constructor threw std::runtime_error: thrown by a constructor",
    "load_fails": "the parameters of case 'each' threw std::runtime_error: no numbers today",
    "null_entry": "its 'pyharness_suite_entry' returned nothing",
    "other_abi": "it was built for version 2 of the suite ABI, and this is version 1; rebuild it",
    "small_sizes": "rebuild it",
    "small_cases": "rebuild it",
    "duplicate_names": "two cases are called 'second'",
    "error_text": "the moon is in the wrong phase",
    "nameless_case": "case 0 has no name",
    "control_name": "has a control character in it; leave that out",
    "no_run": "its table has no 'run'",
    "no_suite": "it is no suite",
    "plain_elf": "it is no suite",
    "undefined_symbol": "undefined symbol: nobody_defines_this",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_the_others_run(pyharness, programs, name):
    result = pyharness.test(programs[name], programs.case("naps", "nap[7]"))
    assert result.code == 11
    assert result.verdicts() == {"nap[7]": "passed"}
    failed = result.one("SuiteFailed")
    assert failed["path"] == programs[name]
    assert failed["reason"].startswith(f"cannot load suite '{programs[name]}': ")
    assert SENTENCES[name] in failed["reason"]
    assert "\n" not in failed["reason"]
    assert f"ERROR {failed['reason']}" in result.stdout.splitlines()
    assert result.last_line.startswith("1 passed in ")


@pytest.mark.parametrize("name", ["no_suite", "load_crashes", "other_abi"])
def test_alone(pyharness, programs, name):
    result = pyharness.test(programs[name])
    assert result.code == 11
    assert SENTENCES[name] in result.stdout
    assert result.last_line.startswith("0 passed in ")


def test_a_constructor_that_throws_is_named_with_its_exception(pyharness, programs):
    result = pyharness.test(programs["load_throws"], programs.case("naps", "nap[7]"))
    assert "thrown by a constructor" in result.stdout


def test_what_a_suite_printed_while_it_failed_is_shown(pyharness, programs):
    result = pyharness.test(programs["load_crashes"], programs.case("naps", "nap[7]"))
    assert result.one("SuiteFailed")["output"] == "about to crash\n"
    assert "    about to crash" in result.stdout.splitlines()


def test_what_a_suite_printed_while_it_loaded_is_nobody_else_s(pyharness, programs):
    result = pyharness.test(programs["load_prints"])
    assert result.code == 0
    assert result.captured("fine") == b""


def test_two_suites_with_one_name(pyharness, programs):
    result = pyharness.test(programs["twin_first"], programs["twin_second"])
    assert result.code == 11
    assert "two suites are called 'twin'" in result.one("SuiteFailed")["reason"]
    assert result.verdicts() == {"only": "passed"}


def test_a_path_that_is_given_twice_is_run_once(pyharness, programs):
    result = pyharness.test(programs["twin_first"], programs["twin_first"])
    assert (result.code, result.verdicts()) == (0, {"only": "passed"})


def test_a_suite_without_cases_is_nothing_to_run(pyharness, programs):
    result = pyharness.test(programs["empty"])
    assert result.code == 5
    assert pyharness.test(programs["empty"], programs["twin_first"]).code == 0


def test_a_destructor_that_crashes_spoils_the_run_but_not_its_results(pyharness, programs):
    result = pyharness.test(programs["unload_crashes"])
    assert result.code == 11
    assert result.verdicts() == {"passes": "passed"}
    assert "while the suites were unloaded" in result.one("SuiteFailed")["reason"]
    lines = result.stdout.splitlines()
    assert [line for line in lines if line.strip() == "" and line] == [], "a path that is not known is shown as nothing"


def test_a_text_file_is_no_suite(pyharness, programs, tmp_path):
    text = tmp_path / "notes.so"
    text.write_text("pyharness_suite_entry")
    result = pyharness.test(text, programs["twin_first"])
    assert result.code == 11
    assert str(text) in result.one("SuiteFailed")["reason"]
    assert result.verdicts() == {"only": "passed"}


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"\x7fELF" + b"\0" * 60], ids=["empty", "magic", "header of zeros"]
)
def test_a_broken_library_is_no_suite(pyharness, tmp_path, content):
    broken = tmp_path / "libbroken.so"
    broken.write_bytes(content)
    result = pyharness.test(broken)
    assert result.code == 11
    assert str(broken) in result.stdout


def test_a_cut_library_does_not_stop_the_others(pyharness, programs, tmp_path):
    whole = (programs.folder / "libtwin_first.so").read_bytes()
    cut = tmp_path / "libcut.so"
    cut.write_bytes(whole[: len(whole) // 2])
    result = pyharness.test(cut, programs["twin_first"])
    assert (result.code, result.verdicts()) == (11, {"only": "passed"})


def test_a_folder_is_searched_for_suites_only(pyharness, programs, tmp_path):
    deep = tmp_path / "a" / "b c"
    deep.mkdir(parents=True)
    shutil.copy(programs["plain_elf"], tmp_path)
    shutil.copy(programs["twin_first"], deep)
    (tmp_path / "text.so").write_text("no library")
    result = pyharness.test(tmp_path)
    assert (result.code, result.verdicts()) == (0, {"only": "passed"})


@pytest.mark.parametrize("kept", [0, 40, 5000])
def test_a_library_in_a_folder_that_was_cut_short_is_not_passed_over(pyharness, programs, tmp_path, kept):
    cut = tmp_path / "libcut.so"
    cut.write_bytes((programs.folder / "libtwin_second.so").read_bytes()[:kept])
    shutil.copy(programs["twin_first"], tmp_path)
    shutil.copy(programs["plain_elf"], tmp_path)
    result = pyharness.test(tmp_path)
    assert (result.code, result.verdicts()) == (11, {"only": "passed"})
    failed = result.one("SuiteFailed")
    assert failed["path"] == str(cut)
    assert failed["reason"].startswith(f"cannot load suite '{cut}': it is ")
    assert failed["reason"].endswith("; build it again, or remove it")


def test_a_library_that_was_cut_short_alone(pyharness, tmp_path):
    (tmp_path / "libcut.so").write_bytes(b"")
    for arguments in ([tmp_path], [tmp_path / "libcut.so"], [f"{tmp_path / 'libcut.so'}::only"]):
        result = pyharness.test(*arguments)
        assert (result.code, result.verdicts()) == (11, {})
    listed = pyharness.test(tmp_path, "--list")
    assert (listed.code, listed.stdout) == (11, "")
    assert "it is empty; build it again" in listed.stderr


def test_an_empty_folder_is_nothing_to_run(pyharness, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    result = pyharness.test(folder)
    assert result.code == 5
    assert len(result.stderr.splitlines()) == 1
    assert str(folder) in result.stderr


def test_a_path_that_does_not_exist_is_a_mistake(pyharness, programs, tmp_path):
    result = pyharness.test(programs["twin_first"], tmp_path / "missing.so")
    assert result.code == 4
    assert "missing.so" in result.stderr
    assert result.stdout == ""


def test_a_case_that_does_not_exist_is_a_mistake(pyharness, programs):
    result = pyharness.test(programs.case("naps", "nap[40]"))
    assert result.code == 4
    assert "nap[40]" in result.stderr


def test_a_folder_with_colons_in_its_name(pyharness, programs, tmp_path):
    folder = tmp_path / "a::b"
    folder.mkdir()
    library = shutil.copy(programs["twin_first"], folder)
    assert pyharness.test(f"{library}::only").verdicts() == {"only": "passed"}
