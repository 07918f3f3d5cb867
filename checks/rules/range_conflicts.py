"""A and E: ranges that hold somebody else's address: the appliance answers for that too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.addresses import Address, Glyph, RulerMark, address, block_ruler, short, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG, ROUTE_TABLES_CFG
from checks.evidence.ranges import RangeLine
from checks.model import Grade, Severity
from checks.rules.facts import file_excerpt, gateway_taken, no_way_back, owns, served_by, server_lost, servers_down
from checks.rules.references import LAB, VIRTUAL_IPS
from checks.rules.return_path import nic_of
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.ruler_marks import neighbourhood
from checks.site import Site

_UNIT = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"


def _holding(e: Evidence, at: Address) -> RangeLine | None:
    """The line of the range file that holds an address."""
    return next((line for line in e.ranges or () if any(at in network for network in line.meant)), None)


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
        excerpts=(file_excerpt(e.files[ANYIP_CFG], line.number, span=(0, len(line.text)), note=f"holds {at}"),),
        remedy=f"shrink the range so that it ends before {at}, or starts behind it; then reboot",
        ruler=block_ruler(spelling(str(network)), (*others, mark)),
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
        nic = nic_of(e, gateway)
        found = _danger(e, line, gateway, "gateway")
        yield replace(
            found,
            title=f"the range holds the gateway {gateway}",
            explanation=(
                "The appliance takes every address of the range for itself, the gateway too: replies to clients "
                "behind it never leave, and others may lose their gateway to it."
            ),
            breaks=frozenset({no_way_back(nic), gateway_taken(nic)}),
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
def node_in_range(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A range holds the servers behind the VIPs.

    haproxy talks to itself instead of the cluster's machines.

    Recognise: "ip route get SERVER" on the appliance says "local ... dev lo"; "show stat" has the servers DOWN with
    L4CON, connection refused, while they run. Before any node is there: node_ranges of the plan against the lines of
    anyip-routes.cfg.

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
            yield from _node_to_come(e, site, line)
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
            breaks=frozenset(servers_down(target) for text in held for target in behind[text])
            | {server_lost(text) for text in held},
            remedy="part the VIP range from the range of the nodes, then reboot",
        )


def _node_to_come(e: Evidence, site: Site, line: RangeLine) -> Iterator[Outcome]:
    """The first range of the plan's nodes that a line overlaps. Nothing is broken until a node gets such an address."""
    for nodes in site.node_ranges:
        for network in line.meant if nodes.bounds else ():
            first, last = nodes.bounds or (network[0], network[0])
            if first > network[-1] or last < network[0]:
                continue
            at = max(first, network[0])
            yield replace(
                _danger(e, line, at, "for a node"),
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
