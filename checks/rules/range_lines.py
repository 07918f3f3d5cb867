"""A: how the lines of the range file are spelled, against what the appliance's script takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.addresses import Ruler, address, block_ruler, host_bits_words, host_octets_span, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_start
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import HARMLESS, Defect, RangeLine
from checks.model import Excerpt, Severity
from checks.rules.facts import (
    anyip_covers,
    bad_line,
    file_excerpt,
    intended,
    journal_excerpts,
    lines_with,
    owns,
    reader_dead,
    unit_down,
    unowned,
    vip_binds,
)
from checks.rules.range_repair import range_fix, replacement
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.surroundings import neighbourhood
from checks.site import Site

_UNIT = "unit:anyip-routes"
_NEEDS = (f"file:{ANYIP_CFG}",)
_REFUSED = (
    "Invalid prefix for given prefix length",
    "RTNETLINK answers: Invalid argument",
    "any valid prefix is expected",
    "Control process exited",
)
_ARTICLE = "https://rguske.github.io/post/vsphere-with-tanzu-troubleshooting-haproxy/"
_LAB = "reproduced in the lab"

# Title, explanation, span in the text, note under the caret.
_Words = tuple[str, str, tuple[int, int], str]


def _stranded(e: Evidence, line: RangeLine) -> frozenset[str]:
    """The VIP addresses nobody answers for because of a line: those it means (where it means nothing, those that no
    other line means) and, where the unit failed over it, those of every other line, because one bad line takes all
    ranges down with it."""
    unit = e.unit("anyip-routes")
    all_lines = intended(e)
    wanted = all_lines if unit is not None and unit.failed else line.meant
    lost = (at for bind in vip_binds(e) if (at := address(bind.address)) and owns(e, at) is False)
    return frozenset(
        str(at)
        for at in lost
        if any(at in network for network in wanted)
        or (not line.meant and not any(at in network for network in all_lines))
    )


def _ruler(e: Evidence, line: RangeLine) -> Ruler | None:
    network = next(iter(line.meant), None)
    if network is None:
        return None
    # A start and count is drawn in the block that holds it, not in the network that the kernel reads.
    typed = spelling(str(network)) if line.defect is Defect.START_COUNT else line.typed
    return block_ruler(typed, neighbourhood(e, network))


def _refused(e: Evidence, defect: Defect, words: Callable[[RangeLine], _Words]) -> Iterator[Outcome]:
    """One outcome for each line: those with this defect, their proof, what they take down, how they are repaired."""
    file = e.files[ANYIP_CFG]
    unit = e.unit("anyip-routes")
    failed = unit is not None and unit.failed
    for line in e.ranges or ():
        if line.defect is not defect:
            yield Passed(line.subject, _UNIT)
            continue
        title, explanation, span, note = words(line)
        new = replacement(e, line)
        harmless = defect in HARMLESS
        routed = bool(line.meant) and all(anyip_covers(e, network) for network in line.meant)
        proof = lines_with(last_start(e.lines_of("anyip-routes"), "anyip-routes"), line.subject, *_REFUSED)
        excerpts: tuple[Excerpt, ...] = (
            file_excerpt(file, line.number, span=span, note=note, proposed=", ".join(new) if new else None),
            *(() if harmless else journal_excerpts("anyip-routes", proof, *_REFUSED[:3])),
        )
        breaks = {unowned(text) for text in _stranded(e, line)} | {bad_line(line.subject)}
        if not harmless and line.read:
            breaks.add(unit_down("anyip-routes") if failed else reader_dead("anyip-routes"))
            if routed:
                explanation += " The old route still works: the next start of the unit takes it away."
        yield Found(
            subject=line.subject,
            node=_UNIT,
            title=title,
            explanation=explanation,
            excerpts=excerpts,
            breaks=frozenset(breaks),
            remedy=f"write {' and '.join(new)}" if new else "write one network in CIDR form, such as 10.10.18.16/28",
            ruler=_ruler(e, line),
            fix=range_fix(e) if new else None,
            severity=Severity.WARNING if harmless or (routed and not failed) else None,
        )


@rule("A01", "range-host-bits", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_ARTICLE, _LAB))
def range_host_bits(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range is not a network address.

    A range has to start where a block of its size starts. 10.10.18.18/28 lies two addresses inside the block that
    starts at 10.10.18.16: those two are its host bits.

    Recognise: systemctl shows anyip-routes failed, its journal says "adding route for 10.10.18.18/28" and then
    "RTNETLINK answers: Invalid argument" (newer kernels: "Error: Invalid prefix for given prefix length."), exit
    status 2. haproxy is failed too, because it cannot bind addresses that nobody owns. Workload Management looks
    green all the while and clients say "no route to host".

    Why: the anyip-routes unit hands each line of /etc/vmware/anyip-routes.cfg to "ip route add local". The kernel
    refuses a prefix with host bits. One refused line ends the script, and the roll-back removes the good ranges too.

    Repair: write the network address, here 10.10.18.16/28, then "systemctl reset-failed haproxy", "systemctl restart
    anyip-routes", "systemctl start haproxy". A reboot does the same and takes a minute. Check that the range
    Workload Management hands out lies inside.

    Undo: put the old file back and restart the same units.

    See also: A08 (a dash range), A14 (no newline at the end), C10 (haproxy cannot bind), F01 (what the client sees).
    """
    del site

    def words(line: RangeLine) -> _Words:
        network = line.typed.network
        size = network.num_addresses if network else 0
        begin, end = host_octets_span(line.typed)
        blanks = len(line.text) - len(line.text.lstrip())
        return (
            f"{line.subject} is not a network address",
            f"{line.typed.address} lies inside a block of {size} addresses, it does not start one. The kernel "
            "refuses the route: no one answers for the VIPs, haproxy cannot bind them.",
            (begin + blanks, end + blanks),
            f"host bits set: {host_bits_words(line.typed)}",
        )

    yield from _refused(e, Defect.HOST_BITS, words)


