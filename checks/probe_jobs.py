"""One round of reading an appliance and probing its site, over a kept connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import SUPERVISOR, cluster_of
from checks.evidence.manifest import ITEMS, Item
from checks.evidence.numbers import port_of
from checks.evidence.probes import Kind
from checks.evidence.section import Reading
from checks.model import Vantage
from checks.rules.facts import setting
from checks.rules.known_vips import known_vips, tells
from checks.sources.connection import Connection
from checks.sources.dialers import ChannelDialer, Dialer, HereDialer
from checks.sources.probe import DATAPLANE_INFO, Job
from checks.sources.script import compose, nonce_of, take_apart
from checks.sources.stats_socket import with_statistics

# The sum of the sections' bounds would be minutes; a healthy appliance answers within a second. A single command of a
# fix may take its own time, and the framing a little more.
_SCRIPT_SECONDS = 60.0
_FRAMING_SECONDS = 10.0
_SCRIPT_BYTES = 24_000_000
PROBE_SECONDS = 5.0
_API_PORT = 6443
_WEB_PORTS = frozenset({80, 8080})
_TLS_PORTS = frozenset({443, 8443})


async def read_appliance(connection: Connection, items: Iterable[Item] = ITEMS) -> Reading:
    """Run the script once and take its output apart; a lost connection leaves ``complete`` False."""
    items = tuple(items)
    script = compose(items)
    seconds = max(_SCRIPT_SECONDS, *(item.seconds + _FRAMING_SECONDS for item in items)) if items else _SCRIPT_SECONDS
    ran = await connection.run(script, seconds=seconds, limit=_SCRIPT_BYTES)
    reading = take_apart(ran.out, nonce_of(script) or "", items)
    if ran.problem:
        return Reading(reading.sections, reading.taken_at, False, (*reading.remarks, ran.problem))
    return await with_statistics(connection, reading)


def dialers(connection: Connection, here: HereDialer, vantages: Iterable[Vantage]) -> Mapping[Vantage, Dialer]:
    """How streams are opened from each vantage; ``here`` is this machine."""
    return {vantage: here if vantage is Vantage.HERE else ChannelDialer(connection, vantage) for vantage in vantages}


def door_job(at: Vantage, host: str, port: int) -> Job:
    """How the way in is asked."""
    return Job(at, host, port, Kind.SSH)


def api_job(at: Vantage, host: str, port: int) -> Job:
    """How the data plane API is asked."""
    return Job(at, host, port, Kind.HTTP, path=DATAPLANE_INFO)


def vip_owners(e: Evidence, asked: Iterable[str] = (), before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every VIP that is known, as ADDR:PORT, with the cluster or service behind it, "" where that is not known: those
    ``asked`` for and those of the evidence. What was known ``before`` is gone where an accepted haproxy.cfg does not
    name it any more; one that haproxy refuses may have lost it."""
    kept = dict.fromkeys(asked, "") if tells(e) else {**dict.fromkeys(asked, ""), **(before or {})}
    found = {vip.bind.target: cluster_of(vip.bind.frontend) for vip in known_vips(e)}
    return kept | {target: owner or kept.get(target, "") for target, owner in found.items()}


def told_port(e: Evidence) -> int | None:
    """The port that the appliance's own settings name for the data plane API; None where they name none."""
    return port_of(setting(e, "TLS_PORT")[0])


def vip_job(at: Vantage, target: str, owner: str) -> Job:
    """How one VIP is asked. A Supervisor answers its login banner on 443 and TLS elsewhere, an API server TLS; what a
    Service of somebody's own speaks is not known, so it is asked politely and not blamed for another language."""
    host, _, text = target.rpartition(":")
    port = int(text)
    if owner in (SUPERVISOR, "") and port == 443:
        return Job(at, host, port, Kind.HTTP)
    if owner == SUPERVISOR or port == _API_PORT:
        return Job(at, host, port, Kind.TLS)
    if port in _WEB_PORTS:
        return Job(at, host, port, Kind.WEB, path="/")
    return Job(at, host, port, Kind.TLS if port in _TLS_PORTS else Kind.TCP, strict=False)
