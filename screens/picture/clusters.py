"""What hangs below: the clusters on the workload lane, and what listens on the management lane."""

from __future__ import annotations

from checks.inert import inert
from checks.model import Node, State, worst
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Form, Pen
from screens.picture.cells import Role, Tint
from screens.picture.fit import from_dot, network_of
from screens.picture.folding import MORE_CLUSTERS, ClusterRow
from screens.picture.node_style import NodeStyle
from screens.picture.scene import NAME, Scene

_LABEL = NAME + 2
_GATEWAY = "gw"


def _name(scene: Scene, row: ClusterRow) -> str:
    if row.node is not None:
        return row.node.label
    return f"{len(row.others)} {'others' if len(row.others) < len(scene.clusters) else 'clusters'}"


def name_room(scene: Scene, rows: tuple[ClusterRow, ...]) -> int:
    """How many cells the names of clusters take, so that the longest word behind them still fits."""
    longest = max((len(row.node.label) for row in rows if row.node), default=0) + 2
    words = max((len(_words(scene, row)) for row in rows), default=0)
    least = 15 if scene.wide else 12
    return max(least, min(longest, scene.riser - 1 - _LABEL - words))


def draw_cluster(canvas: Canvas, y: int, scene: Scene, row: ClusterRow, room: int) -> None:
    """``✓ Supervisor  3 of 3 servers up``, left of the riser. ``room`` is :func:`name_room`."""
    node = row.node
    state = worst(other.state for other in row.others) if node is None else node.state
    look = NodeStyle(state) if node is None else scene.looks.of(node)
    end = scene.riser - 1
    canvas.put(NAME, y, look.glyph, look.mark)
    canvas.put(_LABEL, y, _name(scene, row), look.name, room - 2)
    if look.code:
        end -= len(look.code) + 1
        canvas.put(end + 1, y, look.code, look.mark)
    said = Pen(Role.CONSEQUENCE) if look.by else look.said(state)
    words = _words(scene, row)
    if node is not None and state is State.UNKNOWN and node.note:
        # Nobody is left with a question mark alone: why stands there, as far as there is room.
        why = (f"{words}: {node.note}", f"not checked: {node.note}", node.note)
        words = next((text for text in why if len(text) <= end - _LABEL - room), words)
    canvas.put(_LABEL + room, y, words, said, end - _LABEL - room)
    if look.root:
        canvas.tint(y, NAME - 1, scene.riser, Tint.ROOT)
    canvas.hit(y, NAME - 1, scene.riser, MORE_CLUSTERS if node is None else node.id)


def _words(scene: Scene, row: ClusterRow) -> str:
    if row.node is not None:
        return row.node.word
    ids = {node.id for node in row.others}
    servers = [node for node in scene.servers if node.within in ids]
    if servers:
        return f"{sum(node.state is State.OK for node in servers)} of {len(servers)} servers up"
    state = worst(node.state for node in row.others)
    return {State.UNKNOWN: "not checked", State.CHECKING: "checking", State.OK: "up"}.get(state, "not all up")


def draw_management(canvas: Canvas, y: int, scene: Scene, node: Node, form: Form) -> None:
    """The management lane: light, because no client traffic belongs there; it ends in the riser."""
    look = scene.looks.of(node)
    stroke, corner = ("━", "┛") if form.heavy else ("─", "╯")
    canvas.put(0, y, stroke * scene.riser + corner, form.role if form.heavy else Role.FAINT)
    wrong = node.state in (State.FAILED, State.WARNING)
    x = canvas.put(NAME, y, " ")
    x = canvas.put(x, y, f"{look.glyph} " if wrong else "", look.mark)
    room = scene.riser - 2 - x
    x = canvas.put(x, y, node.label, Pen(look.mark.role if wrong else Role.NETWORK, bold=True), room)
    x = canvas.put(x, y, f" {node.note}" if node.note else "", Role.DIM, max(scene.riser - 2 - x, 0))
    if look.code:
        x = canvas.put(x, y, f" {look.code}", look.mark, max(scene.riser - 2 - x, 0))
        canvas.tint(y, NAME, x + 1, Tint.ROOT)
    canvas.put(x, y, " ")
    canvas.hit(y, 0, scene.riser + 1, node.id)


def draw_listeners(canvas: Canvas, y: int, scene: Scene) -> None:
    """What listens on the management network, and its gateway, in one row."""
    for level in range(3):
        items = [_listener(scene, node, level) for node in scene.listeners]
        gateway = _gateway(scene, level)
        gap = (4 if scene.wide else 3) if level < 2 else 2
        cells = sum(len(text) + 2 for _, text in items) + gap * (len(items) - 1)
        cells += (gap + 2 + len(gateway[1])) if gateway else 0
        if NAME + cells <= scene.width:
            break
    # Names that are still too long share the row, so that each can be found.
    room = max((scene.width - NAME) // (len(items) + 1) - gap - 2, 1) if NAME + cells > scene.width else scene.width
    x = NAME
    for node, (look, text) in zip(scene.listeners, items, strict=True):
        start = x
        x = canvas.put(x, y, look.glyph, look.mark) + 1
        quiet = node.state in (State.OK, State.UNKNOWN, State.CHECKING) or look.by
        x = canvas.put(x, y, text, Pen(Role.DIM) if quiet else look.mark, min(room, scene.width - x))
        canvas.hit(y, start, x, node.id)
        if look.root:
            canvas.tint(y, start, x, Tint.ROOT)
        x = min(x + gap, scene.width)
    if gateway:
        state, text = gateway
        x = min(canvas.put(x, y, GLYPHS[state], ROLES[state]) + 1, scene.width)
        canvas.put(x, y, text, Role.DIM if state is State.OK else ROLES[state])


def _listener(scene: Scene, node: Node, level: int) -> tuple[NodeStyle, str]:
    """In full (``dataplane API .10:5556``), short (``API :5556``), or by name alone."""
    look = scene.looks.of(node)
    address, _, port = node.id.partition(":")[2].rpartition(":")
    subnet = network_of(scene.management.note) if scene.management else None
    code = f" {look.code}" if look.code else ""
    label = inert(node.label)
    if level == 0 and scene.wide:
        return look, f"{label} {from_dot(address, subnet)}:{port}{code}"
    last = label.split(" ")[-1]
    return look, (f"{last} :{port}{code}" if level < 2 else f"{last}{code}")


def _gateway(scene: Scene, level: int) -> tuple[State, str] | None:
    check = scene.management.mark("gateway") if scene.management else None
    if check is None or scene.management is None:
        return None
    at = from_dot(check.detail, network_of(scene.management.note))
    return check.state, _GATEWAY if level == 2 or not at else f"{_GATEWAY} {at}"