@rule("A08", "range-dash", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,))
def range_dash(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range is written with a dash.

    The wizard of Workload Management takes first-last; the appliance's file takes networks in CIDR form, one a line.

    Recognise: anyip-routes failed with status 1 (not 2), its journal says 'any valid prefix is expected rather than
    "10.10.18.17-10.10.18.30"'.

    Why: the line goes to "ip route add local" as it is, and ip understands no dash.

    Repair: write the block that holds the range, or the exact list of networks, one a line; then reset-failed
    haproxy, restart anyip-routes, start haproxy.

    Undo: put the old file back and restart the same units.

    See also: A01 (host bits), A09 (start and count).
    """
    del site

    def words(line: RangeLine) -> _Words:
        new = replacement(e, line) or ()
        return (
            f"{line.subject} is a dash range",
            "The wizard takes a dash, this file takes one network per line. ip refuses the line and the unit fails: no "
            "one answers for the VIPs.",
            (0, len(line.text)),
            "one block" if len(new) == 1 else f"{len(new)} networks",
        )

    yield from _refused(e, Defect.DASH, words)


@rule("A09", "range-start-count", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_ARTICLE, _LAB))
def range_start_count(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A start and a count is taken for a network.

    The review page of Workload Management prints a pool as START/COUNT: 10.10.18.19/11 there means eleven addresses
    from .19 on, not a network with eleven bits.

    Recognise: a line of anyip-routes.cfg with a very short prefix and host bits; the journal says the same as for A01.

    Why: the appliance reads it as a network of millions of addresses with host bits set, and the kernel refuses it.

    Repair: write the smallest block that holds the pool. Counted with the start, 10.10.18.19/11 ends at .29; read as
    eleven more, at .30: both lie in 10.10.18.16/28.

    Undo: put the old file back and restart the same units.

    See also: A01, A08.
    """
    del site

    def words(line: RangeLine) -> _Words:
        bounds = line.typed.as_count
        pool = f"{bounds[0]} to {bounds[1]}" if bounds else "no pool"
        return (
            f"{line.subject} is a start and a count",
            f"As the wizard prints it this means {pool}. Read as a network it has {line.typed.network} host bits "
            "set, and the kernel refuses it: no one answers for the VIPs.",
            (line.text.find("/"), len(line.text)),
            f"{line.typed.prefix} addresses, not {line.typed.prefix} bits",
        )

    yield from _refused(e, Defect.START_COUNT, words)


@rule(
    "A10", "range-dotted-mask", severity=Severity.WARNING, group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,)
)
def range_dotted_mask(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range has a dotted mask.

    The kernel takes 10.10.18.16/255.255.255.240, but the appliance's script never finds the route again.

    Recognise: "route already removed for" that line in the journal while "ip route show table local" still has it.

    Why: the script compares text, and the kernel prints the route with its prefix length.

    Repair: write the prefix length. A route that should be gone is removed by hand or by a reboot.

    Undo: put the old file back.

    See also: C04 (a removed range still answers).
    """
    del site
    yield from _refused(
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
    node=_UNIT,
    needs=_NEEDS,
    sources=(_LAB,),
)
def range_leading_blank(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range has a blank before it.

    It comes up, but is never taken away: the script looks for the line with its blank.

    Recognise: a line that starts with a blank; "route already removed for" with two blanks in the journal.

    Why: a list typed as "a, b" in the OVF form keeps the blank of its second member.

    Repair: take the blank away.

    Undo: put the old file back.

    See also: A10, C04.
    """
    del site
    yield from _refused(
        e,
        Defect.BLANK_BEFORE,
        lambda line: (
            f"a blank stands before {line.subject}",
            "It works, but the script looks for the line with its blank and will never take this route away again.",
            (0, len(line.text) - len(line.text.lstrip())),
            "a blank",
        ),
    )


@rule("A12", "range-list", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,))
def range_list(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Several ranges stand on one line.

    The OVF form takes a list with commas; the file takes one network a line.

    Recognise: 'any valid prefix is expected rather than "10.10.18.16/28, 10.10.18.64/28"', status 1.

    Why: the whole line goes to "ip route add local".

    Repair: one line for each range.

    Undo: put the old file back and restart the same units.

    See also: A08.
    """
    del site
    yield from _refused(
        e,
        Defect.LIST,
        lambda line: (
            f"{len(line.parts)} ranges stand on line {line.number}",
            "The file takes one network per line. ip refuses the line and the unit fails: no one answers for the VIPs.",
            (line.text.find(","), line.text.find(",") + 1),
            "one range a line",
        ),
    )


@rule("A13", "range-carriage-return", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,))
def range_carriage_return(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The range file has Windows line ends.

    The line looks right; an invisible carriage return stands behind it.

    Recognise: "cat -A" shows ^M$ at the end of the lines; the journal shows the refused line as a blob, or with its
    closing quote on the next line.

    Why: the file was edited on Windows. The carriage return is part of what "ip" gets.

    Repair: take the carriage returns away.

    Undo: put the old file back and restart the same units.

    See also: A15.
    """
    del site
    yield from _refused(
        e,
        Defect.CARRIAGE_RETURN,
        lambda line: (
            f"{line.subject} ends in a carriage return",
            "The file has Windows line ends. ip gets the carriage return with the range and refuses it: the unit "
            "fails, no one answers for the VIPs.",
            (line.text.find(chr(13)), line.text.find(chr(13)) + 1),
            "CR",
        ),
    )


@rule(
    "A14",
    "range-file-no-newline",
    group="addressing",
    node=_UNIT,
    needs=_NEEDS,
    sources=("reproduced in the lab",),
)
def no_final_newline(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The last range has no newline behind it.

    The last line of /etc/vmware/anyip-routes.cfg is not ended, so the appliance never reads it.

    Recognise: anyip-routes is active and green, its journal has no "adding route for" that range, the range is not
    in "ip route show table local"; "tail -c1" of the file is no newline.

    Why: the script reads with "while read", and the shell's read drops a last line that is not ended.

    Repair: add the newline, restart anyip-routes, start haproxy.

    Undo: put the old file back and restart the same units.

    See also: A01, C10.
    """
    del site
    file = e.files[ANYIP_CFG]
    last = next((line for line in e.ranges or () if not line.read), None)
    if last is None:
        yield Passed("anyip-routes.cfg", _UNIT)
        return
    covered = bool(last.meant) and all(anyip_covers(e, network) for network in last.meant)
    end = len(last.text)
    yield Found(
        subject=last.subject,
        node=_UNIT,
        title=f"the last range, {last.subject}, is never read",
        explanation=(
            "The line has no newline at its end, and the appliance's script drops such a line without a word. "
            "The unit is green, the range has no route, no one answers for its VIPs."
        ),
        excerpts=(file_excerpt(file, last.number, span=(max(end - 1, 0), end), note="no newline here"),),
        breaks=frozenset(unowned(text) for text in _stranded(e, last)),
        remedy="end the line with a newline",
        ruler=_ruler(e, last),
        fix=range_fix(e),
        severity=Severity.WARNING if covered else None,
    )


@rule("A15", "range-something-behind", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,))
def range_something_behind(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Something stands behind a range.

    A comment or blanks behind a range make the line unreadable for the appliance.

    Recognise: 'any valid prefix is expected rather than "10.10.18.16/28 # vips"', status 1.

    Why: only a line whose first character is # is a comment, and nothing is trimmed.

    Repair: put the comment on a line of its own, take the blanks away.

    Undo: put the old file back and restart the same units.

    See also: A12, A13.
    """
    del site

    def words(line: RangeLine) -> _Words:
        body = line.text[: len(line.text) - len(line.comment)].rstrip()
        what = "a comment" if line.comment else "a blank"
        return (
            f"{what} stands behind {body.strip()}",
            "Only a line that starts with # is a comment, and blanks are not trimmed. ip refuses the line and the unit "
            "fails: no one answers for the VIPs.",
            (len(body), len(line.text)),
            "on a line of its own" if line.comment else "blanks",
        )

    yield from _refused(e, Defect.TRAILING, words)


@rule("A16", "range-no-mask", severity=Severity.WARNING, group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,))
def range_no_mask(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range has no mask.

    An address without a mask is one VIP, not a range.

    Recognise: "local 10.10.18.16 dev lo" in "ip route show table local", without a prefix length.

    Why: ip takes a bare address for a /32.

    Repair: add the prefix length of the range that was meant; if one address is meant, write /32.

    Undo: put the old file back.

    See also: A06.
    """
    del site
    yield from _refused(
        e,
        Defect.BARE,
        lambda line: (
            f"{line.subject} has no mask",
            "The kernel takes it for this one address. Every other VIP of the range that was meant has no owner.",
            (0, len(line.text)),
            "one address only",
        ),
    )


@rule("A17", "range-unreadable", group="addressing", node=_UNIT, needs=_NEEDS, sources=(_LAB,))
def range_unreadable(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range is no range at all.

    An octet above 255, a prefix above 32, the word null, or anything else that is no network.

    Recognise: 'any valid prefix is expected rather than "10.10.18.16/33"', status 1.

    Why: a slip of the pen; "null" is what an empty field of the OVF form can leave behind.

    Repair: write the network that was meant.

    Undo: put the old file back and restart the same units.

    See also: A01.
    """
    del site
    yield from _refused(
        e,
        Defect.NOTHING,
        lambda line: (
            f"{line.subject[:30]} is no network",
            "ip cannot read the line and the unit fails: no one answers for the VIPs of any range.",
            (0, len(line.text)),
            "no network",
        ),
    )


@rule(
    "A18",
    "range-ipv6",
    group="addressing",
    node=_UNIT,
    needs=_NEEDS,
    sources=("https://github.com/haproxytech/vmware-haproxy/issues/1",),
)
def range_ipv6(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range is IPv6.

    The appliance supports IPv4 only.

    Recognise: "adding route for fd00::/64" in the journal of anyip-routes.

    Why: IPv6 is switched off on the appliance and none of its scripts handles it.

    Repair: use an IPv4 range.

    See also: A17.
    """
    del site
    yield from _refused(
        e,
        Defect.IPV6,
        lambda line: (
            f"{line.subject[:34]} is an IPv6 range",
            "The appliance supports IPv4 only. The unit fails over the line: no one answers for the VIPs.",
            (0, len(line.text)),
            "IPv4 only",
        ),
    )
