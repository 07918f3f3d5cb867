"""A and B: the addresses of the NICs, against the VIPs, the ranges and each other."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from checks.addresses import address, usual
from checks.empty_topology import NETWORKS
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import intended, mask_short, mask_wide, nic_gone, no_way_back, vip_binds
from checks.rules.references import VSPHERE_9_LAB, issue
from checks.rules.return_path import vip_nic
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site


def _first_subnet(e: Evidence) -> IPv4Interface | None:
    """The interface of the network that the VIPs live on."""
    link = e.link("frontend") or e.link("workload")
    return next(iter(link.addresses), None) if link else None


def _addresses(name: str, e: Evidence) -> str:
    link = e.link(name)
    return ", ".join(str(interface) for interface in link.addresses) if link else ""


@rule(
    "A20",
    "vip-is-broadcast",
    severity=Severity.INFO,
    grade=Grade.REASON,
    group="addressing",
    node="unit:haproxy",
    needs=("addresses", f"file:{HAPROXY_CFG}"),
)
def vip_is_broadcast(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A VIP is the network or broadcast address of its network.

    Machines on the same network cannot reach the first and the last address of it.

    Recognise: the VIP against "brd" in "ip -4 addr". Only the mask of the NIC counts, not that of the range.

    Why: the range reaches to the edge of the NIC's network, and Workload Management hands out all of it. It is a
    possible cause where one VIP answers routed clients and nobody on its own network.

    Repair: leave the two addresses out of the pool in Workload Management.

    See also: A19.
    """
    own = _first_subnet(e)
    edges = (
        {own.network.network_address, own.network.broadcast_address} if own and own.network.prefixlen < 31 else set()
    )
    for bind in vip_binds(e):
        at = address(bind.address)
        node = f"vip:{bind.target}"
        if at not in edges:
            yield Passed(bind.target, node)
            continue
        yield Found(
            subject=bind.target,
            node=node,
            title=f"{bind.address} is the edge of its network",
            explanation=(
                "A possible cause where clients on its own network cannot reach it: they take it for a broadcast."
            ),
            excerpts=(Excerpt("ip -4 addr", str(own), ExcerptKind.COMMAND, guilty=True),),
            remedy="leave the network's first and last address out of the pool",
        )


@rule(
    "A21",
    "range-off-subnet",
    severity=Severity.INFO,
    grade=Grade.REASON,
    group="addressing",
    node="unit:anyip-routes",
    needs=("addresses", f"file:{ANYIP_CFG}"),
    sources=("the vendor's topologies",),
)
def range_off_subnet(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range lies outside the network of its NIC.

    Nobody asks by ARP for its addresses: a router has to send them to the appliance.

    Recognise: a line of anyip-routes.cfg against "ip -4 addr" of the frontend (with two NICs: the workload).

    Why: that is a topology the vendor knows, and it works where the router has a static route to the appliance's own
    address. Without that route it is a possible cause of "no route to host" and timeouts. The same is seen where the
    NIC's mask is too long.

    Repair: add the route on the router, or move the range into the network.

    See also: E07, E16, F01, F03.
    """
    own = _first_subnet(e)
    if own is None:
        return
    for network in intended(e):
        if network.overlaps(own.network):
            yield Passed(str(network), "unit:anyip-routes")
            continue
        near = network.subnet_of(usual(own.network))
        slip = f", or the NIC's /{own.network.prefixlen} is a slip (E16)" if near else ""
        yield Found(
            subject=str(network),
            node="unit:anyip-routes",
            title=f"{network} lies outside {own.network}",
            explanation=f"A possible cause where VIPs do not answer: a router has to send {network} to {own.ip}{slip}.",
            excerpts=(Excerpt("ip -4 addr", str(own), ExcerptKind.COMMAND, guilty=True),),
            broken_by=frozenset({mask_short(vip_nic(e))}),
            remedy=f"check the route on the router: {network} via {own.ip}",
        )


@rule(
    "A23",
    "networks-overlap",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="routing",
    node="network:management",
    needs=("addresses",),
    sources=(VSPHERE_9_LAB,),
)
def networks_overlap(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Two NICs are in one network.

    The kernel has two equal routes to it and takes one of them.

    Recognise: "ip -4 addr" has two NICs with networks that overlap; on the Supervisor "Unable to connect to the
    management DNS servers".

    Why: management and workload (or frontend) were given the same network. Answers leave by the other NIC, and the
    Supervisor's machines have the same trouble.

    Repair: separate networks, which means a new deployment.

    See also: A22, E01, E05.
    """
    nics = [(link.name, i) for link in e.links or () if link.name in NETWORKS for i in link.addresses]
    for n, (name, interface) in enumerate(nics):
        twin = next((other for other, i in nics[:n] if other != name and i.network.overlaps(interface.network)), None)
        if twin is None:
            yield Passed(name, f"network:{name}")
            continue
        yield Found(
            subject=name,
            node=f"network:{name}",
            title=f"{name} and {twin} share {interface.network}",
            explanation="The kernel has two routes to the same network and takes one: answers leave by the other NIC.",
            excerpts=tuple(
                Excerpt("ip -4 addr", f"{one}: {_addresses(one, e)}", ExcerptKind.COMMAND, guilty=True)
                for one in (twin, name)
            ),
            broken_by=frozenset({mask_wide(name), mask_wide(twin)}),
            remedy="give each NIC a network of its own",
        )


@rule(
    "B04",
    "nic-without-address",
    grade=Grade.SRC,
    group="routing",
    node="network:frontend",
    needs=("addresses",),
    sources=(issue(32),),
)
def no_address(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A NIC has no address.

    The appliance was deployed with three NICs, and the frontend one was left empty.

    Recognise: "ip -4 addr show frontend" prints nothing while the link is up.

    Why: PowerCLI does not offer the properties that belong to the deployment with three NICs, and Terraform deploys
    three where two were wanted.

    Repair: set the property in vCenter before the first start, or deploy anew.

    See also: B19, E14.
    """
    for name in ("workload", "frontend"):
        link = e.link(name)
        if link is None or not link.up:
            continue
        if link.addresses:
            yield Passed(name, f"network:{name}")
            continue
        yield Found(
            subject=name,
            node=f"network:{name}",
            title=f"{name} has no address",
            explanation="The NIC is up and has no IPv4 address: nobody on its network reaches the appliance.",
            excerpts=(Excerpt("ip -4 addr", f"{name}: (no address)", ExcerptKind.COMMAND, guilty=True),),
            breaks=frozenset({nic_gone(name), no_way_back(name)}),
            remedy="set the property before the first start, or deploy anew",
        )
