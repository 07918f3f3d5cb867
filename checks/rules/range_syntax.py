"""A: lines of the range file that the kernel or ip refuses: one of them takes all ranges down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.addresses import host_bits_words, host_octets_span
from checks.evidence.evidence import Evidence
from checks.evidence.ranges import Defect, RangeLine
from checks.model import Severity
from checks.rules.facts import unowned
from checks.rules.range_defects import NEEDS, UNIT, Words, judged
from checks.rules.range_repair import count_read, replacement
from checks.rules.references import ARTICLE, LAB
from checks.rules.rule import Found, Outcome, rule
from checks.site import Site


@rule("A01", "range-host-bits", group="addressing", node=UNIT, needs=NEEDS, sources=(ARTICLE, LAB))
def range_host_bits(e: Evidence, _: Site) -> Iterator[Outcome]:
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
    Workload Management hands out lies inside. A line such as 172.16.5.10/20 may as well be the wizard's start and
    count; then nothing is offered, and the one that is meant has to be written by hand.

    Undo: put the old file back and restart the same units.

    See also: A08 (a dash range), A14 (no newline at the end), C10 (haproxy cannot bind), F01 (what the client sees).
    """

    def words(line: RangeLine) -> Words:
        network = line.typed.network
        size = network.num_addresses if network else 0
        begin, end = host_octets_span(line.typed)
        blanks = len(line.text) - len(line.text.lstrip())
        why = (
            f"{line.typed.address} lies inside a block of {size} addresses, it does not start one: the kernel "
            "refuses the route."
        )
        if (count := count_read(e, line.typed)) is not None:
            why = f"The kernel refuses it. Meant is {network}, or {line.typed.prefix} addresses from {count[0]} on."
        return (
            f"{line.subject} is not a network address",
            why,
            (begin + blanks, end + blanks),
            f"host bits set: {host_bits_words(line.typed)}",
        )

    yield from judged(e, frozenset({Defect.HOST_BITS}), words)


