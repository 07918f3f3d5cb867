"""A: lines of the range file that are taken without a word, and not as they were meant."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import Defect
from checks.model import Severity
from checks.rules.facts import (
    anyip_covers,
    file_excerpt,
    unowned,
    vip_binds,
)
from checks.rules.range_defects import NEEDS, UNIT, judged, ruler, stranded
from checks.rules.range_repair import range_fix
from checks.rules.references import LAB
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site


@rule("A10", "range-dotted-mask", severity=Severity.WARNING, group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_dotted_mask(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range has a dotted mask.

    The kernel takes 10.10.18.16/255.255.255.240, but the appliance's script never finds the route again.

    Recognise: "route already removed for" that line in the journal while "ip route show table local" still has it.

    Why: the script compares text, and the kernel prints the route with its prefix length.

    Repair: write the prefix length. A route that should be gone is removed by hand or by a reboot.

    Undo: put the old file back.

    See also: C04 (a removed range still answers).
    """
    yield from judged(
        e,
        Defect.DOTTED_MASK,
        lambda line: (
            f"{line.subject} has a dotted mask",
            "It works, but the script compares text: it will never take this route away again.",
            (line.text.find("/"), len(line.text)),
            f"write /{line.typed.prefix}",
        ),
    )


@rule(
    "A11",
    "range-leading-blank",
    severity=Severity.WARNING,
    group="addressing",
    node=UNIT,
    needs=NEEDS,
    sources=(LAB,),
)
def range_leading_blank(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range has a blank before it.

    It comes up, but is never taken away: the script looks for the line with its blank.

    Recognise: a line that starts with a blank; "route already removed for" with two blanks in the journal.

    Why: a list typed as "a, b" in the OVF form keeps the blank of its second member.

    Repair: take the blank away.

    Undo: put the old file back.

    See also: A10, C04.
    """
    yield from judged(
        e,
        Defect.BLANK_BEFORE,
        lambda line: (
            f"a blank stands before {line.subject}",
            "It works, but the script looks for the line with its blank and will never take this route away again.",
            (0, len(line.text) - len(line.text.lstrip())),
            "a blank",
        ),
    )


@rule("A16", "range-no-mask", severity=Severity.WARNING, group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_no_mask(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range has no mask.

    An address without a mask is one VIP, not a range.

    Recognise: "local 10.10.18.16 dev lo" in "ip route show table local", without a prefix length.

    Why: ip takes a bare address for a /32.

    Repair: add the prefix length of the range that was meant. If one address is meant, leave it so: the kernel prints a
    /32 without its mask, so the script, which compares text, would add such a line twice and fail.

    Undo: put the old file back.

    See also: A06.
    """
    bound = {bind.address for bind in vip_binds(e)}
    outcomes = judged(
        e,
        Defect.BARE,
        lambda line: (
            f"{line.subject} has no mask",
            "The kernel takes it for this one address. Every other VIP of the range that was meant has no owner.",
            (0, len(line.text)),
            "one address only",
        ),
    )
    for line, outcome in zip(e.ranges or (), outcomes, strict=True):
        # One address that haproxy binds is meant to be one.
        yield Passed(line.subject, UNIT) if line.subject in bound else outcome


@rule(
    "A14",
    "range-file-no-newline",
    group="addressing",
    node=UNIT,
    needs=NEEDS,
    sources=(LAB,),
)
def no_final_newline(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The last range has no newline behind it.

    The last line of /etc/vmware/anyip-routes.cfg is not ended, so the appliance never reads it.

    Recognise: anyip-routes is active and green, its journal has no "adding route for" that range, the range is not
    in "ip route show table local"; "tail -c1" of the file is no newline.

    Why: the script reads with "while read", and the shell's read drops a last line that is not ended.

    Repair: add the newline, restart anyip-routes, start haproxy.

    Undo: put the old file back and restart the same units.

    See also: A01, C10.
    """
    file = e.files[ANYIP_CFG]
    last = next((line for line in e.ranges or () if not line.read), None)
    if last is None:
        yield Passed("anyip-routes.cfg", UNIT)
        return
    covered = bool(last.meant) and all(anyip_covers(e, network) for network in last.meant)
    end = len(last.text)
    yield Found(
        subject=last.subject,
        node=UNIT,
        title=f"the last range, {last.subject}, is never read",
        explanation=(
            "The line has no newline at its end: the script drops it without a word. The unit is green, the range has "
            "no route, no one answers for its VIPs."
        ),
        excerpts=(file_excerpt(file, last.number, span=(max(end - 1, 0), end), note="no newline here"),),
        breaks=frozenset(unowned(text) for text in stranded(e, last)),
        remedy="end the line with a newline",
        ruler=ruler(e, last),
        fix=range_fix(e),
        severity=Severity.WARNING if covered else None,
    )
