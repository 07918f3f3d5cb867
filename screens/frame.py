"""Where everything stands on a screen of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from screens.picture.rail import RAIL_WIDTH

LEAST_WIDTH, LEAST_HEIGHT = 40, 12
LEAST_FOR_MAP = 16
"""With fewer rows the rail alone is the screen, and a page has all of them for itself."""
WORDY = 100
"""From so many columns what is counted is said in words."""


class Left(Enum):
    """What stands at the left."""

    MAP = "map"
    RAIL = "rail"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns of the body. The joint, ``gap`` cells and the panel's heavy border, lies between left and panel;
    ``panel`` and ``third`` are 0 where they are not there. ``peek`` is the panel in few words."""

    left: Left
    indent: int = 0
    width: int = 0
    gap: int = 0
    panel: int = 0
    third: int = 0
    peek: bool = False
    also: bool = False

    @property
    def joint(self) -> int:
        """Cells from the map's edge to the first of the panel."""
        return self.gap + 1 if self.panel and self.left is not Left.NONE else 0


def too_small(width: int, height: int) -> bool:
    """Whether not even the rail would help."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


def frame_for(width: int, height: int, drilled: bool) -> Frame:
    """The columns for a screen of that size; ``drilled`` when the panel was opened over the map."""
    alone = width < 80 or height < LEAST_FOR_MAP
    if drilled:
        if alone:
            return Frame(Left.NONE, panel=width)
        return Frame(Left.RAIL, width=RAIL_WIDTH, panel=width - RAIL_WIDTH - 1)
    if width < 48 or height < LEAST_FOR_MAP:
        return Frame(Left.RAIL, width=width)
    if width < 80:
        return Frame(Left.MAP, width=47)
    if width < 100:
        return Frame(Left.MAP, width=47, gap=1, panel=width - 49, peek=True)
    if width < 160:
        return Frame(Left.MAP, indent=1, width=61, gap=3, panel=width - 66, also=True)
    return Frame(Left.MAP, indent=1, width=65, gap=4, panel=68, third=width - 141, also=True)
