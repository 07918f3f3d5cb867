"""The rows above the map: who is looked at and how fresh it is, is it broken, what to repair."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from checks.inert import inert
from checks.model import Counts, Diagnosis, ExcerptKind, Finding
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from screens.age import age_words, since_words
from screens.frame import WORDY
from screens.lines import BOLD, key_width, put_key, put_right
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role, Tint
from screens.picture.fit import fit
from screens.prose import cost
from screens.signs import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from checks.transaction import Unfinished

TALL = 30
_COSTLY = 160
_NARROW = 80
_COUNTS = (
    ("failed", "✗", Role.ERROR),
    ("warning", "!", Role.WARNING),
    ("unknown", "?", Role.UNKNOWN),
    ("ok", "✓", Role.SUCCESS),
)
_MOST_ROOTS = 2
_LEAST_SITE = 8
_CHECKS = "checks"
_BRIEF_AGE, _LONG_AGE = len("live 55 s"), len("live, 55 s ago")


def draw_header(snapshot: Snapshot, now: datetime, width: int, running: str = "") -> Picture:
    """Row 0. ``running`` ("fixing, step 5 of 7") stands in place of the age."""
    canvas = Canvas(width)
    brief = width < WORDY
    lost = snapshot.shut or snapshot.phase is Phase.LOST
    words = running or age_words(snapshot, now, brief)
    put_right(canvas, width - 1, 0, words, Role.WARNING if lost and not running else Role.ACCENT)
    right = width - age_width(words, width) - 2
    origin = snapshot.origin
    name = len(inert(origin.site)) + 2 if origin.site else 0
    way = len(shortest_way(origin)) + 2
    x = _counts(canvas, right, snapshot.diagnosis.counts, width, right - len(" noroute") - 2 - name - way)
    end = canvas.put(1, 0, "noroute", Pen(Role.ACCENT, bold=True), x - 2)
    # The address matters more than what the site is called.
    room = x - end - 4 - way
    if origin.site and room >= min(len(origin.site), _LEAST_SITE):
        end = canvas.put(end + 2, 0, origin.site, BOLD, room)
    room = x - end - 4
    if room > 4:
        canvas.put(end + 2, 0, target_words(origin, room), Role.DIM, room)
    return canvas.picture()


def age_width(words: str, width: int) -> int:
    """Cells kept for the age and the blanks beside it: the same for all the usual words, so that nothing moves."""
    return max(len(words), _BRIEF_AGE if width < WORDY else _LONG_AGE) + 2


def shortest_way(origin: Origin) -> str:
    """The least that is said of the way to the target: at 100 columns with the hops."""
    hops = f" via {', '.join(map(host_words, origin.via))}" if origin.via else ""
    return inert(host_words(origin.target) + hops)


def _counts(canvas: Canvas, right: int, counts: Counts, width: int, room: int) -> int:
    """The fullest form that fits into ``room``, flush right; returns where it starts."""
    said = [(f"{glyph} {getattr(counts, name)}", name, role) for name, glyph, role in _COUNTS]
    if counts.checking:
        said.append((f"◌ {counts.checking}", "checking", Role.ACCENT))
    some = [entry for entry in said if getattr(counts, entry[1])]
    told = [(f"{text} {name}", name, role) for text, name, role in said]
    forms = [("", said if width >= _NARROW else some)]
    if width >= WORDY:
        # They count checks: one finding may be what many checks met.
        forms = [(_CHECKS, told), (_CHECKS, [entry for entry in told if getattr(counts, entry[1])]), (_CHECKS, said)]
    caption, shown = next((form for form in forms if _cells(*form) <= room), forms[-1])
    start = x = max(right - _cells(caption, shown), 0)
    if caption:
        x = canvas.put(x, 0, caption, Role.DIM) + 2
    for text, name, role in shown:
        count = getattr(counts, name)
        canvas.put(x, 0, text, Pen(role, bold=name == "failed") if count else Role.FAINT)
        x += len(text) + 2
    return start


def _cells(caption: str, shown: list[tuple[str, str, Role]]) -> int:
    return sum(len(text) + 2 for text in (*((caption,) if caption else ()), *(text for text, _, _ in shown))) - 2


def target_words(origin: Origin, room: int) -> str:
    """``root@haproxy.jarvis.lab via jump01``, shorter where that does not fit."""
    via = f" via {', '.join(map(host_words, origin.via))}" if origin.via else ""
    host = origin.target.rpartition("@")[2]
    short = host_words(origin.target)
    options = (origin.target + via, host + via, short + via, origin.target, short)
    return next((text for text in options if len(inert(text)) <= room), fit(short, room))


def host_words(place: str) -> str:
    """``jump01`` of ``me@jump01.lab:2222``; an address stays whole."""
    host = place.rpartition("@")[2].partition(":")[0]
    try:
        IPv4Address(host)
    except ValueError:
        return host.partition(".")[0]
    return host


def top_height(snapshot: Snapshot, height: int) -> int:
    """How many rows :func:`draw_top` takes on a screen of ``height``."""
    roots = min(len(snapshot.diagnosis.roots), _MOST_ROOTS)
    airy = height >= TALL and roots < _MOST_ROOTS
    return 1 + roots + (2 if airy else 0) + (1 if airy and not roots else 0) + (snapshot.unfinished is not None)


def draw_top(snapshot: Snapshot, now: datetime, size: tuple[int, int], selected: str | None) -> Picture:
    """Verdict and roots. ``selected`` is the finding that the keys are about; ``size`` the screen's."""
    width, height = size
    diagnosis = snapshot.diagnosis
    canvas = Canvas(width)
    airy = height >= TALL and len(diagnosis.roots) < _MOST_ROOTS
    y = 1 if airy else 0
    _verdict(canvas, y, snapshot, now)
    y += 1
    if snapshot.unfinished is not None:
        _unfinished(canvas, y, snapshot.unfinished, _own_words(snapshot), read_only=snapshot.origin.read_only)
        y += 1
    roots = [found for root in diagnosis.roots if (found := diagnosis.finding(root))]
    at = next((i for i, root in enumerate(roots) if root.id == selected), 0)
    first = max(min(at - 1, len(roots) - _MOST_ROOTS), 0)
    for number, root in enumerate(roots[first : first + _MOST_ROOTS], first):
        place = (number, len(roots))
        _root(canvas, y, diagnosis, root, place, current=number == at, read_only=snapshot.origin.read_only)
        y += 1
    if airy and not roots:
        canvas.put(_sentence_at(diagnosis), y, left_out_words(diagnosis), Role.DIM, width - _sentence_at(diagnosis) - 1)
        y += 1
    if airy:
        canvas.put(0, y, "")
        if width >= WORDY and not snapshot.shut:
            put_right(canvas, width - 1, y, access_words(snapshot.origin))
    return canvas.picture()


