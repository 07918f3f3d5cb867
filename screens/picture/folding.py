"""Which VIPs and clusters are rows of their own and which stand together, for a given number of rows.

One to three hundred VIPs have to fit, and nothing red may disappear in an "and more".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.model import WORST_FIRST, Node, State

_BAD_SHOWN = 3
MORE_VIPS = "more:vips"
MORE_CLUSTERS = "more:clusters"
MORE_NETWORKS = "more:networks"


def group_id(cluster: str) -> str:
    """The id of a group row: the VIPs of a cluster, as distinct from the cluster itself."""
    return f"vips:{cluster}"


def rank(node_state: State) -> int:
    """0 for the worst."""
    return WORST_FIRST.index(node_state)


@dataclass(frozen=True, slots=True)
class VipRow:
    """One VIP, in a group with a row of its own or not."""

    node: Node
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    """All VIPs of a cluster in one row."""

    cluster: str
    name: str
    vips: tuple[Node, ...]
    state: State
    open: bool


@dataclass(frozen=True, slots=True)
class RestRow:
    """What is left out: of a group its further VIPs, or further groups that are all well."""

    text: str
    id: str = ""


Row = VipRow | GroupRow | RestRow


@dataclass(frozen=True, slots=True)
class Group:
    """The VIPs of one cluster. ``bad`` come worst first."""

    cluster: str
    name: str
    vips: tuple[Node, ...]

    @property
    def state(self) -> State:
        """The state of its worst VIP."""
        return min((vip.state for vip in self.vips), key=rank)

    @property
    def bad(self) -> tuple[Node, ...]:
        """The VIPs in trouble, worst first."""
        bad = (vip for vip in self.vips if vip.state in (State.FAILED, State.WARNING))
        return tuple(sorted(bad, key=lambda vip: rank(vip.state)))

    @property
    def folds_itself(self) -> bool:
        """Only failures open a group by themselves."""
        return self.state is not State.FAILED


def groups_of(vips: Sequence[Node], clusters: Sequence[Node]) -> tuple[Group, ...]:
    """The VIPs by cluster: worst first, then by name, VIPs without a cluster last."""
    names = {cluster.id: cluster.label for cluster in clusters}
    found: dict[str, list[Node]] = {}
    for vip in vips:
        found.setdefault(vip.within, []).append(vip)
    groups = (
        Group(key, names.get(key) or key.partition(":")[2] or "others", tuple(members))
        for key, members in found.items()
    )
    return tuple(sorted(groups, key=lambda group: (rank(group.state), not group.cluster, group.name)))


def all_rows(vips: Sequence[Node], groups: tuple[Group, ...], turned: frozenset[str]) -> tuple[Row, ...]:
    """Every VIP in its own row and in the given order; a group that was folded by hand is one row."""
    if not any(group_id(group.cluster) in turned for group in groups):
        return tuple(VipRow(vip) for vip in vips)
    rows: list[Row] = []
    for group in groups:
        if group_id(group.cluster) in turned:
            rows.append(GroupRow(group.cluster, group.name, group.vips, group.state, open=False))
        else:
            rows += [VipRow(vip) for vip in group.vips]
    return tuple(rows)


def folded_rows(groups: tuple[Group, ...], turned: frozenset[str], room: int) -> tuple[Row, ...]:
    """One row per cluster in at most ``room`` rows where that can be; bad groups are open.

    ``turned`` are the groups (and ``more:vips``) whose fold was changed by hand: they keep it.
    """
    for shown in range(_BAD_SHOWN, -1, -1):
        parts = [_group_rows(group, turned, shown) for group in groups]
        if sum(map(len, parts)) <= room or MORE_VIPS in turned:
            return tuple(row for part in parts for row in part)
        kept = _without_well(groups, turned, parts, room)
        if kept is not None:
            return kept
    return kept or _without_well(groups, turned, parts, 0, must=True) or ()


def _group_rows(group: Group, turned: frozenset[str], shown: int) -> list[Row]:
    by_hand = group_id(group.cluster) in turned
    is_open = group.folds_itself if by_hand else not group.folds_itself
    is_open = is_open and (by_hand or shown > 0)
    rows: list[Row] = [GroupRow(group.cluster, group.name, group.vips, group.state, is_open)]
    if not is_open:
        return rows
    if by_hand:
        members = sorted(group.vips, key=lambda vip: rank(vip.state))
        return rows + [VipRow(vip, grouped=True) for vip in members]
    rows += [VipRow(vip, grouped=True) for vip in group.bad[:shown]]
    if len(group.bad) > shown:
        rows.append(RestRow(f"and {len(group.bad) - shown} more", group_id(group.cluster)))
    return rows


def _without_well(
    groups: tuple[Group, ...], turned: frozenset[str], parts: list[list[Row]], room: int, must: bool = False
) -> tuple[Row, ...] | None:
    """The same with groups that are well left to one last row; None where even that is too much."""
    keep = [group.state is not State.OK or group_id(group.cluster) in turned for group in groups]
    left = room - 1 - sum(len(part) for part, kept in zip(parts, keep, strict=True) if kept)
    if left < 0 and not must:
        return None
    rows: list[Row] = []
    hidden: list[Group] = []
    for group, part, kept in zip(groups, parts, keep, strict=True):
        if kept or left > 0:
            rows += part
            left -= 0 if kept else 1
        else:
            hidden.append(group)
    if hidden:
        count = sum(len(group.vips) for group in hidden)
        plural = "s" if len(hidden) > 1 else ""
        rows.append(RestRow(f"and {len(hidden)} more cluster{plural} with {count} VIPs, all ok", MORE_VIPS))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One cluster, or several that stand together where ``node`` is None."""

    node: Node | None
    others: tuple[Node, ...] = ()


def cluster_rows(clusters: Sequence[Node], turned: frozenset[str], room: int) -> tuple[ClusterRow, ...]:
    """All clusters, or those in trouble and as many as fit, then ``8 others``."""
    if len(clusters) <= room or MORE_CLUSTERS in turned:
        return tuple(ClusterRow(node) for node in clusters)
    ordered = sorted(clusters, key=lambda node: rank(node.state))
    # Nothing red in "others"; what could not be checked may stand there, and says so.
    red = sum(node.state in (State.FAILED, State.WARNING) for node in ordered)
    kept = max(red, room - 1)
    if len(ordered) - kept == 1:
        kept += 1  # a row for one other is a row for its name
    rows = tuple(ClusterRow(node) for node in ordered[:kept])
    rest = tuple(ordered[kept:])
    return (*rows, ClusterRow(None, rest)) if rest else rows
