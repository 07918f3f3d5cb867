"""The page that says what a finding means: what was found here, then what is known of its kind, then the address."""

from __future__ import annotations

from checks.model import Finding, Grade
from checks.rules.entries import also, entry
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
_KEY = 11
PAGE = 80
"""How wide a page about an address is at most."""


class ExplanationScreen(PageScreen):
    """One finding in full, and ``subject``, where that is an address; without either the first of ``codes``, which were
    looked for in one place."""

    def __init__(self, finding: Finding | None, subject: str = "", codes: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._finding = finding
        self._subject = subject
        self._known = None if finding is not None or subject or not codes else entry(codes[0])
        self._count = len(codes)

    def title_words(self) -> tuple[str, str]:
        """Its code and name."""
        if self._known is not None:
            return f"{self._known.code}  {self._known.name}", f"first of {self._count} that were looked for here"
        if self._finding is None:
            return f"ADDRESS  {self._subject}", "what it means"
        return f"{self._finding.code}  {self._finding.name}", self._finding.severity.value

    def content(self, width: int, room: int) -> Picture:
        """The finding, its kind, the address."""
        del room
        canvas = Canvas(width)
        y = 0
        if self._finding is not None:
            y = _here(canvas, self._finding, width)
            y = _in_general(canvas, y, self._finding.code, self._finding.grade, width)
        if self._known is not None:
            y = _in_general(canvas, y, self._known.code, Grade(self._known.grade), width)
        about = self.app.about_address(self._subject, min(width, PAGE))
        if about:
            if y:
                canvas.put(0, y, "THE ADDRESS", Role.DIM)
                y += 1
            paste(canvas, 0, y, about)
        return canvas.picture()


def _here(canvas: Canvas, finding: Finding, width: int) -> int:
    y = put_paragraph(canvas, 0, 0, finding.title, width, pen=BOLD) + 1
    y = put_paragraph(canvas, 0, y, finding.explanation, width) + 1
    if finding.ruler is not None:
        y = paste(canvas, 0, y, draw_ruler(finding.ruler, width, write=True)) + 1
    if finding.remedy and finding.fix is None:
        canvas.put(0, y, "TO DO", Role.DIM)
        y = put_paragraph(canvas, 7, y, finding.remedy, width - 7) + 1
    if finding.fix is not None:
        canvas.put(0, y, "FIX", Role.DIM)
        y = put_paragraph(canvas, 7, y, f"{finding.fix.summary}: {cost(finding.fix)}", width - 7)
        canvas.put(7, y, "interrupts", Role.DIM)
        y = put_paragraph(canvas, 19, y, finding.fix.interrupts, width - 19) + 1
    if finding.excerpts:
        y = paste(canvas, 0, y, draw_excerpts(finding.excerpts, width, 2)) + 1
    return y


def _in_general(canvas: Canvas, y: int, code: str, grade: Grade, width: int) -> int:
    """What the catalogue says of the code, and how well that is known."""
    known = entry(code)
    parts = (
        ()
        if known is None
        else (
            ("", known.what),
            ("recognise", known.recognise),
            ("why", known.why),
            ("repair", known.repair),
            ("undo", known.undo),
            ("fixed in", known.fixed_in),
        )
    )
    if known is not None:
        canvas.put(0, y, f"{known.code} IN GENERAL", Role.DIM)
        y = put_paragraph(canvas, 0, y + 1, known.title, width, pen=BOLD) + 1
    for key, text in parts:
        left = _KEY if key else 0
        canvas.put(0, y, key, Role.DIM)
        for paragraph in text.split("\n\n") if text else ():
            y = put_paragraph(canvas, left, y, paragraph, width - left) + 1
    if others := also(code):
        canvas.put(0, y, "see also", Role.DIM)
        for one in others:
            canvas.put(_KEY, y, one.code)
            y = put_paragraph(canvas, _KEY + 6, y, one.title, width - _KEY - 6)
        y += 1
    canvas.put(0, y, grade.value, Pen(Role.DIM, bold=True))
    canvas.put(_KEY, y, _GRADES[grade], Role.DIM)
    y += 1
    for source in known.sources if known is not None else ():
        y = put_paragraph(canvas, _KEY, y, source, width - _KEY, pen=Role.DIM)
    return y + 1
