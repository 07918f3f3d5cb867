"""By which NIC requests come in and replies leave, computed from rules and routes as "ip route get" would."""

from __future__ import annotations

from ipaddress import IPv4Interface

from checks.addresses import Address
from checks.evidence.evidence import Evidence
from checks.evidence.kernel import Route
from checks.rules.facts import no_way_back

# An address of the range that is kept for documentation: nobody's neighbour, behind every gateway.
FAR_AWAY = Address("198.51.100.1")
# The NICs that route-tables gives a way back of their own.
_CARDS = ("workload", "frontend")


def _in(at: Address | None, text: str) -> bool:
    """Whether an address matches the source or destination of a rule ("" and "all" match everything)."""
    if text in ("", "all"):
        return True
    try:
        return at is not None and at in IPv4Interface(text).network
    except ValueError:
        return False


def way(e: Evidence, to: Address, source: Address | None = None) -> Route | None:
    """The route that the kernel takes, or None where it has none or its rules and routes are unknown."""
    for policy in sorted(e.rules or (), key=lambda policy: policy.priority):
        if not _in(source, policy.source) or not _in(to, policy.destination):
            continue
        fitting = [route for route in e.routes or () if route.table == policy.table and to in route.network]
        if fitting:
            return max(fitting, key=lambda route: route.network.prefixlen)
    return None


def vip_nic(e: Evidence) -> str:
    """The NIC that the VIPs live on: with two NICs there is no frontend."""
    return "frontend" if e.links is None or e.link("frontend") is not None else "workload"


def nic_of(e: Evidence, at: Address) -> str:
    """The NIC whose network holds an address; "" where none does. A NIC that is down has lost its address, and
    route-tables.cfg still has it."""
    for link in e.links or ():
        if link.name != "lo" and any(at in interface.network for interface in link.addresses):
            return link.name
    return next((line.name for line in e.tables or () if line.cidr and at in line.cidr.network), "")


def astray(e: Evidence) -> frozenset[str]:
    """The fact :func:`no_way_back` of each NIC whose replies to clients behind its gateway leave by another one; of
    both where rules or routes are unknown."""
    if e.links is None or e.rules is None or e.routes is None:
        return frozenset(no_way_back(name) for name in _CARDS)
    lost = set()
    for name in _CARDS:
        link = e.link(name)
        own = next(iter(link.addresses), None) if link else None
        taken = way(e, FAR_AWAY, own.ip) if own else None
        if link is not None and (taken is None or taken.device != name):
            lost.add(no_way_back(name))
    return frozenset(lost)
