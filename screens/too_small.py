"""The page for a terminal in which nothing can be shown."""

from __future__ import annotations

from screens.frame import LEAST_HEIGHT, LEAST_WIDTH
from screens.lines import BOLD
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role


def draw_too_small(width: int, height: int) -> Picture:
    """Says how large the terminal is and how large it has to be."""
    canvas = Canvas(max(width, 1))
    lines = (
        ("too small", BOLD),
        (f"here    {width}x{height}", Role.TEXT),
        (f"needed  {LEAST_WIDTH}x{LEAST_HEIGHT}", Role.DIM),
        ("q quits", Role.DIM),
    )
    for y, (text, pen) in enumerate(lines[: max(height, 1)]):
        canvas.put(min(2, max(width - 10, 0)), y, text, pen)
    return canvas.picture()
