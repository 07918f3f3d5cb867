"""What a map shows: the nodes of a diagnosis sorted to their places, with the measures of its width."""

from __future__ import annotations

from ipaddress import IPv4Network

from checks.model import Diagnosis, NodeKind, Vantage
from screens.picture.fit import network_of
from screens.picture.heads import Head, users_head
from screens.picture.hops import Hops
from screens.picture.node_style import NodeStyles

SPINE = 2
NAME = 4
WIDE = 58  # from here every vantage has a word beside its glyph


class Scene:
    """The nodes by place. ``upper`` is the network of the VIPs (frontend, or workload with two NICs)."""

    def __init__(self, diagnosis: Diagnosis, heads: tuple[Head, ...], width: int) -> None:
        self.width = width
        self.wide = width >= WIDE
        outside = tuple(head for head in heads if head.vantage is not Vantage.APPLIANCE)[:2]
        self.heads = outside or (Head(Vantage.HERE, "client"),)
        self.looks = NodeStyles(diagnosis)
        networks = {node.id.partition(":")[2]: node for node in diagnosis.of_kind(NodeKind.NETWORK)}
        self.management = networks.pop("management", None)
        self.workload = networks.pop("workload", None)
        frontend = networks.pop("frontend", None)
        self.two_nics = frontend is None
        self.upper = frontend or self.workload
        self.more_networks = tuple(networks.values())
        self.client = next(iter(diagnosis.of_kind(NodeKind.CLIENT)), None)
        self.ranges = diagnosis.of_kind(NodeKind.RANGE)
        self.vips = diagnosis.of_kind(NodeKind.VIP)
        self.appliance = next(iter(diagnosis.of_kind(NodeKind.APPLIANCE)), None)
        self.units = diagnosis.of_kind(NodeKind.UNIT)
        self.clusters = diagnosis.of_kind(NodeKind.CLUSTER)
        self.servers = diagnosis.of_kind(NodeKind.SERVER)
        self.listeners = diagnosis.of_kind(NodeKind.LISTENER)
        self.hops = Hops(
            diagnosis,
            self.heads,
            self.upper.id if self.upper else "network:frontend",
            self.workload.id if self.workload else "network:workload",
        )
        probed = [*(head.vantage for head in self.heads), Vantage.APPLIANCE]
        self.columns = tuple(v for v in probed if any(node.mark(v.value) for node in self.vips))
        labels = {Vantage.HERE: "here", Vantage.JUMP: "jump", Vantage.APPLIANCE: "appliance" if self.wide else "appl."}
        if self.wide:
            labels |= {head.vantage: head.label for head in self.heads if head.vantage is Vantage.JUMP}
        self.titles = {vantage: labels[vantage] for vantage in self.columns}

    @property
    def riser(self) -> int:
        """The column in which management hangs on the box."""
        return self.width - 3

    @property
    def second_head(self) -> int:
        """The column of the right head: to the right of the middle, and of the lane's label."""
        label = 0
        if self.upper is not None:
            label = 5 + len(self.upper.label) + 1 + len(self.upper.note) + 1
        return max(self.width // 2 + (6 if self.wide else 5), min(label, self.width - 14))

    @property
    def subnet(self) -> IPv4Network | None:
        """The network that VIPs are written short in."""
        return network_of(self.upper.note) if self.upper else None

    @property
    def client_vantage(self) -> Vantage:
        """Whose answer counts as what users see."""
        head = users_head(self.heads)
        return Vantage.HERE if head is None else head.vantage
