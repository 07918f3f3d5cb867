"""A grid to draw on: text, edges and the joints where they meet; finished, it becomes rows of spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from checks.model import State
from screens.picture.cells import Hit, Picture, Role, Row, Span, Tint
from screens.picture.fit import fit

GLYPHS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.UNKNOWN: "?", State.CHECKING: "◌"}
ROLES = {
    State.OK: Role.SUCCESS,
    State.WARNING: Role.WARNING,
    State.FAILED: Role.ERROR,
    State.UNKNOWN: Role.UNKNOWN,
    State.CHECKING: Role.ACCENT,
}


class Form(Enum):
    """How a piece of the path looks: its vertical and horizontal strokes, its role, whether it is heavy."""

    ALIVE = ("┃", "━", Role.SUCCESS, True)
    CUT = ("✗", "✗", Role.ERROR, False)
    DEAD = ("╎", "╌", Role.FAINT, False)
    UNKNOWN = ("┊", "┈", Role.UNKNOWN, False)
    CONTROL = ("│", "─", Role.FAINT, False)
    WRONG_WAY = ("┃", "━", Role.ERROR, True)  # equal strokes do not make it an alias: its role differs

    @property
    def vertical(self) -> str:
        """The stroke that leads down."""
        return self.value[0]

    @property
    def horizontal(self) -> str:
        """The stroke that leads right."""
        return self.value[1]

    @property
    def role(self) -> Role:
        """What the stroke means."""
        return self.value[2]

    @property
    def heavy(self) -> bool:
        """Whether packets pass here."""
        return self.value[3]


# (heavy lane, heavy edge, from above, to below)
JOINTS = {
    (True, True, True, False): "┻",
    (True, True, False, True): "┳",
    (True, True, True, True): "╋",
    (True, False, True, False): "┷",
    (True, False, False, True): "┯",
    (True, False, True, True): "┿",
    (False, True, True, False): "┸",
    (False, True, False, True): "┰",
    (False, True, True, True): "╂",
    (False, False, True, False): "┴",
    (False, False, False, True): "┬",
    (False, False, True, True): "┼",
    (True, True, False, False): "━",
    (True, False, False, False): "━",
    (False, True, False, False): "─",
    (False, False, False, False): "─",
}


def joint(heavy_lane: bool, above: Form | None, below: Form | None) -> str:
    """The character where a vertical edge meets a horizontal line; an edge that is not there is None."""
    heavy = any(form is not None and form.heavy for form in (above, below))
    return JOINTS[heavy_lane, heavy, above is not None, below is not None]


@dataclass(frozen=True, slots=True)
class Pen:
    """How text is written."""

    role: Role = Role.TEXT
    bold: bool = False
    badge: bool = False


_PENS = {role: Pen(role) for role in Role}


class _Line:
    """The cells of one row: a character, a pen and a tint each."""

    __slots__ = ("_merged", "characters", "pens", "tints")

    def __init__(self, width: int) -> None:
        self.characters = [" "] * width
        self.pens = [_PENS[Role.TEXT]] * width
        self.tints = [Tint.NONE] * width
        self._merged: Row | None = None

    def changing(self) -> _Line:
        """Itself, about to be written to."""
        self._merged = None
        return self

    def copy(self) -> _Line:
        """The same cells once more."""
        line = _Line(0)
        line.characters, line.pens, line.tints = self.characters[:], self.pens[:], self.tints[:]
        line._merged = self._merged
        return line

    def merged(self) -> Row:
        """As few spans as say the same, worked out once until something is written."""
        if self._merged is None:
            text, left, spans = "".join(self.characters), 0, []
            for (pen, tint), run in groupby(zip(self.pens, self.tints, strict=True)):
                right = left + len(list(run))
                spans.append(Span(text[left:right], pen.role, pen.bold, tint, pen.badge))
                left = right
            self._merged = tuple(spans)
        return self._merged


class Canvas:
    """Cells of a fixed width and a growing height, each one character with its role."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._rows: list[_Line] = []
        self._hits: list[Hit] = []
        self._stops: list[str] = []

    def _row(self, y: int) -> _Line:
        while len(self._rows) <= y:
            self._rows.append(_Line(self.width))
        return self._rows[y].changing()

    def put(self, x: int, y: int, text: str, pen: Pen | Role = Role.TEXT, room: int | None = None) -> int:
        """Write untrusted ``text`` in at most ``room`` cells, at most to the right edge; returns where it ends. What
        lies left of the left edge is not written."""
        row = self._row(y)
        left = self.width - x
        shown = fit(text, left if room is None else min(room, left))
        end = x + len(shown)
        seen, x = shown[max(-x, 0) :], max(x, 0)
        row.characters[x : x + len(seen)] = seen
        row.pens[x : x + len(seen)] = [pen if isinstance(pen, Pen) else _PENS[pen]] * len(seen)
        return end

    def line(self, y: int, left: int, right: int, stroke: str, pen: Pen | Role) -> None:
        """The same character in cells [left, right)."""
        self.put(left, y, stroke * (right - left), pen)

    def tint(self, y: int, left: int, right: int, tint: Tint) -> None:
        """Lay a tint behind cells [left, right), whatever stands there; guilt outweighs the cursor."""
        tints = self._row(y).tints
        for at in range(max(left, 0), min(right, self.width)):
            if tints[at] is not Tint.ROOT:
                tints[at] = tint

    def hit(self, y: int, left: int, right: int, node: str) -> None:
        """Cells [left, right) stand for a node; the first time it becomes a stop of the cursor."""
        self._row(y)
        self._hits.append(Hit(y, left, right, node))
        if node not in self._stops:
            self._stops.append(node)

    def copy(self) -> Canvas:
        """What was drawn, to draw something more on it."""
        canvas = Canvas(self.width)
        canvas._rows = [row.copy() for row in self._rows]
        canvas._hits, canvas._stops = self._hits[:], self._stops[:]
        return canvas

    def picture(self) -> Picture:
        """What was drawn."""
        return Picture(tuple(row.merged() for row in self._rows), tuple(self._hits), tuple(self._stops))

    def rows(self) -> tuple[Row, ...]:
        """What was drawn, without its meaning."""
        return self.picture().rows
