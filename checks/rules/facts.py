"""Questions that several rules put to the evidence, each answered in one place.

The strings that :func:`unowned` and its neighbours make are the facts along which consequences fold under their
root: a finding that breaks "unowned:10.10.18.19" explains those that were broken by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from checks.addresses import Address, Network, address
from checks.evidence.evidence import Evidence
from checks.evidence.files import File
from checks.evidence.haproxy import Bind, Configuration
from checks.evidence.journal import JournalLine, last_start
from checks.evidence.manifest import DATAPLANE_CFG, HAPROXY_CFG
from checks.evidence.numbers import port_of, whole
from checks.evidence.ranges import UNMATCHED, RangeLine
from checks.evidence.route_tables import TableLine
from checks.model import Excerpt, ExcerptKind

# How the kernel and ip refuse a line of the range file, and how the kernel does a route that it has already.
REFUSALS = (
    "Invalid prefix for given prefix length",
    "RTNETLINK answers: Invalid argument",
    "any valid prefix is expected",
)
EXISTS = "File exists"
ANY_ADDRESS = frozenset({"0.0.0.0", "*"})


def unowned(at: str) -> str:
    """The fact that the kernel does not take an address for its own."""
    return f"unowned:{at}"


def unserved(target: str) -> str:
    """The fact that nothing on the appliance listens on ADDR:PORT."""
    return f"unserved:{target}"


def port_taken(target: str) -> str:
    """The fact that another program than haproxy listens on ADDR:PORT."""
    return f"taken:{target}"


def unit_down(name: str) -> str:
    """The fact that a unit has failed or does not run."""
    return f"unit:{name}"


def start_refused(name: str) -> str:
    """The fact that a unit's start attempts fail."""
    return f"start:{name}"


def reader_dead(unit: str) -> str:
    """The fact that nobody reads any more what a unit's watcher sees."""
    return f"reader:{unit}"


def bad_line(text: str) -> str:
    """The fact that a line of the range file cannot be taken."""
    return f"line:{text}"


def stray_route(network: Network) -> str:
    """The fact that something depends on, or suffers from, a route that no line of the range file means."""
    return f"stray:{network}"


def servers_down(target: str) -> str:
    """The fact that no server is up behind a VIP."""
    return f"servers:{target}"


def server_lost(at: str) -> str:
    """The fact that haproxy's packets to a server's address do not arrive."""
    return f"server:{at}"


def other_owner(at: str) -> str:
    """The fact that another machine answers for an address."""
    return f"other-owner:{at}"


def no_way_back(network: str) -> str:
    """The fact that replies to clients behind a network's gateway leave by another NIC, or not at all."""
    return f"way-back:{network}"


def reply_astray(at: str) -> str:
    """The fact that replies from an address of a network leave by another NIC than that network's, or not at all."""
    return f"reply:{at}"


def gateway_taken(network: str) -> str:
    """The fact that the appliance takes a network's gateway for itself."""
    return f"gateway:{network}"


def mask_short(network: str) -> str:
    """The fact that the mask of a network's NIC leaves out addresses that belong to the network."""
    return f"mask:{network}"


def mask_wide(network: str) -> str:
    """The fact that the mask of a network's NIC takes in addresses that do not belong to the network."""
    return f"wide:{network}"


def no_length(network: str) -> str:
    """The fact that the address of a network's NIC is written without a length."""
    return f"length:{network}"


def left_out(at: Address) -> str:
    """The fact that the mask of a NIC leaves out an address that belongs to its network."""
    return f"left-out:{at}"


def gateway_wrong(network: str) -> str:
    """The fact that route-tables.cfg names a gateway for a network that it cannot have."""
    return f"wrong-gateway:{network}"


def range_missing(network: Network) -> str:
    """The fact that a planned range is none of the appliance's."""
    return f"missing:{network}"


def nic_gone(network: str) -> str:
    """The fact that a network's NIC is down, or has no address."""
    return f"nic:{network}"


# The first boot stopped half-way; and what it would have written behind that is not there.
FIRST_BOOT_STOPPED = "first-boot"
UNWRITTEN = "unwritten"
# The watcher of route-tables emptied its tables, and stopped at a line that cannot be taken.
LINE_REFUSED = "line-refused"
# The data plane API cannot load its certificate or key.
API_FILES = "api-files"
# There is no authority's certificate; and nothing that could sign one for the data plane API.
NO_AUTHORITY = "authority"
UNSIGNED = "unsigned"
# The API's certificate is valid, and not by the appliance's own clock.
CLOCK = "clock"
# haproxy.cfg holds nothing of a Supervisor's.
NOTHING_PROGRAMMED = "nothing-programmed"
# Nothing can be written to the disk.
NO_ROOM = "room"
# As the C library words it, and as Go does.
NO_SPACE = ("No space left on device", "no space left on device")


