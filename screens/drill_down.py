"""The panel's parts for a node or a finding: why, proof, ruler, journal, vantages, fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from textwrap import wrap

from checks.addresses import Glyph
from checks.model import Check, Diagnosis, Excerpt, ExcerptKind, Finding, Node, NodeKind, State, Vantage
from checks.rules.entries import entry
from screens.heading import running_words
from screens.key_names import KEY
from screens.lines import BOLD, HOTKEY, paste, put_key, put_paragraph, put_right
from screens.list_row import list_row
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Pen
from screens.picture.cells import Picture, Role, Row
from screens.picture.excerpt import draw_excerpts
from screens.picture.fit import fit
from screens.picture.folding import group_id, rank
from screens.picture.heads import Head
from screens.picture.ruler import draw_ruler
from screens.prose import conclusion, condition, cost, sentences
from screens.signs import SEVERITIES
from screens.unchecked import about_words

_PEEK_FIX = 2
_ACCEPTED = "ignored: "
_GUTTER = 9
_PEEKED = (Glyph.TYPED, Glyph.DANGER, Glyph.AMBIGUOUS, Glyph.START)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the panel. ``name`` is what the paging line calls it."""

    name: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Subject:
    """What the panel is about. ``finding`` is None where nothing is wrong with the node, ``running`` what is under way
    ("fix", "undo" or "")."""

    diagnosis: Diagnosis
    heads: tuple[Head, ...]
    node: Node
    finding: Finding | None
    read_only: bool = False
    running: str = ""


def parts_of(subject: Subject, width: int, context: int = 1, scroll: int = 0, *, whole: bool = True) -> Iterator[Part]:
    """Everything there is to say, in reading order, each part at most ``width`` wide; empty parts are left out.

    ``context`` is how many lines of a file stand before the guilty one, ``scroll`` how far long lines are moved,
    ``whole`` whether the fix says what it interrupts and how it is undone.
    """
    yield Part("why", _headline(subject, width))
    finding = subject.finding
    if finding is None:
        yield from _without_finding(subject, width)
        return
    yield from _cause(subject, finding, width)
    proof = [e for e in finding.excerpts if e.kind is not ExcerptKind.JOURNAL]
    told = [e for e in finding.excerpts if e.kind is ExcerptKind.JOURNAL]
    if proof:
        canvas = Canvas(width)
        paste(canvas, 0, 0, draw_excerpts(proof, width, context, scroll=_moved(proof, width, scroll)))
        yield Part("proof", canvas.picture())
    if finding.ruler is not None:
        canvas = Canvas(width)
        block = finding.ruler.block
        canvas.put(0, 0, f"{block}, {block.num_addresses:,} addresses", Role.DIM)
        paste(canvas, 0, 1, draw_ruler(finding.ruler, width))
        yield Part("ruler", canvas.picture())
    if told:
        canvas = Canvas(width)
        paste(canvas, 0, 0, draw_excerpts(told, width, scroll=_moved(told, width, scroll)))
        put_key(canvas, width - len("w follow"), 0, "w", "follow")
        yield Part("journal", canvas.picture())
    yield from _vantages(subject, width)
    yield from _also_here(subject, finding, width)
    if finding.fix is not None or finding.remedy or finding.explained_by:
        yield Part("fix", _fix(subject, finding, width, whole=whole))


def _moved(excerpts: list[Excerpt], width: int, scroll: int) -> int:
    """How far lines are moved left: not at all where every one of them fits."""
    return scroll if any(len(excerpt.text) > width - _GUTTER for excerpt in excerpts) else 0


def _headline(subject: Subject, width: int) -> Picture:
    node, finding = subject.node, subject.finding
    canvas = Canvas(width)
    code = finding.code if finding is not None else ""
    role = SEVERITIES[finding.severity].role if finding is not None else ROLES[node.state]
    right = put_right(canvas, width, 0, code, Pen(role, bold=True))
    x = canvas.put(0, 0, "WHY" if finding is not None else _kind_words(node), Role.DIM)
    x = canvas.put(x + 2 if x else 0, 0, node.label, BOLD, max(right - x - 4, 4))
    room = right - x - 4
    said = condition(node)
    if len(said) > room >= len(node.word or "") > 0:
        said = node.word
    if room > 5:
        canvas.put(x + 2, 0, said, Role.DIM if node.state is State.OK else ROLES[node.state], room)
    if finding is not None and finding.explanation:
        put_paragraph(canvas, 0, 2, finding.explanation, width, lines=6)
    return canvas.picture()


