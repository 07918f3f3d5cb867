"""One round of reading an appliance and probing its site, over a kept connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ITEMS, Item
from checks.evidence.probes import Kind
from checks.evidence.section import Reading
from checks.model import Vantage
from checks.rules.facts import vip_binds
from checks.sources.connection import Connection
from checks.sources.dialers import ChannelDialer, Dialer, HereDialer
from checks.sources.probe import DATAPLANE_INFO, Job
from checks.sources.script import compose, nonce_of, take_apart

# The sum of the sections' bounds would be minutes; a healthy appliance answers within a second.
_SCRIPT_SECONDS = 60.0
_SCRIPT_BYTES = 24_000_000
PROBE_SECONDS = 5.0
# Web services without TLS; everything else that the Supervisor puts on a VIP is asked for TLS.
_PLAIN_PORTS = frozenset({80, 8080})


async def read_appliance(connection: Connection, items: Iterable[Item] = ITEMS) -> Reading:
    """Run the script once and take its output apart; a lost connection leaves ``complete`` False."""
    items = tuple(items)
    script = compose(items)
    ran = await connection.run(script, seconds=_SCRIPT_SECONDS, limit=_SCRIPT_BYTES)
    reading = take_apart(ran.out, nonce_of(script) or "", items)
    if ran.problem:
        return Reading(reading.sections, reading.taken_at, False, (*reading.remarks, ran.problem))
    return reading


def dialers(connection: Connection, vantages: Iterable[Vantage]) -> Mapping[Vantage, Dialer]:
    """How streams are opened from each vantage."""
    return {
        vantage: HereDialer() if vantage is Vantage.HERE else ChannelDialer(connection, vantage) for vantage in vantages
    }


def management_jobs(at: Vantage, host: str, ssh_port: int, dataplane_port: int) -> tuple[Job, ...]:
    """What is asked of the appliance's management address."""
    return (
        Job(at, host, ssh_port, Kind.SSH),
        Job(at, host, dataplane_port, Kind.HTTP, path=DATAPLANE_INFO),
    )


def vip_targets(e: Evidence) -> tuple[str, ...]:
    """Every VIP that haproxy is to bind, as ADDR:PORT."""
    return tuple(dict.fromkeys(f"{bind.address}:{bind.port}" for bind in vip_binds(e)))


def vip_job(at: Vantage, target: str) -> Job:
    """How one VIP is asked: HTTP on 443 and TLS elsewhere, because a bare TCP connect proves nothing."""
    host, _, port = target.rpartition(":")
    if port == "443":
        return Job(at, host, 443, Kind.HTTP)
    return Job(at, host, int(port), Kind.TCP if int(port) in _PLAIN_PORTS else Kind.TLS)
