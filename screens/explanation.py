"""The page that says what a finding means."""

from __future__ import annotations

from checks.model import Finding, Grade
from screens.lines import BOLD, paste, put_paragraph
from screens.page import PageScreen
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role
from screens.picture.excerpt import draw_excerpts
from screens.picture.ruler import draw_ruler
from screens.prose import cost

_GRADES = {
    Grade.LAB: "reproduced on a real kernel, systemd and HAProxy",
    Grade.SRC: "reported by a public source",
    Grade.CODE: "read in the vendor's own scripts",
    Grade.REASON: "inferred: a possible cause",
}


class ExplanationScreen(PageScreen):
    """One finding in full."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self._finding = finding

    def title_words(self) -> tuple[str, str]:
        """Its code and name."""
        return f"{self._finding.code}  {self._finding.name}", self._finding.severity.value

    def content(self, width: int, room: int) -> Picture:
        """Title, explanation, what to do, proof, how well it is known."""
        del room
        finding, canvas = self._finding, Canvas(width)
        y = put_paragraph(canvas, 0, 0, finding.title, width, pen=BOLD) + 1
        y = put_paragraph(canvas, 0, y, finding.explanation, width) + 1
        if finding.ruler is not None:
            y = paste(canvas, 0, y, draw_ruler(finding.ruler, width, write=True)) + 1
        if finding.remedy:
            canvas.put(0, y, "TO DO", Role.DIM)
            y = put_paragraph(canvas, 7, y, finding.remedy, width - 7) + 1
        if finding.fix is not None:
            canvas.put(0, y, "FIX", Role.DIM)
            words = f"{finding.fix.summary}: {cost(finding.fix)}. {finding.fix.interrupts}"
            y = put_paragraph(canvas, 7, y, words, width - 7) + 1
        if finding.excerpts:
            y = paste(canvas, 0, y, draw_excerpts(finding.excerpts, width, 2)) + 1
        canvas.put(0, y, finding.grade.value, Pen(Role.DIM, bold=True))
        canvas.put(7, y, _GRADES[finding.grade], Role.DIM)
        return canvas.picture()