def _kind_words(node: Node) -> str:
    """What it is, where its name does not say that."""
    return "" if node.label.startswith(node.kind.value) else node.kind.value.upper()


def _cause(subject: Subject, finding: Finding, width: int) -> Iterator[Part]:
    roots = _causes(subject.diagnosis, finding)
    if not roots:
        return
    canvas = Canvas(width)
    canvas.put(0, 0, "EXPLAINED BY", Role.DIM)
    for y, root in enumerate(roots, 1):
        x = canvas.put(0, y, root.code, Pen(SEVERITIES[root.severity].role, bold=True))
        canvas.put(x + 2, y, root.title)
        canvas.hit(y, 0, width, root.node)
    yield Part("cause", canvas.picture())


def _causes(diagnosis: Diagnosis, finding: Finding) -> list[Finding]:
    return [cause for by in finding.explained_by if (cause := diagnosis.finding(by))]


def _roots(diagnosis: Diagnosis, finding: Finding) -> str:
    """``A01``, or ``A01 and B05``: what to repair instead of a finding without a fix of its own; "" for nothing."""
    roots = diagnosis.roots_of(finding) if finding.fix is None else ()
    return " and ".join(dict.fromkeys(root.code for root in roots))


def _also_here(subject: Subject, finding: Finding, width: int) -> Iterator[Part]:
    more = [other for other in subject.diagnosis.on(subject.node.id) if other.id != finding.id]
    if not more:
        return
    canvas = Canvas(width)
    canvas.put(0, 0, "ALSO HERE", Role.DIM)
    for y, other in enumerate(more, 1):
        x = canvas.put(0, y, other.code, Pen(SEVERITIES[other.severity].role, bold=True))
        canvas.put(x + 2, y, other.title)
    yield Part("also here", canvas.picture())


def _vantages(subject: Subject, width: int) -> Iterator[Part]:
    """One VIP from all places, where the finding is about a VIP or the places do not agree."""
    node = subject.node
    vips = subject.diagnosis.of_kind(NodeKind.VIP)
    if node.kind is NodeKind.CLUSTER:
        vips = tuple(vip for vip in vips if vip.within == node.id)
    seen = [(vip, {check.state for check in vip.checks if check.mark}) for vip in vips]
    differ = (vip for vip, states in seen if State.FAILED in states and len(states) > 1)
    vip = node if node.kind is NodeKind.VIP else next(differ, None)
    if vip is None or not any(check.mark for check in vip.checks):
        return
    canvas = Canvas(width)
    x = canvas.put(0, 0, "ONE VIP, EVERY PLACE", Role.DIM)
    canvas.put(x + 2, 0, vip.label, BOLD, width - x - 2)
    places = [(head.vantage, head.label, head.address, head.way) for head in subject.heads]
    places.append((Vantage.APPLIANCE, "the appliance", "", "local"))
    y = 1
    for vantage, label, address, way in places:
        check = vip.mark(vantage.value)
        if check is None:
            continue
        canvas.put(0, y, label, BOLD, 13)
        if width >= 48:
            canvas.put(14, y, address, Role.DIM, 13)
            canvas.put(27, y, way, Role.DIM, 8)
        left = 36 if width >= 48 else 14
        canvas.put(left, y, GLYPHS[check.state], ROLES[check.state])
        canvas.put(left + 2, y, probe_words(check), ROLES[check.state], width - left - 2)
        y += 1
    said = conclusion(vip, subject.heads)
    if said:
        canvas.put(0, y, said, Role.TEXT)
    yield Part("places", canvas.picture())


def probe_words(check: Check) -> str:
    """``200, 0.4 ms``, or what went wrong."""
    took = "" if check.ms is None else f"{check.ms:.1f} ms" if check.ms < 1000 else f"{check.ms / 1000:.0f} s"
    return ", ".join(part for part in (check.detail, took) if part) or check.state.value


