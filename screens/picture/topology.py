"""The map: the path from the clients down to the clusters, networks as lanes, the appliance as a box.

In: a diagnosis, the heads (one per vantage that is not the appliance), a width and a height, the selected node.
Out: a picture of at most that width. It is as high as its content: at most the height where folding can do it
(then the rest of the height stays empty), more where it cannot (then the screen scrolls).

What it relies on, as ``checks.topology`` makes it:

======================  ==============================================================================
node                    what is read
======================  ==============================================================================
``client``              marks "here", "jump": state and detail in the client's words ("no route to host",
                        "timed out", "3 of 3 answer"); no mark: "not probed"
``network:frontend``    label, note = CIDR, marks "gateway" and "nic": state, detail = ".1" or the address.
``network:workload``    Without a frontend the VIPs stand on the workload network (two NICs).
``network:management``  as these; any other ``network:NAME`` is an additional workload network
``range:CIDR``          label = the range as written
``vip:ADDR:PORT``       label "10.10.18.19:443", within = its cluster's id, note = the service behind it, or what
                        names it where haproxy.cfg does not; marks "here", "jump", "appliance": state, ms, detail as
                        the client says it
``appliance``           label = host name, note = its address on the VIPs' network (else the mark "nic" there)
``unit:NAME``           word ("active", "failed", "stopped", "masked", "starting"), mark "effect": state and
                        detail ("2 tables filled", ":5556, cert 12 days": clauses are parted by ", ")
``cluster:NAME``        word ("3 of 3 servers up")
``server:ADDR:PORT``    within = its cluster's id; only counted, never drawn
``listener:ADDR:PORT``  label "ssh" or "dataplane API"
======================  ==============================================================================

Edges: ``client`` to the upper network (``client:here`` or ``client:jump`` as source decides for one head alone),
the upper network to each ``vip:``, each ``vip:`` to ``appliance`` (or to a ``unit:``), ``appliance`` to
``network:workload`` and to further networks, a network to its ``cluster:``, ``appliance`` to ``network:management``
(control, or wrong_way). Several edges of one hop are drawn as one: alive if one is, else cut if one was seen to fail.

Ids that only the map has: ``vips:CLUSTER_ID`` (the VIPs of a cluster in one row), ``more:vips``, ``more:clusters``,
``more:networks``. Passing one in ``turned`` changes its fold from what it is by itself.
"""

from __future__ import annotations

from checks.model import Diagnosis, NodeKind, State
from screens.picture.canvas import ROLES, Canvas
from screens.picture.cells import Hit, Picture, Role, Tint
from screens.picture.folding import MORE_CLUSTERS, MORE_VIPS, group_id
from screens.picture.heads import Head
from screens.picture.layout import Layout, fitting
from screens.picture.node_style import NodeStyles
from screens.picture.scene import NAME, Scene


class Map:
    """The map, computed for its own width (47, 61 and 65 are used; 40 is the least) and drawn once for all places of
    the cursor. ``turned`` are the groups whose fold was changed by hand."""

    def __init__(
        self,
        diagnosis: Diagnosis,
        heads: tuple[Head, ...],
        width: int,
        height: int,
        turned: frozenset[str] = frozenset(),
    ) -> None:
        self.diagnosis = diagnosis
        self._layout = fitting(Scene(diagnosis, heads, width), height, turned)
        self._canvas = Canvas(width)
        self._layout.draw(self._canvas)
        self._bare = self._canvas.picture()

    def picture(self, cursor: str | None) -> Picture:
        """With the cursor on a node, or on the row that it is folded into."""
        selected = shown_as(self.diagnosis, self._bare, cursor)
        if selected is None:
            return self._bare
        canvas = self._canvas.copy()
        _draw_cursor(canvas, self._layout, self._bare, selected, accent(self.diagnosis, selected))
        return canvas.picture()


def shown_as(diagnosis: Diagnosis, picture: Picture, node_id: str | None) -> str | None:
    """The id under which a picture draws a node: its own, else that of the row it is folded into."""
    if node_id is None or picture.row_of(node_id) is not None:
        return node_id
    node = diagnosis.node(node_id)
    if node is None:
        return None
    rest = MORE_VIPS if node.kind is NodeKind.VIP else MORE_CLUSTERS
    owners = (group_id(node.within), node.within, rest, *(r.id for r in diagnosis.of_kind(NodeKind.RANGE)))
    return next((owner for owner in owners if picture.row_of(owner) is not None), None)


def accent(diagnosis: Diagnosis, node_id: str) -> Role:
    """The colour of a selected node's connector and of the panel it leads to."""
    node = diagnosis.node(node_id)
    if node is not None:
        role = NodeStyles(diagnosis).of(node).mark.role
        return Role.ACCENT if node.state in (State.OK, State.CHECKING) else role
    members = [vip.state for vip in diagnosis.nodes if group_id(vip.within) == node_id]
    bad = next((state for state in (State.FAILED, State.WARNING) if state in members), None)
    return Role.ACCENT if bad is None else ROLES[bad]


def _draw_cursor(canvas: Canvas, layout: Layout, picture: Picture, selected: str, role: Role) -> None:
    hit = next(hit for hit in picture.hits if hit.node == selected)
    at_border = hit.left <= NAME
    canvas.put(0 if at_border else hit.left - 2, hit.row, "▸", Role.ACCENT)
    canvas.tint(hit.row, 1 if at_border else hit.left - 1, _tinted_to(canvas, layout, hit), Tint.SELECTED)
    if hit.row in layout.box_rows:
        # The box opens to the panel: light above and below, heavy to the right.
        canvas.put(canvas.width - 1, hit.row, "┮" if hit.row == min(layout.box_rows) else "┝", role)


def _tinted_to(canvas: Canvas, layout: Layout, hit: Hit) -> int:
    return canvas.width - 1 if hit.row in layout.box_rows else hit.right
