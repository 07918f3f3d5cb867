"""Pictures as rows of spans with roles: the one form that the screen, the text report and a pipe share.

A role says what a span means, never which colour it has; a theme gives the colour, the text report none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a span means."""

    TEXT = "text"
    DIM = "dim"
    FAINT = "faint"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    CONSEQUENCE = "consequence"
    UNKNOWN = "unknown"
    ACCENT = "accent"
    NETWORK = "network"


class Tint(StrEnum):
    """What stands behind a span."""

    NONE = "none"
    SELECTED = "selected"
    ROOT = "root"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters, each one cell wide. ``badge`` swaps foreground and background."""

    text: str
    role: Role = Role.TEXT
    bold: bool = False
    tint: Tint = Tint.NONE
    badge: bool = False


Row = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Cells [left, right) of a row that stand for a node: what a click or the cursor there means."""

    row: int
    left: int
    right: int
    node: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished drawing. ``stops`` are the nodes the cursor visits, in order along the path."""

    rows: tuple[Row, ...]
    hits: tuple[Hit, ...] = ()
    stops: tuple[str, ...] = ()

    def at(self, x: int, y: int) -> str | None:
        """The node drawn at a cell, if any."""
        return next((hit.node for hit in self.hits if hit.row == y and hit.left <= x < hit.right), None)

    def first(self, count: int) -> Picture:
        """Its first rows, with what can be clicked there."""
        return Picture(self.rows[:count], tuple(hit for hit in self.hits if hit.row < count), self.stops)

    def row_of(self, node: str) -> int | None:
        """The row a node is drawn on, if it is."""
        return next((hit.row for hit in self.hits if hit.node == node), None)


def plain(rows: Iterable[Row]) -> str:
    """The characters alone, without trailing blanks."""
    return "\n".join("".join(span.text for span in row).rstrip() for row in rows)


def width(row: Row) -> int:
    """How many cells a row takes."""
    return sum(len(span.text) for span in row)