def _fix(subject: Subject, finding: Finding, width: int, *, whole: bool) -> Picture:
    canvas = Canvas(width)
    fix = finding.fix
    if fix is None:
        canvas.put(0, 0, "TO DO", Role.DIM)
        roots = _roots(subject.diagnosis, finding)
        put_paragraph(canvas, 7, 0, f"repair {roots} first" if roots else finding.remedy, width - 7)
        return canvas.picture()
    canvas.put(0, 0, "FIX", Role.DIM)
    price = cost(fix)
    right = put_right(canvas, width, 0, price) if len(fix.summary) + len(price) + 7 <= width else width
    y = put_paragraph(canvas, 5, 0, fix.summary, right - 7, lines=2)
    if right == width:
        canvas.put(5, y, price, Role.DIM)
        y += 1
    for key, said in (("interrupts", fix.interrupts), ("undone", fix.undone if fix.undoable else "")) if whole else ():
        if said:
            canvas.put(5, y, key, Role.DIM)
            y = put_paragraph(canvas, 17, y, said, width - 17, lines=2)
    word = "show the plan" if subject.read_only else "show, run"
    word = running_words(subject.running) if subject.running else word
    x = width - len(f"f {word}")
    canvas.put(5, y, fit("can be undone" if fix.undoable else "cannot be undone", x - 7), Role.DIM)
    put_key(canvas, x, y, "f", word, Role.TEXT)
    return canvas.picture()


def _without_finding(subject: Subject, width: int) -> Iterator[Part]:
    node = subject.node
    if node.kind is NodeKind.VIP:
        yield from _vantages(subject, width)
        return
    members = [n for n in subject.diagnosis.nodes if n.within == node.id]
    if members:
        yield Part("members", list_picture(members, width))
    if node.checks:
        yield Part("checks", _checked(node.checks, width))


# A unit has up to a thousand checks, and the cursor comes back to it.
@lru_cache(maxsize=8)
def _checked(checks: tuple[Check, ...], width: int) -> Picture:
    """What was measured, then what was looked for in vain, in the words of the catalogue."""
    caption = Canvas(width)
    caption.put(0, 0, "CHECKED", Role.DIM)
    rules = [check for check in checks if _passed(check)]
    rows = [
        list_row(check.state, check.mark or about_words(check.id), probe_words(check), width)
        for check in checks
        if not _passed(check)
    ]
    picture = Picture((*(caption.rows() if rows else ()), *chain.from_iterable(rows)))
    if not rules:
        return picture
    canvas = Canvas(width)
    codes = Counter(check.id.partition(":")[0] for check in rules)
    x = canvas.put(0, 0, f"{GLYPHS[State.OK]} ", ROLES[State.OK])
    canvas.put(x, 0, f"LOOKED FOR, NOT FOUND  {len(codes)}", Role.DIM)
    y = 1
    for code in codes:
        known = entry(code)
        canvas.put(2, y, code, Role.DIM)
        y = put_paragraph(canvas, 6, y, known.title if known is not None else code, width - 6)
    return Picture((*picture.rows, *(((),) if rows else ()), *canvas.rows()))


def _passed(check: Check) -> bool:
    """Whether it is a rule that found nothing; what the site file accepts was found."""
    code = check.id.partition(":")[0]
    return (
        check.state is State.OK
        and not check.mark
        and entry(code) is not None
        and not check.detail.startswith(_ACCEPTED)
    )


def list_picture(nodes: list[Node], width: int) -> Picture:
    """Nodes below each other, worst first, each clickable."""
    canvas = Canvas(width)
    canvas.put(0, 0, f"{len(nodes)} in all, worst first", Role.DIM)
    y = 1
    for node in sorted(nodes, key=lambda node: rank(node.state)):
        end = paste(canvas, 0, y, list_row(node.state, node.label, _told(node), width))
        for row in range(y, end):
            canvas.hit(row, 0, width, node.id)
        y = end
    return canvas.picture()


def _told(node: Node) -> str:
    """What a list says of a node: of a VIP how it does, too."""
    parts = (node.note, condition(node)) if node.kind is NodeKind.VIP else (node.note or condition(node),)
    return ", ".join(part for part in parts if part)


