"""Networks as lanes: a heavy bar with name, CIDR and, at its end, gateway and NIC; joints carry the edges."""

from __future__ import annotations

from collections.abc import Mapping

from checks.model import Node, State, worst
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Form, Pen, joint
from screens.picture.cells import Role, Tint
from screens.picture.fit import fit, from_dot, network_of
from screens.picture.scene import Scene

Joints = Mapping[int, tuple[Form | None, Form | None]]
Marks = tuple[tuple[State, str], ...]
_LABEL = 5
_MARKS = (("gateway", "gw"), ("nic", "NIC"))


def draw_lane(
    canvas: Canvas, y: int, scene: Scene, node: Node, joints: Joints, right: int, note: str | None = None
) -> None:
    """A lane in cells [0, right). ``joints`` says per column which edge comes from above and goes below;
    ``note`` stands in place of the CIDR, and then gateway and NIC were said elsewhere."""
    look = scene.looks.of(node)
    canvas.line(y, 0, right, "━", Role.NETWORK)
    said = node.note if note is None else note
    # Marks stand right of every joint: neither may hide the other.
    last = max((column for column in joints), default=0)
    room = min(right - _LABEL - len(node.label) - len(said) - 5, right - last - 4)
    marks = () if note is not None else _marks(scene, node, room)
    start = right - 3 - _cells(scene, marks) if marks else right - 1
    end = _label(canvas, y, scene, node, said, start - _LABEL - (0 if marks else 1))
    if marks:
        x = canvas.put(start, y, " ")
        for at, (state, text) in enumerate(marks):
            x = canvas.put(x, y, " " * (_between(scene) if at else 0))
            x = canvas.put(x, y, GLYPHS[state] + " ", ROLES[state])
            x = canvas.put(x, y, text, Role.DIM if state is State.OK else ROLES[state])
        canvas.put(x, y, " ")
    # Joints go over the label: an edge matters more than the end of a long name.
    for column, (above, below) in joints.items():
        canvas.put(column, y, joint(True, above, below), Role.NETWORK)
    canvas.hit(y, 0, right, node.id)
    if look.root:
        canvas.tint(y, _LABEL - 1, end + 1, Tint.ROOT)


def _label(canvas: Canvas, y: int, scene: Scene, node: Node, note: str, room: int) -> int:
    look = scene.looks.of(node)
    told = worst(check.state for check in node.checks if check.mark) if node.checks else State.OK
    sign = f"{look.glyph} " if look.root or (node.state is not told and node.state is not State.OK) else ""
    quiet = node.state in (State.OK, State.UNKNOWN, State.CHECKING)
    pen = Pen(Role.NETWORK if quiet else look.mark.role, bold=True)
    x = canvas.put(_LABEL - 1, y, " ")
    x = canvas.put(x, y, sign, look.mark)
    x = canvas.put(x, y, node.label, pen, room - len(sign))
    left = room - (x - _LABEL)
    if note and left > 4:
        x = canvas.put(x, y, " " + fit(note, left - 1), Role.DIM)
    if look.code and room - (x - _LABEL) > len(look.code) + 1:
        x = canvas.put(x, y, f" {look.code}", look.mark)
    return canvas.put(x, y, " ")


def _between(scene: Scene) -> int:
    return 2 if scene.wide else 1


def _cells(scene: Scene, marks: Marks) -> int:
    return sum(len(text) + 2 for _, text in marks) + _between(scene) * (len(marks) - 1)


def _marks(scene: Scene, node: Node, room: int) -> Marks:
    """Gateway and NIC with their addresses, without them, or nothing, as there is room."""
    subnet = network_of(node.note)
    checks = [(check, word) for mark, word in _MARKS if (check := node.mark(mark))]
    full = tuple((check.state, fit(f"{word} {from_dot(check.detail, subnet)}".strip(), 22)) for check, word in checks)
    short = tuple((check.state, word) for check, word in checks)
    offered = (full, short) if scene.wide else (short,)
    return next((marks for marks in offered if marks and _cells(scene, marks) <= room), ())
