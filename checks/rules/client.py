"""F: what the client's own error says, from the client vantage only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.probes import Answer, Probe
from checks.rules.answers import probe_excerpt, seen, vip_probes
from checks.rules.facts import listening, other_owner, owns, reload_awaited, vip_binds
from checks.rules.references import ARTICLE, LAB, UPGRADE
from checks.rules.rule import Found, Outcome, rule
from checks.site import Site

# haproxy may start between a look from outside and one at the inside.
_SAME_MOMENT = timedelta(seconds=5)


@rule(
    "F01",
    "client-no-route",
    group="reachability",
    node="client",
    needs=("probes",),
    sources=(ARTICLE, LAB),
    counted=False,
)
def no_route(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The client says "no route to host".

    Nobody answers ARP for the VIP on its network (after about three seconds), or a router or firewall says so at once.

    Recognise: "connect: no route to host" from kubectl, ERR_ADDRESS_UNREACHABLE in a browser.

    Why: the appliance does not take the address for its own: no route of the range in its local table (A01, A08, A14,
    A06), the machine is off, or it hangs on the wrong port group. Where the appliance does own the address, the
    client's own may lie in a range (E15): then the appliance answers itself instead of that client. "Network is
    unreachable" is the client's own answer: it has no route to the VIP's network, and sends nothing (E12).

    Repair: whatever the appliance's own evidence names as the root; a route on the client where it has none.

    See also: A01, E12, E15, F02.
    """
    found = seen(
        e,
        Answer.NO_ROUTE,
        "no route to host",
        "Nobody answers for the address on its network: the appliance does not take it for its own, or is not there.",
        "look at the ranges on the appliance",
    )
    for each in found:
        at = address(each.subject.partition(":")[0])
        # The kernel owns the address, so its ranges are not what is missing.
        yield (
            replace(
                each,
                explanation=(
                    "The appliance takes the address for its own. A possible cause is the way there, or that the "
                    "client's own address lies in a range (E15)."
                ),
                remedy="compare the client's address with the ranges; try a client of another network",
            )
            if at and owns(e, at)
            else each
        )
    yield from seen(
        e,
        Answer.UNREACHABLE,
        "network unreachable",
        "The client has no route to the network of the VIP and sends nothing. Other clients may well reach it.",
        "ip route get VIP on the client; add a route to the VIP's network there (E12)",
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
    AnyIP answers for every address of a range. A VIP that is new in haproxy.cfg is refused until haproxy has been
    reloaded, which the data plane API does RELOAD_DELAY seconds later.

    Repair: start haproxy, after its cause is repaired.

    See also: C10, C12, F01.
    """
    awaited = {bind.target for bind in vip_binds(e) if reload_awaited(e, bind)}
    found = seen(
        e,
        Answer.REFUSED,
        "connection refused",
        "The appliance answers for the address, but nothing listens on the port: haproxy is down or has no such bind.",
        "look at haproxy on the appliance",
    )
    yield from (each for each in found if each.subject not in awaited)


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
    yield from seen(
        e,
        Answer.TIMED_OUT,
        "no answer in time",
        "Nothing came back: packets are dropped on the way, or the replies leave the appliance the wrong way.",
        "compare a client on the frontend network with a routed one",
    )


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
        yield from seen(
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
    binds = {bind.target: bind for bind in vip_binds(e)}
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
            excerpts=(probe_excerpt(probe),),
            breaks=frozenset({other_owner(probe.address)}),
            remedy=f"arping {probe.address} from its own network: two MAC addresses mean two owners",
        )


def _outdated(e: Evidence, probe: Probe) -> bool:
    """Whether a probe is of another moment than the reading it would contradict."""
    return probe.at is not None and e.taken_at is not None and e.taken_at - probe.at > _SAME_MOMENT