def group_members(diagnosis: Diagnosis, group: str) -> list[Node]:
    """The VIPs that stand together in one row of the map."""
    return [vip for vip in diagnosis.of_kind(NodeKind.VIP) if group_id(vip.within) == group]


def peek(subject: Subject, width: int, height: int) -> Picture:
    """The same in few words, for the narrow panel: why, file, ruler, fix; what does not fit waits behind enter."""
    node, finding = subject.node, subject.finding
    canvas = Canvas(width)
    role = ROLES[node.state] if node.state is not State.OK else Role.DIM
    x = canvas.put(0, 0, "WHY" if finding is not None else _kind_words(node), Role.DIM)
    right = width
    if finding is not None:
        right = put_right(canvas, width, 0, finding.code, Pen(SEVERITIES[finding.severity].role, bold=True))
    canvas.put(x + 1 if x else 0, 0, node.label, BOLD, max(right - x - 2, 4))
    canvas.put(0, 1, condition(node), role)
    y = 2
    if finding is None:
        every = [row for part in _without_finding(subject, width) for row in ((), *part.picture.rows)]
        room = height - y
        if len(every) > room:
            put_key(canvas, 0, height - 1, "enter", f"{room - 2} of {len(every) - 1} rows shown")
        paste(canvas, 0, y, every if len(every) <= room else every[: room - 1])
        return canvas.picture()
    bottom = _peek_foot(subject, finding, width)
    last = height - len(bottom.rows)
    body = list(_peek_proof(finding, width))
    needed = sum(len(rows) + 1 for rows in body[:2])
    lines = max(min(last - y - 2 - needed, 6), 3)
    said = sentences(finding.explanation, width, lines)
    y = put_paragraph(canvas, 0, y + 1, said, width, lines=lines)
    for rows in body:
        if y + 1 + len(rows) < last:
            y = paste(canvas, 0, y + 1, rows)
    start = max(last, y + 1)
    paste(canvas, 0, start, bottom.rows)
    for hit in bottom.hits:
        canvas.hit(start + hit.row, hit.left, hit.right, hit.node)
    return canvas.picture()


def _peek_proof(finding: Finding, width: int) -> Iterator[tuple[Row, ...]]:
    """The guilty line, the ruler with what was typed and what is right, the guilty line of the journal."""
    guilty = next((e for e in finding.excerpts if e.guilty and e.kind is not ExcerptKind.JOURNAL), None)
    if guilty is not None:
        canvas = Canvas(width)
        sign = "$ " if guilty.kind is ExcerptKind.COMMAND else ""
        canvas.put(0, 0, sign + guilty.source, Role.DIM)
        paste(canvas, 0, 1, draw_excerpts([guilty], width, caption=False))
        yield canvas.rows()
    if finding.ruler is not None:
        marks = tuple(mark for mark in finding.ruler.marks if mark.glyph in _PEEKED)
        yield draw_ruler(replace(finding.ruler, marks=marks), width)
    told = [e for e in finding.excerpts if e.kind is ExcerptKind.JOURNAL and e.guilty]
    if told:
        yield draw_excerpts(told[:1], width)


def _peek_foot(subject: Subject, finding: Finding, width: int) -> Picture:
    canvas = Canvas(width)
    y = 0
    roots = _roots(subject.diagnosis, finding)
    if roots:
        y = put_paragraph(canvas, 0, y, f"explained by {roots}: repair that first", width, lines=2)
    if subject.running:
        put_key(canvas, 0, y, "f", running_words(subject.running), BOLD)
        y += 1
    elif finding.fix is not None:
        canvas.put(0, 0, "f", HOTKEY)
        price = cost(finding.fix)
        lines = wrap(f"{finding.fix.summary}: {price}", width - 2)
        for y, line in enumerate(lines if len(lines) <= _PEEK_FIX else (finding.fix.summary, price)):
            canvas.put(2, y, line, BOLD)
            canvas.hit(y, 0, width, KEY + "f")
        y += 1
    put_key(canvas, 0, y, "enter", "all of the proof")
    return canvas.picture()
