"""A and E: ranges that hold somebody else's address: the appliance answers for that too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.addresses import Address, Glyph, Network, RulerMark, address, block_ruler, short, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG, ROUTE_TABLES_CFG
from checks.evidence.ranges import RangeLine
from checks.model import Grade, Severity
from checks.rules.facts import (
    anyip_covers,
    anyip_range,
    file_excerpt,
    gateway_taken,
    no_way_back,
    own_addresses,
    served_by,
    server_lost,
    servers_down,
    stray_route,
)
from checks.rules.occupants import gateways, own_name_servers, servers
from checks.rules.references import LAB, VIRTUAL_IPS
from checks.rules.return_path import nic_of
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.ruler_marks import neighbourhood
from checks.rules.stray_routes import route_excerpt, without_route
from checks.site import Site

_UNIT = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"


@dataclass(frozen=True, slots=True)
class _Held:
    """By what the appliance takes an address: the line of the range file that means it, None where that line is gone or
    was changed; ``network`` is the range, ``routed`` says whether the kernel has it already."""

    line: RangeLine | None
    network: Network
    routed: bool

    @property
    def name(self) -> str:
        return self.line.subject if self.line is not None else str(self.network)


def _holding(e: Evidence, at: Address) -> _Held | None:
    """What holds an address: a range of the kernel, else a line of the file."""
    meant = ((line, network) for line in e.ranges or () for network in line.meant if at in network)
    line, network = next(meant, (None, None))
    routed = anyip_range(e, at)
    if routed is not None:
        return _Held(line, routed, routed=True)
    return _Held(line, network, routed=False) if network is not None else None


def _danger(e: Evidence, held: _Held, at: Address, label: str) -> Found:
    """A range that holds somebody else's address: the parts that A02 to A05 and E15 share. What is only in the file
    waits for the next boot."""
    mark = RulerMark(at, Glyph.DANGER, f"{short(at, held.network)} {label}")
    others = tuple(other for other in neighbourhood(e, held.network) if other.address != at)
    stray = held.line is None
    if held.line is not None:
        text = held.line.text
        proof = file_excerpt(e.files[ANYIP_CFG], held.line.number, span=(0, len(text)), note=f"holds {at}")
        remedy = f"shrink the range so that it ends before {at}, or starts behind it"
        remedy += "; then reboot" if held.routed else ", before it is routed"
    else:
        proof = route_excerpt(held.network, f"holds {at}, and no line does")
        remedy = f"ip route del local {held.network} dev lo table local, or reboot"
    return Found(
        subject=str(at),
        node=_UNIT,
        title="",
        explanation="",
        excerpts=(proof,),
        breaks=frozenset({stray_route(held.network)} if stray else ()),
        remedy=remedy,
        ruler=block_ruler(spelling(str(held.network)), (*others, mark)),
        fix=without_route(e, held.network) if stray else None,
        severity=None if held.routed or e.routes is None else Severity.WARNING,
    )


def _explained(held: _Held, now: str) -> str:
    """``now`` is what the range does; where it is not routed yet, what it will do."""
    if held.routed:
        return now
    return f"Not routed yet. Once it is, {now[0].lower()}{now[1:]}"


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
            held = _holding(e, interface.ip) if link.name != "lo" else None
            if held is None or held.line is None:
                yield Passed(f"{link.name}", _UNIT)
                continue
            found = _danger(e, held, interface.ip, f"{link.name} itself")
            yield replace(
                found,
                title=f"{interface.ip} of {link.name} lies inside a range",
                explanation=(
                    f"The range {held.name} holds the appliance's own address. Nothing is broken by that, but "
                    "Workload Management may hand it out as a VIP."
                ),
                remedy="shrink the range in anyip-routes.cfg and in Workload Management's plan",
                severity=None,
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

    Repair: shrink the range at once, then reboot, or delete the route by hand: a restart of anyip-routes leaves the
    route of the old line where it is. If others are hit already, disconnect the appliance's frontend first. A range
    that is only in the file waits for the next start: shrink it before.

    Undo: "ip route add local RANGE dev lo" brings a deleted route back.

    See also: A04, C04, E01.
    """
    for gateway in sorted(gateways(e)):
        held = _holding(e, gateway)
        if held is None:
            yield Passed(str(gateway), _UNIT)
            continue
        nic = nic_of(e, gateway)
        found = _danger(e, held, gateway, "gateway")
        yield replace(
            found,
            title=f"the range holds the gateway {gateway}"
            if held.line
            else f"an old route holds the gateway {gateway}",
            explanation=_explained(
                held,
                "The appliance takes every address of the range, the gateway too: replies to clients behind it never "
                "leave.",
            ),
            breaks=found.breaks | (frozenset({no_way_back(nic), gateway_taken(nic)}) if held.routed else frozenset()),
        )


