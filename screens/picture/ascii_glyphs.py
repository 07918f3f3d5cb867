"""Every glyph's twin of one ASCII cell, laid over finished rows, so that no picture knows of them.

For terminals whose locale cannot print the glyphs, and for those that draw ambiguous characters two cells wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from screens.picture.cells import Row

TWINS = {
    "✓": "o",
    "✗": "x",
    "◌": "~",
    "▸": ">",
    "▾": "v",
    "∙": ".",
    "━": "=",
    "╍": "=",
    "─": "-",
    "╌": "-",
    "┈": ".",
    "┃": "|",
    "│": "|",
    "╎": ":",
    "┊": ":",
    **dict.fromkeys("╭╮╰╯┏┓┗┛┌┐└┘┣┫┝┥├┤┮┭╴╶", "+"),
    **dict.fromkeys("┻┳╋┷┯┿┸┰╂┴┬┼", "+"),
}
_TABLE = {ord(glyph): twin for glyph, twin in TWINS.items()}


def ascii_text(text: str) -> str:
    """``text`` in ASCII, cell for cell; what has no twin becomes ``?``."""
    return text.translate(_TABLE).encode("ascii", "replace").decode("ascii")


def ascii_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The same rows in ASCII: equal widths, equal roles."""
    return tuple(tuple(replace(span, text=ascii_text(span.text)) for span in row) for row in rows)
