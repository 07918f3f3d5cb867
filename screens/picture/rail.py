"""The narrow picture: glyph and name per hop, pieces of the spine between them, the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.model import Diagnosis, Node
from screens.picture.canvas import Canvas, Form
from screens.picture.cells import Picture, Role, Tint
from screens.picture.clients import draw_spine
from screens.picture.folding import MORE_CLUSTERS, cluster_rows, rank
from screens.picture.heads import Head
from screens.picture.hops import NOBODY_LISTENS, fact, no_way_into
from screens.picture.node_style import NodeStyle
from screens.picture.scene import NAME, SPINE, Scene

RAIL_WIDTH = 17
_NO_WAY = "no way on"


@dataclass(frozen=True, slots=True)
class _Stop:
    """A hop: what it is called, how it stands, which node it is."""

    name: str
    look: NodeStyle
    node: str


@dataclass(frozen=True, slots=True)
class _Edge:
    """The way to the next hop; where it is cut, ``why``, and the same in a word or two."""

    form: Form
    why: str = ""
    brief: str = ""


_Row = _Stop | _Edge | None


def draw_rail(
    diagnosis: Diagnosis,
    heads: tuple[Head, ...],
    height: int,
    cursor: str | None = None,
    width: int = RAIL_WIDTH,
) -> Picture:
    """The path in 17 columns. All VIPs are one hop: the cursor on any of them stands there.

    As wide as 47 columns it is the whole screen. Spine pieces go first where rows are few, then clusters fold.
    """
    scene = Scene(diagnosis, heads, width)
    vip = next((node.id for node in scene.vips if node.id == cursor), None)
    few = max(len(scene.clusters) - max(_height(_rows(scene, vip, len(scene.clusters)), False) - height, 0), 1)
    rows = _rows(scene, vip, few)
    roomy = _height(rows, True) <= height
    canvas = Canvas(width)
    y = 0
    for row in rows:
        if not roomy and not _stays(row):
            continue
        if isinstance(row, _Stop):
            _draw_stop(canvas, y, row, row.node == cursor)
        elif row is None:
            canvas.put(0, y, "")
        elif row.form is Form.CUT:
            canvas.put(SPINE, y, row.form.vertical, row.form.role)
            room = width - NAME - 1
            canvas.put(NAME, y, row.why if len(row.why) <= room else row.brief, row.form.role, room)
        else:
            draw_spine(canvas, y, SPINE, row.form)
        y += 1
    return canvas.picture()


def _height(rows: Iterable[_Row], roomy: bool) -> int:
    return sum(roomy or _stays(row) for row in rows)


def _stays(row: _Row) -> bool:
    """Whether it is drawn however few rows there are."""
    return isinstance(row, _Stop) or (row is not None and row.form is Form.CUT)


def _rows(scene: Scene, vip: str | None, clusters: int) -> list[_Row]:
    """Hops and the edges between them from the top; None is an empty row."""
    hops, looks = scene.hops, scene.looks
    rows: list[_Row] = []
    if scene.client is not None:
        users = next((head for head in scene.heads if head.vantage is scene.client_vantage), None)
        way = hops.from_head(users) if users else Form.UNKNOWN
        rows += [_one(scene, scene.client, "client"), _Edge(way, no_way_into(scene.upper), _NO_WAY)]
    if scene.upper is not None:
        rows.append(_one(scene, scene.upper))
    if scene.vips:
        worst = min(scene.vips, key=lambda node: rank(node.state))
        why = fact(scene.vips, scene.client_vantage)
        rows.append(_Edge(hops.to_vips, why, why.rpartition(": ")[2]))
        rows.append(_Stop("VIPs", looks.together(scene.vips), vip or worst.id))
        rows.append(_Edge(hops.into_box, NOBODY_LISTENS, "no listener"))
    rows += [_one(scene, unit) for unit in scene.units]
    if scene.workload is not None:
        rows.append(_Edge(hops.out_of_box, no_way_into(scene.workload), _NO_WAY))
        if not scene.two_nics:
            rows.append(_one(scene, scene.workload))
    for row in cluster_rows(scene.clusters, frozenset(), clusters):
        if row.node is not None:
            rows.append(_one(scene, row.node))
        else:
            rows.append(_Stop(f"{len(row.others)} others", looks.together(row.others), MORE_CLUSTERS))
    rows += [_one(scene, node) for node in scene.more_networks if rank(node.state) < 2]
    if scene.management is not None:
        bad = min((scene.management, *scene.listeners), key=lambda node: rank(node.state))
        rows += [None, _Stop("management", looks.together((scene.management, *scene.listeners)), bad.id)]
    return rows


def _one(scene: Scene, node: Node, name: str = "") -> _Stop:
    return _Stop(name or node.label, scene.looks.of(node), node.id)


def _draw_stop(canvas: Canvas, y: int, stop: _Stop, selected: bool) -> None:
    canvas.put(SPINE, y, stop.look.glyph, stop.look.mark)
    canvas.put(NAME, y, stop.name, stop.look.name, canvas.width - NAME - 1)
    canvas.hit(y, 0, canvas.width, stop.node)
    if stop.look.root:
        canvas.tint(y, 1, canvas.width, Tint.ROOT)
    if selected:
        canvas.put(0, y, "▸", Role.ACCENT)
        canvas.tint(y, 1, canvas.width, Tint.SELECTED)
