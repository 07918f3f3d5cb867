"""The panel when nothing is selected and nothing is wrong: what was checked, who lives in the range, what comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from checks.addresses import Glyph, RulerMark, address, block_ruler, short, spelling
from checks.evidence.builds import appliance_of
from checks.model import Check, Diagnosis, NodeKind, State, worst
from checks.snapshot import Change, Snapshot
from screens import ignored
from screens.drill_down import Part
from screens.heading import access_words
from screens.lines import BOLD, paste, put_key, put_paragraph, put_right
from screens.picture.canvas import GLYPHS, ROLES, Canvas
from screens.picture.cells import Picture, Role
from screens.picture.ruler import draw_ruler
from screens.upcoming import coming

_GROUPS = {
    "addressing": "range, pool, NICs, gateways",
    "services": "units, files, watchers",
    "routing": "rules and tables",
    "dataplane API": "port, certificate, clock",
    "reachability": "VIPs from every place",
    "clusters": "servers behind the VIPs",
}
_WORDY = 40
_KINDS = {
    NodeKind.NETWORK: "addressing",
    NodeKind.RANGE: "addressing",
    NodeKind.UNIT: "services",
    NodeKind.VIP: "reachability",
    NodeKind.CLIENT: "reachability",
    NodeKind.CLUSTER: "clusters",
    NodeKind.SERVER: "clusters",
    NodeKind.LISTENER: "dataplane API",
}


def wellness(snapshot: Snapshot, now: datetime, width: int) -> Iterator[Part]:
    """Parts of the panel, in reading order."""
    if snapshot.origin.lesson:
        yield Part("lesson", _lesson(snapshot.origin.lesson, width))
    yield Part("checked", _checked(snapshot.diagnosis, width))
    access = access_words(snapshot.origin)
    if width < _WORDY and access:
        # Wider screens say it above.
        canvas = Canvas(width)
        put_paragraph(canvas, 0, 0, access, width, pen=Role.DIM)
        yield Part("access", canvas.picture())
    yield from ignored.parts(snapshot.diagnosis.ignored, width)
    addresses = _addresses(snapshot.diagnosis, width)
    if addresses is not None:
        yield Part("addresses", addresses)
    evidence = snapshot.evidence
    if evidence is not None and (words := appliance_of(evidence).words):
        yield Part("appliance", _appliance(words, width))
    rows = list(coming(evidence, snapshot.diagnosis, now)) if evidence is not None else []
    if rows:
        canvas = Canvas(width)
        canvas.put(0, 0, "WHAT COMES NEXT", Role.DIM)
        for y, row in enumerate(rows, 1):
            right = put_right(canvas, width, y, row.when)
            canvas.put(0, y, row.what if len(row.what) + 2 <= right else row.brief, Role.TEXT, max(right - 1, 0))
        yield Part("what comes next", canvas.picture())
    if snapshot.timeline:
        yield Part("timeline", draw_timeline(snapshot.timeline, width, 5))


def _lesson(lesson: str, width: int) -> Picture:
    canvas = Canvas(width)
    canvas.put(0, 0, "WHAT IT TEACHES", Role.DIM)
    put_paragraph(canvas, 0, 1, lesson, width)
    return canvas.picture()


def _appliance(words: str, width: int) -> Picture:
    canvas = Canvas(width)
    canvas.put(0, 0, "BUILD", Role.DIM)
    put_paragraph(canvas, 7, 0, words, width - 7)
    return canvas.picture()


def _checked(diagnosis: Diagnosis, width: int) -> Picture:
    counts = diagnosis.counts
    canvas = Canvas(width)
    x = canvas.put(0, 0, "CHECKED", Role.DIM)
    canvas.put(x + 2, 0, f"{counts.ran} of {counts.ran + counts.unknown}", BOLD)
    grouped: dict[str, list[Check]] = {}
    for node in diagnosis.nodes:
        for check in (check for check in node.checks if check.counted):
            grouped.setdefault(check.group or _KINDS.get(node.kind, "services"), []).append(check)
    y = 2
    for name in (*_GROUPS, *(group for group in grouped if group not in _GROUPS)):
        checks = grouped.get(name)
        if not checks:
            continue
        state = worst(check.state for check in checks)
        canvas.put(0, y, GLYPHS[state], ROLES[state])
        canvas.put(2, y, name)
        put_right(canvas, 19, y, str(len(checks)), Role.TEXT)
        how = Counter(check.state for check in checks)
        bad = ", ".join(f"{how[s]} {s.value}" for s in (State.FAILED, State.WARNING, State.UNKNOWN) if how[s])
        if width >= _WORDY or bad:
            said = bad if len(bad) <= width - 21 else state.value
            canvas.put(21, y, said or _GROUPS.get(name, ""), Role.DIM, max(width - 21, 0))
        y += 1
    return canvas.picture()


def _addresses(diagnosis: Diagnosis, width: int) -> Picture | None:
    ranges = diagnosis.of_kind(NodeKind.RANGE)
    if not ranges:
        return None
    found = spelling(ranges[0].label)
    used: dict[str, str] = {}
    names = {node.id: node.label for node in diagnosis.of_kind(NodeKind.CLUSTER)}
    for vip in diagnosis.of_kind(NodeKind.VIP):
        used.setdefault(vip.label.partition(":")[0], names.get(vip.within, vip.within.partition(":")[2]))
    marks = tuple(
        RulerMark(at, Glyph.VIP, f"{short(at, found.network)} {name}")
        for text, name in used.items()
        if (at := address(text)) is not None
    )
    ruler = block_ruler(found, marks)
    if ruler is None:
        return None
    inside = [mark for mark in ruler.marks if mark.glyph is Glyph.VIP]
    canvas = Canvas(width)
    x = canvas.put(0, 0, "ADDRESSES", Role.DIM)
    canvas.put(x + 2, 0, ranges[0].label, BOLD)
    y = paste(canvas, 0, 1, draw_ruler(ruler, width, labels=len(inside) <= 6))
    free = ruler.block.num_addresses - len(inside)
    canvas.put(0, y, f"{len(inside)} used, {free} not", Role.DIM)
    return canvas.picture()


def draw_timeline(timeline: tuple[Change, ...], width: int, rows: int) -> Picture:
    """The newest changes first."""
    canvas = Canvas(width)
    canvas.put(0, 0, "TIMELINE", Role.DIM)
    put_key(canvas, width - 1, 0, "t", "")
    newest = sorted(timeline, key=lambda change: change.at, reverse=True)
    y = 1
    for change in newest:
        if y > rows:
            break
        canvas.put(0, y, f"{change.at:%H:%M:%S}", Role.DIM)
        role = Role.TEXT if change.state in (State.UNKNOWN, State.CHECKING) else ROLES[change.state]
        y = put_paragraph(canvas, 10, y, change.text, width - 10, lines=min(2, rows - y + 1), pen=role)
    return canvas.picture()