# What the OVF form gives the data plane API where nobody chose a port.
_API_PORT = 5556
# Why nobody can tell yet what a unit will have done.
BOOTING = "the appliance is still booting"


# What the API waits with a reload is an interval of its own; after it haproxy still has to start a worker.
_RELOAD_DELAY = 30
_RELOAD_SECONDS = 10


def configured_for(e: Evidence) -> float | None:
    """How long haproxy.cfg is as it is by the appliance's clock (s), or None where that was not read."""
    file = e.files.get(HAPROXY_CFG)
    if file is None or file.stat is None or e.clock is None:
        return None
    return (e.clock.now - file.stat.mtime).total_seconds()


def reload_due(e: Evidence) -> bool:
    """Whether haproxy.cfg is so new that haproxy has not been told of it yet."""
    delay, age = whole(setting(e, "RELOAD_DELAY")[0]), configured_for(e)
    return age is not None and 0 <= age < (_RELOAD_DELAY if delay is None else delay) + _RELOAD_SECONDS


def reload_awaited(e: Evidence, bind: Bind) -> bool:
    """Whether nobody listens on a bind because haproxy, which runs, has not been told of it yet."""
    at, unit = address(bind.address), e.unit("haproxy")
    running = unit is not None and unit.running
    return running and reload_due(e) and listening(e, bind) is False and at is not None and owns(e, at) is True


def waiting(e: Evidence) -> frozenset[str]:
    """The units that have not had their turn in a boot that is still going on."""
    section = e.sections.get("system-state")
    if section is None or section.text.strip() not in ("initializing", "starting"):
        return frozenset()
    return frozenset(
        name
        for name, unit in (e.units or {}).items()
        if unit.active in ("inactive", "activating") and unit.sub != "auto-restart" and unit.load != "masked"
    )


def owns(e: Evidence, at: Address) -> bool | None:
    """Whether the kernel answers for an address; None where its routes are unknown."""
    if e.routes is None:
        return None
    return any(at in route.network for route in e.routes if route.table == "local" and route.type == "local")


def anyip_range(e: Evidence, at: Address) -> Network | None:
    """The range by which the kernel answers for an address; None where it does not, or where its routes are unknown."""
    ranges = (route.network for route in e.routes or () if route.anyip and not route.network.is_loopback)
    return next((network for network in ranges if at in network), None)


def own_addresses(e: Evidence) -> set[Address]:
    """The addresses of the appliance's NICs."""
    return {interface.ip for link in e.links or () if link.name != "lo" for interface in link.addresses}


def setting(e: Evidence, name: str) -> tuple[str, int]:
    """A value of dataplaneapi.cfg and its line, or ("", 0)."""
    file = e.files.get(DATAPLANE_CFG)
    for number, raw in enumerate(file.lines if file else (), 1):
        key, _, value = raw.decode("utf-8", "replace").partition("=")
        if key.strip() == name:
            return value.strip(), number
    return "", 0


def api_port(e: Evidence) -> int:
    """The port that the data plane API is told to listen on; where that was not read, the appliance's default."""
    return port_of(setting(e, "TLS_PORT")[0]) or _API_PORT


def anyip_covers(e: Evidence, network: Network) -> bool:
    """Whether a range in the kernel holds the whole network."""
    return any(network.subnet_of(route.network) for route in e.routes or () if route.anyip)


def on_vips(e: Evidence, binds: Iterable[Bind]) -> tuple[Bind, ...]:
    """The binds on addresses that have to come from a range: neither every address nor an interface's own."""
    own = {str(interface.ip) for link in e.links or () for interface in link.addresses}
    return tuple(bind for bind in binds if bind.address not in ANY_ADDRESS and bind.address not in own)


def vip_binds(e: Evidence) -> tuple[Bind, ...]:
    """The VIPs that haproxy.cfg asks for."""
    return on_vips(e, e.haproxy.binds if e.haproxy else ())


def served_by(e: Evidence) -> dict[str, tuple[str, ...]]:
    """Each server's address with the VIPs (ADDR:PORT) that it stands behind."""
    proxy = e.haproxy or Configuration()
    servers: dict[str, list[str]] = {}
    for server in proxy.servers:
        servers.setdefault(server.backend, []).append(server.address)
    found: dict[str, list[str]] = {}
    for bind in proxy.binds:
        for text in servers.get(proxy.backend_of(bind.frontend), ()):
            found.setdefault(text, []).append(bind.target)
    return {text: tuple(targets) for text, targets in found.items()}


def intended(e: Evidence) -> tuple[Network, ...]:
    """The networks that the range file means, lines included that the appliance cannot take."""
    return tuple(network for line in e.ranges or () for network in line.meant)


