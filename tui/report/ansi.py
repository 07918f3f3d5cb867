"""Rows as characters for a stream: plain for a pipe or a file, with colours for a terminal that wants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TextIO

from screens.picture.ascii_glyphs import ascii_rows
from screens.picture.cells import Role, Row, Span, Tint
from tui.settings import ascii_only, colours

# The sixteen colours of the terminal's own palette: readable on whatever ground its owner chose.
_SGR = {
    Role.TEXT: "",
    Role.DIM: "2",
    Role.FAINT: "2",
    Role.SUCCESS: "36",
    Role.WARNING: "33",
    Role.ERROR: "91",
    Role.CONSEQUENCE: "31",
    Role.UNKNOWN: "35",
    Role.ACCENT: "94",
    Role.NETWORK: "34",
}


def painted(rows: Iterable[Row], stream: TextIO) -> str:
    """The rows as that stream can show them, each ended by a newline, without trailing blanks."""
    if ascii_only(stream.encoding):
        rows = ascii_rows(rows)
    coloured = colours(stream.isatty())
    return "".join(_line(row, coloured) + "\n" for row in rows)


def _line(row: Row, coloured: bool) -> str:
    if not coloured:
        return "".join(span.text for span in row).rstrip()
    while row and not row[-1].text.strip():
        row = row[:-1]
    if row:
        row = (*row[:-1], replace(row[-1], text=row[-1].text.rstrip()))
    return "".join(_span(span) for span in row)


def _span(span: Span) -> str:
    codes = [code for code in (_SGR[span.role], "1" if span.bold else "", "7" if span.badge else "") if code]
    if span.tint is Tint.ROOT and "1" not in codes:
        codes.append("1")
    if not codes or not span.text.strip():
        return span.text
    return f"\x1b[{';'.join(codes)}m{span.text}\x1b[0m"
