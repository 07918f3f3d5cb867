"""The report for people: 80 columns from top to bottom, the last line alone enough for a mail."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby

from checks import __version__
from checks.evidence.builds import appliance_of
from checks.model import Diagnosis, NotChecked, Severity, State, Verdict
from checks.rules.entries import entry
from checks.snapshot import Phase, Snapshot, SourceKind
from screens.age import since_words
from screens.picture.canvas import GLYPHS, ROLES
from screens.picture.cells import Role, Row, Span
from screens.picture.strip import draw_strip
from screens.signs import VERDICTS
from screens.unchecked import about_words
from screens.upcoming import coming
from screens.vantage_heads import heads_of
from tui.report.finding_block import Typed, write_finding
from tui.report.outcome import unreadable
from tui.report.page import Paper, wrapped
from tui.report.unfinished import write_unfinished
from tui.report.vip_table import write_vips
from tui.report.words import several


def report(snapshot: Snapshot, exit_code: int, typed: Typed) -> tuple[Row, ...]:
    """The whole report. ``typed`` gives the command line for the same appliance: ``typed("fix", "A01:…")``."""
    paper = Paper()
    diagnosis = snapshot.diagnosis
    write_title(paper, snapshot)
    _read(paper, snapshot)
    _verdict(paper, snapshot)
    paper.gap()
    if snapshot.phase is Phase.STRANGER:
        paper.line(last_line(diagnosis, exit_code, known=False))
        return paper.rows
    paper.picture([draw_strip(diagnosis, heads_of(snapshot.origin, diagnosis), paper.width)])
    if snapshot.unfinished is not None:
        write_unfinished(paper, snapshot.unfinished, typed)
    for finding in diagnosis.findings:
        if not finding.explained_by:
            write_finding(paper, finding, diagnosis, typed)
    write_vips(paper, diagnosis, snapshot.origin.via)
    problem = unreadable(snapshot)
    _ignored(paper, diagnosis)
    _not_checked(paper, diagnosis, problem)
    if not diagnosis.findings and not problem:
        _checked(paper, diagnosis)
        _coming_up(paper, snapshot)
    paper.gap()
    paper.line(last_line(diagnosis, exit_code, known=not problem or bool(diagnosis.findings)))
    return paper.rows


def write_title(paper: Paper, snapshot: Snapshot) -> None:
    """``noroute 0.1.0   jarvis   root@haproxy.jarvis.lab via me@jump01``."""
    origin = snapshot.origin
    sign = origin.kind.value + " " if origin.kind in (SourceKind.DEMO, SourceKind.CAPTURE) else ""
    target = f"{sign}{origin.target}"
    way = f" via {', '.join(origin.via)}" if origin.via else ""
    paper.line("   ".join(part for part in (f"noroute {__version__}", origin.site, target + way) if part))


def _read(paper: Paper, snapshot: Snapshot) -> None:
    taken_at = snapshot.evidence.taken_at if snapshot.evidence is not None else None
    at = taken_at or snapshot.read_at
    if at is not None:
        # A capture does not tell how long it took.
        took = f" in {snapshot.duration_ms / 1000:.1f} s" if snapshot.phase is not Phase.STILL else ""
        paper.line(Span(f"read {at:%Y-%m-%d %H:%M:%S} UTC{took}", Role.DIM))
    if snapshot.evidence is not None and (words := appliance_of(snapshot.evidence).words):
        paper.line(Span(words, Role.DIM))


def _verdict(paper: Paper, snapshot: Snapshot) -> None:
    diagnosis = snapshot.diagnosis
    sign = VERDICTS[diagnosis.verdict]
    word, role = sign.word, sign.role
    if snapshot.phase is Phase.STRANGER:
        word, role = "NOT THE APPLIANCE", Role.ERROR
    sentence = diagnosis.sentence.rstrip(".") + "."
    begun, now = diagnosis.since, snapshot.read_at
    if begun is not None and now is not None and diagnosis.verdict is not Verdict.HEALTHY:
        sentence += f" {since_words(begun, now).capitalize()} ago."
    column = max(len(word) + 2, 9)
    first = Paper(paper.width - column)
    first.prose(sentence)
    paper.gap()
    for at, row in enumerate(first.rows):
        paper.line(Span(word.ljust(column), role, bold=True) if at == 0 else " " * column, *row)
    problem = unreadable(snapshot)
    if problem and problem not in diagnosis.sentence:
        paper.keyed("not read", [problem], 0, column)


def _ignored(paper: Paper, diagnosis: Diagnosis) -> None:
    if diagnosis.ignored:
        paper.gap()
        paper.line(Span("ignored by the site file", bold=True))
    for row in diagnosis.ignored:
        until = "" if row.ended else f" until {row.until}"
        ended = f"ended on {row.until}, so it is found again; " if row.ended else ""
        code = row.id.partition(":")[0]
        paper.keyed(f"  {code}", [f"{row.title}{until}: {ended}{row.reason}"], 0, 8)


def _not_checked(paper: Paper, diagnosis: Diagnosis, problem: str) -> None:
    if not diagnosis.not_checked:
        return
    paper.gap()
    paper.line(Span("not checked", bold=True))
    reasons = sorted(diagnosis.not_checked, key=lambda left: left.why)
    for why, group in groupby(reasons, lambda left: left.why):
        checks = [_about(left) for left in group]
        # The whole problem stands at the top already.
        said = "all that is read from the appliance" if why == problem else f"{', '.join(checks)}: {why}"
        for at, row in enumerate(wrapped(said, paper.width - 4)):
            paper.line("  ", Span("?" if at == 0 else " ", Role.UNKNOWN), " ", row)


def _about(left: NotChecked) -> str:
    """What could not be checked: codes as they are, which can be looked up, all else in plain words."""
    first, more = left.checks[0], len(left.checks) - 1
    words = first if entry(first.partition(":")[0]) is not None else about_words(first)
    return f"{words} and {more} more" if more else words


def _checked(paper: Paper, diagnosis: Diagnosis) -> None:
    groups = Counter(check.group for node in diagnosis.nodes for check in node.checks if check.counted and check.group)
    if not groups:
        return
    paper.gap()
    paper.line(Span("checked", bold=True))
    states = {
        name: [
            check.state for node in diagnosis.nodes for check in node.checks if check.counted and check.group == name
        ]
        for name in groups
    }
    cells = []
    for name, count in groups.items():
        state = State.OK if all(one is State.OK for one in states[name]) else State.UNKNOWN
        cells.append((Span(GLYPHS[state], ROLES[state]), Span(f" {name:<14}{count:>4}    ")))
    for at in range(0, len(cells), 3):
        paper.line("  ", *(span for cell in cells[at : at + 3] for span in cell))


def _coming_up(paper: Paper, snapshot: Snapshot) -> None:
    e = snapshot.evidence
    if e is None:
        return
    now = e.clock.now if e.clock is not None else e.taken_at or datetime.now(UTC)
    rows = list(coming(e, snapshot.diagnosis, now))
    if rows:
        paper.gap()
        paper.line(Span("coming up", bold=True))
    for row in rows:
        paper.line(f"  {row.what:<30}{row.when}")


def last_line(diagnosis: Diagnosis, exit_code: int, *, known: bool = True) -> str:
    """``5 checks failed, 1 warning, 2 not checked, 41 ok.  1 root cause.  exit 1``. ``known`` is False where the
    appliance was not read and nothing was found on the way: that is no all-clear."""
    counts = diagnosis.counts
    unknown = counts.unknown + counts.checking
    if not known:
        total = counts.ran + unknown
        return f"nothing is known: {unknown} of {several(total, 'check')} could not be made.  exit {exit_code}"
    if not diagnosis.findings and not counts.failed + counts.warning:
        found = "nothing was found" if unknown else "nothing wrong"
        return (
            f"{found}, {several(counts.ran, 'check')} ran, {unknown} could not{_accepted(diagnosis)}.  exit {exit_code}"
        )
    parts = (
        f"{several(counts.failed, 'check')} failed",
        several(counts.warning, "warning"),
        f"{unknown} not checked",
        f"{counts.ok} ok",
    )
    return f"{', '.join(parts)}{_accepted(diagnosis)}.  {_roots(diagnosis)}.  exit {exit_code}"


def _roots(diagnosis: Diagnosis) -> str:
    """``2 root causes``; ``1 note`` where nothing is worse than information."""
    first = diagnosis.finding(diagnosis.roots[0]) if diagnosis.roots else None
    noted = first is not None and first.severity is Severity.INFO
    return several(len(diagnosis.roots), "note" if noted else "root cause")


def _accepted(diagnosis: Diagnosis) -> str:
    count = sum(not row.ended for row in diagnosis.ignored)
    return f", {count} ignored" if count else ""
