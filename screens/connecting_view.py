"""What stands in place of the map while nothing is known: the way that is being opened, or why it could not be."""

from __future__ import annotations

from checks.snapshot import Snapshot
from screens.lines import BOLD, paste, put_paragraph
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role

_LEFT = 2


def draw_connecting(snapshot: Snapshot, width: int) -> Picture:
    """The hops in their order, then what happened."""
    canvas = Canvas(width)
    failed = snapshot.shut
    y = 1
    stops = ("this machine", *snapshot.origin.via, snapshot.origin.target)
    for at, stop in enumerate(stops):
        last = at == len(stops) - 1
        glyph, role = ("✗", Role.ERROR) if failed and last else ("◌", Role.ACCENT) if last else (" ", Role.DIM)
        canvas.put(_LEFT, y, "┊" if at else " ", Role.UNKNOWN)
        y += 1 if at else 0
        canvas.put(_LEFT, y, glyph if last else "▸", role)
        canvas.put(_LEFT + 2, y, stop, BOLD if last else Role.TEXT)
        y += 1
    y += 1
    if failed:
        paste(canvas, _LEFT, y, draw_failure(snapshot, width - 2 * _LEFT).rows)
    else:
        said = snapshot.detail or "Logging in. All is read in one go; nothing is written to the appliance."
        put_paragraph(canvas, _LEFT, y, said, width - 2 * _LEFT, pen=Role.DIM)
    return canvas.picture()


def draw_failure(snapshot: Snapshot, width: int) -> Picture:
    """Why nothing could be read, the whole sentence."""
    canvas = Canvas(width)
    y = put_paragraph(canvas, 0, 0, snapshot.detail, width, pen=Pen(Role.ERROR, bold=True))
    put_paragraph(canvas, 0, y + 1, "Nothing was written.", width, pen=Role.DIM)
    return canvas.picture()
