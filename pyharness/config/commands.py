"""The commands and what each does, in the order of the help. A module of the same name in `pyharness.cli` runs it.

It imports nothing: this much is read by every call.
"""

COMMANDS = {
    "test": "run the cases of native test suites",
    "coverage": "show the coverage of an earlier run, or write it in another form",
    "new": "write a first test file",
    "cache": "show what is kept from run to run, or remove it",
}
