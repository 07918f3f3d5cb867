"""F and G: what stands behind a VIP, as haproxy and the client see it."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import Bind, Stat, cluster_of
from checks.evidence.probes import Answer, Kind
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.answers import probe_excerpt, vip_probes
from checks.rules.facts import port_taken, server_lost, servers_down, unserved, vip_binds
from checks.rules.references import HOMELAB, LAB
from checks.rules.rule import Found, Outcome, rule
from checks.site import Site

_SERVER_ERROR = 500


@rule(
    "F05",
    "client-closed",
    group="reachability",
    node="client",
    sources=(LAB,),
    counted=False,
)
def closed(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The connection is accepted and closed at once.

    haproxy answers, but has no server to hand the connection to.

    Recognise: "EOF", curl exit 35 "SSL_ERROR_SYSCALL"; in haproxy's journal "has no server available".

    Why: every server behind the VIP is down for haproxy: the Supervisor's machines are off, or the appliance cannot
    reach them on the workload network. Or somebody switched them off in haproxy (MAINT, DRAIN). In TCP mode there is
    no 503.

    Repair: "show stat" on haproxy's socket names each server: L4CON is a refused port, L4TOUT a lost packet.

    See also: F02, A05.
    """
    dead = {bind.target: rows for bind in vip_binds(e) if (rows := _dead_servers(e, bind))}
    seen = {probe.target: probe for probe in vip_probes(e) if probe.answer is Answer.CLOSED}
    for target in dict.fromkeys((*dead, *seen)):
        rows, probe = dead.get(target, ()), seen.get(target)
        yield Found(
            subject=target,
            node=f"vip:{target}",
            title=f"{target}: no server is up" if rows else f"{target}: accepted, then closed",
            explanation=(
                f"haproxy takes the connection and closes it: all {len(rows)} servers behind this VIP are "
                f"{'switched off in haproxy' if all(map(_switched_off, rows)) else 'down'}."
                if rows
                else "Whoever listens takes the connection and closes it: haproxy does that where no server is up."
            ),
            excerpts=(
                *((probe_excerpt(probe),) if probe else ()),
                *(
                    Excerpt(
                        "show stat", f"{row.name} {row.status} {row.check} {row.said}", ExcerptKind.COMMAND, guilty=True
                    )
                    for row in rows[:3]
                ),
            ),
            broken_by=frozenset({servers_down(target), port_taken(target)}),
            remedy="look at the servers behind the VIP, and the way to them on the workload network",
        )


def _dead_servers(e: Evidence, bind: Bind) -> tuple[Stat, ...]:
    """The servers behind a bind where haproxy sends nobody to any of them, else nothing."""
    backend = e.haproxy.backend_of(bind.frontend) if e.haproxy else ""
    rows = [row for row in e.stat or () if row.proxy == backend and row.name not in ("FRONTEND", "BACKEND")]
    return tuple(rows) if rows and all(map(_unused, rows)) else ()


def _switched_off(row: Stat) -> bool:
    return row.status.startswith(("MAINT", "DRAIN"))


def _unused(row: Stat) -> bool:
    """Whether haproxy sends no new connection to a server."""
    return row.status.startswith("DOWN") or _switched_off(row)


