"""Tells build folders of CMake and Meson from other folders; how they are read is imported for them only."""

from __future__ import annotations

import os

_CTEST_FILE = "CTestTestfile.cmake"
MESON_FILE = "meson-info/intro-tests.json"


def is_ctest_folder(folder: str) -> bool:
    """Return whether CTest can run in this folder."""
    return os.path.isfile(os.path.join(folder, _CTEST_FILE))


def is_meson_folder(folder: str) -> bool:
    """Return whether this is a build folder of Meson that is set up."""
    return os.path.isfile(os.path.join(folder, MESON_FILE))
