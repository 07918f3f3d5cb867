"""A: the range file, line by line, against what the kernel takes and what haproxy needs."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import (
    Glyph,
    Kind,
    Network,
    RulerMark,
    address,
    block_ruler,
    host_bits_words,
    host_octets_span,
    short,
    spelling,
)
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import cluster_of
from checks.evidence.journal import last_start
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import RangeLine
from checks.model import Excerpt, Severity
from checks.rules.facts import (
    anyip_covers,
    file_excerpt,
    intended,
    journal_excerpts,
    lines_with,
    owns,
    unit_down,
    unowned,
    vip_binds,
)
from checks.rules.range_repair import outside, range_fix, replacement
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"
_REFUSED = (
    "Invalid prefix for given prefix length",
    "RTNETLINK answers: Invalid argument",
    "any valid prefix is expected",
    "Control process exited",
)
_ARTICLE = "https://rguske.github.io/post/vsphere-with-tanzu-troubleshooting-haproxy/"


def _neighbourhood(e: Evidence, network: Network) -> tuple[RulerMark, ...]:
    """What else lives in a block: VIPs with the cluster behind them, gateways, the appliance's own addresses."""
    marks: dict[str, RulerMark] = {}
    for bind in vip_binds(e):
        at = address(bind.address)
        if at is not None and at in network:
            marks[bind.address] = RulerMark(at, Glyph.VIP, f"{short(at, network)} {cluster_of(bind.frontend)}")
    for route in e.routes or ():
        if route.gateway is not None and route.gateway in network:
            marks[str(route.gateway)] = RulerMark(
                route.gateway, Glyph.GATEWAY, f"{short(route.gateway, network)} gateway"
            )
    for link in e.links or ():
        for interface in link.addresses:
            if interface.ip in network:
                marks[str(interface.ip)] = RulerMark(
                    interface.ip, Glyph.NIC, f"{short(interface.ip, network)} {link.name}"
                )
    return tuple(marks.values())


def _stranded(e: Evidence, network: Network | None) -> frozenset[str]:
    """The VIP addresses nobody answers for because of a line: those it means and, where the unit failed over it,
    those of every other line, because one bad line takes all ranges down with it."""
    unit = e.unit("anyip-routes")
    networks = intended(e) if unit is not None and unit.failed else (network,) if network else ()
    addresses = {bind.address for bind in vip_binds(e)}
    return frozenset(
        text
        for text in addresses
        if (at := address(text)) and owns(e, at) is False and any(at in wanted for wanted in networks)
    )


def _bad_line(e: Evidence, line: RangeLine, *, title: str, explanation: str, span: tuple[int, int], note: str) -> Found:
    """What A01 and A08 share: a line the kernel refuses, its proof, what it takes down and how it is repaired."""
    file = e.files[ANYIP_CFG]
    network = line.typed.network
    new = replacement(e, line.typed)
    routed = network is not None and anyip_covers(e, network)
    stranded = _stranded(e, network)
    unit = e.unit("anyip-routes")
    failed = unit is not None and unit.failed
    proof = lines_with(last_start(e.lines_of("anyip-routes"), "anyip-routes"), line.text.strip(), *_REFUSED)
    excerpts: tuple[Excerpt, ...] = (
        file_excerpt(file, line.number, span=span, note=note, proposed=", ".join(new) if new else None),
        *journal_excerpts("anyip-routes", proof, *_REFUSED[:3]),
    )
    if routed:
        explanation += " The old route still works: the next start of the unit takes it away."
    ruler = block_ruler(line.typed, _neighbourhood(e, network)) if network is not None else None
    broken = {unowned(text) for text in stranded} | ({unit_down("anyip-routes")} if failed and line.read else set())
    return Found(
        subject=line.text.strip(),
        node=_UNIT,
        title=title,
        explanation=explanation,
        excerpts=excerpts,
        breaks=frozenset(broken),
        remedy=f"write {' and '.join(new)}" if new else "",
        ruler=ruler,
        fix=range_fix(e) if new else None,
        severity=Severity.WARNING if routed and not failed else None,
    )


@rule(
    "A01",
    "range-host-bits",
    group="addressing",
    node=_UNIT,
    needs=(_FILE,),
    sources=(_ARTICLE, "reproduced in the lab"),
)
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
    for line in e.ranges or ():
        if line.typed.kind is not Kind.HOST_BITS:
            yield Passed(line.text.strip(), _UNIT)
            continue
        network = line.typed.network
        assert network is not None
        words = host_bits_words(line.typed)
        yield _bad_line(
            e,
            line,
            title=f"{line.text.strip()} is not a network address",
            explanation=(
                f"{line.typed.address} lies inside a block of {network.num_addresses} addresses, it does not "
                "start one. The kernel refuses the route: no one answers for the VIPs, haproxy cannot bind them."
            ),
            span=_shifted(host_octets_span(line.typed), line.text),
            note=f"host bits set: {words}",
        )


