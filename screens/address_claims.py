"""Who lives in the appliance's networks, from the evidence: the address map's contents."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from checks.addresses import Kind, address
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import cluster_of
from checks.inert import inert
from checks.model import Vantage
from checks.snapshot import Snapshot
from screens.heading import host_words
from screens.picture.address_map import EDGE, TYPED, Claim, Plan

_NETWORKS = ("frontend", "workload", "management")
NO_RANGE = "VIP in no range"
_RANGES, _PROXY, _TABLES = "anyip-routes.cfg", "haproxy.cfg", "route-tables.cfg"


def address_plans(snapshot: Snapshot) -> tuple[Plan, ...]:
    """A plan per network of the appliance, the one of the VIPs first; none where no address was read."""
    evidence = snapshot.evidence
    if evidence is None:
        return ()
    plans = []
    for name in sorted((link.name for link in evidence.links or ()), key=_rank):
        link = evidence.link(name)
        interface = next(iter(link.addresses), None) if link is not None else None
        if name == "lo" or interface is None or interface.network.prefixlen > 30:
            continue
        network = interface.network
        claims = tuple(claim for claim in _claims(snapshot, evidence, name) if _inside(claim, network))
        plans.append(Plan(name, network, (*_edges(network), *claims)))
    return tuple(plans)


def _rank(name: str) -> tuple[int, str]:
    return (_NETWORKS.index(name) if name in _NETWORKS else len(_NETWORKS), name)


def _inside(claim: Claim, network: IPv4Network) -> bool:
    return claim.first in network and claim.last in network


def _edges(network: IPv4Network) -> Iterator[Claim]:
    for at, name in ((network.network_address, "network address"), (network.broadcast_address, "broadcast address")):
        yield Claim(EDGE, at, at, name)


def _claims(snapshot: Snapshot, evidence: Evidence, name: str) -> Iterator[Claim]:
    for line in evidence.tables or ():
        if line.name == name and line.gateway is not None:
            yield _one("g", line.gateway, "gateway", f"{_TABLES} line {line.number}")
            break
    else:
        for route in evidence.routes or ():
            if route.device == name and route.gateway is not None:
                yield _one("g", route.gateway, "gateway", f"routing table {inert(route.table, 20)}")
                break
    for link in evidence.links or ():
        for interface in link.addresses:
            if link.name != "lo":
                yield _one("n", interface.ip, "appliance NIC", inert(link.name, 20))
    yield from _ranges(evidence)
    yield from _proxied(evidence)
    origin = snapshot.origin
    at = address(origin.client_address) if origin.client_vantage is Vantage.JUMP else None
    if at is not None and origin.via:
        yield _one("j", at, host_words(origin.via[-1]), "the way to the appliance")


def _one(letter: str, at: IPv4Address, name: str, place: str) -> Claim:
    return Claim(letter, at, at, name, place)


def _ranges(evidence: Evidence) -> Iterator[Claim]:
    for line in evidence.ranges or ():
        place = f"{_RANGES} line {line.number}"
        for network in line.meant:
            yield Claim("r", network.network_address, network.broadcast_address, "range", place)
        for part in line.parts:
            if part.kind is Kind.HOST_BITS and part.address is not None:
                yield _one(TYPED, part.address, f"typed {inert(part.text, 30)}", "")


def _proxied(evidence: Evidence) -> Iterator[Claim]:
    proxy = evidence.haproxy
    if proxy is None:
        return
    ranges = None if evidence.ranges is None else [network for line in evidence.ranges for network in line.meant]
    own = {interface.ip for link in evidence.links or () for interface in link.addresses}
    seen: set[tuple[str, IPv4Address]] = set()
    for bind in proxy.binds:
        at = address(bind.address)
        if at is not None and at not in own and int(at) and ("v", at) not in seen:
            seen.add(("v", at))
            place = f"{_PROXY} line {bind.line}"
            if ranges is None or any(at in network for network in ranges):
                yield _one("v", at, f"VIP of {inert(cluster_of(bind.frontend), 30)}", place)
            else:
                yield _one(TYPED, at, NO_RANGE, place)
    for server in proxy.servers:
        at = address(server.address)
        if at is not None and ("k", at) not in seen:
            seen.add(("k", at))
            name = f"server of {inert(cluster_of(server.backend), 30)}"
            yield _one("k", at, name, f"{_PROXY} line {server.line}")