@rule("A08", "range-dash", group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_dash(e: Evidence, _: Site) -> Iterator[Outcome]:
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

    def words(line: RangeLine) -> Words:
        new = replacement(e, line) or ()
        return (
            f"{line.subject} is a dash range",
            "The wizard takes a dash, this file takes one network per line: ip refuses it.",
            (0, len(line.text)),
            "one block" if len(new) == 1 else f"{len(new)} networks",
        )

    yield from judged(e, frozenset({Defect.DASH}), words)


@rule("A09", "range-start-count", group="addressing", node=UNIT, needs=NEEDS, sources=(ARTICLE, LAB))
def range_start_count(e: Evidence, _: Site) -> Iterator[Outcome]:
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

    def words(line: RangeLine) -> Words:
        bounds = line.typed.as_count
        pool = f"{bounds[0]} to {bounds[1]}" if bounds else "no pool"
        return (
            f"{line.subject} is a start and a count",
            f"As the wizard prints it this means {pool}; read as a network it has host bits set.",
            (line.text.find("/"), len(line.text)),
            f"{line.typed.prefix} addresses, not {line.typed.prefix} bits",
        )

    yield from judged(e, frozenset({Defect.START_COUNT}), words)


@rule("A12", "range-list", group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_list(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Several ranges stand on one line.

    The OVF form takes a list with commas; the file takes one network a line.

    Recognise: 'any valid prefix is expected rather than "10.10.18.16/28, 10.10.18.64/28"', status 1.

    Why: the whole line goes to "ip route add local".

    Repair: one line for each range.

    Undo: put the old file back and restart the same units.

    See also: A08.
    """
    yield from judged(
        e,
        frozenset({Defect.LIST}),
        lambda line: (
            f"{len(line.parts)} ranges stand on line {line.number}",
            "The file takes one network per line: ip refuses the whole line.",
            (line.text.find(","), line.text.find(",") + 1),
            "one range a line",
        ),
    )


@rule("A13", "range-carriage-return", group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_carriage_return(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The range file has Windows line ends.

    The line looks right; an invisible carriage return stands behind it.

    Recognise: "cat -A" shows ^M$ at the end of the lines; the journal shows the refused line as a blob, or with its
    closing quote on the next line.

    Why: the file was edited on Windows. The carriage return is part of what "ip" gets.

    Repair: take the carriage returns away.

    Undo: put the old file back and restart the same units.

    See also: A15.
    """
    yield from judged(
        e,
        frozenset({Defect.CARRIAGE_RETURN}),
        lambda line: (
            f"{line.subject if line.parts else f'line {line.number}'} ends in a carriage return",
            "The file has Windows line ends: ip gets the carriage return as part of a range and refuses it.",
            (line.text.find(chr(13)), line.text.find(chr(13)) + 1),
            "CR",
        ),
    )


@rule("A15", "range-something-behind", group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_something_behind(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Something stands behind a range, or blanks before a comment.

    A comment or blanks behind a range make the line unreadable for the appliance. So do blanks before a comment, and
    blanks that stand alone.

    Recognise: 'any valid prefix is expected rather than "10.10.18.16/28 # vips"', status 1.

    Why: only a line whose first character is # is a comment, and nothing is trimmed.

    Repair: put the comment on a line of its own, from the first column on; take the blanks away.

    Undo: put the old file back and restart the same units.

    See also: A12, A13.
    """

    def words(line: RangeLine) -> Words:
        if line.empty:
            comment = bool(line.text.strip())
            return (
                f"line {line.number} holds {'a comment behind blanks' if comment else 'nothing but blanks'}",
                "Only an empty line or one that starts with # is skipped: ip gets this one and refuses it.",
                (0, len(line.text) - len(line.text.lstrip())),
                "blanks",
            )
        body = line.text[: len(line.text) - len(line.comment)].rstrip()
        what = "a comment" if line.comment else "a blank"
        return (
            f"{what} stands behind {body.strip()}",
            "Only a line that starts with # is a comment, and blanks are not trimmed: ip refuses the line.",
            (len(body), len(line.text)),
            "on a line of its own" if line.comment else "blanks",
        )

    yield from judged(e, frozenset({Defect.TRAILING}), words)


@rule("A17", "range-unreadable", group="addressing", node=UNIT, needs=NEEDS, sources=(LAB,))
def range_unreadable(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range is no range at all.

    An octet above 255, a prefix above 32, the word null, or anything else that is no network. Or it is another one: ip
    takes a number with a leading 0 for base 8, so 010.10.18.16/28 is 8.10.18.16/28 to it.

    Recognise: 'any valid prefix is expected rather than "10.10.18.16/33"', status 1. Where ip reads another range the
    unit is green, and "ip route show table local" has a range that nobody typed.

    Why: a slip of the pen; "null" is what an empty field of the OVF form can leave behind. 018 and 09 are no numbers to
    base 8, and refused.

    Repair: write the network that was meant, without leading zeros.

    Undo: put the old file back and restart the same units.

    See also: A01, A10 (what a restart makes of a line that the kernel prints otherwise).
    """

    def words(line: RangeLine) -> Words:
        whole = (0, len(line.text))
        if line.network is not None:
            taken = str(line.network)
            return (
                f"ip reads {taken} where {line.subject} is written",
                f"ip takes a leading 0 for base 8: the kernel answers for {taken}. The unit is green till its restart.",
                whole,
                f"{taken} for ip",
            )
        why = "ip cannot take the line, and one such line takes the good ranges down too."
        return f"{line.subject} is no network", why, whole, "no network"

    for outcome in judged(e, frozenset({Defect.NOTHING, Defect.MISREAD}), words):
        # A line that is taken does no harm by itself, except to the VIPs that it was written for.
        lost = isinstance(outcome, Found) and any(fact.startswith(unowned("")) for fact in outcome.breaks)
        yield replace(outcome, severity=Severity.FAILED) if isinstance(outcome, Found) and lost else outcome
