"""The grid: whatever is put where, every cell keeps one character and one pen."""

from __future__ import annotations

import pytest

from screens.picture.canvas import Canvas
from screens.picture.cells import Role, Span


@pytest.mark.parametrize(
    ("x", "row", "end"),
    [(-2, "ge       ", 2), (-4, "         ", 0), (-9, "         ", -5), (7, "       ..", 9), (9, "         ", 9)],
)
def test_what_lies_over_an_edge_is_cut_off_there(x: int, row: str, end: int) -> None:
    canvas = Canvas(9)
    assert canvas.put(x, 0, "edge", Role.ERROR) == end
    (drawn,) = canvas.rows()
    assert "".join(span.text for span in drawn) == row


def test_the_pen_stays_with_its_letters_at_the_left_edge() -> None:
    canvas = Canvas(6)
    canvas.put(-2, 0, "edge", Role.ERROR)
    assert canvas.rows() == ((Span("ge", Role.ERROR), Span("    ", Role.TEXT)),)
