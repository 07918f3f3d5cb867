"""F: what the client's own error says, from the client vantage only."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.probes import Answer, Probe
from checks.model import Excerpt, ExcerptKind
from checks.rules.facts import unowned, unserved, vip_binds
from checks.rules.rule import Found, Outcome, rule
from checks.site import Site

_ARTICLE = "https://rguske.github.io/post/vsphere-with-tanzu-troubleshooting-haproxy/"


def vip_probes(e: Evidence) -> tuple[Probe, ...]:
    """The probes of VIPs from the client vantage, the only ones that speak for users."""
    vips = {f"{bind.address}:{bind.port}" for bind in vip_binds(e)} | set(e.asked_vips)
    return tuple(probe for probe in e.probes if probe.vantage is e.client_vantage and probe.target in vips)


_BROKEN_BY = {Answer.NO_ROUTE: unowned, Answer.TIMED_OUT: unowned, Answer.REFUSED: unserved}


def _seen(e: Evidence, answer: Answer, title: str, explanation: str, remedy: str) -> Iterator[Outcome]:
    """One finding for each VIP that gave this answer, broken by what on the appliance makes a client see that."""
    fact = _BROKEN_BY.get(answer)
    for probe in vip_probes(e):
        if probe.answer is not answer:
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.target}: {title}",
            explanation=explanation,
            excerpts=(
                Excerpt(
                    f"probe from {probe.via or probe.vantage}",
                    f"{probe.target} {probe.answer}" + (f" after {probe.ms:.0f} ms" if probe.ms is not None else ""),
                    ExcerptKind.PROBE,
                    at=probe.at,
                    guilty=True,
                ),
            ),
            broken_by=frozenset({fact(probe.address if fact is unowned else probe.target)} if fact else ()),
            remedy=remedy,
        )


@rule(
    "F01",
    "client-no-route",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(_ARTICLE,),
    counted=False,
)
def no_route(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The client says "no route to host".

    Nobody answers ARP for the VIP on its network (after about three seconds), or a router or firewall says so at once.

    Recognise: "connect: no route to host" from kubectl, ERR_ADDRESS_UNREACHABLE in a browser.

    Why: the appliance does not take the address for its own: no route of the range in its local table (A01, A08, A14,
    A06), the machine is off, or it hangs on the wrong port group.

    Repair: whatever the appliance's own evidence names as the root.

    See also: A01, F02.
    """
    del site
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
    sources=("reproduced in the lab",),
    counted=False,
)
def refused(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The client says "connection refused".

    The appliance owns the address but nothing listens on the port.

    Recognise: "connection refused", "was refused - did you specify the right host or port?".

    Why: haproxy does not run (C10, C12), or its configuration has no such bind. A ping is answered all the same:
    AnyIP answers for every address of a range.

    Repair: start haproxy, after its cause is repaired.

    See also: C10, C12, F01.
    """
    del site
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
    sources=("reproduced in the lab",),
    counted=False,
)
def timed_out(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The client waits and gets nothing.

    Packets are lost on the way there or on the way back, without a word.

    Recognise: "i/o timeout", "context deadline exceeded".

    Why: a firewall drops, or the replies leave the appliance by the wrong interface (its policy tables are missing).
    Right after a failure an address nobody owns can look like this too, as long as old ARP entries live.

    Repair: compare a client on the frontend network with one behind the gateway: if only the routed one fails, look at
    the routing tables of the appliance.

    See also: F01.
    """
    del site
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
    needs=("probes",),
    sources=("reproduced in the lab",),
    counted=False,
)
def closed(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The connection is accepted and closed at once.

    haproxy answers, but has no server to hand the connection to.

    Recognise: "EOF", curl exit 35 "SSL_ERROR_SYSCALL"; in haproxy's journal "has no server available".

    Why: every server behind the VIP is down for haproxy: the Supervisor's machines are off, or the appliance cannot
    reach them on the workload network. In TCP mode there is no 503.

    Repair: "show stat" on haproxy's socket names each server: L4CON is a refused port, L4TOUT a lost packet.

    See also: F02.
    """
    del site
    yield from _seen(
        e,
        Answer.CLOSED,
        "accepted, then closed",
        "haproxy takes the connection and closes it: it has no server that is up behind this VIP.",
        "look at the servers behind the VIP",
    )


@rule(
    "F10",
    "client-wrong-owner",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=("reproduced in the lab: an address that two machines own",),
    counted=False,
)
def wrong_owner(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Something else answers on the VIP.

    The address answers, but not as a Supervisor does: no TLS, or another page.

    Recognise: a certificate, a status or a page that is not the Supervisor's at /wcp/loginbanner.

    Why: another machine owns the address too, or somebody put another service behind it.

    Repair: compare the MAC addresses that answer for the VIP (arping from its own network) with the appliance's.

    See also: F01.
    """
    del site
    for answer in (Answer.WRONG, Answer.TLS):
        yield from _seen(
            e,
            answer,
            "answers, but not as it should",
            "The connection is taken, but what comes back is not the Supervisor: perhaps another owner of the address.",
            "compare the MAC that answers for the VIP with the appliance's",
        )
