"""The process `pyharness`, and `python -m pyharness`: the same.

Ctrl-C waits until there is somebody to handle it: in the middle of these imports it would be a traceback.
"""

from __future__ import annotations

# The module `signal` makes enums of its constants, which costs as much as all that `--version` needs.
import _signal  # type: ignore[import-not-found]
import gc
import os

TYPE_CHECKING = False  # the one in `typing` would import all of it
if TYPE_CHECKING:
    from typing import NoReturn

_COLLECT_EVERY = 100_000
"""Objects. Nearly all of a run are needed until its end: to look among them for garbage often is in vain."""


def run() -> NoReturn:
    """Run the command line of the process, and end it with the exit code.

    Everything is written and closed by then. To take the interpreter apart would take longer than all that
    `--version` needs, and a signal that comes meanwhile would change the exit code.
    """
    _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGINT})
    gc.set_threshold(_COLLECT_EVERY)
    from pyharness.cli import main  # noqa: PLC0415  see above

    os._exit(main())


if __name__ == "__main__":
    run()
