"""The heavy line in the selected row's state that joins the map to the panel explaining it."""

from __future__ import annotations

from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role


def draw_panel_connector(gap: int, height: int, role: Role, row: int | None) -> Picture:
    """``gap`` empty cells and the panel's border, ``height`` rows; at ``row`` the connector crosses the gap."""
    canvas = Canvas(gap + 1)
    for y in range(height):
        canvas.put(gap, y, "┃", role)
    if row is not None and 0 <= row < height:
        canvas.put(0, row, "━" * gap + "┫", role)
    return canvas.picture()
