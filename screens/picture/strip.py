"""The path in one row: for dialogs and for the text report."""

from __future__ import annotations

from checks.model import Diagnosis
from screens.picture.canvas import Canvas, Form
from screens.picture.cells import Row
from screens.picture.heads import Head
from screens.picture.node_style import NodeStyle
from screens.picture.scene import Scene

_INDENT = 2
_EDGES = (6, 5, 4, 3)
_SHORT_EDGES = (3, 2, 1)


def draw_strip(diagnosis: Diagnosis, heads: tuple[Head, ...], width: int) -> Row:
    """Client, network, VIPs, HAProxy, workload, clusters with their glyphs, joined by the edges between them.

    Needs 80 columns to say it in full; below, the blanks go first, then the length of the edges, then the names.
    """
    scene = Scene(diagnosis, heads, width)
    stations = _stations(scene)
    forms = _forms(scene)
    named, blank, edge = _measure(sum(len(name) + 2 for name, _ in stations), len(stations) - 1, width)
    canvas = Canvas(width)
    x = _INDENT * blank
    for at, (name, look) in enumerate(stations):
        if at:
            x = min(_edge(canvas, x + blank, forms[at - 1], edge) + blank, width)
        x = canvas.put(x, 0, look.glyph, look.mark)
        if named:
            x = canvas.put(x, 0, " ")
            x = canvas.put(x, 0, name, look.name)
    return canvas.rows()[0]


def _measure(cells: int, gaps: int, width: int) -> tuple[bool, int, int]:
    """Whether names are written, how many blanks stand around an edge, how long an edge is."""
    for blank, edges in ((1, _EDGES), (0, _SHORT_EDGES)):
        for edge in edges:
            if _INDENT * blank + cells + (edge + 2 * blank) * gaps <= width:
                return True, blank, edge
    return False, 0, _EDGES[-1]


def _edge(canvas: Canvas, x: int, form: Form, length: int) -> int:
    if form is not Form.CUT:
        return canvas.put(x, 0, form.horizontal * length, form.role)
    half = length // 2  # of one cell only the cut is left
    x = canvas.put(x, 0, Form.ALIVE.horizontal * half, Form.ALIVE.role)
    x = canvas.put(x, 0, Form.CUT.horizontal, Form.CUT.role)
    return canvas.put(x, 0, Form.DEAD.horizontal * (length - half - 1), Form.DEAD.role)


def _forms(scene: Scene) -> list[Form]:
    hops = scene.hops
    users = next((head for head in scene.heads if head.vantage is scene.client_vantage), None)
    lower = scene.workload.id if scene.workload else "network:workload"
    return [
        hops.from_head(users) if users else Form.UNKNOWN,
        hops.to_vips,
        hops.into_box,
        hops.out_of_box,
        hops.to_clusters(lower),
    ]


def _stations(scene: Scene) -> list[tuple[str, NodeStyle]]:
    """The six places and how they stand."""
    appliance = () if scene.appliance is None else (scene.appliance,)
    places = (
        ("client", () if scene.client is None else (scene.client,)),
        ("network" if scene.two_nics else "frontend", () if scene.upper is None else (scene.upper,)),
        ("VIPs", scene.vips),
        ("HAProxy", (*appliance, *scene.units)),
        ("workload", () if scene.workload is None else (scene.workload,)),
        ("clusters", scene.clusters),
    )
    return [(name, scene.looks.together(nodes)) for name, nodes in places]
