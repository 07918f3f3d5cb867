"""What stands between the verdict and the footer: map or rail, joint, panel, third column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from checks.model import Diagnosis, Finding, Verdict
from checks.snapshot import Phase, Snapshot
from screens import ignored
from screens.connecting_view import draw_connecting, draw_failure
from screens.drill_down import Part, Subject, group_members, list_picture, parts_of, peek
from screens.findings_list import draw_findings_list
from screens.frame import Frame, Left, frame_for
from screens.panel import Panel, rows_of
from screens.panel_connector import draw_panel_connector
from screens.picture.cells import Picture, Role
from screens.picture.heads import Head
from screens.picture.rail import draw_rail
from screens.picture.topology import Map, accent, shown_as
from screens.picture_view import PictureView
from screens.vantage_heads import heads_of

if TYPE_CHECKING:
    from checks.evidence.evidence import Evidence
    from screens.picture.address_map import Plan

_ALSO_ROWS, _EVERY_ROWS = 7, 15
_TALL = 45


@dataclass(frozen=True, slots=True)
class Sight:
    """What is looked at: the moment, the selected node and finding, groups folded by hand, the panel opened; what is
    under way ("fix", "undo" or "")."""

    snapshot: Snapshot
    now: datetime
    selected: str | None = None
    finding: Finding | None = None
    turned: frozenset[str] = frozenset()
    drilled: bool = False
    scroll: int = 0
    running: str = ""


class Body(Horizontal):
    """Draws a :class:`Sight` in the columns that the screen's size leaves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._map = PictureView(id="map")
        self._also = PictureView(id="also")
        self._left = Vertical(self._map, self._also, id="left")
        self._joint = PictureView(id="joint")
        self.panel = Panel(id="panel")
        self._third = PictureView(id="third")
        self._about: tuple[str | None, str | None, bool] | None = None
        self.frame = Frame(Left.MAP)
        # At a key only the cursor moves: hundreds of VIPs are not laid out anew for it.
        self._drawn: Map | None = None
        self._measures: tuple[object, ...] = ()
        # Who lives where is worked out once per reading, not at every key.
        self._read: Evidence | None = None
        self._plan: Plan | None = None

    def compose(self) -> ComposeResult:
        """From left to right."""
        yield self._left
        yield self._joint
        yield self.panel
        yield self._third

    @property
    def stops(self) -> tuple[str, ...]:
        """The nodes the cursor visits in the picture that is shown."""
        return self._map.picture.stops

    def row_for(self, sight: Sight) -> str | None:
        """The id under which the selected node is drawn."""
        return shown_as(sight.snapshot.diagnosis, self._map.picture, sight.selected)

    def show(self, sight: Sight, width: int, height: int, rows: int) -> None:
        """Draw in the body of a screen of ``width`` x ``height``; the body has ``rows`` rows."""
        blank = not sight.snapshot.diagnosis.nodes
        frame = self.frame = Frame(Left.MAP, width=width) if blank else frame_for(width, height, sight.drilled)
        self._left.styles.width = frame.width
        self._left.styles.margin = (0, 0, 0, frame.indent)
        self._left.display = frame.left is not Left.NONE
        self._joint.display = bool(frame.joint)
        self._joint.styles.width = frame.joint
        self.panel.display = bool(frame.panel)
        self.panel.styles.width = frame.panel
        self._third.display = bool(frame.third)
        self._third.styles.width = frame.third
        self._show_left(sight, frame, rows)
        if frame.panel:
            self._show_panel(sight, frame, height, rows)
        if frame.third:
            from screens.side_column import draw_side_column

            if sight.snapshot.evidence is not self._read:
                from screens.address_claims import address_plans

                self._read = sight.snapshot.evidence
                self._plan = next(iter(address_plans(sight.snapshot)), None)
            self._third.show(draw_side_column(sight.snapshot, frame.third, rows, self._plan))

    def _show_left(self, sight: Sight, frame: Frame, rows: int) -> None:
        if frame.left is Left.NONE:
            return
        diagnosis = sight.snapshot.diagnosis
        heads = heads_of(sight.snapshot.origin, diagnosis)
        also = Picture(())
        if not diagnosis.nodes:
            picture = draw_connecting(sight.snapshot, frame.width)
        elif frame.left is Left.RAIL:
            picture = draw_rail(diagnosis, heads, rows, sight.selected, frame.width)
        else:
            if frame.also:
                tall = rows >= _TALL - _ALSO_ROWS
                also = draw_findings_list(diagnosis, frame.width, _EVERY_ROWS if tall else _ALSO_ROWS, every=tall)
            room = rows - (len(also.rows) + 1 if also.rows else 0)
            picture = self._map_of(diagnosis, heads, frame.width, room, sight.turned).picture(sight.selected)
        spare = rows - len(picture.rows) - 1
        self._also.display = frame.also and spare >= 2
        if frame.also:
            self._also.styles.margin = (1, 0, 0, 0)
            self._also.styles.height = max(spare, 1)
            self._also.show(also.first(max(spare, 0)))
        in_map = rows - (spare + 1 if frame.also and spare >= 2 else 0)
        self._map.styles.height = in_map
        self._map.show(picture)
        selected = shown_as(diagnosis, picture, sight.selected)
        row = None if selected is None else picture.row_of(selected)
        if row is None:
            self._map.scroll_rows(-self._map.top)
        else:
            self._map.bring_into_view(row, in_map)
            row -= self._map.top
        if frame.joint:
            self._joint.show(draw_panel_connector(frame.gap, rows, self._role(sight, selected), row))

    def _map_of(
        self, diagnosis: Diagnosis, heads: tuple[Head, ...], width: int, rows: int, turned: frozenset[str]
    ) -> Map:
        measures = (heads, width, rows, turned)
        if self._drawn is None or self._drawn.diagnosis is not diagnosis or measures != self._measures:
            self._drawn, self._measures = Map(diagnosis, *measures), measures
        return self._drawn

    def _role(self, sight: Sight, selected: str | None) -> Role:
        if selected is not None:
            return accent(sight.snapshot.diagnosis, selected)
        return Role.SUCCESS if sight.snapshot.diagnosis.verdict is Verdict.HEALTHY else Role.ACCENT

    def _show_panel(self, sight: Sight, frame: Frame, height: int, rows: int) -> None:
        size = (frame.panel - 2, rows)
        about = (sight.selected, sight.finding.id if sight.finding else None, sight.drilled)
        keep, self._about = about == self._about, about
        snapshot = sight.snapshot
        node = snapshot.diagnosis.node(sight.selected) if sight.selected else None
        back = "back to the map" if sight.drilled else ""
        if node is None:
            group = group_members(snapshot.diagnosis, sight.selected) if sight.selected else []
            if group:
                parts = [Part("VIPs", list_picture(group, size[0]))]
            elif sight.selected is None and snapshot.shut:
                parts = [Part("why", draw_failure(snapshot, size[0]))]
            elif sight.selected is None and snapshot.phase is not Phase.CONNECTING and not snapshot.shut:
                from screens.healthy_panel import wellness

                parts = list(wellness(snapshot, sight.now, size[0]))
            else:
                parts = []
            self.panel.show(parts, size, back, keep=keep)
            return
        heads = heads_of(snapshot.origin, snapshot.diagnosis)
        read_only = snapshot.origin.read_only
        subject = Subject(snapshot.diagnosis, heads, node, sight.finding, read_only, sight.running)
        if frame.peek:
            self.panel.show((Part("", peek(subject, *size)),), size, keep=keep)
        else:
            context = 2 if height >= _TALL else 1
            accepted = list(ignored.parts_on(subject, size[0]))
            for whole in (True, False) if sight.finding is not None and sight.finding.fix is not None else (True,):
                parts = [*parts_of(subject, size[0], context, sight.scroll, whole=whole), *accepted]
                if rows_of(parts) <= size[1]:
                    break
            self.panel.show(parts, size, back, keep=keep)
