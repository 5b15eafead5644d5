"""How long the cases of programs have taken, as far as their frameworks do not say so."""

from __future__ import annotations


def test_a_program_that_ends_before_it_is_looked_at_has_taken_as_long_as_it_ran(pyharness, tmp_path):
    program = tmp_path / "short"
    program.write_text("#!/bin/sh\nexec sleep 0.015\n")
    program.chmod(0o755)
    result = pyharness.test(program)
    assert result.attempt("short")["duration_ns"] >= 15_000_000
