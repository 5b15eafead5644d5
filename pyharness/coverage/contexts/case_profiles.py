"""Which of the profiles of a run were written by which case, and for which object.

A host writes `case-LIBRARY.INDEX-PID-N-K.profraw` after each case, for the module of `host-PID-K.profraw`; programs
that are launched for one case write `programN-LIBRARY.INDEX-….profraw`.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pyharness.coverage.contexts.collecting import CaseProfile

if TYPE_CHECKING:
    from pyharness.coverage.llvm_profiles import FoundProfiles

_OF_HOST = re.compile(r"case-(\d+)\.(\d+)-(\d+(?:\.\d+)?)-\d+-(\d+)\.profraw")
_OF_PROGRAM = re.compile(r"program\d+-(\d+)\.(\d+)-.+\.profraw")


def find_case_profiles(folder: str, found: FoundProfiles) -> dict[str, list[CaseProfile]]:
    """Return the profiles of cases by the path of the object that has written them.

    Args:
        folder: Of the run.
        found: What of it counts for all cases together.
    """
    profiles: dict[str, list[CaseProfile]] = defaultdict(list)
    for path, written in found.of_objects.items():
        for profile in written:
            if match := _OF_PROGRAM.fullmatch(os.path.basename(profile)):
                profiles[path].append(CaseProfile((int(match[1]), int(match[2])), profile))
    for name in sorted(os.listdir(folder)):
        if match := _OF_HOST.fullmatch(name):
            module = found.modules.get(f"{match[3]}-{match[4]}")
            if module is not None:  # a profile that nobody noted is told of the whole run
                profiles[module].append(CaseProfile((int(match[1]), int(match[2])), os.path.join(folder, name)))
    return dict(profiles)