@rule(
    "A04",
    "range-holds-other-host",
    grade=Grade.SRC,
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
    own = {f"the name server {at}": str(at) for at in own_name_servers(e)}
    named = own | {f"the name server {text}": text for text in site.nameservers} | dict(site.others or {})
    for name, text in named.items():
        at = address(text)
        held = _holding(e, at) if at else None
        if at is None or held is None:
            yield Passed(text, _UNIT)
            continue
        yield replace(
            _danger(e, held, at, name.removesuffix(f" {text}")),
            title=f"the range holds {name}" + ("" if name.endswith(text) else f", {text}"),
            explanation=_explained(held, f"The appliance answers for {text} too: its own network cannot reach it."),
        )


@rule(
    "A05",
    "range-holds-node",
    group="addressing",
    node=_UNIT,
    needs=(_FILE, f"file:{HAPROXY_CFG}", "routes"),
    sources=("public troubleshooting notes on guest clusters", LAB),
)
def node_in_range(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range holds the servers behind the VIPs.

    haproxy talks to itself instead of the cluster's machines.

    Recognise: "ip route get SERVER" on the appliance says "local ... dev lo"; "show stat" has the servers DOWN with
    L4CON, connection refused, while they run. Before any node is there: node_ranges of the plan against the lines of
    anyip-routes.cfg.

    Why: the VIP range and the range of the nodes overlap, and the kernel takes the nodes' addresses for its own.

    Repair: part the two ranges; delete the stale route or reboot.

    Undo: "ip route add local RANGE dev lo" brings a deleted route back.

    See also: A03, F05.
    """
    behind = served_by(e)
    holders: dict[_Held, list[str]] = {}
    for text in behind:
        at = address(text)
        held = _holding(e, at) if at else None
        if held is not None:
            holders.setdefault(held, []).append(text)
        else:
            yield Passed(text, _UNIT)
    for held, texts in holders.items():
        found = _danger(e, held, Address(texts[0]), "a server")
        yield replace(
            found,
            subject=held.name,
            title=f"{held.name} holds {len(texts)} servers of a cluster",
            explanation=_explained(
                held,
                "The kernel takes the servers' addresses for its own: haproxy reaches itself, and every VIP before "
                "them closes.",
            ),
            breaks=found.breaks
            | frozenset(servers_down(target) for text in texts for target in behind[text] if held.routed)
            | frozenset(server_lost(text) for text in texts if held.routed),
            remedy=found.remedy if held.line is None else "part the VIP range from the range of the nodes, then reboot",
        )
    lines = {held.line for held in holders}
    for line in e.ranges or ():
        if line not in lines:
            yield from _node_to_come(e, site, line)


def _node_to_come(e: Evidence, site: Site, line: RangeLine) -> Iterator[Outcome]:
    """The first range of the plan's nodes that a line overlaps. Nothing is broken until a node gets such an address."""
    for nodes in site.node_ranges:
        for network in line.meant if nodes.bounds else ():
            first, last = nodes.bounds or (network[0], network[0])
            if first > network[-1] or last < network[0]:
                continue
            at = max(first, network[0])
            yield replace(
                _danger(e, _Held(line, network, routed=anyip_covers(e, network)), at, "for a node"),
                subject=line.subject,
                title=f"{line.subject} reaches into the nodes' range",
                explanation=(
                    f"The plan gives {nodes.text} to nodes. The kernel takes {at} for its own: haproxy will not reach "
                    "the node that gets it."
                ),
                remedy="part the VIP range from the range of the nodes, then reboot",
                severity=Severity.WARNING,
            )
            return


@rule(
    "E15",
    "range-holds-neighbour",
    severity=Severity.WARNING,
    group="addressing",
    node=_UNIT,
    needs=(_FILE, "neighbours", "routes"),
    sources=(LAB,),
)
def neighbour_in_range(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range holds a client.

    The appliance takes the client's address for its own: that client gets no answer, others do.

    Recognise: "ip route get CLIENT" says "local"; the kernel still remembers the client's MAC address in "ip neigh". An
    entry that is STALE tells only that somebody had the address once. Gateways, servers, name servers and machines of
    the plan have findings of their own.

    Why: the range covers addresses of machines that live on its network.

    Repair: shrink the range, delete the stale route or reboot.

    Undo: "ip route add local RANGE dev lo" brings a deleted route back.

    See also: A04, C04.
    """
    named = {*gateways(e), *servers(e), *own_name_servers(e), *own_addresses(e)}
    named |= {at for text in (*site.nameservers, *(site.others or {}).values()) if (at := address(text))}
    for neighbour in e.neighbours or ():
        at = address(neighbour.address)
        held = _holding(e, at) if at and at not in named else None
        if at is None or held is None or not held.routed or not neighbour.mac:
            continue
        there = "has it now" if neighbour.state == "REACHABLE" else "had it when it was last asked for"
        yield replace(
            _danger(e, held, at, "a neighbour"),
            title=f"the range holds {at}, somebody else's",
            explanation=(
                f"{neighbour.mac} {there}. The appliance takes the address for its own: a machine that lives there "
                "gets no answer."
            ),
        )
