"""Arguments by which CMake's discovery runs one case of a program: read back into the case and what is left.

CMake's `gtest_discover_tests` and `gtest_add_tests`, Catch2's `catch_discover_tests` and doctest's
`doctest_discover_tests` add a test per case. Only arguments that select exactly one case are read; whatever could make
a program select, report or end otherwise than its adapter expects is left as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Selected(NamedTuple):
    """One case, and the arguments that do not select it."""

    case: str
    rest: tuple[str, ...] = ()


# ---- GoogleTest: --gtest_filter=Suite.Case --gtest_also_run_disabled_tests

_GTEST_FILTER = "--gtest_filter="
_GTEST_ALSO_DISABLED = "--gtest_also_run_disabled_tests"
_GTEST_DISABLED = re.compile(r"(^|[./])DISABLED_")
_GTEST_CASE = re.compile(r"[^*?:\-]+\.[^*?:\-]+")
_GTEST_FLAG = re.compile(r"--?gtest_(?!(catch_exceptions|death_test_style|print_utf8|random_seed)\b)")


def _googletest(arguments: Sequence[str]) -> Selected | None:
    filters = [argument for argument in arguments if argument.startswith(_GTEST_FILTER)]
    rest = [argument for argument in arguments if argument not in (*filters, _GTEST_ALSO_DISABLED)]
    if len(filters) != 1 or any(_GTEST_FLAG.match(argument) for argument in rest):
        return None
    case = filters[0].removeprefix(_GTEST_FILTER)
    if _GTEST_DISABLED.search(case) and _GTEST_ALSO_DISABLED not in arguments:
        return None  # under CTest it passes without running
    return Selected(case, tuple(rest)) if _GTEST_CASE.fullmatch(case) else None


# ---- Catch2: a name first, in which a backslash stands before what would be special

_CATCH_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CATCH_SPECIAL = re.compile(r'\s|[*~"\[]|exclude:|-|.*[*\s]\Z', re.DOTALL)
_CATCH_FLAGS = frozenset({"-s", "--success", "-e", "--nothrow", "-i", "--invisibles", "--allow-running-no-tests"})
_CATCH_VALUES = frozenset(
    {"-d", "--durations", "-D", "--min-duration", "-w", "--warn", "--rng-seed", "--colour-mode", "--use-colour"}
)


def _catch2(arguments: Sequence[str]) -> Selected | None:
    if not arguments or not _catch2_harmless(arguments[1:]):
        return None
    bare = _CATCH_ESCAPE.sub("", arguments[0])
    if not arguments[0] or _CATCH_SPECIAL.match(arguments[0]) or re.search(r"[,\[\\]", bare):
        return None
    return Selected(_CATCH_ESCAPE.sub(r"\1", arguments[0]), tuple(arguments[1:]))


def _catch2_harmless(options: Sequence[str]) -> bool:
    """Return whether no word is one more name, and no option changes the report. What is not known may do either."""
    words = iter(options)
    return all(word in _CATCH_FLAGS or (word in _CATCH_VALUES and next(words, None) is not None) for word in words)


# ---- doctest: --test-case=NAME, in which a backslash stands before a comma

_DOCTEST_CASE = "--test-case="
_DOCTEST_OPTION = re.compile(
    r"-{0,2}(dt-)?(tc|test-case|tce|test-case-exclude|sf|source-file|sfe|source-file-exclude|ts|test-suite|tse"
    r"|test-suite-exclude|sc|subcase|sce|subcase-exclude|r|reporters|o|out|f|first|l|last|aa|abort-after"
    r"|scfl|subcase-filter-levels|cs|case-sensitive|ltc|list-test-cases|lts|list-test-suites|lr|list-reporters"
    r"|c|count|h|help|\?|v|version|e|exit|ns|no-skip|nr|no-run|ne|no-exitcode|npf|no-path-filenames|d|duration"
    r"|m|minimal|q|quiet)(=.*)?",
    re.DOTALL,
)


def _doctest(arguments: Sequence[str]) -> Selected | None:
    if not arguments or not arguments[0].startswith(_DOCTEST_CASE):
        return None
    if any(_DOCTEST_OPTION.fullmatch(argument) for argument in arguments[1:]):
        return None
    pattern = arguments[0].removeprefix(_DOCTEST_CASE)
    bare = pattern.replace("\\,", "")
    if not pattern or re.search(r"[,*?\\\x00-\x1f]", bare):  # its list does not tell these from blanks
        return None
    return Selected(pattern.replace("\\,", ","), tuple(arguments[1:]))


READERS: Mapping[str, Callable[[Sequence[str]], Selected | None]] = {
    "googletest": _googletest,
    "catch2": _catch2,
    "catch2_v2": _catch2,
    "doctest": _doctest,
}
"""By `Adapter.name`: reads the arguments of a program of that framework (without its path)."""