def _badge(snapshot: Snapshot) -> tuple[str, Role, str]:
    if snapshot.phase is Phase.STRANGER:
        return "✗ NOT THE APPLIANCE", Role.ERROR, snapshot.detail
    if snapshot.phase is Phase.FAILED:
        return "✗ NOT REACHED", Role.ERROR, snapshot.detail or snapshot.diagnosis.sentence
    begun = snapshot.read_at is None and snapshot.phase in (Phase.CONNECTING, Phase.READING)
    if begun and not snapshot.diagnosis.roots:
        return f"◌ {snapshot.phase.value.upper()}", Role.ACCENT, snapshot.detail or "Nothing is known yet"
    sign = VERDICTS[snapshot.diagnosis.verdict]
    return sign.badge, sign.role, snapshot.diagnosis.sentence


def _sentence_at(diagnosis: Diagnosis) -> int:
    return len(VERDICTS[diagnosis.verdict].badge) + 4


def _verdict(canvas: Canvas, y: int, snapshot: Snapshot, now: datetime) -> None:
    word, role, sentence = _badge(snapshot)
    since = since_words(snapshot.diagnosis.since, now, canvas.width < 60)
    if len(sentence) + len(word) + len(since) + 8 > canvas.width < _NARROW:
        since = ""
    start = put_right(canvas, canvas.width - 1, y, since)
    x = canvas.put(1, y, f" {word} ", Pen(role, bold=True, badge=True))
    room = (start - 2 if since else canvas.width - 1) - x - 1
    # What stands before the colon is the fact, what follows is its kind.
    fact, colon, rest = fit(sentence, room).partition(":")
    end = canvas.put(x + 1, y, fact + colon, BOLD)
    canvas.put(end, y, rest)


def _own_words(snapshot: Snapshot) -> str:
    """What to say of the fix that this session carries out itself; "" where it is not the one without an end."""
    own, found = snapshot.transaction, snapshot.unfinished
    if own is None or found is None or own.outcome is not None or own.prepared.fix_id != found.fix_id:
        return ""
    return f"your {own.prepared.kind} of {found.code} goes on: step {own.current} of {len(own.steps)}, f shows it"


