"""The hops of the path: which form the diagnosis' edges give to each piece of the spine."""

from __future__ import annotations

from collections.abc import Iterable

from checks.model import Diagnosis, Edge, Node, State, Vantage
from screens.picture.canvas import Form
from screens.picture.heads import Head, users_head

# What clients call it, and what it means where the spine is cut.
_FACTS = (
    ("no route", "nobody answers"),
    ("unreachable", "nobody answers"),
    ("refused", "connections refused"),
    ("timed out", "no answer in time"),
    ("timeout", "no answer in time"),
    ("closed", "closed at once"),
)

NOBODY_LISTENS = "nobody listens on the appliance"


def form_of(edges: Iterable[Edge]) -> Form:
    """The form of several edges drawn as one: alive if any is, cut if none is and one was seen to fail."""
    edges = tuple(edges)
    seen = [edge for edge in edges if not edge.dead]
    if any(edge.wrong_way for edge in edges):
        return Form.WRONG_WAY
    if any(edge.state in (State.OK, State.WARNING) for edge in seen):
        return Form.CONTROL if all(edge.control for edge in edges) else Form.ALIVE
    if any(edge.state is State.FAILED for edge in seen):
        return Form.CUT
    return Form.DEAD if edges and not seen else Form.UNKNOWN


class Hops:
    """The forms of a site's path, hop by hop from the client down.

    ``upper`` and ``lower`` are the ids of the client's network and of the clusters' network.
    """

    def __init__(self, diagnosis: Diagnosis, heads: tuple[Head, ...], upper: str, lower: str) -> None:
        self._edges = diagnosis.edges
        self._client = next((node for node in diagnosis.nodes if node.id == "client"), None)
        self._heads = heads
        self._upper, self._lower = upper, lower
        # Asked for again and again while a layout is tried; the edges of 300 VIPs are walked once.
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], Form | None] = {}
        self._from: dict[Vantage, Form] = {}

    def _form(self, sources: tuple[str, ...], targets: tuple[str, ...]) -> Form | None:
        if (sources, targets) not in self._known:
            edges = [e for e in self._edges if e.source.startswith(sources) and e.target.startswith(targets)]
            self._known[sources, targets] = form_of(edges) if edges else None
        return self._known[sources, targets]

    def from_head(self, head: Head) -> Form:
        """From a head down to the lane. An edge ``client:here`` or ``client:jump`` decides for its own head."""
        if head.vantage not in self._from:
            self._from[head.vantage] = self._head(head)
        return self._from[head.vantage]

    def _head(self, head: Head) -> Form:
        own = [edge for edge in self._edges if edge.source == f"client:{head.vantage.value}"]
        if own:
            return form_of(own)
        shared = form_of(edge for edge in self._edges if edge.source == "client" and edge.target == self._upper)
        check = None if self._client is None else self._client.mark(head.vantage.value)
        if check is None:
            return Form.UNKNOWN
        if check.state in (State.OK, State.WARNING):
            return Form.ALIVE
        users = users_head(self._heads)
        first = None if self._client is None or users is None else self._client.mark(users.vantage.value)
        # Two places that fail in the same words are on the same footing; else nothing was seen of this one's way.
        same = first is not None and (first.state, first.detail) == (check.state, check.detail)
        return shared if same else Form.UNKNOWN

    @property
    def to_vips(self) -> Form:
        """From the client's network to the VIPs."""
        return self._form((self._upper,), ("vip:",)) or self._form(("client",), ("vip:",)) or Form.UNKNOWN

    @property
    def into_box(self) -> Form:
        """From the VIPs into the appliance."""
        return self._form(("vip:",), ("appliance", "unit:")) or Form.UNKNOWN

    @property
    def out_of_box(self) -> Form:
        """From the appliance to the clusters' network."""
        return self._form(("appliance", "unit:"), (self._lower,)) or Form.UNKNOWN

    def to_clusters(self, network: str) -> Form:
        """From a network to the clusters or servers in it."""
        return self._form((network,), ("cluster:", "server:")) or Form.UNKNOWN

    def to_network(self, network: str) -> Form:
        """From the appliance to a further network."""
        return self._form(("appliance", "unit:"), (network,)) or Form.UNKNOWN

    @property
    def management(self) -> Form:
        """From the appliance to the management network."""
        form = self._form(("appliance", "unit:"), ("network:management",))
        return form if form in (Form.WRONG_WAY, Form.CUT) else Form.CONTROL


def no_way_into(network: Node | None) -> str:
    """Why the spine is cut above a network."""
    return "no way on" if network is None else f"no way into {network.label}"


def fact(vips: tuple[Node, ...], vantage: Vantage) -> str:
    """Why the spine is cut above the VIPs, with the count: ``nobody answers: 0 of 3 VIPs``."""
    checks = [check for node in vips if (check := node.mark(vantage.value))]
    if not checks:
        return f"cut off: {len(vips)} VIPs"
    well = sum(check.state in (State.OK, State.WARNING) for check in checks)
    details = {check.detail for check in checks if check.state is State.FAILED}
    said = {next((fact for word, fact in _FACTS if word in detail.lower()), "no answer") for detail in details}
    return f"{said.pop() if len(said) == 1 else 'no answer'}: {well} of {len(vips)} VIPs"
