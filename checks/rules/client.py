"""F: what the client's own error says, from the client vantage only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import Bind, Stat, cluster_of
from checks.evidence.probes import Answer, Probe
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import (
    GATEWAY_TAKEN,
    NIC_DOWN,
    NO_WAY_BACK,
    listening,
    other_owner,
    owns,
    servers_down,
    unowned,
    unserved,
    vip_binds,
)
from checks.rules.references import ARTICLE, LAB, UPGRADE
from checks.rules.rule import Found, Outcome, rule
from checks.site import Site


def vip_probes(e: Evidence) -> tuple[Probe, ...]:
    """The probes of VIPs from the client vantage, the only ones that speak for users."""
    vips = {f"{bind.address}:{bind.port}" for bind in vip_binds(e)} | set(e.asked_vips)
    return tuple(probe for probe in e.probes if probe.vantage is e.client_vantage and probe.target in vips)


# haproxy may start between a look from outside and one at the inside.
_SAME_MOMENT = timedelta(seconds=5)

# What on the appliance makes a client see an answer.
_BROKEN_BY: dict[Answer, Callable[[Probe], frozenset[str]]] = {
    Answer.NO_ROUTE: lambda probe: frozenset({unowned(probe.address), NIC_DOWN, GATEWAY_TAKEN}),
    Answer.TIMED_OUT: lambda probe: frozenset({unowned(probe.address), NIC_DOWN, NO_WAY_BACK}),
    Answer.REFUSED: lambda probe: frozenset({unserved(probe.target), other_owner(probe.address)}),
}


def _seen(e: Evidence, answer: Answer, title: str, explanation: str, remedy: str) -> Iterator[Outcome]:
    """One finding for each VIP that gave this answer, broken by what on the appliance makes a client see that."""
    facts = _BROKEN_BY.get(answer)
    for probe in vip_probes(e):
        if probe.answer is not answer:
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.target}: {title}",
            explanation=explanation,
            excerpts=(_probe_excerpt(probe),),
            broken_by=facts(probe) if facts else frozenset(),
            remedy=remedy,
        )


def _probe_excerpt(probe: Probe) -> Excerpt:
    took = f" after {probe.ms:.0f} ms" if probe.ms is not None else ""
    return Excerpt(
        f"probe from {probe.via or probe.vantage}",
        f"{probe.target} {probe.answer}{took}",
        ExcerptKind.PROBE,
        at=probe.at,
        guilty=True,
    )


@rule(
    "F01",
    "client-no-route",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(ARTICLE,),
    counted=False,
)
def no_route(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The client says "no route to host".

    Nobody answers ARP for the VIP on its network (after about three seconds), or a router or firewall says so at once.

    Recognise: "connect: no route to host" from kubectl, ERR_ADDRESS_UNREACHABLE in a browser.

    Why: the appliance does not take the address for its own: no route of the range in its local table (A01, A08, A14,
    A06), the machine is off, or it hangs on the wrong port group.

    Repair: whatever the appliance's own evidence names as the root.

    See also: A01, F02.
    """
    yield from _seen(
        e,
        Answer.NO_ROUTE,
        "no route to host",
        "Nobody answers for the address on its network: the appliance does not take it for its own, or is not there.",
        "look at the ranges on the appliance",
    )