def _unfinished(canvas: Canvas, y: int, found: Unfinished, own: str, *, read_only: bool) -> None:
    """A fix that has no end: what is so now, and the keys that lead out."""
    from checks.transaction import Left

    running = found.left is Left.RUNNING
    badge, role = ("? UNDER WAY", Role.UNKNOWN) if running or own else ("! CUT OFF", Role.WARNING)
    right = canvas.width - 1
    for key, word, offered in (("u", "undo", found.can_undo), ("o", "go on", found.can_go_on)):
        if offered and not read_only:
            right -= key_width(key, word)
            put_key(canvas, right, y, key, word, Role.TEXT)
            right -= 2
    x = canvas.put(1, y, f" {badge} ", Pen(role, bold=True, badge=True)) + 1
    canvas.put(x, y, own or found.sentence, Role.TEXT, max(right - x, 0))


def _root(
    canvas: Canvas,
    y: int,
    diagnosis: Diagnosis,
    root: Finding,
    place: tuple[int, int],
    *,
    current: bool,
    read_only: bool,
) -> None:
    width, number, count = canvas.width, *place
    canvas.put(0, y, " " * width)
    wordy = width >= WORDY
    key, word = _key_of(root, wordy, read_only) if current else ("tab", "next" if wordy else "")
    if current and root.fix is not None and width >= _COSTLY:
        said = (f" {root.code} ", root.title, place_words(root, width), explains_words(diagnosis, root))
        left = width - sum(len(inert(text)) + 2 for text in said) - len("f ") - 4
        prices = (f"{word}: {root.fix.summary}, {cost(root.fix)}", f"{word}: {cost(root.fix)}")
        word = next((price for price in prices if len(inert(price)) <= left), word)
    right = width - 1 - key_width(key, word)
    put_key(canvas, right, y, key, word, Role.TEXT)
    if count > 1 and (current or not wordy):
        right = put_right(canvas, right - 2, y, f"{number + 1} of {count}")
    x = canvas.put(1, y, f" {root.code} ", Pen(SEVERITIES[root.severity].role, bold=True, badge=True)) + 1
    x = canvas.put(x, y, root.title, BOLD, right - x - 1)
    for text, role in ((place_words(root, width), Role.TEXT), (explains_words(diagnosis, root), Role.DIM)):
        if text and len(text) + 3 <= right - x and (role is Role.TEXT or wordy):
            x = canvas.put(x + 2, y, text, role)
    canvas.hit(y, 0, width, root.node)
    if current:
        canvas.tint(y, 0, width, Tint.ROOT)


def _key_of(root: Finding, wordy: bool, read_only: bool) -> tuple[str, str]:
    if root.fix is None:
        return "enter", "why"
    if read_only:
        return "f", "plan"
    return "f", "fix it" if wordy else "fix"


def place_words(finding: Finding, width: int) -> str:
    """``anyip-routes.cfg:9``, at 100 columns ``anyip-routes.cfg line 9``, at 160 the whole path."""
    guilty = next((e for e in finding.excerpts if e.guilty and e.kind is ExcerptKind.FILE), None)
    if guilty is None:
        return ""
    name = guilty.source if width >= _COSTLY else guilty.source.rpartition("/")[2]
    line = "" if guilty.line is None else f":{guilty.line}" if width < WORDY else f" line {guilty.line}"
    return inert(name + line)


def explains_words(diagnosis: Diagnosis, root: Finding) -> str:
    """``explains the 4 other findings``, or how many of them."""
    count = len(root.explains)
    if not count:
        return ""
    every = "the " if 1 < count == len(diagnosis.findings) - 1 else ""
    return f"explains {every}{count} other finding{'s' * (count > 1)}"


def access_words(origin: Origin) -> str:
    """As whom it is read, and that nothing is written; "" where nobody is connected."""
    if origin.kind not in (SourceKind.LIVE, SourceKind.DEMO):
        return ""
    reads = f"reads as {inert(origin.user)}" if origin.user else "only reads"
    return f"{reads}, writes nothing" + ("" if origin.read_only else " until you confirm a fix")


def left_out_words(diagnosis: Diagnosis) -> str:
    """How many checks ran and how many did not: never "all ok" alone."""
    counts = diagnosis.counts
    if not counts.ran:
        return (
            "No check has run yet."
            if counts.checking or not counts.unknown
            else f"None of {counts.unknown} checks ran."
        )
    failed = f"{counts.failed} failed" if counts.failed else "none failed"
    left = f"{counts.unknown} not checked" if counts.unknown else "none was left out"
    ignored = sum(not row.ended for row in diagnosis.ignored)
    accepted = f", {ignored} ignored by the site file" if ignored else ""
    return f"{counts.ran} checks ran, {failed}, {left}{accepted}."
