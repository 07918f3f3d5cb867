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
from screens.lines import BOLD, at_most, key_width, put_key, put_right, rows_beside
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
# Rows of one sentence: so many from 24 rows of the screen on, and below.
_MOST_ROWS, _LEAST_ROWS, _ROOMY = 4, 2, 24
_LEAST_SITE, _LEAST_TARGET = 8, len("255.255.255.255")
_CHECKS = "checks"
_NONE_CHECKED = "Nothing was checked: what it says tells nothing of the site."
_BRIEF_AGE, _LONG_AGE = len("live 55 s"), len("live, 55 s ago")


def draw_header(snapshot: Snapshot, now: datetime, width: int, running: str = "") -> Picture:
    """Row 0. ``running`` ("fixing, step 5 of 7") stands in place of the age."""
    canvas = Canvas(width)
    brief = width < WORDY
    lost = snapshot.shut or snapshot.phase is Phase.LOST
    words = running or age_words(snapshot, now, brief)
    put_right(canvas, width - 1, 0, words, Role.WARNING if lost and not running else Role.ACCENT)
    right = width - age_width(words, width) - (2 if width >= _NARROW else 1)
    origin = snapshot.origin
    name = len(inert(origin.site)) + 2 if origin.site else 0
    way = len(shortest_way(origin)) + 2
    room = right - len(" noroute")
    counts = snapshot.diagnosis.counts
    # Of another machine nothing was to be checked.
    if snapshot.phase is Phase.STRANGER:
        x = right
    else:
        x = _counts(canvas, right, counts, width, room - 1 if width < _NARROW else room - 2 - name - way)
    end = canvas.put(1, 0, "noroute", Pen(Role.ACCENT, bold=True), x - 2)
    # The address matters more than what the site is called.
    room = x - end - 4 - way
    if origin.site and room >= min(len(origin.site), _LEAST_SITE):
        end = canvas.put(end + 2, 0, origin.site, BOLD, room)
    room = x - end - 4
    # A few letters of an address are none.
    if room >= min(len(inert(host_words(origin.target))), _LEAST_TARGET):
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
    # Below 80 columns what is wrong comes first, then who is looked at and with what.
    unwell = [entry for entry in some if entry[1] != "ok"]
    bad = [entry for entry in unwell if entry[1] in ("failed", "warning")]
    forms = [("", said)] if width >= _NARROW else [("", some), ("", unwell), ("", bad), ("", [])]
    if width >= WORDY:
        # They count checks: one finding may be what many checks met.
        forms = [(_CHECKS, told), (_CHECKS, [entry for entry in told if getattr(counts, entry[1])]), (_CHECKS, said)]
    caption, shown = next((form for form in forms if _cells(*form) <= room), forms[-1])
    start = x = max(right - _cells(caption, shown), 0) if shown else right
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


def top_height(snapshot: Snapshot, size: tuple[int, int]) -> int:
    """How many rows :func:`draw_top` takes on a screen of that size."""
    roots = min(len(snapshot.diagnosis.roots), _MOST_ROOTS)
    airy = size[1] >= TALL and roots < _MOST_ROOTS
    found = snapshot.unfinished
    cut_off = 0 if found is None else len(_unfinished_rows(snapshot, found, size))
    return len(_verdict_rows(snapshot, size)) + cut_off + roots + (2 if airy else 0) + (1 if airy and not roots else 0)


def draw_top(
    snapshot: Snapshot, now: datetime, size: tuple[int, int], selected: str | None, running: str = ""
) -> Picture:
    """Verdict and roots. ``selected`` is the finding that the keys are about; ``size`` the screen's; ``running`` what
    is under way ("fix", "undo" or "")."""
    width, height = size
    diagnosis = snapshot.diagnosis
    canvas = Canvas(width)
    airy = height >= TALL and len(diagnosis.roots) < _MOST_ROOTS
    y = _verdict(canvas, 1 if airy else 0, snapshot, now, size)
    if snapshot.unfinished is not None:
        y = _unfinished(canvas, y, snapshot, snapshot.unfinished, size)
    roots = [found for root in diagnosis.roots if (found := diagnosis.finding(root))]
    at = next((i for i, root in enumerate(roots) if root.id == selected), 0)
    first = max(min(at - 1, len(roots) - _MOST_ROOTS), 0)
    for number, root in enumerate(roots[first : first + _MOST_ROOTS], first):
        key = _key_of(root, width, running, read_only=snapshot.origin.read_only) if number == at else None
        _root(canvas, y, diagnosis, root, (number, len(roots)), key)
        y += 1
    if airy and not roots:
        x = _sentence_at(snapshot)
        said = _NONE_CHECKED if snapshot.phase is Phase.STRANGER else left_out_words(diagnosis)
        canvas.put(x, y, said, Role.DIM, width - x - 1)
        y += 1
    if airy:
        canvas.put(0, y, "")
        if width >= WORDY and not snapshot.shut:
            put_right(canvas, width - 1, y, access_words(snapshot.origin))
    return canvas.picture()


def _badge(snapshot: Snapshot) -> tuple[str, Role, str]:
    if snapshot.shut:
        return f"✗ {snapshot.phase.value.upper()}", Role.ERROR, snapshot.detail or snapshot.diagnosis.sentence
    begun = snapshot.read_at is None and snapshot.phase in (Phase.CONNECTING, Phase.READING)
    if begun and not snapshot.diagnosis.roots:
        return f"◌ {snapshot.phase.value.upper()}", Role.ACCENT, snapshot.detail or "Nothing is known yet"
    sign = VERDICTS[snapshot.diagnosis.verdict]
    return sign.badge, sign.role, snapshot.diagnosis.sentence


