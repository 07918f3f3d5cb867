"""The third column of very wide screens: timeline, the journal of all units, the address map of the VIPs' network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.snapshot import Snapshot
from screens.healthy_panel import draw_timeline
from screens.lines import paste, put_key, rows_beside
from screens.picture.address_map import Grid, Plan, draw_address_map, draw_legend, map_width
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role

if TYPE_CHECKING:
    from checks.evidence.journal import JournalLine

_TIMELINE = 9
_LEAST_JOURNAL, _LEAST_LEGEND = 8, 14
_TIME = 9
_GRAVE = 3  # syslog's "error" and worse


def journal_lines(snapshot: Snapshot) -> tuple[JournalLine, ...]:
    """All that was read of the journal, oldest first."""
    if snapshot.evidence is None:
        return ()
    lines = [line for unit in snapshot.evidence.journal.values() for line in unit]
    return tuple(sorted(lines, key=lambda line: (line.at is not None, line.at.timestamp() if line.at else 0.0)))


def draw_side_column(snapshot: Snapshot, width: int, height: int, plan: Plan | None = None) -> Picture:
    """At most ``height`` rows; the journal takes what timeline and map leave."""
    canvas = Canvas(width)
    y = 0
    if snapshot.timeline:
        y = paste(canvas, 0, 0, draw_timeline(snapshot.timeline, width - 1, _TIMELINE).rows) + 1
        put_key(canvas, width - 2, 0, "t", "")
    lines = journal_lines(snapshot)
    room = height - y - 1
    if plan is not None and width >= map_width(2):
        rows = Grid(plan.network).rows + 2
        if room - rows - 1 >= (_LEAST_JOURNAL if lines else 0):
            room -= rows + 1
            _addresses(canvas, height - rows, plan, width)
    if not lines or room < 2:
        return canvas.picture()
    canvas.put(0, y, "JOURNAL", Role.DIM)
    canvas.put(9, y, "all units, newest last", Role.DIM)
    put_key(canvas, width - 2, y, "w", "")
    for at, line in enumerate(lines[-room:], y + 1):
        draw_journal_line(canvas, at, line, width)
    return canvas.picture()


def _addresses(canvas: Canvas, y: int, plan: Plan, width: int) -> None:
    x = canvas.put(0, y, "ADDRESSES", Role.DIM)
    canvas.put(x + 2, y, f"{plan.name} {plan.network}", Role.TEXT, width - x - 5)
    put_key(canvas, width - 2, y, "a", "")
    grid = Grid(plan.network)
    paste(canvas, 0, y + 1, draw_address_map(plan, grid, 2).rows)
    left = map_width(2) + 2
    if width - left >= _LEAST_LEGEND:
        paste(canvas, left, y + 2, draw_legend(plan, width - left, grid.rows).rows)


def draw_journal_line(canvas: Canvas, y: int, line: JournalLine, width: int, rows: int = 1) -> int:
    """``15:30:07 anyip-routes RTNETLINK answers: Invalid argument`` in at most ``rows`` rows; returns the row after."""
    canvas.put(0, y, "" if line.at is None else f"{line.at:%H:%M:%S}", Role.DIM)
    x = canvas.put(_TIME, y, line.unit, Role.DIM) + 1 if line.unit else _TIME
    # systemd begins its own lines with the unit.
    text = line.text.removeprefix(f"{line.unit}.service: ")
    role = Role.ERROR if line.priority <= _GRAVE else Role.TEXT
    if rows == 1:
        canvas.put(x, y, text or " ", role, width - x)
        return y + 1
    first, *more = rows_beside(text, width - _TIME, x - _TIME) or [""]
    canvas.put(x, y, first or " ", role, width - x)
    for at, row in enumerate(more[: rows - 1], y + 1):
        canvas.put(_TIME, at, row, role)
    return y + 1 + len(more[: rows - 1])