@rule(
    "G08",
    "server-down",
    severity=Severity.WARNING,
    group="clusters",
    node="client",
    needs=("show-stat", "file:/etc/haproxy/haproxy.cfg"),
    sources=(LAB,),
    counted=False,
)
def server_down(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Some servers behind a VIP are down.

    The VIP still answers; it is slower and has less in reserve.

    Recognise: DOWN, MAINT or DRAIN in "show stat" for some servers of a backend.

    Why: L4CON: the machine runs and nothing listens on the port. L4TOUT: packets are lost on the way to it. MAINT and
    DRAIN: somebody switched it off in haproxy.

    Repair: look at that machine of the cluster; "set server BACKEND/SERVER state ready" on haproxy's socket switches
    it on again.

    See also: F05 (all of them down).
    """
    assert e.haproxy is not None
    owners = {backend: cluster_of(frontend) for frontend, backend in e.haproxy.uses}
    for backend, owner in owners.items():
        rows = [row for row in e.stat or () if row.proxy == backend and row.name not in ("FRONTEND", "BACKEND")]
        down = [row for row in rows if _unused(row)]
        if not down or len(down) == len(rows):
            continue
        for row in down:
            server = next((one for one in e.haproxy.servers if one.backend == backend and one.name == row.name), None)
            target = f"{server.address}:{server.port}" if server else row.name
            off = _switched_off(row)
            why = (
                f"{target} is switched off in haproxy ({row.status})"
                if off
                else f"haproxy finds {target} down ({row.check or 'no reason given'})"
            )
            yield Found(
                subject=target,
                node=f"server:{target}",
                title=f"server {target} of {owner[:12]} is {'switched off' if off else 'down'}",
                explanation=f"{why}: nobody is sent there; {len(rows) - len(down)} of {len(rows)} are left.",
                excerpts=(
                    Excerpt(
                        "show stat", f"{row.name} {row.status} {row.check} {row.said}", ExcerptKind.COMMAND, guilty=True
                    ),
                ),
                broken_by=frozenset({server_lost(server.address)}) if server and not off else frozenset(),
                remedy="set server ... state ready on haproxy's socket"
                if off
                else "look at that machine of the cluster",
            )


@rule(
    "F07",
    "client-503",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="reachability",
    node="client",
    needs=("probes",),
    sources=("public notes on ingress behind the appliance",),
    counted=False,
)
def unavailable(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The client is told 503.

    A proxy that speaks HTTP answered, and has no server behind it.

    Recognise: "503 Service Unavailable", "No server is available to handle this request."

    Why: the appliance itself works on TCP and never says that. Something of your own does: an ingress behind
    the VIP, or a frontend that somebody added by hand.

    Repair: look at that ingress or frontend.

    See also: C20, F05.
    """
    for probe in vip_probes(e):
        if probe.kind is Kind.WEB and probe.status == 503:
            yield Found(
                subject=probe.target,
                node=f"vip:{probe.target}",
                title=f"{probe.target}: 503, no server available",
                explanation=(
                    "The appliance works on TCP and says no 503: an ingress or a frontend of your own answered."
                ),
                excerpts=(probe_excerpt(probe),),
                remedy="look at the ingress behind the VIP",
            )


@rule(
    "G11",
    "login-service-fails",
    grade=Grade.SRC,
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(HOMELAB,),
    counted=False,
)
def login_fails(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The Supervisor answers a login with a server error.

    TLS and HTTP are answered through the VIP, with a status of 500 or above.

    Recognise: "internal server error" or "bad gateway" from "kubectl vsphere login"; "show stat" has the servers UP.

    Why: the appliance passes the connection through as it is, so the answer comes from a machine of the Supervisor: a
    service on it is down.

    Repair: restart the Supervisor's control plane machines, one after another.

    See also: F05, F07, F08, G08.
    """
    for probe in vip_probes(e):
        if probe.kind is not Kind.HTTP or probe.status is None or probe.status < _SERVER_ERROR:
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.target}: the login service says {probe.status}",
            explanation=(
                "The appliance passes this through: a service on the Supervisor's machines is down. The load "
                "balancer works."
            ),
            excerpts=(probe_excerpt(probe),),
            broken_by=frozenset({port_taken(probe.target)}),
            remedy="restart the Supervisor's control plane machines, one after another",
        )


@rule(
    "F08",
    "one-port-of-two",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="reachability",
    node="client",
    needs=("probes",),
    sources=("a public account of the configuration that the Supervisor writes",),
    counted=False,
)
def one_port_of_two(e: Evidence, _: Site) -> Iterator[Outcome]:
    """One port of a VIP answers, the other does not.

    The address is alive; the two ports have backends of their own.

    Recognise: kubectl works on 6443 and "kubectl vsphere login" fails on 443, or the other way round.

    Why: a possible cause is one service on the Supervisor's machines: nginx behind 443, the API server behind 6443.

    Repair: "show stat" of the backend whose port fails.

    See also: F05, G08.
    """
    probes = {probe.target: probe for probe in vip_probes(e) if not probe.says_nothing}
    for probe in probes.values():
        if probe.answer is Answer.OK:
            continue
        twins = [other for other in probes.values() if other.address == probe.address and other.answer is Answer.OK]
        if not twins:
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.address} answers on {twins[0].port}, not {probe.port}",
            explanation="The address is alive. A possible cause is the one service that stands behind this port.",
            excerpts=(probe_excerpt(probe),),
            broken_by=frozenset({servers_down(probe.target), unserved(probe.target), port_taken(probe.target)}),
            remedy="show stat of the backend behind this port",
        )
