"""What every appliance has, as a picture of it before anything was read: without a rule, a parser or their imports.

``checks.topology`` paints the same of no evidence at all, with the rules' own checks on top.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.model import Check, Diagnosis, Edge, Node, NodeKind, State, Vantage, Verdict

NETWORKS = ("management", "workload", "frontend")
"""The appliance's NICs, by the names that its first boot gives them; one with two NICs has no frontend."""
SERVICES = ("route-tables", "anyip-routes", "haproxy", "dataplaneapi")
"""The units whose absence or stop is a fact of its own; cloud-final and net-postconfig end and stay "inactive" when
all is well."""


def outline(client_vantage: Vantage) -> Diagnosis:
    """All of it still being checked; clients stand at ``client_vantage``."""
    edges = (
        Edge("client", "network:frontend", State.UNKNOWN),
        Edge("appliance", "network:workload", State.UNKNOWN),
        Edge("appliance", "network:management", State.OK, control=True),
    )
    return Diagnosis(Verdict.INCOMPLETE, "Nothing is known yet", nodes=tuple(_nodes(client_vantage)), edges=edges)


def _nodes(client_vantage: Vantage) -> Iterator[Node]:
    probes = _check("client:probes", client_vantage, "reachability", "not probed yet")
    yield Node("client", NodeKind.CLIENT, "clients", State.CHECKING, (probes,))
    for name in NETWORKS:
        nic = _check(f"nic:{name}", "nic", "routing")
        yield Node(f"network:{name}", NodeKind.NETWORK, name, State.CHECKING, (nic,))
    yield Node(
        "appliance", NodeKind.APPLIANCE, "", State.CHECKING, (_check("login:appliance", "", "services", "not read"),)
    )
    for name in SERVICES:
        effect = _check(f"effect:{name}", "effect", "routing")
        yield Node(f"unit:{name}", NodeKind.UNIT, name, State.CHECKING, (effect,))


def _check(id: str, mark: str, group: str, detail: str = "") -> Check:
    # None of them is counted: how many checks there will be, only the rules know.
    return Check(id, State.CHECKING, detail, mark=mark, group=group, counted=False)
