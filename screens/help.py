"""The page of all keys, made from the bindings themselves, and of the glyphs."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from screens.key_names import key_name
from screens.lines import HOTKEY, put_paragraph
from screens.page import PageScreen
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role

_LEGEND = (
    ("✓", Role.SUCCESS, "ok"),
    ("✗", Role.ERROR, "failed; dim: explained by another"),
    ("!", Role.WARNING, "warning"),
    ("?", Role.UNKNOWN, "not checked, or not known"),
    ("i", Role.NETWORK, "worth knowing, or a possible cause"),
    ("◌", Role.ACCENT, "checking"),
    ("━", Role.SUCCESS, "packets were seen to pass"),
    ("✗", Role.ERROR, "on a line: here they stop"),
    ("╌", Role.FAINT, "behind a cut, says nothing of itself"),
    ("┈", Role.UNKNOWN, "could not be checked"),
    ("─", Role.FAINT, "no client traffic (management)"),
    ("▸", Role.ACCENT, "cursor, folded group"),
)
_TOLD = (
    ("COUNTS", "The first row counts checks. One fault fails several, and one finding may be what many of them met."),
    ("WRITING", "Reading changes nothing. Only a fix or an undo writes, after its plan was shown and confirmed."),
)
_KEYS = 18
_COLUMN = 50
_BESIDE = 90


class HelpScreen(PageScreen):
    """``groups`` are captions with bindings."""

    def __init__(self, groups: Iterable[tuple[str, Iterable[BindingType]]]) -> None:
        super().__init__()
        self._groups = [(caption, list(_rows(bindings))) for caption, bindings in groups]

    def title_words(self) -> tuple[str, str]:
        """What it is."""
        return "HELP", "a click on a key in a frame or in the last row presses it"

    def content(self, width: int, room: int) -> Picture:
        """Keys at the left; glyphs at the right where there is room, else below."""
        del room
        canvas = Canvas(width)
        y = 0
        for caption, rows in self._groups:
            canvas.put(0, y, caption, Role.DIM)
            for keys, does in rows:
                y += 1
                canvas.put(0, y, keys, HOTKEY, _KEYS - 1)
                canvas.put(_KEYS, y, does, Role.TEXT, _COLUMN - _KEYS - 2 if width >= _BESIDE else width - _KEYS)
            y += 2
        beside = width >= _BESIDE
        x, y = (_COLUMN, 0) if beside else (0, y)
        canvas.put(x, y, "GLYPHS", Role.DIM)
        for glyph, role, means in _LEGEND:
            y += 1
            canvas.put(x, y, glyph, role)
            canvas.put(x + 4, y, means)
        y += 2
        for caption, said in _TOLD:
            canvas.put(x, y, caption, Role.DIM)
            y = put_paragraph(canvas, x, y + 1, said, width - x) + 1
        return canvas.picture()


def _rows(bindings: Iterable[BindingType]) -> Iterable[tuple[str, str]]:
    """``j down``, what it does; the six hops in one row."""
    hops = 0
    for binding in bindings:
        if not isinstance(binding, Binding):
            continue
        if "hop" in binding.action:
            hops += 1
            continue
        keys = " ".join(key_name(key) for key in binding.key.split(","))
        yield keys, binding.tooltip or binding.description
    if hops:
        yield f"1 .. {hops}", "a hop of the path"
