"""From top to bottom: which rows a map has, where spare rows go, and how the spine runs through them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from checks.model import Node, State
from screens.picture.box import draw_bottom, draw_top, draw_unit
from screens.picture.canvas import Canvas, Form
from screens.picture.cells import Role
from screens.picture.clients import HEAD_ROWS, columns_of, draw_heads, draw_spine
from screens.picture.clusters import draw_cluster, draw_listeners, draw_management, name_room
from screens.picture.folding import (
    MORE_NETWORKS,
    ClusterRow,
    Row,
    all_rows,
    cluster_rows,
    folded_rows,
    groups_of,
    rank,
)
from screens.picture.hops import NOBODY_LISTENS, fact, no_way_into
from screens.picture.lanes import draw_lane
from screens.picture.scene import NAME, SPINE, Scene
from screens.picture.vips import address_room, draw_header, draw_row

Painter = Callable[[Canvas, int], None]

# Spare rows go here, one each in this order, then a second round.
GAP_ORDER = ("below VIPs", "above management", "above workload", "below frontend", "below clients", "above VIPs")
_ROUNDS = 2
_GAPS_KEPT = 5  # so many rows of air are worth more than folded groups that are well
_WRONG_WAY = "replies to routed clients leave here"
_FEW_CLUSTERS = (3, 2, 1)
_LOW = 24  # below it bad VIPs need the rows of good clusters


class Layout:
    """The rows of a map: first planned with their gaps, then drawn."""

    def __init__(
        self,
        scene: Scene,
        vips: tuple[Row, ...],
        clusters: tuple[ClusterRow, ...],
        all_networks: bool,
        head_rows: int = HEAD_ROWS,
    ) -> None:
        self._scene = scene
        self._vips = vips
        self._clusters = clusters
        self._all_networks = all_networks
        self._head_rows = head_rows
        self._gaps = dict.fromkeys(GAP_ORDER, 0)
        if scene.hops.management is Form.WRONG_WAY:
            self._gaps["above workload"] = 1  # the words need their row
        self.box_rows: range = range(0)

    @property
    def height(self) -> int:
        """How many rows it takes with its present gaps."""
        return sum(count for count, _ in self._sections())

    def spread(self, height: int) -> None:
        """Use spare rows up to ``height`` as gaps."""
        for round_ in range(1, _ROUNDS + 1):
            for gap in GAP_ORDER:
                if gap == "above VIPs" and round_ > 1 and self._scene.hops.to_vips is not Form.CUT:
                    continue  # with no cut between them it is one gap with "below frontend"
                if self._gaps[gap] < round_ and self.height < height:
                    before = self.height
                    self._gaps[gap] = round_
                    # A part that is not drawn has no gap either.
                    self._gaps[gap] -= self.height == before

    def draw(self, canvas: Canvas) -> None:
        """Draw everything from row 0 on."""
        y = 0
        bottom = management = None
        for count, painter in self._sections():
            if painter == self._box:
                self.box_rows = range(y, y + count)
                bottom = y + count
            elif painter == self._management:
                management = y
            for row in range(y, y + count):
                canvas.put(0, row, "")
            painter(canvas, y)
            y += count
        if bottom is not None and management is not None:
            form = self._scene.hops.management
            for row in range(bottom, management):
                draw_spine(canvas, row, self._scene.riser, form)

    def _sections(self) -> list[tuple[int, Painter]]:
        """(rows, painter) from top to bottom."""
        scene, gaps, hops = self._scene, self._gaps, self._scene.hops
        found: list[tuple[int, Painter]] = []
        if scene.client is not None:
            found.append((self._head_rows, self._heads))
            cuts = [Form.CUT for head in scene.heads if hops.from_head(head) is Form.CUT]
            found += self._repeat(gaps["below clients"], self._head_spines)
            if cuts:
                found.append((1, self._head_cuts))
        if scene.upper is not None:
            found.append((1, self._upper))
        if scene.vips or scene.ranges:
            cut = hops.to_vips is Form.CUT
            above = self._spine(Form.CUT if cut else hops.to_vips)
            found += self._repeat(gaps["below frontend"], above)
            if cut:
                found.append((1, self._cut(lambda: fact(scene.vips, scene.client_vantage))))
            found += self._repeat(gaps["above VIPs"], self._spine(self._beside_vips))
            found.append((1 + len(self._vips), self._draw_vips))
            found += self._repeat(gaps["below VIPs"], self._spine(hops.into_box))
            if hops.into_box is Form.CUT:
                found.append((1, self._cut(lambda: NOBODY_LISTENS)))
        if scene.units or scene.appliance is not None:
            found.append((2 + len(scene.units), self._box))
        if scene.workload is not None or scene.clusters:
            found += self._repeat(gaps["above workload"], self._spine(hops.out_of_box))
            if hops.out_of_box is Form.CUT:
                found.append((1, self._cut(lambda: no_way_into(scene.workload))))
            found.append((bool(scene.workload) + len(self._clusters), self._workload))
        found += self._further()
        if scene.management is not None:
            found += self._repeat(gaps["above management"], _nothing)
            found.append((1, self._management))
        if scene.listeners or scene.management is not None:
            found.append((1, lambda canvas, y: draw_listeners(canvas, y, scene)))
        return found

    @staticmethod
    def _repeat(count: int, painter: Painter) -> list[tuple[int, Painter]]:
        return [(1, painter)] * count

    @property
    def _beside_vips(self) -> Form:
        hops = self._scene.hops
        if hops.to_vips is Form.ALIVE:
            return Form.ALIVE
        return Form.DEAD if hops.to_vips in (Form.CUT, Form.DEAD) else hops.to_vips

    def _spine(self, form: Form) -> Painter:
        return lambda canvas, y: draw_spine(canvas, y, SPINE, form)

    def _cut(self, words: Callable[[], str]) -> Painter:
        def paint(canvas: Canvas, y: int) -> None:
            canvas.put(SPINE, y, Form.CUT.vertical, Form.CUT.role)
            canvas.put(NAME, y, words(), Form.CUT.role, self._scene.riser - NAME - 1)

        return paint

    def _heads(self, canvas: Canvas, y: int) -> None:
        draw_heads(canvas, y, self._scene, self._head_rows)

    def _head_spines(self, canvas: Canvas, y: int) -> None:
        for head, x in columns_of(self._scene):
            draw_spine(canvas, y, x, self._scene.hops.from_head(head))

    def _head_cuts(self, canvas: Canvas, y: int) -> None:
        where = no_way_into(self._scene.upper)
        self._head_spines(canvas, y)
        for head, x in columns_of(self._scene):
            if self._scene.hops.from_head(head) is Form.CUT:
                canvas.put(x, y, Form.CUT.vertical, Form.CUT.role)
                canvas.put(x + 2, y, where, Form.CUT.role)

    def _upper(self, canvas: Canvas, y: int) -> None:
        scene = self._scene
        if scene.upper is None:
            return
        joints: dict[int, tuple[Form | None, Form | None]] = {}
        if scene.client is not None:
            for head, x in columns_of(scene):
                form = scene.hops.from_head(head)
                joints[x] = (_joined(form), None)
        below = scene.hops.to_vips
        joints[SPINE] = (joints.get(SPINE, (None, None))[0], _joined(below) if scene.vips else None)
        draw_lane(canvas, y, scene, scene.upper, joints, scene.width)

    def _draw_vips(self, canvas: Canvas, y: int) -> None:
        scene = self._scene
        room = address_room(scene, self._vips)
        for row in range(y, y + 1 + len(self._vips)):
            draw_spine(canvas, row, SPINE, self._beside_vips)
        draw_header(canvas, y, scene)
        for at, row_ in enumerate(self._vips, y + 1):
            draw_row(canvas, at, scene, row_, room)

    def _box(self, canvas: Canvas, y: int) -> None:
        scene = self._scene
        riser = scene.hops.management if scene.management is not None else None
        draw_top(canvas, y, scene, scene.hops.into_box if scene.vips else Form.CONTROL)
        for at, unit in enumerate(scene.units, y + 1):
            draw_unit(canvas, at, scene, unit)
        draw_bottom(canvas, y + 1 + len(scene.units), scene, scene.hops.out_of_box, riser)
        if riser is Form.WRONG_WAY and self._gaps["above workload"]:
            below = y + 2 + len(scene.units)
            canvas.put(max(scene.riser - 1 - len(_WRONG_WAY), NAME), below, _WRONG_WAY, riser.role)

    def _workload(self, canvas: Canvas, y: int) -> None:
        scene = self._scene
        hop = scene.hops.to_clusters("network:workload")
        if scene.workload is not None:
            # A dead edge still ends here: it says where the path would go on.
            joints = {SPINE: (scene.hops.out_of_box, _joined(hop))}
            note = "same network" if scene.two_nics else None
            draw_lane(canvas, y, scene, scene.workload, joints, scene.width - 5, note)
            y += 1
        room = name_room(scene, self._clusters)
        for at, row in enumerate(self._clusters, y):
            draw_spine(canvas, at, SPINE, Form.DEAD if hop is Form.CUT else hop)
            draw_cluster(canvas, at, scene, row, room)

    def _further(self) -> list[tuple[int, Painter]]:
        """Additional workload networks: a lane each, or those in trouble and the rest in one row."""
        scene = self._scene
        shown = [node for node in scene.more_networks if self._all_networks or rank(node.state) < rank(State.UNKNOWN)]
        found: list[tuple[int, Painter]] = []
        for node in shown:
            found.append((1, partial(self._network, node)))
        rest = len(scene.more_networks) - len(shown)
        if rest:
            found.append((1, lambda canvas, y: self._networks(canvas, y, rest)))
        return found

    def _network(self, node: Node, canvas: Canvas, y: int) -> None:
        form = self._scene.hops.to_network(node.id)
        joints = {SPINE: (form if form is Form.ALIVE else None, None)}
        draw_lane(canvas, y, self._scene, node, joints, self._scene.width - 5)

    @staticmethod
    def _networks(canvas: Canvas, y: int, count: int) -> None:
        canvas.put(NAME - 1, y, "▸", Role.ACCENT)
        canvas.put(NAME, y, f"{count} more network{'s' if count > 1 else ''}", Role.DIM)
        canvas.hit(y, NAME - 1, canvas.width, MORE_NETWORKS)

    def _management(self, canvas: Canvas, y: int) -> None:
        if self._scene.management is not None:
            draw_management(canvas, y, self._scene, self._scene.management, self._scene.hops.management)


def _nothing(canvas: Canvas, y: int) -> None:
    canvas.put(0, y, "")


def _joined(form: Form) -> Form | None:
    # What is known not to reach the lane has no joint on it.
    return None if form in (Form.CUT, Form.DEAD) else form


def fitting(scene: Scene, height: int, turned: frozenset[str]) -> Layout:
    """The least folded layout of at most ``height`` rows, its spare rows spread; else the most folded one."""
    groups = groups_of(scene.vips, scene.clusters)
    everything = len(scene.clusters)
    rooms = [everything, *(few for few in _FEW_CLUSTERS[height < _LOW :] if few < everything)]
    vips = all_rows(scene.vips, groups, turned)
    layout = None
    for all_networks in (True, False):
        keep = all_networks or MORE_NETWORKS in turned
        for room in rooms[:2]:  # all clusters, else a few of them
            layout = Layout(scene, vips, cluster_rows(scene.clusters, turned, room), keep)
            if layout.height <= height:
                layout.spread(height)
                return layout
    few_networks = MORE_NETWORKS in turned
    for room in rooms[1:] or rooms:
        shown = cluster_rows(scene.clusters, turned, room)
        for head_rows in (HEAD_ROWS, 1) if room == rooms[-1] else (HEAD_ROWS,):
            bare = height - Layout(scene, (), shown, few_networks, head_rows).height
            folded = folded_rows(groups, turned, max(bare - _GAPS_KEPT, min(bare, 8)))
            layout = Layout(scene, folded, shown, few_networks, head_rows)
            if layout.height <= height:
                layout.spread(height)
                return layout
    assert layout is not None  # rooms is never empty
    return layout
