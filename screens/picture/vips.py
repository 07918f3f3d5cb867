"""The rows of VIPs: title with the range, one row per VIP or per group, the vantage matrix at the right."""

from __future__ import annotations

from checks.model import Node, State
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role, Tint
from screens.picture.fit import fit, from_dot
from screens.picture.folding import GroupRow, RestRow, Row, VipRow, group_id, rank
from screens.picture.scene import NAME, Scene
from screens.picture.vantages import draw_cells, draw_counts, draw_titles, left_edge

_ADDRESS = NAME + 2
_COUNT = _ADDRESS + 12  # where a group says how many VIPs it has


def draw_header(canvas: Canvas, y: int, scene: Scene) -> None:
    """``VIPs 10.10.18.16/28`` and the names of the vantages."""
    x = canvas.put(NAME, y, "VIPs", Pen(Role.TEXT, bold=True)) + 1
    room = left_edge(scene) - x - 1
    worst = min(scene.ranges, key=lambda node: rank(node.state), default=None)
    if worst is not None:
        look = scene.looks.of(worst)
        several = f"in {len(scene.ranges)} ranges"
        named = worst.label if len(scene.ranges) == 1 or worst.state is State.FAILED else several
        end = canvas.put(x, y, named, look.mark if look.root else Role.DIM, room)
        if look.root:
            canvas.put(end + 1, y, look.code, look.mark, left_edge(scene) - end - 2)
            canvas.tint(y, NAME - 1, left_edge(scene), Tint.ROOT)
        canvas.hit(y, NAME, left_edge(scene), worst.id)
    draw_titles(canvas, y, scene)


def address_room(scene: Scene, rows: tuple[Row, ...]) -> int:
    """How wide the addresses of these rows are, at least 9 cells."""
    longest = max((len(_address(scene, row.node)) for row in rows if isinstance(row, VipRow)), default=0)
    room = max(9, min(longest, left_edge(scene) - _ADDRESS - 3))
    services = max((len(row.node.note) for row in rows if isinstance(row, VipRow) and row.grouped), default=0)
    # Services stand below the counts of their groups where that cuts none of them.
    aligned = _COUNT - _ADDRESS - 1
    return aligned if room < aligned and services and _COUNT + services < left_edge(scene) else room


def draw_row(canvas: Canvas, y: int, scene: Scene, row: Row, room: int) -> None:
    """One VIP, one group, or what is left out. ``room`` is :func:`address_room` of all rows."""
    if isinstance(row, VipRow):
        _draw_vip(canvas, y, scene, row, room)
    elif isinstance(row, GroupRow):
        _draw_group(canvas, y, scene, row)
    else:
        _draw_rest(canvas, y, scene, row)


def _address(scene: Scene, vip: Node) -> str:
    return from_dot(vip.label, scene.subnet)


def _draw_vip(canvas: Canvas, y: int, scene: Scene, row: VipRow, room: int) -> None:
    vip = row.node
    look = scene.looks.of(vip)
    edge = left_edge(scene)
    canvas.put(NAME, y, look.glyph, look.mark)
    canvas.put(_ADDRESS, y, _address(scene, vip), look.name, min(room, edge - _ADDRESS - 1))
    # In a group the cluster is known. The note says more: the service, or what names a VIP that haproxy.cfg does not.
    owner = vip.note or ("" if row.grouped else _cluster(scene, vip))
    x = _ADDRESS + room + 1
    end = edge - 1
    if look.code:
        end -= len(look.code) + 1
        canvas.put(end + 1, y, look.code, look.mark)
    canvas.put(x, y, fit(owner, end - x), Role.DIM)
    draw_cells(canvas, y, scene, vip, look)
    if look.root:
        canvas.tint(y, NAME - 1, scene.width, Tint.ROOT)
    canvas.hit(y, NAME - 1, scene.width, vip.id)


def _cluster(scene: Scene, vip: Node) -> str:
    return next((node.label for node in scene.clusters if node.id == vip.within), vip.within.partition(":")[2])


def _draw_group(canvas: Canvas, y: int, scene: Scene, row: GroupRow) -> None:
    look = scene.looks.of(Node(group_id(row.cluster), row.vips[0].kind, row.name, row.state))
    count = f"{len(row.vips)} VIP{'s' if len(row.vips) > 1 else ''}"
    edge = left_edge(scene)
    at = min(_COUNT, edge - len(count) - 1)
    canvas.put(NAME - 1, y, "▾" if row.open else "▸", Role.ACCENT)
    canvas.put(NAME, y, look.glyph, look.mark)
    bad = row.state is State.FAILED
    canvas.put(_ADDRESS, y, row.name, Pen(Role.TEXT, bold=bad), at - _ADDRESS - 1)
    canvas.put(at, y, count, Role.DIM)
    draw_counts(canvas, y, scene, row.vips)
    canvas.hit(y, NAME - 1, scene.width, group_id(row.cluster))


def _draw_rest(canvas: Canvas, y: int, scene: Scene, row: RestRow) -> None:
    canvas.put(_ADDRESS, y, row.text, Role.DIM, scene.width - _ADDRESS)
    if row.id:
        canvas.hit(y, NAME - 1, scene.width, row.id)
