"""Finds the sources under test, and other files that the configuration names."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from pyharness.discovery.sources import is_test_source
from pyharness.errors import UsageError
from pyharness.globs import matches

if TYPE_CHECKING:
    from pyharness.config.build_options import BuildOptions

_ENDINGS = (".c", ".cc", ".cpp", ".cxx")


def find_sources(options: BuildOptions) -> list[str]:
    """Return the sources under test from the root, sorted. Test sources are none of them.

    Raises:
        UsageError: a pattern finds nothing, or what no compiler takes.
    """
    found: set[str] = set()
    left_out = [pattern[1:] for pattern in options.sources if pattern.startswith("!")]
    for pattern in options.sources:
        if not pattern.startswith("!"):
            paths = glob.glob(pattern, root_dir=options.root, recursive=True)
            files = [path for path in map(os.path.normpath, paths) if os.path.isfile(os.path.join(options.root, path))]
            _check(pattern, files, options)
            found.update(files)
    return sorted(
        path for path in found if not is_test_source(path) and not any(matches(path, pattern) for pattern in left_out)
    )


def _check(pattern: str, files: list[str], options: BuildOptions) -> None:
    if not files:
        message = f"no file matches '{pattern}' of 'sources' in {options.where}; correct it, or take it away"
        raise UsageError(message)
    other = next((path for path in files if not path.endswith(_ENDINGS)), None)
    if other is not None:
        message = (
            f"'{other}', which '{pattern}' of 'sources' in {options.where} matches, is no C or C++ source; "
            f"let the pattern end with one of {', '.join(_ENDINGS)}"
        )
        raise UsageError(message)


def check_libraries(options: BuildOptions) -> None:
    """Refuse libraries that are named as files and are not there.

    Raises:
        UsageError: one is missing.
    """
    for library in (name for one in (options, *options.overrides) for name in one.libraries):
        if "/" in library and not os.path.isfile(os.path.join(options.root, library)):
            message = f"no file '{library}', which 'libraries' in {options.where} names; build it first"
            raise UsageError(message)
