import pytest

from pyharness.coverage.model import Coverage, FileCoverage
from pyharness.coverage.selecting import Patterns, select, shown_path

FILES = (
    "/home/me/p/src/a.cpp",
    "/home/me/p/src/deep/b.cpp",
    "/home/me/p/tests/a_test.cpp",
    "/home/me/p/.venv/pyharness/include/pyharness/test.hpp",
    "/home/me/other/c.cpp",
    "/home/me/p2/d.cpp",
    "/usr/include/c++/12/vector",
)
COVERAGE = Coverage(files=tuple(FileCoverage(path=path, segments=()) for path in FILES), has_regions=False)
OWN = ("/home/me/p/.venv/pyharness/include",)


def chosen(*include: str, exclude: tuple[str, ...] = (), root: str = "/home/me/p") -> list[str]:
    selected = select(COVERAGE, Patterns(include, exclude), root=root, own=OWN)
    assert selected.coverage.has_regions is False
    return [shown_path(file.path, root) for file in selected.coverage.files]


def test_without_patterns_the_project_stays() -> None:
    assert chosen() == ["src/a.cpp", "src/deep/b.cpp", "tests/a_test.cpp"]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["src/*"], ["src/a.cpp"]),
        (["src/**"], ["src/a.cpp", "src/deep/b.cpp"]),
        (["**"], ["src/a.cpp", "src/deep/b.cpp", "tests/a_test.cpp"]),
        (["/home/me/p/src/*"], ["src/a.cpp"]),
        (["/home/me/other/**", "src/a.cpp"], ["src/a.cpp", "/home/me/other/c.cpp"]),
        (["/usr/**"], ["/usr/include/c++/12/vector"]),
        (["other/*.cpp"], []),
    ],
)
def test_what_is_included_is_all_that_stays(patterns: list[str], expected: list[str]) -> None:
    assert chosen(*patterns) == expected


def test_what_is_excluded_goes_even_if_it_is_included() -> None:
    assert chosen(exclude=("tests/**",)) == ["src/a.cpp", "src/deep/b.cpp"]
    assert chosen("src/**", exclude=("**/b.cpp",)) == ["src/a.cpp"]


def test_a_root_above_all_has_no_files_of_the_system() -> None:
    assert "usr/include/c++/12/vector" not in chosen(root="/")
    assert "home/me/other/c.cpp" in chosen(root="/")


def test_a_project_may_stand_in_a_folder_of_the_system() -> None:
    assert chosen(root="/usr/include") == ["c++/12/vector"]


def test_paths_with_dots_are_compared_by_what_they_mean() -> None:
    files = (FileCoverage(path="/home/me/p/build/../src/a.cpp", segments=()),)
    selected = select(Coverage(files=files), Patterns(["src/*.cpp"]), root="/home/me/p")
    assert selected.coverage.files == files
    assert selected.warnings == ()


def test_a_pattern_that_matches_nothing_is_told() -> None:
    patterns = ["src/**", "scr/**", "/opt/*"]
    selected = select(COVERAGE, Patterns(patterns, ["*.h"]), root="/home/me/p")
    nothing = "matches no file with coverage; it is compared with"
    assert selected.warnings == (
        f"the pattern 'scr/**' of --coverage-include {nothing} paths below '/home/me/p'",
        f"the pattern '/opt/*' of --coverage-include {nothing} absolute paths",
        f"the pattern '*.h' of --coverage-exclude {nothing} paths below '/home/me/p'",
    )


def test_a_command_has_its_own_names_for_the_flags() -> None:
    selected = select(COVERAGE, Patterns(["scr/**"], flags="--"), root="/home/me/p")
    (warning,) = selected.warnings
    assert warning.startswith("the pattern 'scr/**' of --include matches no file")


def test_files_of_anywhere_may_stay_unless_patterns_choose() -> None:
    def chosen_anywhere(*include: str) -> int:
        return len(select(COVERAGE, Patterns(include), root="/home/me/p", anywhere=True).coverage.files)

    assert (chosen_anywhere(), chosen_anywhere("src/**")) == (len(FILES), 2)
    assert select(Coverage(files=()), Patterns(), root="/p", anywhere=True).warnings == ()