def _sentence_at(snapshot: Snapshot) -> int:
    return len(_badge(snapshot)[0]) + 4


def _beside(badge: str, sentence: str, size: tuple[int, int], taken: int = 0) -> list[str]:
    """What a person must read, in rows to the right of a badge; the last ``taken`` cells of the first are kept free."""
    room = size[0] - len(badge) - 5
    return at_most(_MOST_ROWS if size[1] >= _ROOMY else _LEAST_ROWS, rows_beside(sentence, room, taken), room)


def _verdict_rows(snapshot: Snapshot, size: tuple[int, int], taken: int = 0) -> list[str]:
    word, _, sentence = _badge(snapshot)
    return _beside(word, sentence, size, taken)


def _since(snapshot: Snapshot, now: datetime, width: int) -> str:
    """Since when it is so, as long as it costs no row of its own and leaves the sentence half of the first one."""
    word, _, sentence = _badge(snapshot)
    room = width - len(word) - 5
    rows = len(rows_beside(sentence, room, 0))
    said = (since_words(snapshot.diagnosis.since, now, brief) for brief in (False, True))
    fits = (s for s in said if len(s) + 2 <= room // 2 and len(rows_beside(sentence, room, len(s) + 2)) == rows)
    return next(fits, "")


def _verdict(canvas: Canvas, y: int, snapshot: Snapshot, now: datetime, size: tuple[int, int]) -> int:
    word, role, _ = _badge(snapshot)
    since = _since(snapshot, now, canvas.width)
    put_right(canvas, canvas.width - 1, y, since)
    rows = _verdict_rows(snapshot, size, len(since) + 2 if since else 0)
    x = canvas.put(1, y, f" {word} ", Pen(role, bold=True, badge=True)) + 1
    bold = True
    for row in rows:
        # What stands before the colon is the fact, what follows is its kind.
        fact, colon, rest = row.partition(": ") if bold else ("", "", row)
        bold = bold and not colon
        canvas.put(canvas.put(x, y, fact + colon, BOLD), y, rest)
        y += 1
    return y


def _own_words(snapshot: Snapshot) -> str:
    """What to say of the fix that this session carries out itself; "" where it is not the one without an end."""
    own, found = snapshot.transaction, snapshot.unfinished
    if own is None or found is None or own.outcome is not None or own.prepared.fix_id != found.fix_id:
        return ""
    return f"your {own.prepared.kind} of {found.code} goes on: step {own.current} of {len(own.steps)}, f shows it"


def _unfinished_badge(snapshot: Snapshot, found: Unfinished) -> tuple[str, Role]:
    from checks.transaction import Left

    running = found.left is Left.RUNNING or _own_words(snapshot)
    return ("? UNDER WAY", Role.UNKNOWN) if running else ("! CUT OFF", Role.WARNING)


def _ways_out(snapshot: Snapshot, found: Unfinished) -> list[tuple[str, str]]:
    """The keys that lead out of a fix without an end, and their words."""
    offered = (("o", "go on", found.can_go_on), ("u", "undo", found.can_undo))
    return [] if snapshot.origin.read_only else [(key, word) for key, word, so in offered if so]


def _unfinished_rows(snapshot: Snapshot, found: Unfinished, size: tuple[int, int]) -> list[str]:
    badge, _ = _unfinished_badge(snapshot, found)
    taken = sum(key_width(*way) + 2 for way in _ways_out(snapshot, found))
    return _beside(badge, _own_words(snapshot) or found.sentence, size, taken)


def _unfinished(canvas: Canvas, y: int, snapshot: Snapshot, found: Unfinished, size: tuple[int, int]) -> int:
    """A fix that has no end: what is so now, and the keys that lead out. Returns the row after it."""
    badge, role = _unfinished_badge(snapshot, found)
    right = canvas.width - 1
    for key, word in reversed(_ways_out(snapshot, found)):
        right -= key_width(key, word)
        put_key(canvas, right, y, key, word, Role.TEXT)
        right -= 2
    x = canvas.put(1, y, f" {badge} ", Pen(role, bold=True, badge=True)) + 1
    for row in _unfinished_rows(snapshot, found, size):
        canvas.put(x, y, row, Role.TEXT)
        y += 1
    return y


def _root(
    canvas: Canvas,
    y: int,
    diagnosis: Diagnosis,
    root: Finding,
    place: tuple[int, int],
    own: tuple[str, tuple[str, ...]] | None,
) -> None:
    """``own`` is what the row's key does, the longest words first; None where the keys are about another row."""
    width, number, count = canvas.width, *place
    canvas.put(0, y, " " * width)
    wordy, current = width >= WORDY, own is not None
    key, words = own or ("tab", ("next" if wordy else "",))
    said = (f" {root.code} ", root.title, place_words(root, width), explains_words(diagnosis, root))
    left = width - sum(len(inert(text)) + 2 for text in said) - len("f ") - 4
    word = next((word for word in words if len(inert(word)) <= left), words[-1])
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


def _key_of(root: Finding, width: int, running: str, *, read_only: bool) -> tuple[str, tuple[str, ...]]:
    if running:
        return "f", (running_words(running),)
    fix = root.fix
    if fix is None:
        return "enter", ("why",)
    word = "plan" if read_only else "fix it" if width >= WORDY else "fix"
    prices = (f"{word}: {fix.summary}, {cost(fix)}", f"{word}: {cost(fix)}") if width >= _COSTLY else ()
    return "f", (*prices, word)


def running_words(running: str) -> str:
    """What f opens while a fix or an undo is under way."""
    return f"running {running}"


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
