"""A range that the kernel still routes and that no line of the range file means any more."""

from __future__ import annotations

from checks.addresses import Address, Network, address
from checks.evidence.evidence import Evidence
from checks.model import Excerpt, ExcerptKind
from checks.plan import Fix, Run
from checks.rules.facts import intended, vip_binds


def listed(e: Evidence, route: Network) -> bool:
    """Whether the range file has the range: as ip reads a line, as part of what a line means, or as what a refused line
    may have been before."""
    if any(line.network == route for line in e.ranges or ()):
        return True
    refused = (network for line in e.ranges or () if line.network is None for network in line.meant)
    return any(route.subnet_of(network) for network in intended(e)) or any(
        network.subnet_of(route) for network in refused
    )


def lived_on(e: Evidence, route: Network) -> tuple[Address, ...]:
    """The VIP addresses that the kernel answers for by this route alone."""
    others = [one.network for one in e.routes or () if one.anyip and one.network != route]
    inside = (at for bind in vip_binds(e) if (at := address(bind.address)) and at in route)
    return tuple(dict.fromkeys(at for at in inside if not any(at in network for network in others)))


def route_excerpt(route: Network, note: str) -> Excerpt:
    """The route as ``ip`` prints it."""
    shown = route.network_address if route.prefixlen == route.max_prefixlen else route
    return Excerpt(
        "ip route show table local", f"local {shown} dev lo scope host", ExcerptKind.COMMAND, note=note, guilty=True
    )


def without_route(e: Evidence, route: Network) -> Fix | None:
    """Delete the route; None where VIPs live on it."""
    if lived_on(e, route):
        return None
    return Fix(
        summary="delete one route",
        steps=(Run(f"ip route del local {route} dev lo table local", "no line means it"),),
        interrupts=f"whoever still uses an address of {route}",
        verifies=("the finding is gone and nothing new is red",),
        undone=f"ip route add local {route} dev lo",
        seconds=1,
        back=(Run(f"ip route add local {route} dev lo", "as it was"),),
    )
