"""What is wrong with the exit of a program, after all of its cases have ended."""

import pytest

from pyharness.adapters.findings import contradiction
from pyharness.adapters.protocol import Exit


@pytest.mark.parametrize(
    ("status", "any_failed", "told"),
    [
        (Exit(0), False, ""),
        (Exit(101), True, ""),
        (Exit(101), False, "ended with exit code 101 though no case had failed; look at main()"),
        (Exit(0), True, "ended with exit code 0 though a case had failed; look at main()"),
        (Exit(3), True, "ended with exit code 3 though a case had failed; look at main()"),
        (Exit(0, 11), True, "was ended by signal 11 after its last case"),
    ],
)
def test_the_exit_has_to_agree_with_the_cases(status, any_failed, told):
    assert contradiction(status, failing=101, any_failed=any_failed, look_at="main()") == told
    assert contradiction(status, failing=101, any_failed=any_failed) == told.removesuffix("; look at main()")