@rule(
    "F02",
    "client-refused",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(LAB,),
    counted=False,
)
def refused(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The client says "connection refused".

    The appliance owns the address but nothing listens on the port.

    Recognise: "connection refused", "was refused - did you specify the right host or port?".

    Why: haproxy does not run (C10, C12), or its configuration has no such bind. A ping is answered all the same:
    AnyIP answers for every address of a range.

    Repair: start haproxy, after its cause is repaired.

    See also: C10, C12, F01.
    """
    yield from _seen(
        e,
        Answer.REFUSED,
        "connection refused",
        "The appliance answers for the address, but nothing listens on the port: haproxy is down or has no such bind.",
        "look at haproxy on the appliance",
    )


@rule(
    "F03",
    "client-timed-out",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(LAB,),
    counted=False,
)
def timed_out(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The client waits and gets nothing.

    Packets are lost on the way there or on the way back, without a word.

    Recognise: "i/o timeout", "context deadline exceeded".

    Why: a firewall drops, or the replies leave the appliance by the wrong interface (its policy tables are missing).
    Right after a failure an address nobody owns can look like this too, as long as old ARP entries live.

    Repair: compare a client on the frontend network with one behind the gateway: if only the routed one fails, look at
    the routing tables of the appliance.

    See also: F01.
    """
    yield from _seen(
        e,
        Answer.TIMED_OUT,
        "no answer in time",
        "Nothing came back: packets are dropped on the way, or the replies leave the appliance the wrong way.",
        "compare a client on the frontend network with a routed one",
    )


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
    reach them on the workload network. In TCP mode there is no 503.

    Repair: "show stat" on haproxy's socket names each server: L4CON is a refused port, L4TOUT a lost packet.

    See also: F02, A05.
    """
    dead = {target: rows for bind in vip_binds(e) if (rows := _dead_servers(e, bind)) for target in [_target(bind)]}
    seen = {probe.target: probe for probe in vip_probes(e) if probe.answer is Answer.CLOSED}
    for target in dict.fromkeys((*dead, *seen)):
        rows, probe = dead.get(target, ()), seen.get(target)
        yield Found(
            subject=target,
            node=f"vip:{target}",
            title=f"{target}: no server is up" if rows else f"{target}: accepted, then closed",
            explanation=(
                "haproxy takes the connection and closes it: "
                + (f"all {len(rows)} servers behind this VIP are down." if rows else "no server is up behind this VIP.")
            ),
            excerpts=(
                *((_probe_excerpt(probe),) if probe else ()),
                *(
                    Excerpt(
                        "show stat", f"{row.name} {row.status} {row.check} {row.said}", ExcerptKind.COMMAND, guilty=True
                    )
                    for row in rows[:3]
                ),
            ),
            broken_by=frozenset({servers_down(target)}),
            remedy="look at the servers behind the VIP, and the way to them on the workload network",
        )


def _target(bind: Bind) -> str:
    return f"{bind.address}:{bind.port}"


def _dead_servers(e: Evidence, bind: Bind) -> tuple[Stat, ...]:
    """The servers behind a bind where every one of them is down, else nothing."""
    backend = e.haproxy.backend_of(bind.frontend) if e.haproxy else ""
    rows = [row for row in e.stat or () if row.proxy == backend and row.name not in ("FRONTEND", "BACKEND")]
    return tuple(rows) if rows and all(row.status.startswith("DOWN") for row in rows) else ()


@rule(
    "F10",
    "client-wrong-owner",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(LAB,),
    counted=False,
)
def wrong_owner(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Something else answers on the VIP.

    The address answers, but not as a Supervisor does: no TLS, or another page.

    Recognise: a certificate, a status or a page that is not the Supervisor's at /wcp/loginbanner.

    Why: another machine owns the address too, or somebody put another service behind it.

    Repair: compare the MAC addresses that answer for the VIP (arping from its own network) with the appliance's.

    See also: F01.
    """
    for answer in (Answer.WRONG, Answer.TLS):
        yield from _seen(
            e,
            answer,
            "answers, but not as it should",
            "The connection is taken, but what comes back is not the Supervisor: perhaps another owner of the address.",
            "compare the MAC that answers for the VIP with the appliance's",
        )


@rule(
    "A26",
    "two-owners",
    group="reachability",
    node="client",
    needs=("probes", "listeners", "routes"),
    sources=(UPGRADE, LAB),
    counted=False,
)
def two_owners(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Somebody else answers for a VIP.

    The appliance owns the address and listens, yet clients are refused.

    Recognise: "arping VIP" on its network shows two MAC addresses; the connection works or fails by luck.

    Why: two appliances with the same addresses run at once (after an upgrade or a roll-back), or another machine took
    the address. A firewall on the way that refuses looks the same.

    Repair: find the second MAC address and switch its owner off.

    See also: F02, F10.
    """
    binds = {_target(bind): bind for bind in vip_binds(e)}
    for probe in vip_probes(e):
        bind = binds.get(probe.target)
        at = address(probe.address)
        if bind is None or at is None or probe.answer is not Answer.REFUSED:
            continue
        if not (owns(e, at) and listening(e, bind)) or _outdated(e, probe):
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.target} refuses clients, not the appliance",
            explanation=(
                f"The appliance owns {probe.address} and listens there, yet clients are refused: another machine "
                "answers for the address, or a firewall on the way refuses."
            ),
            excerpts=(_probe_excerpt(probe),),
            breaks=frozenset({other_owner(probe.address)}),
            remedy=f"arping {probe.address} from its own network: two MAC addresses mean two owners",
        )


def _outdated(e: Evidence, probe: Probe) -> bool:
    """Whether a probe is of another moment than the reading it would contradict."""
    return probe.at is not None and e.taken_at is not None and e.taken_at - probe.at > _SAME_MOMENT


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

    Recognise: DOWN in "show stat" for some servers of a backend.

    Why: L4CON: the machine runs and nothing listens on the port. L4TOUT: packets are lost on the way to it.

    Repair: look at that machine of the cluster.

    See also: F05 (all of them down).
    """
    assert e.haproxy is not None
    owners = {backend: cluster_of(frontend) for frontend, backend in e.haproxy.uses}
    for backend, owner in owners.items():
        rows = [row for row in e.stat or () if row.proxy == backend and row.name not in ("FRONTEND", "BACKEND")]
        down = [row for row in rows if row.status.startswith("DOWN")]
        if not down or len(down) == len(rows):
            continue
        for row in down:
            server = next((one for one in e.haproxy.servers if one.backend == backend and one.name == row.name), None)
            target = f"{server.address}:{server.port}" if server else row.name
            yield Found(
                subject=target,
                node=f"server:{target}",
                title=f"server {target} of {owner} is down",
                explanation=(
                    f"haproxy finds {target} down ({row.check or 'no reason given'}) and sends nobody there; "
                    f"{len(rows) - len(down)} of {len(rows)} are left."
                ),
                excerpts=(
                    Excerpt(
                        "show stat", f"{row.name} {row.status} {row.check} {row.said}", ExcerptKind.COMMAND, guilty=True
                    ),
                ),
                remedy="look at that machine of the cluster",
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
        if probe.status == 503:
            yield Found(
                subject=probe.target,
                node=f"vip:{probe.target}",
                title=f"{probe.target}: 503, no server available",
                explanation=(
                    "The appliance works on TCP and says no 503: an ingress or a frontend of your own answered."
                ),
                excerpts=(_probe_excerpt(probe),),
                remedy="look at the ingress behind the VIP",
            )


@rule(
    "F08",
    "one-port-of-two",
    severity=Severity.INFO,
    grade=Grade.REASON,
    group="reachability",
    node="client",
    needs=("probes",),
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
        twins = [other for other in probes.values() if other.address == probe.address and other.answer is Answer.OK]
        if probe.answer is Answer.OK or not twins:
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.address} answers on {twins[0].port}, not {probe.port}",
            explanation="The address is alive. A possible cause is the one service that stands behind this port.",
            excerpts=(_probe_excerpt(probe),),
            broken_by=frozenset({servers_down(probe.target), unserved(probe.target)}),
            remedy="show stat of the backend behind this port",
        )
