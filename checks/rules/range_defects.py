"""What the rules on spelling share: proof, damage, ruler and repair of a line with a defect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from checks.addresses import Glyph, Ruler, address, block_ruler, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_start
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import HARMLESS, Defect, RangeLine
from checks.model import Excerpt, Severity
from checks.rules.facts import (
    EXISTS,
    REFUSALS,
    anyip_covers,
    bad_line,
    file_excerpt,
    intended,
    journal_excerpts,
    lines_with,
    owns,
    reader_dead,
    stumbled,
    stumbles,
    unit_down,
    unowned,
    vip_binds,
)
from checks.rules.occupants import avoiding, in_the_way
from checks.rules.range_repair import obstacle, range_fix, replacement, rounded
from checks.rules.rule import Found, Outcome, Passed
from checks.rules.ruler_marks import neighbourhood

UNIT = "unit:anyip-routes"
NEEDS = (f"file:{ANYIP_CFG}",)
_SAID = (*REFUSALS, "Control process exited", EXISTS)
_STOPPED = (
    "The script did not find its route again by these words and added it once more: the unit failed over that and took "
    "every other range down."
)
_STOPS_TOO = (
    "A start of the unit fails over it too: its script does not find the route again by these words, and adds it once "
    "more."
)

_QUIET = " The unit did not fail over it, and every VIP has its owner."

# Title, why the line is refused, span in the text, note under the caret.
Words = tuple[str, str, tuple[int, int], str]


def stranded(e: Evidence, line: RangeLine, *, blameless: bool = False) -> frozenset[str]:
    """The VIP addresses nobody answers for because of a line: those it means (where it means nothing, those that no
    other line means) and, where the unit failed over it, those of every other line, because one bad line takes all
    ranges down with it. ``blameless`` says that it failed over another line."""
    unit = e.unit("anyip-routes")
    all_lines = intended(e)
    wanted = all_lines if unit is not None and unit.failed and not blameless else line.meant
    lost = (at for bind in vip_binds(e) if (at := address(bind.address)) and owns(e, at) is False)
    return frozenset(
        str(at)
        for at in lost
        if any(at in network for network in wanted)
        or (not line.meant and not line.empty and not any(at in network for network in all_lines))
    )


def _consequence(e: Evidence, *, routed: bool, lost: int) -> str:
    """What a refused line does, as far as the facts tell: ``lost`` are the VIP addresses that nobody answers for."""
    unit = e.unit("anyip-routes")
    failed, running = unit is not None and unit.failed, unit is not None and unit.running
    held = [owns(e, at) for at in {address(bind.address) for bind in vip_binds(e)} if at is not None]
    if routed or (failed and held and all(held)):
        return " An old route works until the next reboot."
    if not lost:
        return " The unit fails." if failed else " The unit runs on without it." if running else ""
    whose = "the VIPs" if lost == len(held) else f"{lost} of {len(held)} VIP addresses"
    return f" {'The unit fails: no' if failed else 'No'} one answers for {whose}."


def _remedy(e: Evidence, line: RangeLine, new: tuple[str, ...] | None) -> str:
    if line.empty:
        return f"move the comment to the first column: {new[0]}" if new and new[0] else "empty the line"
    if new is not None:
        return avoiding(obstacle(e)) or f"write {' and '.join(new)}{_exactly(e, line)}"
    return avoiding(in_the_way(e, line.meant)) or "write one network in CIDR form, such as 10.10.18.16/28"


def _exactly(e: Evidence, line: RangeLine) -> str:
    """The other way to write a dash range of which the block holds more, "" where it does not."""
    blocks = rounded(e, line)
    if not blocks:
        return ""
    exact = " and ".join(str(network) for one in blocks for network in one.typed.exact)
    return f"; {', '.join(one.words for one in blocks)} with the block: exactly what was typed is {exact}"


def ruler(e: Evidence, line: RangeLine) -> Ruler | None:
    network = next(iter(line.meant), None)
    if network is None:
        return None
    # A start and count is drawn in the block that holds it, not in the network that the kernel reads.
    typed = spelling(str(network)) if line.defect is Defect.START_COUNT else line.typed
    return block_ruler(typed, neighbourhood(e, network))


def _as_planned(drawn: Ruler | None, new: tuple[str, ...] | None) -> Ruler | None:
    """The ruler with what the plan writes as the first thing to write."""
    if drawn is None or not new or drawn.write[:1] == (planned := ", ".join(new),):
        return drawn
    marks = (
        replace(mark, label=mark.label.partition(": write ")[0]) if mark.glyph is Glyph.START else mark
        for mark in drawn.marks
    )
    return replace(drawn, marks=tuple(marks), write=(planned, *(text for text in drawn.write if text != planned)))


def judged(e: Evidence, defects: frozenset[Defect], words: Callable[[RangeLine], Words]) -> Iterator[Outcome]:
    """One outcome for each line: those with such a defect, their proof, what they take down, how they are repaired."""
    file = e.files[ANYIP_CFG]
    unit = e.unit("anyip-routes")
    failed = unit is not None and unit.failed
    in_the_way = stumbles(e) if failed else ()
    over = stumbled(e)
    known = unit is not None and e.routes is not None and e.haproxy is not None
    for line in e.ranges or ():
        if line.defect not in defects:
            yield Passed(line.subject, UNIT)
            continue
        title, explanation, span, note = words(line)
        new = replacement(e, line)
        # Its own route stops the unit, as a refused line would.
        stopped = line in over
        harmless = line.defect in HARMLESS and not stopped
        routed = bool(line.meant) and all(anyip_covers(e, network) for network in line.meant)
        proof = lines_with(last_start(e.lines_of("anyip-routes"), "anyip-routes"), line.subject, *_SAID)
        excerpts: tuple[Excerpt, ...] = (
            file_excerpt(file, line.number, span=span, note=note, proposed=", ".join(filter(None, new or ())) or None),
            *(() if harmless else journal_excerpts("anyip-routes", proof, *REFUSALS, EXISTS)),
        )
        lost = stranded(e, line, blameless=line in in_the_way and not stopped)
        # Nobody can say which VIPs the line was for; those that haproxy binds do not miss it.
        quiet = known and not line.meant and not failed and not lost
        breaks = {unowned(text) for text in lost} | {bad_line(line.subject)}
        if not harmless and line.read:
            breaks.add(unit_down("anyip-routes") if failed else reader_dead("anyip-routes"))
            explanation += _QUIET if quiet else _consequence(e, routed=routed, lost=len(lost))
        if line in stumbles(e):
            # An edit of the file makes the reader add the route once more.
            breaks.add(reader_dead("anyip-routes"))
        if line in in_the_way:
            explanation = _STOPPED if stopped else _STOPS_TOO
        mild = harmless or quiet or (routed and not failed)
        yield Found(
            subject=line.subject,
            node=UNIT,
            title=title,
            explanation=explanation,
            excerpts=excerpts,
            breaks=frozenset(breaks),
            remedy=_remedy(e, line, new),
            ruler=_as_planned(ruler(e, line), new),
            fix=range_fix(e) if new is not None else None,
            severity=Severity.FAILED if stopped else Severity.WARNING if mild else None,
        )
