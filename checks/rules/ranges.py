"""A: what the ranges hold, against what else lives there and what haproxy needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.addresses import Address, Glyph, Network, RulerMark, address, block_ruler, short, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG, ROUTE_TABLES_CFG
from checks.evidence.ranges import RangeLine
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Fix, Run
from checks.rules.facts import (
    file_excerpt,
    gateway_taken,
    intended,
    journal_excerpts,
    lines_with,
    no_way_back,
    owns,
    served_by,
    servers_down,
    unowned,
    unreadable,
    vip_binds,
)
from checks.rules.range_repair import outside, range_fix
from checks.rules.references import LAB, VIRTUAL_IPS, issue
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.rules.surroundings import neighbourhood
from checks.rules.way_back import card_of
from checks.site import Site

_UNIT = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"


def _holding(e: Evidence, at: Address) -> RangeLine | None:
    """The line of the range file that holds an address."""
    return next((line for line in e.ranges or () if any(at in network for network in line.meant)), None)


def _line_excerpt(e: Evidence, line: RangeLine, note: str) -> Excerpt:
    return file_excerpt(e.files[ANYIP_CFG], line.number, span=(0, len(line.text)), note=note)


def _danger(e: Evidence, line: RangeLine, at: Address, label: str) -> Found:
    """A range that holds somebody else's address: the parts that A03, A04 and A05 share."""
    network = next(network for network in line.meant if at in network)
    mark = RulerMark(at, Glyph.DANGER, f"{short(at, network)} {label}")
    others = tuple(other for other in neighbourhood(e, network) if other.address != at)
    return Found(
        subject=str(at),
        node=_UNIT,
        title="",
        explanation="",
        excerpts=(_line_excerpt(e, line, f"holds {at}"),),
        remedy=f"shrink the range so that it ends before {at}, or starts behind it; then reboot",
        ruler=block_ruler(spelling(str(network)), (*others, mark)),
    )


@rule(
    "A06",
    "bind-outside-ranges",
    group="addressing",
    node="unit:haproxy",
    needs=(_FILE, f"file:{HAPROXY_CFG}", "routes", "addresses"),
    sources=(issue(36), LAB),
)
def bind_outside_ranges(e: Evidence, _: Site) -> Iterator[Outcome]:
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
    missing = {str(at) for at in outside(e)}
    seen: set[str] = set()
    for bind in vip_binds(e):
        if bind.address in seen:
            continue
        seen.add(bind.address)
        node = f"vip:{bind.target}"
        at = address(bind.address)
        if bind.address not in missing or at is None:
            yield Passed(bind.address, node)
            continue
        if unread := unreadable(e):
            yield Unsure(bind.address, node, f"line {unread[0].number} of the range file may mean it")
            continue
        owned = owns(e, at)
        cfg = e.files[HAPROXY_CFG]
        start = cfg.line_text(bind.line).find(bind.address)
        excerpts = (
            file_excerpt(
                cfg, bind.line, span=(start, start + len(bind.address)), note="in no range of the appliance", context=1
            ),
            *journal_excerpts(
                "haproxy", lines_with(e.lines_of("haproxy"), f"[{bind.address}:"), "cannot bind", limit=2
            ),
        )
        network = next(iter(intended(e)), None)
        ruler = None
        if network is not None:
            whole = Network((at, 24), strict=False)
            marks = (*neighbourhood(e, whole), RulerMark(at, Glyph.TYPED, f"{short(at, whole)} in no range"))
            ruler = block_ruler(spelling(str(whole)), marks)
            # The network is drawn for the sake of its neighbours; to write it would take the gateway's address.
            ruler = replace(ruler, write=(bind.address,)) if ruler else None
        yield Found(
            subject=bind.address,
            node=node,
            title=f"{bind.address} lies outside every range",
            explanation=(
                "The kernel owns only the addresses of the ranges in anyip-routes.cfg. haproxy cannot bind this one, "
                "and one bind that fails stops it for all VIPs."
                if not owned
                else "Something else routes it now, the range file does not: the next start stops haproxy for all."
            ),
            excerpts=excerpts,
            breaks=frozenset() if owned else frozenset({unowned(bind.address)}),
            remedy=f"append {bind.address} to anyip-routes.cfg, or a block of free addresses",
            ruler=ruler,
            fix=range_fix(e),
            severity=Severity.WARNING if owned else None,
        )


