"""A: lines of the range file that are taken without a word, and not as they were meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.addresses import block_ruler, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import Defect, RangeLine
from checks.model import Severity
from checks.rules.facts import (
    anyip_covers,
    file_excerpt,
    intended,
    owns,
    unowned,
    vip_binds,
)
from checks.rules.occupants import avoiding
from checks.rules.range_defects import NEEDS, UNIT, Words, judged, ruler, stranded
from checks.rules.range_repair import WithoutMask, obstacle, outside, range_fix, without_mask
from checks.rules.references import LAB
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.ruler_marks import neighbourhood
from checks.site import Site

_NEVER_FOUND = (
    "The script compares texts and never finds this route again: the unit's next restart fails, and takes every other "
    "range down."
)


@rule(
    "A10", "range-mask-unmatched", severity=Severity.WARNING, group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,)
)
def range_mask_unmatched(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range has a mask that the script does not find again.

    The kernel takes 10.10.18.16/255.255.255.240 and prints it as 10.10.18.16/28. The appliance's script looks for the
    words of the file. (A /32, which the kernel prints without its mask, it finds again.)

    Recognise: "route already removed for" that line in the journal while "ip route show table local" still has it;
    after a restart of anyip-routes "adding route for" it, then "File exists".

    Why: the script compares text. It works after each boot; a stop leaves the route behind, and the next start adds it
    again, ends over that, and takes every other range away. An edit of the file on a running appliance ends the
    watcher's reader in the same way.

    Repair: write the prefix length. Then a restart succeeds. A route that should be gone is removed by hand or by a
    reboot.

    Undo: put the old file back.

    See also: A11, A16, C04 (a removed range still answers), C26.
    """

    def words(line: RangeLine) -> Words:
        return (
            f"{line.subject} has a dotted mask",
            _NEVER_FOUND,
            (line.text.find("/"), len(line.text)),
            f"write /{line.typed.prefix}",
        )

    yield from judged(e, frozenset({Defect.DOTTED_MASK}), words)


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

    It comes up, but is never taken away: the script looks for the line with its blank. The next start of the unit adds
    it again and fails over that.

    Recognise: a line that starts with a blank; "route already removed for" with two blanks in the journal.

    Why: a list typed as "a, b" in the OVF form keeps the blank of its second member.

    Repair: take the blank away.

    Undo: put the old file back.

    See also: A10, C04.
    """
    yield from judged(
        e,
        frozenset({Defect.BLANK_BEFORE}),
        lambda line: (
            f"a blank stands before {line.subject}",
            _NEVER_FOUND,
            (0, len(line.text) - len(line.text.lstrip())),
            "a blank",
        ),
    )


@rule("A16", "range-no-mask", severity=Severity.WARNING, group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_no_mask(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range has no mask.

    An address without a mask is one VIP, not a range. Where every VIP lies in some range that does no harm. Where the
    address starts a block of free addresses that holds every VIP which lies in no range, its mask was forgotten.

    Recognise: "local 10.10.18.16 dev lo" in "ip route show table local", without a prefix length.

    Why: ip takes a bare address for a /32.

    Repair: add the prefix length of the range that was meant, at least /29: Workload Management takes no smaller one.
    If one address is meant, /32 says so.

    Undo: put the old file back.

    See also: A06.
    """
    bound = {bind.address for bind in vip_binds(e)}
    outcomes = judged(
        e,
        frozenset({Defect.BARE}),
        lambda line: (
            f"{line.subject} has no mask",
            "The kernel takes it for this one address. If a range was meant, every other VIP of it has no owner.",
            (0, len(line.text)),
            "one address only",
        ),
    )
    # With every VIP in a range, and a range beside it, one address is no harm: perhaps it was meant.
    harmless = not outside(e) and any(network.num_addresses > 1 for network in intended(e))
    forgotten = without_mask(e)
    for line, outcome in zip(e.ranges or (), outcomes, strict=True):
        if isinstance(outcome, Found) and forgotten is not None and line == forgotten.line:
            yield _forgotten(e, forgotten, outcome)
        elif line.subject in bound:
            yield Passed(line.subject, UNIT)
        elif isinstance(outcome, Found) and harmless:
            yield replace(outcome, severity=Severity.INFO)
        else:
            yield outcome


def _forgotten(e: Evidence, without: WithoutMask, found: Found) -> Found:
    lost = {str(at) for at in without.lost if owns(e, at) is False}
    block = without.block
    first, more = without.lost[0], len(without.lost) - 1
    return replace(
        found,
        explanation=(
            f"The kernel takes it for this one address. {first}{f' and {more} more VIPs' if more else ''} of its "
            f"block lie in no range: the mask was forgotten, /{block.prefixlen} or shorter."
        ),
        breaks=found.breaks | {unowned(text) for text in lost},
        remedy=f"write {block}, or the longer range of your plan",
        ruler=block_ruler(spelling(str(block)), neighbourhood(e, block)),
        severity=Severity.FAILED if lost else Severity.WARNING,
    )


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
        remedy=avoiding(obstacle(e)) or "end the line with a newline",
        ruler=ruler(e, last),
        fix=range_fix(e),
        severity=Severity.WARNING if covered else None,
    )
