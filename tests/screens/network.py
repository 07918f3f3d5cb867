"""Evidence of the article's networks, as far as the address map reads it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface

from checks.evidence import ranges, route_tables
from checks.evidence.evidence import Evidence
from checks.evidence.files import File
from checks.evidence.haproxy import Bind, Configuration, Server
from checks.evidence.kernel import Link
from checks.evidence.manifest import ANYIP_CFG, ROUTE_TABLES_CFG
from checks.model import Diagnosis
from checks.snapshot import Snapshot
from tests import samples
from tests.screens.site import evidence, snapshot

_SUPERVISOR = "domain-c8:5c1b7f0e-kube-system-kube-apiserver-lb-svc-nginx"
_NICS = {"management": "192.168.100.10/24", "workload": "10.10.17.2/24", "frontend": "10.10.18.5/24"}
_TABLES = (
    b"2,workload,00:50:56:00:00:02,10.10.17.2/24,10.10.17.1\n3,frontend,00:50:56:00:00:03,10.10.18.5/24,10.10.18.1\n"
)


def addressed(written: bytes = b"#\n10.10.18.18/28\n", frontend: str = _NICS["frontend"], vips: int = 2) -> Evidence:
    """The appliance's NICs, gateways, range file, VIPs and servers."""
    nics = _NICS | {"frontend": frontend}
    links = tuple(Link(name, addresses=(IPv4Interface(at),)) for name, at in nics.items())
    binds = tuple(Bind(f"10.10.18.{19 + n}", 443, _SUPERVISOR, 20 + n) for n in range(vips))
    servers = tuple(Server(f"s{n}", f"10.10.17.{n}", 6443, _SUPERVISOR, 40 + n) for n in (11, 12, 13))
    return replace(
        evidence(),
        links=links,
        ranges=ranges.parse(File(ANYIP_CFG, written)),
        tables=route_tables.parse(File(ROUTE_TABLES_CFG, _TABLES)),
        haproxy=Configuration(binds, servers),
    )


def mapped(diagnosis: Diagnosis | None = None, **how: object) -> Snapshot:
    """The article as a live moment with addresses in its evidence."""
    return snapshot(diagnosis or samples.article(), evidence=addressed(**how))  # type: ignore[arg-type]
