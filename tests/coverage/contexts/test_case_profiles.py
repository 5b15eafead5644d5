"""Which profile was written by which case."""

from __future__ import annotations

from pyharness.coverage.contexts.case_profiles import find_case_profiles
from pyharness.coverage.contexts.collecting import CaseProfile
from pyharness.coverage.llvm_profiles import FoundProfiles


def test_profiles_are_matched_with_cases_and_objects(tmp_path):
    names = (
        "case-0.3-77-1-0.profraw",
        "case-12.0-77-2-1.profraw",
        "case-12.0-78.2-1-0.profraw",
        "case-1.1-99-1-0.profraw",
        "host-77-0.profraw",
        "program0-2.5-123-456_0.profraw",
        "program0-123-456_0.profraw",
    )
    for name in names:
        (tmp_path / name).write_text("x")
    programs = [str(tmp_path / name) for name in names if name.startswith("program")]
    modules = {"77-0": "/lib/a.so", "77-1": "/lib/b.so", "78.2-0": "/lib/a.so"}
    found = FoundProfiles({"/bin/p": programs, "/lib/a.so": [str(tmp_path / "host-77-0.profraw")]}, [], modules)
    assert find_case_profiles(str(tmp_path), found) == {
        "/bin/p": [CaseProfile((2, 5), str(tmp_path / "program0-2.5-123-456_0.profraw"))],
        "/lib/a.so": [
            CaseProfile((0, 3), str(tmp_path / "case-0.3-77-1-0.profraw")),
            CaseProfile((12, 0), str(tmp_path / "case-12.0-78.2-1-0.profraw")),
        ],
        "/lib/b.so": [CaseProfile((12, 0), str(tmp_path / "case-12.0-77-2-1.profraw"))],
    }
