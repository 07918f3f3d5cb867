"""What the site file accepts: out of the findings, never out of sight."""

from __future__ import annotations

from checks.model import Ignored, NodeKind, State
from screens.drill_down import Part, Subject
from screens.lines import BOLD, put_paragraph, put_right
from screens.picture.canvas import GLYPHS, ROLES, Canvas
from screens.picture.cells import Picture, Role

SIGN = "-"
_CODE, _TITLE = 2, 6


def until_words(row: Ignored) -> str:
    """``until 2027-06-30``, ``ended 2026-01-01``, or nothing."""
    return f"{'ended' if row.ended else 'until'} {row.until}"


def parts(ignored: tuple[Ignored, ...], width: int) -> tuple[Part, ...]:
    """One part with all of them, none where there are none."""
    return (Part("ignored", draw_ignored(ignored, width)),) if ignored else ()


def parts_on(subject: Subject, width: int) -> tuple[Part, ...]:
    """The same on the appliance, where a person looks for what was decided about it."""
    return parts(subject.diagnosis.ignored, width) if subject.node.kind is NodeKind.APPLIANCE else ()


def draw_ignored(ignored: tuple[Ignored, ...], width: int) -> Picture:
    """Code, title and end of each, its reason below."""
    canvas = Canvas(width)
    x = canvas.put(0, 0, "IGNORED BY THE SITE FILE", Role.DIM)
    canvas.put(x + 2, 0, str(len(ignored)), BOLD)
    y = 1
    for row in ignored:
        role = ROLES[State.WARNING] if row.ended else Role.DIM
        canvas.put(0, y, GLYPHS[State.WARNING] if row.ended else SIGN, role)
        canvas.put(_CODE, y, row.id.partition(":")[0], role)
        right = put_right(canvas, width, y, until_words(row), role)
        if len(row.title) + _TITLE + 1 <= right:
            canvas.put(_TITLE, y, row.title)
            y += 1
        else:
            y = put_paragraph(canvas, _TITLE, y + 1, row.title, width - _TITLE)
        again = "; it is found again" if row.ended else ""
        y = put_paragraph(canvas, _TITLE, y, f"{row.reason}{again}", width - _TITLE, pen=Role.DIM)
    return canvas.picture()
