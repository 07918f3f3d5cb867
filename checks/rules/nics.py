"""E: the NICs that the VIPs and the clusters hang on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.addresses import address
from checks.empty_topology import NETWORKS
from checks.evidence.evidence import Evidence
from checks.evidence.kernel import Link
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import nic_gone, no_way_back, served_by, server_lost, servers_down, unit_down
from checks.rules.policy_repair import raise_nic
from checks.rules.references import LAB, SCRIPTS
from checks.rules.return_path import nic_of
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site


@rule("E14", "nic-down", group="routing", node="network:frontend", needs=("addresses",), sources=(LAB,))
def nic_down(e: Evidence, _: Site) -> Iterator[Outcome]:
    """An interface of the VIPs is down.

    The appliance is cut off from the network that its clients come from.

    Recognise: "NO-CARRIER" or "state DOWN" in "ip link"; its address is gone. haproxy stays green.

    Why: the virtual NIC is disconnected, or hangs on a wrong port group; or somebody switched the interface off.

    Repair: connect the NIC in vCenter, or "ip link set frontend up"; then restart route-tables, because its table is
    empty by then (E13). Only an interface that was switched off can be repaired from here.

    Undo: "ip link set frontend down".

    See also: E13.
    """
    management = e.link("management")
    # Where it is up the mark of its network counts it; whoever reads this over the network came by it as a rule.
    if management is not None and not management.up:
        yield Found(
            subject="management",
            node="network:management",
            title=f"management {_how(management)}",
            explanation="VIPs are served without it, but the Supervisor does not reach the API: nothing is programmed.",
            excerpts=(_flags(management),),
            breaks=frozenset({nic_gone("management")}),
            remedy="connect the NIC in vCenter, or ip link set management up",
            severity=Severity.WARNING,
        )
    for name in ("workload", "frontend"):
        link = e.link(name)
        if link is None:
            continue
        if link.up:
            yield Passed(name, f"network:{name}")
            continue
        cable = "UP" in link.flags
        yield Found(
            subject=name,
            node=f"network:{name}",
            title=f"{name} {_how(link)}",
            explanation=(
                f"The {name} interface is {'disconnected' if cable else 'switched off'}, its address and its routing "
                "table are gone. haproxy stays green, no packet arrives."
            ),
            excerpts=(_flags(link),),
            breaks=frozenset({nic_gone(name), no_way_back(name)}) | _unreached(e, name) | _unit(e, name),
            remedy="connect the NIC in vCenter, then restart route-tables"
            if cable
            else f"ip link set {name} up; then restart route-tables",
            fix=None if cable else raise_nic(e, name),
        )


def _how(link: Link) -> str:
    return "has no carrier" if "UP" in link.flags else "is switched off"


def _flags(link: Link) -> Excerpt:
    flags = ",".join(sorted(link.flags))
    return Excerpt("ip link", f"{link.name}: <{flags}> state {link.state}", ExcerptKind.COMMAND, guilty=True)


def _unit(e: Evidence, name: str) -> frozenset[str]:
    """The fact that route-tables has failed, where it was to set a gateway by this NIC: the kernel refuses that."""
    unit = e.unit("route-tables")
    due = any(line.name == name and line.gateway_text for line in e.tables or ())
    return frozenset({unit_down("route-tables")}) if unit and unit.failed and due else frozenset()


def _unreached(e: Evidence, name: str) -> frozenset[str]:
    """The facts that servers are down which live on a NIC's network."""
    here = {text: targets for text, targets in served_by(e).items() if (at := address(text)) and nic_of(e, at) == name}
    return frozenset(servers_down(target) for targets in here.values() for target in targets) | {
        server_lost(text) for text in here
    }


@rule(
    "B05",
    "nic-unnamed",
    severity=Severity.WARNING,
    grade=Grade.CODE,
    group="routing",
    node="appliance",
    needs=("addresses",),
    sources=(SCRIPTS,),
)
def unnamed_nic(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A NIC sits in another slot than the appliance expects.

    It keeps the kernel's own name, and nothing on the appliance configures it.

    Recognise: eth0, ens160 or the like in "ip link" instead of management, workload, frontend.

    Why: the names hang on the PCI slots 160, 192 and 224. A NIC that was taken out and added again gets another slot.

    Repair: put the NIC into the slot it had, by editing the machine's settings, or deploy anew.

    See also: C06, B04.
    """
    for link in e.links or ():
        if not re.fullmatch(r"(eth|ens|eno|enp)[0-9a-z]+", link.name):
            if link.name in NETWORKS:
                yield Passed(link.name, f"network:{link.name}")
            continue
        yield Found(
            subject=link.name,
            node="appliance",
            title=f"a NIC is called {link.name}",
            explanation="NICs are known by their PCI slot, and this one sits in another: nothing configures it.",
            excerpts=(Excerpt("ip link", f"{link.name} {link.mac} {link.state}", ExcerptKind.COMMAND, guilty=True),),
            remedy="put the NIC into slot 160, 192 or 224",
        )


@rule(
    "E09",
    "mtu-differs",
    severity=Severity.INFO,
    grade=Grade.REASON,
    group="routing",
    node="network:frontend",
    needs=("addresses",),
)
def mtu_differs(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The NICs have different MTUs.

    Small packets pass, big ones may not.

    Recognise: mtu in "ip link"; a TCP connection that opens and then hangs in TLS; "ping -M do -s 1472".

    Why: jumbo frames on one side only. It is a possible cause, because the switches on the way decide.

    Repair: one MTU from end to end.

    See also: F03.
    """
    sizes = {link.name: link.mtu for link in e.links or () if link.name in ("workload", "frontend")}
    if len(set(sizes.values())) < 2:
        yield Passed("mtu", "appliance")
        return
    said = ", ".join(f"{name} {size}" for name, size in sizes.items())
    yield Found(
        subject="mtu",
        node="network:frontend",
        title=f"MTUs differ: {said}",
        explanation="A possible cause where connections open and then hang in TLS: big packets are lost on one side.",
        excerpts=(Excerpt("ip link", said, ExcerptKind.COMMAND, guilty=True),),
        remedy="one MTU from end to end",
    )
