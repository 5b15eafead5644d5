"""The process `pyharness`, and `python -m pyharness`: the same.

Ctrl-C waits until there is somebody to handle it: in the middle of these imports it would be a traceback.
"""

# The module `signal` makes enums of its constants, which costs as much as all that `--version` needs.
import _signal  # type: ignore[import-not-found]
import sys


def run() -> int:
    """Run the command line of the process. Returns the exit code."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGINT})
    from pyharness.cli import main  # noqa: PLC0415  see above

    return main()


if __name__ == "__main__":
    sys.exit(run())
