"""A page of 80 columns: rows of spans put down from top to bottom. All text on it is inert."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import replace

from checks.inert import inert
from screens.picture.cells import Role, Row, Span

WIDTH = 80


class Paper:
    """Rows written so far, and the ways to write more."""

    def __init__(self, width: int = WIDTH) -> None:
        self.width = width
        self._rows: list[Row] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """What was written, without blank rows at its end."""
        rows = list(self._rows)
        while rows and not rows[-1]:
            rows.pop()
        return tuple(rows)

    def line(self, *spans: Span | str) -> None:
        """One row as it stands; a plain str is text without a role. What crosses the edge is cut."""
        row, left = [], self.width
        for span in spans:
            span = Span(span) if isinstance(span, str) else span
            shown = inert(span.text)
            if len(shown) > left:
                shown = shown[: max(left - 2, 0)] + ".."[:left]
            left -= len(shown)
            row.append(Span(shown, span.role, span.bold, span.tint, span.badge))
        self._rows.append(tuple(row))

    def gap(self) -> None:
        """A blank row, unless there is one already or nothing yet."""
        if self._rows and self._rows[-1]:
            self._rows.append(())

    def prose(self, text: str, indent: int = 0, role: Role = Role.TEXT) -> None:
        """Paragraphs, parted in ``text`` by blank lines, wrapped to the edge."""
        for at, paragraph in enumerate(_paragraphs(text)):
            if at:
                self._rows.append(())
            for row in wrapped(paragraph, self.width - indent):
                self.line(" " * indent, Span(row, role))

    def keyed(self, key: str | Span, lines: Iterable[str], indent: int = 7, column: int = 10, hang: int = 0) -> None:
        """``key`` (quiet where it is a plain str) in a column of its own, beside it each of ``lines`` wrapped;
        nothing where there is none. What is wrapped stands ``hang`` columns further to the right."""
        key = Span(key, Role.DIM) if isinstance(key, str) else key
        room = self.width - indent - column
        for line in lines:
            for row in wrapped(line, room, hang):
                self.line(" " * indent, replace(key, text=key.text.ljust(column)), row)
                key = Span("")

    def picture(self, rows: Iterable[Row], indent: int = 0) -> None:
        """Rows drawn elsewhere."""
        for row in rows:
            self.line(" " * indent, *row)


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """Inert ``text`` in rows of at most ``width``; what is longer than a row is cut in two, nothing is lost."""
    return textwrap.wrap(inert(text), width, break_on_hyphens=False, subsequent_indent=" " * hang) or [""]


def _paragraphs(text: str) -> list[str]:
    # The blank line between paragraphs has to be seen before inert() makes its newlines visible.
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
