"""The page of the addresses: each network of the appliance as a map, with a cursor that tells who claims what."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import ClassVar

from textual.binding import Binding, BindingType

from checks.snapshot import Snapshot
from screens.address_claims import address_plans
from screens.footer import FooterKey
from screens.lines import BOLD, paste, put_paragraph
from screens.live_page import LivePage
from screens.picture.address_map import (
    ACROSS,
    EDGE,
    TYPED,
    Grid,
    Plan,
    draw_address_map,
    draw_claims,
    draw_legend,
    map_width,
)
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role
from screens.picture_view import PictureView

_GAP = 3
_LEAST_LEGEND = 18
_WHY = (
    "The appliance answers for every address of a range, used or not. A range starts at the left edge of its block: "
    "whatever else lives inside it loses its address to the appliance."
)


class AddressScreen(LivePage):
    """Arrows move the cursor, ``n`` goes to the next network, ``tab`` to the next address that somebody claims."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1, 0)", "left", show=False, id="addresses.left"),
        Binding("right,l", "move(1, 0)", "right", show=False, id="addresses.right"),
        Binding("up,k", "move(0, -1)", "up", show=False, id="addresses.up"),
        Binding("down,j", "move(0, 1)", "down", show=False, id="addresses.down"),
        Binding("n", "network", "network", id="addresses.network", tooltip="the next network"),
        Binding("tab", "claim(1)", "next", id="addresses.next", tooltip="next address that somebody claims"),
        Binding("shift+tab", "claim(-1)", "previous", show=False, id="addresses.previous"),
        Binding("enter", "enter", "look in", id="addresses.enter", tooltip="into a block of a large network"),
        Binding("q,escape,backspace", "leave", "back", id="addresses.leave"),
    ]

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._at = 0
        self._inside: list[IPv4Network] = []
        self._cursor: int | None = None
        self._plans = address_plans(snapshot)

    def look(self, snapshot: Snapshot) -> None:
        """Who lives there now."""
        self._plans = address_plans(snapshot)
        super().look(snapshot)

    @property
    def _plan(self) -> Plan | None:
        plans = self._plans
        return plans[self._at % len(plans)] if plans else None

    def _grid(self, plan: Plan) -> Grid:
        return Grid(self._inside[-1] if self._inside else plan.network)

    def _cell(self, plan: Plan) -> int:
        """Where the cursor stands: at first on what is wrong, else on the first claim."""
        grid = self._grid(plan)
        if self._cursor is None:
            stops = self._stops(plan, grid)
            self._cursor = stops[0] if stops else 0
        return min(self._cursor, grid.cells - 1)

    @staticmethod
    def _stops(plan: Plan, grid: Grid) -> list[int]:
        bounds = grid.network
        claims = [claim for claim in plan.on(bounds.network_address, bounds.broadcast_address) if claim.letter != EDGE]
        first = [claim for claim in claims if claim.letter == TYPED or (claim.size == 1 and claim.first in plan.twice)]
        order = [*first, *(claim for claim in claims if claim not in first)]
        return list(dict.fromkeys(grid.cell_of(max(claim.first, bounds.network_address)) for claim in order))

    def title_words(self) -> tuple[str, str]:
        """Which network, and how large a row is."""
        plan = self._plan
        if plan is None:
            return "ADDRESSES", ""
        grid = self._grid(plan)
        size = f"{grid.network.num_addresses:,} addresses"
        row = "one row is a /28" if grid.step == 1 else f"one cell is {grid.step:,} addresses"
        return f"ADDRESSES  {plan.name} {grid.network}", f"{size}, {row}"

    def frame_keys(self) -> list[FooterKey]:
        """Those of the map."""
        plan = self._plan
        keys = [FooterKey("q", "back"), FooterKey("tab", "next"), FooterKey("n", "network")]
        if plan is not None and self._grid(plan).step > 1:
            keys.append(FooterKey("enter", "look in"))
        return [*keys, FooterKey("c", "copy")]

    def content(self, width: int, room: int) -> Picture:
        """Map, legend beside it or below, the claims on the cursor's address."""
        plan, canvas = self._plan, Canvas(width)
        if plan is None:
            put_paragraph(canvas, 0, 0, "No network of the appliance was read.", width, pen=Role.DIM)
            return canvas.picture()
        grid, cursor = self._grid(plan), self._cell(plan)
        beside = width >= map_width(2) + _GAP + _LEAST_LEGEND
        cell = 3 if width >= map_width(3) + (_GAP + _LEAST_LEGEND if beside else 0) else 2
        picture = draw_address_map(plan, grid, cell, cursor)
        bottom = paste(canvas, 0, 0, picture.rows)
        for hit in picture.hits:
            canvas.hit(hit.row, hit.left, hit.right, hit.node)
        airy = bottom + 3 <= room
        bottom = paste(canvas, 0, bottom + airy, draw_claims(plan, grid, cursor, width).rows)
        if beside:
            self._beside(canvas, plan, map_width(cell) + _GAP, grid.rows + 1)
        else:
            paste(canvas, 0, bottom + 1, draw_legend(plan, width).rows)
        plans = self._plans
        if airy and len(plans) > 1:
            x = canvas.put(0, bottom + 1, "networks", Role.DIM) + 2
            for at, other in enumerate(plans):
                shown = self._at % len(plans) == at
                x = canvas.put(x, bottom + 1, other.name, BOLD if shown else Role.DIM) + 3
        return canvas.picture()

    @staticmethod
    def _beside(canvas: Canvas, plan: Plan, x: int, rows: int) -> None:
        width = canvas.width - x
        canvas.put(x, 0, "WHO LIVES HERE", Role.DIM)
        y = paste(canvas, x, 1, draw_legend(plan, width, rows - 1).rows)
        if y + 6 <= rows and width >= 24:
            canvas.put(x, y + 1, "WHY IT MATTERS", Role.DIM)
            put_paragraph(canvas, x, y + 2, _WHY, width, lines=rows - y - 2)

    def on_picture_view_picked(self, event: PictureView.Picked) -> None:
        """A click puts the cursor there."""
        event.stop()
        kind, _, number = event.node.partition(":")
        if kind == "cell":
            self._cursor = int(number)
            self.redraw()

    def action_move(self, right: int, down: int) -> None:
        """The cursor, not beyond the edges."""
        plan = self._plan
        if plan is not None:
            there = self._cell(plan) + right + down * ACROSS
            if 0 <= there < self._grid(plan).cells:
                self._cursor = there
            self.redraw()

    def action_network(self) -> None:
        """The next network."""
        self._at, self._cursor = (self._at + 1) % max(len(self._plans), 1), None
        self._inside.clear()
        self.redraw()

    def action_claim(self, by: int) -> None:
        """To the next or previous claim, round and round."""
        plan = self._plan
        if plan is None:
            return
        stops = sorted(self._stops(plan, self._grid(plan)))
        here = self._cell(plan)
        if stops:
            ahead = [stop for stop in stops if (stop > here if by > 0 else stop < here)]
            self._cursor = (ahead or stops)[0 if by > 0 else -1]
        self.redraw()

    def action_enter(self) -> None:
        """Into the block under the cursor."""
        plan = self._plan
        if plan is None or self._grid(plan).step == 1:
            return
        grid = self._grid(plan)
        first, last = grid.bounds(self._cell(plan))
        self._inside.append(IPv4Network((first, 32 - (int(last) - int(first)).bit_length())))
        self._cursor = None
        self.redraw()

    def action_leave(self) -> None:
        """Out of the block, then off the page."""
        if self._inside:
            block = self._inside.pop()
            plan = self._plan
            self._cursor = None if plan is None else self._grid(plan).cell_of(block.network_address)
            self.redraw()
        else:
            super().action_leave()