@rule(
    "A02",
    "range-holds-own-address",
    severity=Severity.WARNING,
    group="addressing",
    node=_UNIT,
    needs=(_FILE, "addresses"),
    sources=("OVF properties 2.5 and 2.8", LAB),
)
def own_address_in_range(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range holds the appliance's own address.

    The address of the appliance's own interface must lie outside every range.

    Recognise: "ip -4 addr" shows an address that a line of anyip-routes.cfg holds.

    Why: by itself it does no harm, the kernel prefers the exact address. But Workload Management may hand the address
    out as a VIP, and then haproxy binds a service on the appliance's own address.

    Repair: shrink the range, or give the interface another address (which means a new deployment).

    See also: A03.
    """
    for link in e.links or ():
        for interface in link.addresses:
            line = _holding(e, interface.ip) if link.name != "lo" else None
            if line is None:
                yield Passed(f"{link.name}", _UNIT)
                continue
            found = _danger(e, line, interface.ip, f"{link.name} itself")
            yield replace(
                found,
                title=f"{interface.ip} of {link.name} lies inside a range",
                explanation=(
                    f"The range {line.subject} holds the appliance's own address. Nothing is broken by that, but "
                    "Workload Management may hand it out as a VIP."
                ),
                remedy="shrink the range in anyip-routes.cfg and in Workload Management's plan",
            )


@rule(
    "A03",
    "range-holds-gateway",
    group="addressing",
    node=_UNIT,
    needs=(_FILE, "routes", f"file:{ROUTE_TABLES_CFG}"),
    sources=(VIRTUAL_IPS, LAB),
)
def gateway_in_range(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range holds the gateway.

    The appliance answers for every address of a range, the gateway's too.

    Recognise: "ip route get GATEWAY" on the appliance says "local ... dev lo"; on the network, two machines answer ARP
    for the gateway. A ping from the appliance to its gateway succeeds and misleads: it pings itself.

    Why: the kernel takes the gateway for itself, so replies to clients behind it never leave, and everybody on the
    network may find the appliance where the gateway should be.

    Repair: shrink the range at once, then reboot, or delete the route by hand. If others are hit already, disconnect
    the appliance's frontend first.

    See also: A04, E01.
    """
    gateways = {at for entry in e.tables or () if (at := entry.gateway)} | {
        route.gateway for route in e.routes or () if route.gateway is not None
    }
    for gateway in sorted(gateways):
        line = _holding(e, gateway)
        if line is None or not owns(e, gateway):
            yield Passed(str(gateway), _UNIT)
            continue
        card = card_of(e, gateway)
        found = _danger(e, line, gateway, "gateway")
        yield replace(
            found,
            title=f"the range holds the gateway {gateway}",
            explanation=(
                "The appliance takes every address of the range for itself, the gateway too: replies to clients "
                "behind it never leave, and others may lose their gateway to it."
            ),
            breaks=frozenset({no_way_back(card), gateway_taken(card)}),
        )


@rule(
    "A04",
    "range-holds-other-host",
    group="addressing",
    node=_UNIT,
    needs=(_FILE,),
    sources=(VIRTUAL_IPS, "named in the site file"),
)
def other_host_in_range(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range holds another machine.

    A name server, vCenter or any other host inside a range becomes unreachable for its network.

    Recognise: "ip route get HOST" on the appliance says "local"; the host itself may report a duplicate address.

    Why: the appliance answers ARP for every address of a range.

    Repair: shrink or move the range, then reboot.

    See also: A03.
    """
    named = dict(site.others or {}) | {f"name server {text}": text for text in site.nameservers}
    for name, text in named.items():
        at = address(text)
        line = _holding(e, at) if at else None
        if at is None or line is None:
            yield Passed(text, _UNIT)
            continue
        yield replace(
            _danger(e, line, at, name),
            title=f"the range holds {name}, {text}",
            explanation=f"The appliance answers for {text} too: {name} becomes unreachable for its own network.",
        )


@rule(
    "A05",
    "range-holds-node",
    group="addressing",
    node=_UNIT,
    needs=(_FILE, f"file:{HAPROXY_CFG}", "routes"),
    sources=("public troubleshooting notes on guest clusters", LAB),
)
def node_in_range(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range holds the servers behind the VIPs.

    haproxy talks to itself instead of the cluster's machines.

    Recognise: "ip route get SERVER" on the appliance says "local ... dev lo"; "show stat" has the servers DOWN with
    L4CON, connection refused, while they run.

    Why: the VIP range and the range of the nodes overlap, and the kernel takes the nodes' addresses for its own.

    Repair: part the two ranges; delete the stale route or reboot.

    See also: A03, F05.
    """
    behind = served_by(e)
    lines: dict[int, list[str]] = {}
    for text in behind:
        at = address(text)
        line = _holding(e, at) if at else None
        if at is not None and line is not None and owns(e, at):
            lines.setdefault(line.number, []).append(text)
        else:
            yield Passed(text, _UNIT)
    for line in e.ranges or ():
        held = lines.get(line.number)
        if not held:
            continue
        first = Address(held[0])
        yield replace(
            _danger(e, line, first, "a server"),
            subject=line.subject,
            title=f"{line.subject} holds {len(held)} servers of a cluster",
            explanation=(
                "The kernel takes the servers' addresses for its own, so haproxy connects to itself and finds nobody: "
                "every VIP with these servers closes its connections."
            ),
            breaks=frozenset(servers_down(target) for text in held for target in behind[text]),
            remedy="part the VIP range from the range of the nodes, then reboot",
        )


@rule(
    "C04",
    "removed-range-still-routed",
    severity=Severity.WARNING,
    group="addressing",
    node=_UNIT,
    needs=(_FILE, "routes"),
    sources=(LAB,),
)
def removed_range(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A removed range still answers.

    The kernel routes a range that no line of the file means any more.

    Recognise: "ip route show table local" has a range that anyip-routes.cfg does not have.

    Why: the unit removes on stop only what the file lists by then; a line that was taken away or changed leaves its
    route behind, even over a restart.

    Repair: delete the route by hand, or reboot.

    Undo: "ip route add local RANGE dev lo" brings it back.

    See also: A10, C27.
    """
    for route in e.routes or ():
        if not route.anyip or route.network.network_address.is_loopback:
            continue
        if any(route.network == network or route.network.subnet_of(network) for network in intended(e)):
            yield Passed(str(route.network), _UNIT)
            continue
        if any(network.subnet_of(route.network) for network in intended(e)):
            yield Passed(str(route.network), _UNIT)
            continue
        if unreadable(e):
            yield Unsure(str(route.network), _UNIT, "a line that nobody can read may mean it")
            continue
        yield Found(
            subject=str(route.network),
            node=_UNIT,
            title=f"{route.network} is routed but in no line",
            explanation=(
                "No line of anyip-routes.cfg means this range, yet the appliance still answers for all its addresses: "
                "the unit never removes what the file no longer lists."
            ),
            excerpts=(
                Excerpt(
                    "ip route show table local",
                    f"local {route.network} dev lo scope host",
                    ExcerptKind.COMMAND,
                    note="in no line of the file",
                    guilty=True,
                ),
            ),
            remedy=f"ip route del local {route.network} dev lo table local",
            fix=Fix(
                summary="delete one route",
                steps=(Run(f"ip route del local {route.network} dev lo table local", "nobody means it any more"),),
                interrupts=f"whoever still uses an address of {route.network}",
                verifies=("the finding is gone and nothing new is red",),
                undone=f"ip route add local {route.network} dev lo",
                seconds=1,
                back=(Run(f"ip route add local {route.network} dev lo", "as it was"),),
            ),
        )


@rule(
    "E15",
    "range-holds-neighbour",
    severity=Severity.WARNING,
    group="addressing",
    node=_UNIT,
    needs=(_FILE, "neighbours", "routes"),
    sources=(LAB,),
)
def neighbour_in_range(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range holds a client.

    The appliance takes the client's address for its own: that client gets no answer, others do.

    Recognise: "ip route get CLIENT" says "local"; the kernel still remembers the client's MAC address in "ip neigh".

    Why: the range covers addresses of machines that live on its network.

    Repair: shrink the range, delete the stale route or reboot.

    See also: A04, C04.
    """
    for neighbour in e.neighbours or ():
        at = address(neighbour.address)
        line = _holding(e, at) if at else None
        if at is None or line is None or not neighbour.mac or not owns(e, at):
            continue
        yield replace(
            _danger(e, line, at, "a neighbour"),
            title=f"the range holds {at}, somebody else's",
            explanation=(
                f"{neighbour.mac} has answered for it, so a machine lives there. The appliance takes its address: that "
                "machine gets no answer."
            ),
        )
