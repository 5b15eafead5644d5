"""The live display on a terminal: how far the run is, and what runs right now. Made with rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pyharness import text
from pyharness.reporters.palette import Palette
from pyharness.reporters.tally import counts_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyharness.events import Progress
    from pyharness.reporters.tally import Tally

MOST_RUNNING = 8
"""Running cases that are shown; a display of 64 would push everything else off the screen."""


class LiveDisplay:
    """Some lines at the lower end of a terminal.

    It is redrawn by `show` only, so nothing moves while somebody else writes between `hide` and the next `show`.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float], *, color: bool) -> None:
        """Draw on `stream`. `clock` returns seconds from any fixed moment."""
        self._console = Console(
            file=stream, no_color=not color, force_terminal=True, markup=False, emoji=False, highlight=False
        )
        self._clock = clock
        self._begin_s = clock()
        self._live: Live | None = None

    def show(self, tally: Tally, event: Progress) -> None:
        """Draw the present state."""
        drawn = self._draw(tally, event)
        if self._live is not None:
            self._live.update(drawn, refresh=True)
            return
        self._live = Live(
            drawn,
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=True)

    def hide(self) -> None:
        """Take the display off the terminal until the next `show`."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, tally: Tally, event: Progress) -> RenderableType:
        elapsed_s = self._clock() - self._begin_s - tally.paused_ns / 1e9
        done = tally.done()
        counts = counts_text(tally.counts, Palette(enabled=False)) if done else ""
        head = Table.grid(padding=(0, 1))
        head.add_row(
            ProgressBar(total=max(tally.planned, 1), completed=done, width=20),
            _line(f"{done}/{tally.planned}  {elapsed_s:.0f} s  {counts}".rstrip()),
        )
        running = sorted(event.running, key=lambda entry: -entry[2])
        rows = [
            _line(f"  W{worker} {duration_ns / 1e9:6.1f} s  {name}" + (f"  (attempt {attempt})" * (attempt > 1)))
            for worker, name, duration_ns, attempt in running
        ]
        more = len(rows) - MOST_RUNNING
        rows[MOST_RUNNING:] = [_line(f"  ... and {more} more")] if more > 0 else []
        return Group(head, *rows, *(_line(f"  {wait}") for wait in _waits(tally, event)))


def _waits(tally: Tally, event: Progress) -> list[str]:
    """Say what the run waits for, when that is not (only) the cases shown."""
    if tally.stopping:
        return [f"stopping: {tally.stopping}"]
    ended, steps = tally.build_steps
    if steps:
        return [f"building: {ended} of {steps} steps"]
    if not event.running and 0 < tally.planned <= tally.done():
        return ["all cases have a result; waiting for their processes to end"]
    return []


def _line(content: str) -> Text:
    """Make one line that is cut at the edge. `Text` is taken as it is: no markup in it is interpreted."""
    return Text(text.one_line(content), no_wrap=True, overflow="ellipsis")