def stumbles(e: Evidence) -> tuple[RangeLine, ...]:
    """The lines over which the next start of anyip-routes fails, because their route is there already and the script
    does not know it by its spelling."""
    routed = {route.network for route in e.routes or () if route.anyip}
    return tuple(line for line in e.ranges or () if line.read and line.defect in UNMATCHED and line.network in routed)


def stumbled(e: Evidence) -> tuple[RangeLine, ...]:
    """Those over which the last start of anyip-routes failed. Its own words say so; without them it can only be so
    where nothing else was refused, neither in the file nor by those words."""
    unit = e.unit("anyip-routes")
    said = last_start(e.lines_of("anyip-routes"), "anyip-routes")
    refused = any(line.read and line.network is None for line in e.ranges or ()) or lines_with(said, *REFUSALS)
    over = unit is not None and unit.failed and (lines_with(said, EXISTS) or not refused)
    return stumbles(e) if over else ()


def unreadable(e: Evidence) -> tuple[RangeLine, ...]:
    """The lines of the range file that mean no network: which VIPs they were for nobody can tell."""
    return tuple(line for line in e.ranges or () if line.read and not line.meant and not line.empty)


def listening(e: Evidence, bind: Bind) -> bool | None:
    """Whether something listens on a bind's address and port; None where the listeners are unknown."""
    if e.listeners is None:
        return None
    return any((at, bind.port) in e.heard for at in (bind.address, *ANY_ADDRESS))


def taken_by(e: Evidence, bind: Bind) -> str:
    """Which other program listens where haproxy should, or ""."""
    places = {bind.address, *ANY_ADDRESS}
    others = (one for one in e.listeners or () if one.port == bind.port and one.address in places)
    return next((one.process or "another process" for one in others if one.process != "haproxy"), "")


def config_refused(e: Evidence) -> bool | None:
    """Whether haproxy refuses its configuration; None where it was not asked, or not by root."""
    section = e.sections.get("haproxy-check")
    if section is None or not section.complete or section.code == 127:
        return None
    if section.code == 0:
        return False
    return None if e.reader is not None and e.reader.uid != 0 else True


def down_over_config(e: Evidence) -> bool:
    """Whether haproxy is down and refuses its configuration: it serves no VIP, whatever is in the file."""
    unit = e.unit("haproxy")
    down = unit is not None and not unit.running and "haproxy" not in waiting(e)
    return down and config_refused(e) is True


def held_down(e: Evidence) -> str:
    """The code of what would let a start or reload of haproxy fail whatever is done about the ranges, or ""."""
    if config_refused(e):
        return "C11"
    haproxy = e.unit("haproxy")
    down = haproxy is not None and not haproxy.running
    return "C10" if down and any(taken_by(e, bind) for bind in vip_binds(e)) else ""


def refused_lines(e: Evidence) -> tuple[RangeLine, ...]:
    """The lines of the range file over which any start of anyip-routes fails."""
    return tuple(line for line in e.ranges or () if line.read and line.network is None)


def any_vip_listens(e: Evidence) -> bool:
    """Whether at least one VIP is both owned by the kernel and listened on."""
    return any(listening(e, bind) and owns(e, at) for bind in vip_binds(e) if (at := address(bind.address)))


def table_empty(e: Evidence, line: TableLine) -> bool:
    """Whether the routing table of a line has no default route."""
    return not any(route.table in line.kernel_names and route.network.prefixlen == 0 for route in e.routes or ())


def file_excerpt(
    file: File,
    line: int,
    *,
    span: tuple[int, int] | None = None,
    note: str = "",
    proposed: str | None = None,
    context: int = 2,
) -> Excerpt:
    """A guilty line of a file with up to ``context`` lines before it."""
    before = tuple(file.line_text(number) for number in range(max(1, line - context), line))
    return Excerpt(
        file.path,
        file.line_text(line),
        ExcerptKind.FILE,
        line=line,
        total=len(file.lines),
        span=span,
        note=note,
        before=before,
        proposed=proposed,
        guilty=True,
    )


def journal_excerpts(unit: str, lines: tuple[JournalLine, ...], *guilty: str, limit: int = 4) -> tuple[Excerpt, ...]:
    """The last ``limit`` of these lines as excerpts; those that hold a ``guilty`` text are marked."""
    return tuple(
        Excerpt(
            f"journal:{unit}",
            line.text,
            ExcerptKind.JOURNAL,
            at=line.at,
            guilty=any(text in line.text for text in guilty),
        )
        for line in lines[-limit:]
    )


def lines_with(lines: tuple[JournalLine, ...], *texts: str) -> tuple[JournalLine, ...]:
    """The lines that hold one of the texts."""
    return tuple(line for line in lines if any(text in line.text for text in texts))