@rule("A08", "range-dash", group="addressing", node=_UNIT, needs=(_FILE,), sources=("reproduced in the lab",))
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
    for line in e.ranges or ():
        if line.typed.kind is not Kind.DASH:
            yield Passed(line.text.strip(), _UNIT)
            continue
        new = replacement(e, line.typed) or ()
        yield _bad_line(
            e,
            line,
            title=f"{line.text.strip()} is a dash range",
            explanation=(
                "The wizard takes a dash, this file takes one network per line. ip refuses the line and the unit "
                "fails: no one answers for the VIPs."
            ),
            span=(0, len(line.text)),
            note="one block" if len(new) == 1 else f"{len(new)} networks",
        )


@rule(
    "A06",
    "bind-outside-ranges",
    group="addressing",
    node="unit:haproxy",
    needs=(_FILE, "file:/etc/haproxy/haproxy.cfg", "routes", "addresses"),
    sources=("https://github.com/haproxytech/vmware-haproxy/issues/36", "reproduced in the lab"),
)
def bind_outside_ranges(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A VIP lies outside every range of the appliance.

    Workload Management handed out an address that no line of /etc/vmware/anyip-routes.cfg holds.

    Recognise: haproxy's journal says "cannot bind socket" for one address while "haproxy -c" calls the file valid;
    the address is in no line of anyip-routes.cfg and not in "ip route show table local".

    Why: the virtual IP range in the wizard reaches further than the appliance's own. A range added later in vCenter
    never reaches the appliance by itself. At its next start haproxy fails over that one bind and takes every other
    VIP with it.

    Repair: append the missing network to anyip-routes.cfg in place, restart anyip-routes, then start haproxy (or
    reload it, if it runs).

    Undo: put the old file back; the added route stays until a restart of anyip-routes with the new file or a reboot.

    See also: C10 (haproxy cannot bind), A01.
    """
    del site
    file = e.files[ANYIP_CFG]
    missing = {str(at) for at in outside(e)}
    seen: set[str] = set()
    for bind in vip_binds(e):
        if bind.address in seen:
            continue
        seen.add(bind.address)
        node = f"vip:{bind.address}:{bind.port}"
        at = address(bind.address)
        if bind.address not in missing or at is None:
            yield Passed(bind.address, node)
            continue
        owned = owns(e, at)
        cfg = e.files["/etc/haproxy/haproxy.cfg"]
        start = cfg.line_text(bind.line).find(bind.address)
        last = len(file.lines)
        excerpts = (
            file_excerpt(
                cfg, bind.line, span=(start, start + len(bind.address)), note="in no range of the appliance", context=1
            ),
            *((file_excerpt(file, last, proposed=f"{bind.address}/32"),) if last else ()),
            *journal_excerpts(
                "haproxy", lines_with(e.lines_of("haproxy"), f"[{bind.address}:"), "cannot bind", limit=2
            ),
        )
        ranges = [spelling(line.text) for line in e.ranges or ()]
        network = next((found.network for found in ranges if found.network is not None), None)
        ruler = None
        if network is not None:
            whole = Network((at, 24), strict=False)
            ruler = block_ruler(
                spelling(str(whole)),
                (*_neighbourhood(e, whole), RulerMark(at, Glyph.TYPED, f"{short(at, whole)} in no range")),
            )
        yield Found(
            subject=bind.address,
            node=node,
            title=f"{bind.address} lies outside every range",
            explanation=(
                "The kernel takes only the addresses of the ranges in anyip-routes.cfg for its own. haproxy cannot "
                "bind this one, and one bind that fails stops it for all VIPs."
                if not owned
                else "Something else routes it now, the range file does not: the next start stops haproxy for all."
            ),
            excerpts=excerpts,
            breaks=frozenset() if owned else frozenset({unowned(bind.address)}),
            remedy=f"append {bind.address}/32 to anyip-routes.cfg, or the whole network if more VIPs come from it",
            ruler=ruler,
            fix=range_fix(e),
            severity=Severity.WARNING if owned else None,
        )


@rule(
    "A14",
    "range-file-no-newline",
    group="addressing",
    node=_UNIT,
    needs=(_FILE,),
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
    network = last.typed.network
    covered = network is not None and anyip_covers(e, network)
    end = len(last.text)
    yield Found(
        subject=last.text.strip(),
        node=_UNIT,
        title=f"the last range, {last.text.strip()}, is never read",
        explanation=(
            "The line has no newline at its end, and the appliance's script drops such a line without a word. "
            "The unit is green, the range has no route, no one answers for its VIPs."
        ),
        excerpts=(file_excerpt(file, last.number, span=(max(end - 1, 0), end), note="no newline here"),),
        breaks=frozenset(unowned(text) for text in _stranded(e, network)),
        remedy="end the line with a newline",
        ruler=block_ruler(last.typed, _neighbourhood(e, network)) if network is not None else None,
        fix=range_fix(e),
        severity=Severity.WARNING if covered else None,
    )


def _shifted(span: tuple[int, int], text: str) -> tuple[int, int]:
    blanks = len(text) - len(text.lstrip())
    return span[0] + blanks, span[1] + blanks
