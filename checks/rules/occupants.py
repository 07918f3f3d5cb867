"""Whose an address is already: what no range may take, and what no repair may begin to route."""

from __future__ import annotations

from collections.abc import Iterable

from checks.addresses import Address, Network, address
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import NETWORK_FILES
from checks.evidence.network_files import name_servers
from checks.rules.facts import anyip_range


def own_name_servers(e: Evidence) -> tuple[Address, ...]:
    """The name servers that the appliance's own network files name."""
    texts = (text for path in NETWORK_FILES if path in e.files for text in name_servers(e.files[path]))
    return tuple(dict.fromkeys(at for text in texts if (at := address(text))))


def gateways(e: Evidence) -> frozenset[Address]:
    """The gateways of the kernel's routes and of route-tables.cfg."""
    planned = {at for entry in e.tables or () if (at := entry.gateway)}
    return frozenset(planned | {route.gateway for route in e.routes or () if route.gateway is not None})


def servers(e: Evidence) -> frozenset[Address]:
    """The servers behind the VIPs."""
    proxied = e.haproxy.servers if e.haproxy else ()
    return frozenset(at for server in proxied if (at := address(server.address)))


def occupants(e: Evidence) -> dict[Address, str]:
    """Each address that is somebody's and no VIP, with whose."""
    near = (at for entry in e.neighbours or () if entry.mac and (at := address(entry.address)))
    own = {interface.ip: f"{link.name} itself" for link in e.links or () for interface in link.addresses}
    return {
        **dict.fromkeys(near, "a neighbour"),
        **dict.fromkeys(servers(e), "a server"),
        **dict.fromkeys(own_name_servers(e), "a name server"),
        **dict.fromkeys(gateways(e), "the gateway"),
        **own,
    }


def avoiding(whose: str) -> str:
    """What to do about a range that would take an address of somebody's; "" where none is in the way."""
    return f"write a range without {whose}: the appliance would take the address for its own" if whose else ""


def in_the_way(e: Evidence, networks: Iterable[Network]) -> str:
    """The first address of somebody's that these ranges would newly take, and whose it is; "" where there is none. What
    the kernel answers for already does not become worse."""
    networks = tuple(networks)
    taken = (
        f"{at}, {whose}"
        for at, whose in sorted(occupants(e).items())
        if any(at in network for network in networks) and anyip_range(e, at) is None
    )
    return next(taken, "")
