"""E: the network cards that the VIPs and the clusters hang on."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.model import Excerpt, ExcerptKind
from checks.rules.facts import NIC_DOWN, NO_WAY_BACK
from checks.rules.references import LAB
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site


@rule("E14", "nic-down", group="routing", node="network:frontend", needs=("addresses",), sources=(LAB,))
def nic_down(e: Evidence, _: Site) -> Iterator[Outcome]:
    """An interface of the VIPs is down.

    The appliance is cut off from the network that its clients come from.

    Recognise: "NO-CARRIER" or "state DOWN" in "ip link"; its address is gone. haproxy stays green.

    Why: the virtual card is disconnected, or hangs on a wrong port group; or somebody switched the interface off.

    Repair: connect the card in vCenter, or "ip link set frontend up"; then restart route-tables, because its table is
    empty by then (E13).

    See also: E13.
    """
    for name in ("workload", "frontend"):
        link = e.link(name)
        if link is None:
            continue
        if link.up:
            yield Passed(name, f"network:{name}")
            continue
        cable = "UP" in link.flags
        vips_here = name == "frontend" or e.link("frontend") is None
        yield Found(
            subject=name,
            node=f"network:{name}",
            title=f"{name} has no carrier" if cable else f"{name} is switched off",
            explanation=(
                f"The {name} interface is {'disconnected' if cable else 'switched off'}, its address and its routing "
                "table are gone. haproxy stays green, no packet arrives."
            ),
            excerpts=(
                Excerpt(
                    "ip link",
                    f"{name}: <{','.join(sorted(link.flags))}> state {link.state}",
                    ExcerptKind.COMMAND,
                    guilty=True,
                ),
            ),
            breaks=frozenset({NIC_DOWN, NO_WAY_BACK}) if vips_here else frozenset({NO_WAY_BACK}),
            remedy="connect the card in vCenter, then restart route-tables"
            if cable
            else f"ip link set {name} up; then restart route-tables",
        )
