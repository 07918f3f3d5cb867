"""The top of the map: one head per vantage, with what it gets in its own words."""

from __future__ import annotations

from checks.inert import inert
from checks.model import Check, State
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Form, Pen
from screens.picture.cells import Role, Tint
from screens.picture.heads import Head, users_head
from screens.picture.scene import SPINE, Scene
from screens.picture.vantages import short_word

HEAD_ROWS = 2
_USERS = ", users"


def columns_of(scene: Scene) -> tuple[tuple[Head, int], ...]:
    """Each head with the column it stands in."""
    return tuple(zip(scene.heads, (SPINE, scene.second_head), strict=False))


def draw_heads(canvas: Canvas, y: int, scene: Scene, rows: int = HEAD_ROWS) -> None:
    """Two rows: glyph, name and what it gets; then its address, or what it gets where there is little room.

    Where a row is all there is, what it gets follows the name in a word.
    """
    node = scene.client
    if node is None:
        return
    look = scene.looks.of(node)
    placed = columns_of(scene)
    ends = [x - 2 for _, x in placed[1:]] + [scene.width]
    for at, ((head, x), end) in enumerate(zip(placed, ends, strict=True)):
        check = node.mark(head.vantage.value) or Check("", State.UNKNOWN, "not probed")
        role = ROLES[check.state]
        canvas.put(x, y, GLYPHS[check.state], Pen(role))
        name_end = canvas.put(x + 2, y, head.label, Pen(bold=True), end - x - 2)
        if at == 0 and look.root:
            name_end = canvas.put(name_end + 1, y, look.code, Pen(Role.ERROR, bold=True), end - name_end - 1)
        if rows == 1:
            _got(canvas, name_end + 1, y, check, end)
            canvas.hit(y, x, end, node.id)
            continue
        draw_spine(canvas, y + 1, x, scene.hops.from_head(head))
        if scene.wide:
            _got(canvas, name_end + 2, y, check, end)
            canvas.put(x + 2, y + 1, head.whereabouts, Role.DIM, end - x - 2)
        else:
            _got(canvas, x + 2, y + 1, check, end)
            if len(placed) > 1 and head is users_head(scene.heads) and len(_USERS) < end - name_end:
                canvas.put(name_end, y, _USERS, Role.DIM)
        canvas.hit(y, x, end, node.id)
    if look.root:
        canvas.tint(y, 1, ends[0], Tint.ROOT)


def _got(canvas: Canvas, x: int, y: int, check: Check, end: int) -> None:
    shown = inert(check.detail)
    if len(shown) == end - x + 1:
        x -= 1  # one blank instead of two, rather than other words
    elif len(shown) > end - x:
        shown = short_word(check, end - x)
    canvas.put(x, y, shown, ROLES[check.state], max(end - x, 0))


def draw_spine(canvas: Canvas, y: int, x: int, form: Form) -> None:
    """One row of an edge that leads down. Above its ``✗`` a cut edge is dashed in the same colour."""
    stroke = Form.DEAD.vertical if form is Form.CUT else form.vertical
    canvas.put(x, y, stroke, form.role)
