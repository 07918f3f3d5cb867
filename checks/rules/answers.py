"""What the client's own probes saw of the VIPs, and what on the appliance makes a client see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.probes import Answer, Probe
from checks.model import Excerpt, ExcerptKind
from checks.rules.facts import (
    GATEWAY_TAKEN,
    NIC_DOWN,
    NO_WAY_BACK,
    other_owner,
    port_taken,
    unowned,
    unserved,
    vip_binds,
)
from checks.rules.rule import Found, Outcome


def vip_probes(e: Evidence) -> tuple[Probe, ...]:
    """The probes of VIPs from the client vantage, the only ones that speak for users."""
    vips = {bind.target for bind in vip_binds(e)} | set(e.asked_vips)
    return tuple(probe for probe in e.probes if probe.vantage is e.client_vantage and probe.target in vips)


_BROKEN_BY: dict[Answer, Callable[[Probe], frozenset[str]]] = {
    Answer.NO_ROUTE: lambda probe: frozenset({unowned(probe.address), NIC_DOWN, GATEWAY_TAKEN}),
    Answer.TIMED_OUT: lambda probe: frozenset({unowned(probe.address), NIC_DOWN, NO_WAY_BACK}),
    Answer.REFUSED: lambda probe: frozenset({unserved(probe.target), other_owner(probe.address)}),
    Answer.WRONG: lambda probe: frozenset({port_taken(probe.target)}),
    Answer.TLS: lambda probe: frozenset({port_taken(probe.target)}),
}


def seen(e: Evidence, answer: Answer, title: str, explanation: str, remedy: str) -> Iterator[Outcome]:
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
            excerpts=(probe_excerpt(probe),),
            broken_by=facts(probe) if facts else frozenset(),
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
