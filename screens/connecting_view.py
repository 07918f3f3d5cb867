"""What stands in place of the map while nothing is known: the way that is being opened, or why it could not be."""

from __future__ import annotations

from checks.model import State
from checks.snapshot import Origin, Phase, Snapshot
from screens.heading import host_words
from screens.lines import BOLD, paste, put_paragraph
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Form, Pen
from screens.picture.cells import Picture, Role, Row

_LEFT = 2
_EDGE = 6


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
    if snapshot.phase is Phase.STRANGER:
        canvas.put(canvas.put(_LEFT + 2, y, "✓", Role.SUCCESS) + 1, y, "ssh  logged in")
        canvas.put(canvas.put(_LEFT + 2, y + 1, "✗", Role.ERROR) + 1, y + 1, "another machine, not the appliance")
        y += 2
    y += 1
    if failed:
        paste(canvas, _LEFT, y, draw_failure(snapshot, width - 2 * _LEFT).rows)
    else:
        said = snapshot.detail or "Logging in. All is read in one go; nothing is written to the appliance."
        put_paragraph(canvas, _LEFT, y, said, width - 2 * _LEFT, pen=Role.DIM)
    return canvas.picture()


def draw_way(origin: Origin, asked: str, state: State, width: int) -> Row:
    """The hops in one row. ``asked`` ("jump host jump01") ends in the host that stands as ``state``: those before it
    have let us in, of those behind it nothing is known."""
    canvas = Canvas(width)
    stops = ("this machine", *map(host_words, origin.via), host_words(origin.target))
    wanted = host_words(asked.rpartition(" ")[2])
    here = next((at for at, stop in enumerate(stops) if at and stop == wanted), 1)
    x = _LEFT
    for at, stop in enumerate(stops):
        if at:
            form = Form.ALIVE if at <= here and state is not State.FAILED else Form.UNKNOWN
            form = Form.ALIVE if at < here else form
            x = canvas.put(x + 1, 0, form.horizontal * _EDGE, form.role) + 1
        now = State.OK if at < here else state if at == here else State.UNKNOWN
        x = canvas.put(x, 0, GLYPHS[now], ROLES[now])
        x = canvas.put(x + 1, 0, stop, BOLD if at == here else Role.TEXT if at < here else Role.DIM)
    return canvas.rows()[0]


def draw_failure(snapshot: Snapshot, width: int) -> Picture:
    """Why nothing could be read, the whole sentence."""
    canvas = Canvas(width)
    y = put_paragraph(canvas, 0, 0, snapshot.detail, width, pen=Pen(Role.ERROR, bold=True))
    put_paragraph(canvas, 0, y + 1, "Nothing was written.", width, pen=Role.DIM)
    return canvas.picture()
