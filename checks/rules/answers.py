"""What the client's own probes saw of the VIPs, and what on the appliance makes a client see it."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.probes import Answer, Probe
from checks.model import Excerpt, ExcerptKind
from checks.rules.facts import (
    gateway_taken,
    nic_gone,
    no_way_back,
    other_owner,
    port_taken,
    reply_astray,
    unowned,
    unserved,
)
from checks.rules.known_vips import known_vips
from checks.rules.return_path import nic_of, vip_nic
from checks.rules.rule import Found


def vip_probes(e: Evidence) -> tuple[Probe, ...]:
    """The probes of VIPs from the client vantage, the only ones that speak for users."""
    vips = {vip.bind.target for vip in known_vips(e)} | set(e.asked_vips)
    return tuple(probe for probe in e.probes if probe.vantage is e.client_vantage and probe.target in vips)


def _broken_by(e: Evidence, probe: Probe) -> frozenset[str]:
    """What on the appliance makes a client see this answer."""
    at = address(probe.address)
    within = nic_of(e, at) if at else ""
    # To an address of a routed range requests come by the same NIC; its replies follow no table of that NIC's.
    nic = within or vip_nic(e)
    facts = {
        Answer.NO_ROUTE: (unowned(probe.address), nic_gone(nic), gateway_taken(nic)),
        Answer.TIMED_OUT: (unowned(probe.address), nic_gone(nic), no_way_back(within), reply_astray(probe.address)),
        Answer.REFUSED: (unserved(probe.target), other_owner(probe.address)),
        Answer.WRONG: (port_taken(probe.target),),
        Answer.TLS: (port_taken(probe.target),),
    }
    return frozenset(facts.get(probe.answer, ()))


def seen(e: Evidence, answer: Answer, title: str, explanation: str, remedy: str) -> Iterator[Found]:
    """One finding for each VIP that gave this answer, broken by what on the appliance makes a client see that."""
    for probe in vip_probes(e):
        if probe.answer is not answer:
            continue
        yield Found(
            subject=probe.target,
            node=f"vip:{probe.target}",
            title=f"{probe.target}: {title}",
            explanation=explanation,
            excerpts=(probe_excerpt(probe),),
            broken_by=_broken_by(e, probe),
            remedy=remedy,
        )


def probe_excerpt(probe: Probe) -> Excerpt:
    """A probe as the proof of a finding."""
    took = f" after {probe.ms:.0f} ms" if probe.ms is not None else ""
    return Excerpt(
        f"probe from {probe.via or probe.vantage}",
        f"{probe.target} {probe.answer}{took}",
        ExcerptKind.PROBE,
        at=probe.at,
        guilty=True,
    )
