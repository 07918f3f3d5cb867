"""The list under the map: what else was found, and what could not be checked."""

from __future__ import annotations

from collections import Counter

from checks.inert import inert
from checks.model import Diagnosis, Finding, NodeKind
from screens.ignored import SIGN, until_words
from screens.lines import put_key, put_paragraph, put_right
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role
from screens.prose import until_clause
from screens.signs import SEVERITIES
from screens.unchecked import about_words, node_of

_LEFT = 2
_TEXT = 8
_WHY = 2


def others(diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """Findings that are neither a root nor explained by one."""
    return tuple(f for f in diagnosis.findings if f.id not in diagnosis.roots and not f.explained_by)


def draw_findings_list(diagnosis: Diagnosis, width: int, height: int, every: bool = False) -> Picture:
    """At most ``height`` rows: a caption, the findings, what was not checked, what the site file accepts. ``every``
    lists what stands above the map as well, and what that explains."""
    canvas = Canvas(width)
    found, unread = diagnosis.findings if every else others(diagnosis), diagnosis.not_checked
    ignored = tuple(row for row in diagnosis.ignored if not row.ended)
    if height < 2:
        return canvas.picture()
    if not found and not unread and not ignored:
        canvas.put(_LEFT, 0, "FINDINGS", Role.DIM)
        canvas.put(_LEFT, 1, "none" if not diagnosis.findings else "nothing else", Role.DIM)
        return canvas.picture()
    captions = ["ALSO FOUND" if diagnosis.roots and not every else "FOUND"] if found else []
    captions += ["NOT CHECKED"] if unread else []
    canvas.put(_LEFT, 0, ", ".join(captions) or "IGNORED BY THE SITE FILE", Role.DIM)
    if found:
        put_key(canvas, width - 2 - len("tab next"), 0, "tab", "next")
    y = 1
    alike = Counter(map(_kind, found))
    told: set[tuple[str, ...]] = set()
    for finding in found:
        if _kind(finding) in told:
            continue
        told.add(_kind(finding))
        if y >= height:
            return canvas.picture()
        sign = SEVERITIES[finding.severity]
        canvas.put(_LEFT, y, sign.glyph, sign.role)
        canvas.put(_LEFT + 2, y, finding.code, Pen(sign.role, bold=True))
        node = diagnosis.node(finding.node)
        place = f"by {finding.explained_by[0].partition(':')[0]}" if finding.explained_by else ""
        place = place or (node.label if node else "")
        times = alike[_kind(finding)]
        title = finding.title if times == 1 else f"{finding.title}, {times} times"
        short = place.partition(".")[0] if node is not None and node.kind is NodeKind.APPLIANCE else place
        _row(canvas, y, title, (place, short), least=len(place) if finding.explained_by else 0)
        canvas.hit(y, _LEFT, width - 2, finding.node)
        y += 1
    for left in unread:
        if y >= height:
            break
        canvas.put(_LEFT, y, "?", Role.UNKNOWN)
        # What was not checked is the news; why, is often the same for all.
        words, why = about_words(left.checks[0], len(left.checks) - 1), inert(left.why)
        first, start = y, _LEFT + 2
        room = width - 2 - start
        if every and len(words) + len(why) + 2 > room and y + 1 < height:
            canvas.put(start, y, f"{words}:", Role.TEXT, room)
            y = put_paragraph(canvas, start, y + 1, why, room, lines=min(_WHY, height - y - 1), pen=Role.DIM)
        else:
            x = canvas.put(start, y, f"{words}: ", Role.TEXT, room)
            canvas.put(x, y, _shortened(why, start + room - x), Role.DIM, start + room - x)
            y += 1
        about = node_of(diagnosis, left.checks[0]) if len(left.checks) == 1 else None
        if about is not None:
            for at in range(first, y):
                canvas.hit(at, _LEFT, width - 2, about)
    for row in ignored[: max(height - y, 0)]:
        canvas.put(_LEFT, y, SIGN, Role.DIM)
        canvas.put(_LEFT + 2, y, row.id.partition(":")[0], Role.DIM)
        said = f"ignored {until_words(row)}".rstrip()
        if len(row.title) + len(said) + 2 > width - 2 - _TEXT:
            said = "ignored"
        _row(canvas, y, row.title, (said,), least=len(said))
        canvas.hit(y, _LEFT, width - 2, NodeKind.APPLIANCE)
        y += 1
    return canvas.picture()


def _shortened(why: str, room: int) -> str:
    """``why`` where it fits; else what stands behind its first colon: what could not be read, the words before say."""
    reason = why.partition(": ")[2]
    return next((said for said in (why, reason) if said and len(said) <= room), until_clause(reason or why, room))


def _kind(finding: Finding) -> tuple[str, ...]:
    """What consequences have in common that are told in one row; any other finding has its own."""
    return (finding.code, finding.title, *finding.explained_by) if finding.explained_by else (finding.id,)


def _row(canvas: Canvas, y: int, fact: str, places: tuple[str, ...], least: int = 0) -> None:
    """The fact in all but ``least`` cells, and the first of the names of its place that fits into what is left."""
    right = canvas.width - 2
    end = canvas.put(_TEXT, y, fact, Role.TEXT, right - _TEXT - (least + 2 if least else 0))
    place = next((inert(place) for place in places if len(inert(place)) + 2 <= right - end), "")
    put_right(canvas, right, y, place)
