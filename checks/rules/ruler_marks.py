"""What else lives in a block of addresses: the marks that a ruler carries."""

from __future__ import annotations

from checks.addresses import Glyph, Network, RulerMark, address, short
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import cluster_of
from checks.rules.facts import vip_binds


def neighbourhood(e: Evidence, network: Network) -> tuple[RulerMark, ...]:
    """VIPs with the cluster behind them, gateways, the appliance's own addresses, servers."""
    marks: dict[str, RulerMark] = {}
    for server in e.haproxy.servers if e.haproxy else ():
        at = address(server.address)
        if at is not None and at in network:
            owner = cluster_of(server.backend)
            marks[server.address] = RulerMark(at, Glyph.DANGER, f"{short(at, network)} a server of {owner}")
    for bind in vip_binds(e):
        at = address(bind.address)
        if at is not None and at in network:
            marks[bind.address] = RulerMark(at, Glyph.VIP, f"{short(at, network)} {cluster_of(bind.frontend)}")
    for route in e.routes or ():
        at = route.gateway
        if at is not None and at in network:
            marks[str(at)] = RulerMark(at, Glyph.GATEWAY, f"{short(at, network)} gateway")
    for link in e.links or ():
        for interface in link.addresses:
            if interface.ip in network:
                at = interface.ip
                marks[str(at)] = RulerMark(at, Glyph.NIC, f"{short(at, network)} {link.name}")
    return tuple(marks.values())
