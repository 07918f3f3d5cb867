"""Nodes and edges of a site, painted from the evidence, the rules' checks and the findings.

The marks that the picture places: "effect" of a unit (what it left in the kernel), "gateway" and "nic" of a network,
"here", "jump" and "appliance" of the client and of each VIP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from urllib.parse import quote

from checks.addresses import Network, address, short
from checks.effects import range_effect, unit_effect
from checks.empty_topology import NETWORKS, SERVICES
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import Bind, Configuration, Server, cluster_of
from checks.evidence.kernel import Link
from checks.evidence.manifest import HAPROXY_CFG
from checks.evidence.probes import Answer, Kind, Probe
from checks.model import Check, Edge, Finding, Node, NodeKind, Severity, State, Vantage, worst
from checks.rules.api_requests import serves
from checks.rules.facts import api_port, listening, no_way_back, owns, reload_awaited, reply_astray, vip_binds, waiting
from checks.rules.known_vips import NOT_NAMED, KnownVip, known_vips, tells
from checks.rules.sshd_settings import ssh_port

_BY_SEVERITY = {Severity.FAILED: State.FAILED, Severity.WARNING: State.WARNING, Severity.INFO: State.OK}


def node_id(kind: NodeKind, name: str) -> str:
    """``KIND:NAME`` with whatever an appliance may have put into the name encoded."""
    return f"{kind.value}:{quote(name, safe='._:/@-')}"[:80]


def draw(
    e: Evidence,
    checks: Mapping[str, tuple[Check, ...]],
    findings: tuple[Finding, ...],
    pause: Callable[[], None] = lambda: None,
) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The whole picture. ``checks`` are the rules' checks by node id; a finding's node is always drawn. ``pause`` is
    called after each node."""
    on: defaultdict[str, list[State]] = defaultdict(list)
    for finding in findings:
        on[finding.node].append(_BY_SEVERITY[finding.severity])
    painter = _Painter(e, checks, on)
    nodes = []
    for node in painter.nodes():
        nodes.append(node)
        pause()
    drawn = {node.id for node in nodes}
    for stray in (*on, *checks):
        if stray not in drawn:
            drawn.add(stray)
            nodes.append(painter.node(NodeKind(stray.partition(":")[0]), stray, stray.partition(":")[2] or stray))
    return tuple(nodes), tuple(_edges(nodes, e, findings))


def probe_state(probe: Probe) -> State:
    """What a probe says of its target."""
    if probe.answer is Answer.OK:
        return State.OK
    return State.UNKNOWN if probe.says_nothing else State.FAILED


def probe_check(probe: Probe, group: str) -> Check:
    """A probe as a check, placed at the mark of its vantage."""
    detail = str(probe.answer) if not probe.says_nothing else probe.said or str(probe.answer)
    if probe.status is not None:
        detail = f"{probe.status} {detail}" if probe.answer is not Answer.OK else f"{probe.status}"
    return Check(
        f"probe:{probe.vantage}:{probe.target}", probe_state(probe), detail, probe.ms, mark=probe.vantage, group=group
    )


class _Painter:
    def __init__(self, e: Evidence, checks: Mapping[str, tuple[Check, ...]], on: Mapping[str, list[State]]) -> None:
        self.e, self.checks, self.on = e, checks, on
        self.unseen = State.CHECKING if e.pending else State.UNKNOWN
        self.known = {vip.bind.target: vip for vip in known_vips(e)}
        lost = not tells(e) and not (e.haproxy and e.haproxy.servers)
        self.proxy = (lost and e.last_good) or e.haproxy or Configuration()
        self.probes: defaultdict[str, list[Probe]] = defaultdict(list)
        for probe in e.probes:
            self.probes[probe.target].append(probe)
        self.awaited = {target for target, vip in self.known.items() if reload_awaited(e, vip.bind)}

    def node(
        self,
        kind: NodeKind,
        id: str,
        label: str,
        own: tuple[Check, ...] = (),
        *,
        word: str = "",
        note: str = "",
        within: str = "",
        ignore: frozenset[str] = frozenset(),
    ) -> Node:
        """A node whose state is the worst of its checks and findings; marks in ``ignore`` do not decide."""
        checks = (*own, *self.checks.get(id, ()))
        states = [check.state for check in checks if check.mark not in ignore and check.counted]
        summary = [check.state for check in own if not check.counted and check.mark not in ignore]
        return Node(id, kind, label, worst([*states, *self.on.get(id, [])] or summary), checks, word, note, within)

    def nodes(self) -> Iterator[Node]:
        yield self.client()
        for link in self.links():
            yield self.network(link)
        yield from self.ranges()
        yield from self.vips()
        yield from self.appliance()
        yield from self.listeners()
        yield from self.clusters()

    def links(self) -> tuple[Link | str, ...]:
        if self.e.links is None:
            return NETWORKS
        known = tuple(link for name in NETWORKS if (link := self.e.link(name)) is not None)
        return known or NETWORKS[:2]

    def client(self) -> Node:
        marks = []
        for vantage in (Vantage.HERE, Vantage.JUMP):
            probes = [probe for probe in self.e.probes if probe.vantage is vantage and self._is_vip(probe)]
            if probes:
                marks.append(_sum_up(vantage, probes, [self._tried(probe).state for probe in probes]))
        if not marks:
            marks = [
                Check(
                    "client:probes",
                    self.unseen,
                    self._why_not_tried(),
                    mark=self.e.client_vantage,
                    group="reachability",
                )
            ]
        decisive = frozenset({"here", "jump", "appliance"}) - {self.e.client_vantage}
        return self.node(NodeKind.CLIENT, "client", "clients", tuple(marks), ignore=decisive)

    def _why_not_tried(self) -> str:
        unread = self.e.missing.get(f"file:{HAPROXY_CFG}", "")
        if self.e.pending:
            return "not probed yet"
        return self.e.missing.get("probes", f"no VIP is known: {unread}" if unread else "no VIP is known to probe")

    def _is_vip(self, probe: Probe) -> bool:
        return probe.target in self.known or probe.target in self.e.asked_vips

    def network(self, link: Link | str) -> Node:
        if isinstance(link, str):
            nic = Check(f"nic:{link}", self.unseen, mark="nic", group="routing", counted=False)
            return self.node(NodeKind.NETWORK, f"network:{link}", link, (nic,))
        interface = next(iter(link.addresses), None)
        network = interface.network if interface else None
        own = short(interface.ip, network) if interface else "no address"
        good = interface is not None and link.up
        marks = [Check(f"nic:{link.name}", State.OK if good else State.FAILED, own, mark="nic", group="routing")]
        gateway = self._gateway(link, network)
        if gateway is not None:
            marks.append(gateway)
        return self.node(
            NodeKind.NETWORK, f"network:{link.name}", link.name, tuple(marks), note=str(network) if network else ""
        )

    def _gateway(self, link: Link, network: Network | None) -> Check | None:
        e = self.e
        at: IPv4Address | None = next(
            (line.gateway for line in e.tables or () if line.name == link.name and line.gateway), None
        ) or next((route.gateway for route in e.routes or () if route.device == link.name and route.gateway), None)
        if at is None:
            return None
        entry = next((entry for entry in e.neighbours or () if entry.address == str(at)), None)
        # Without an entry nobody has asked for it lately, which says nothing either way.
        seen = entry is not None and bool(entry.mac) and entry.state not in ("FAILED", "INCOMPLETE")
        state = State.OK if seen else State.UNKNOWN
        return Check(f"gateway:{link.name}", state, short(at, network), mark="gateway", group="routing", counted=seen)

    def ranges(self) -> Iterator[Node]:
        for line in self.e.ranges or ():
            effect = range_effect(self.e, line)
            text = line.text.strip()
            check = Check(
                f"routed:{text}",
                effect.state if effect else self.unseen,
                effect.text if effect else "",
                group="addressing",
            )
            note = str(line.network or "")
            yield self.node(NodeKind.RANGE, node_id(NodeKind.RANGE, text), text, (check,), note=note)

    def vips(self) -> Iterator[Node]:
        e = self.e
        seen: dict[str, KnownVip | None] = {**self.known}
        seen |= {target: None for target in e.asked_vips if target not in seen}
        unnamed = NOT_NAMED if e.haproxy is not None else ""
        others = frozenset({"here", "jump", "appliance"}) - {e.client_vantage}
        for target, vip in seen.items():
            marks = [self._tried(probe) for probe in self.probes[target]]
            # Where clients were asked for at all, a VIP that was left out is not known to answer.
            if e.probes and not any(mark.mark == e.client_vantage for mark in marks):
                probe = f"probe:{e.client_vantage}:{target}"
                marks.append(Check(probe, self.unseen, "not tried", mark=e.client_vantage, group="reachability"))
            if vip is not None:
                marks.append(self._served(target, vip.bind))
            cluster = cluster_of(vip.bind.frontend) if vip else ""
            yield self.node(
                NodeKind.VIP,
                f"vip:{target}",
                target,
                tuple(marks),
                note=vip.source if vip else unnamed,
                within=node_id(NodeKind.CLUSTER, cluster) if cluster else "",
                ignore=others,
            )

    def _tried(self, probe: Probe) -> Check:
        """What a client sees of a VIP. That haproxy refuses for it before its reload says nothing of it."""
        check = probe_check(probe, "reachability")
        if probe.target in self.awaited and probe.answer is Answer.REFUSED:
            return replace(check, state=self.unseen, detail="refused, a reload is due")
        return check

    def _served(self, target: str, bind: Bind) -> Check:
        at = address(bind.address)
        owned = owns(self.e, at) if at else None
        heard = listening(self.e, bind)
        if owned is None or heard is None:
            return Check(f"served:{target}", self.unseen, "not read", group="services")
        if owned and heard:
            return Check(f"served:{target}", State.OK, "bound and routed", group="services")
        if {"anyip-routes", "haproxy"} & waiting(self.e):
            return Check(f"served:{target}", self.unseen, "still booting", group="services")
        if reload_awaited(self.e, bind):
            return Check(f"served:{target}", self.unseen, "a reload is due", group="services")
        detail = "not bound" if owned else "not routed" if heard else "neither routed nor bound"
        return Check(f"served:{target}", State.FAILED, detail, group="services")

    def appliance(self) -> Iterator[Node]:
        e = self.e
        reach = State.OK if e.login.reached and e.complete and e.sections else self.unseen
        detail = e.login.problem or ("read" if reach is State.OK else "not read")
        login = Check("login:appliance", reach, detail, group="services")
        yield self.node(NodeKind.APPLIANCE, "appliance", e.hostname or "", (login,))
        for name in SERVICES:
            unit = e.unit(name)
            effect = unit_effect(e, name)
            word = "unknown" if unit is None else "masked" if unit.load == "masked" else unit.active or "absent"
            marks = (
                Check(f"effect:{name}", effect.state, effect.text, mark="effect", group="routing")
                if effect
                else Check(f"effect:{name}", self.unseen, "", mark="effect", group="routing", counted=False),
            )
            yield self.node(NodeKind.UNIT, f"unit:{name}", name, marks, word="" if e.pending and not unit else word)

    def listeners(self) -> Iterator[Node]:
        management = self.e.link("management")
        own = next((str(interface.ip) for interface in management.addresses), "") if management else ""
        probed = [probe for probe in self.e.probes if probe.kind is Kind.SSH or probe.address == own]
        names = {ssh_port(self.e): "ssh", api_port(self.e): "dataplane API"}
        for probe in {probe.target: probe for probe in probed if not self._is_vip(probe)}.values():
            marks = tuple(probe_check(p, "dataplane API") for p in probed if p.target == probe.target)
            if probe.kind is not Kind.SSH and serves(self.e):
                # Others reach it: what this client cannot do says nothing of the API.
                marks = tuple(replace(m, state=State.UNKNOWN) if m.state is State.FAILED else m for m in marks)
            label = "ssh" if probe.kind is Kind.SSH else names.get(probe.port, "dataplane API")
            yield self.node(NodeKind.LISTENER, f"listener:{probe.target}", label, marks, note=probe.target)
        if not probed and self.e.listeners is not None and own:
            for port, label in names.items():
                up = any(s.port == port and s.address in (own, "0.0.0.0", "*") for s in self.e.listeners)
                early = label != "ssh" and "dataplaneapi" in waiting(self.e)
                down = (self.unseen, "still booting") if early else (State.FAILED, "nobody listens")
                state, detail = (State.OK, "listens") if up else down
                check = Check(f"listens:{own}:{port}", state, detail)
                yield self.node(NodeKind.LISTENER, f"listener:{own}:{port}", label, (check,), note=f"{own}:{port}")

    def clusters(self) -> Iterator[Node]:
        e = self.e
        by_cluster: defaultdict[str, list[Server]] = defaultdict(list)
        names = {backend: cluster_of(frontend) for frontend, backend in self.proxy.uses}
        for server in self.proxy.servers:
            by_cluster[names.get(server.backend, cluster_of(server.backend))].append(server)
        for name, servers in by_cluster.items():
            id = node_id(NodeKind.CLUSTER, name)
            states = {server: self._server_state(server) for server in servers}
            machines: defaultdict[str, list[State]] = defaultdict(list)
            for server, (state, _) in states.items():
                machines[server.address].append(state)
            if all(state is State.UNKNOWN for state, _ in states.values()):
                why = e.missing.get("show-stat", "not in the statistics")
                check = Check(f"servers:{name}", self.unseen, why, group="clusters")
                yield self.node(
                    NodeKind.CLUSTER, id, name, (check,), word=f"{len(machines)} servers, not checked", note=why
                )
            else:
                up = sum(worst(found) is State.OK for found in machines.values())
                # A cluster with servers left still serves; only without any is it failed.
                state = State.OK if up == len(machines) else State.WARNING if up else State.FAILED
                check = Check(f"servers:{name}", state, f"{up} of {len(machines)} up", counted=False)
                yield self.node(NodeKind.CLUSTER, id, name, (check,), word=f"{up} of {len(machines)} servers up")
            for server, (state, said) in states.items():
                if state is not State.UNKNOWN:
                    target = f"{server.address}:{server.port}"
                    check = Check(f"server:{target}", state, said, group="clusters")
                    yield self.node(NodeKind.SERVER, f"server:{target}", target, (check,), within=id)

    def _server_state(self, server: Server) -> tuple[State, str]:
        rows = [row for row in self.e.stat or () if row.proxy == server.backend and row.name == server.name]
        if not rows:
            return State.UNKNOWN, ""
        row = rows[0]
        if row.status.startswith("UP"):
            return State.OK, row.status
        if row.status.startswith("no check"):
            return State.UNKNOWN, "haproxy does not check it"
        if row.status.startswith(("MAINT", "DRAIN")):
            return State.WARNING, f"{row.status}: switched off in haproxy"
        return State.FAILED, " ".join(part for part in (row.status, row.check, row.said) if part)


def _sum_up(vantage: Vantage, probes: list[Probe], states: list[State]) -> Check:
    """What a client there gets, over all VIPs; ``states`` are what each probe says of its target."""
    good = [probe for probe in probes if probe.answer is Answer.OK]
    bad = {str(probe.answer) for probe, state in zip(probes, states, strict=True) if state is State.FAILED}
    if len(good) == len(probes) or (good and not bad):
        text, state = f"{len(good)} of {len(probes)} answer", State.OK
    elif good:
        text, state = f"{len(good)} of {len(probes)} answer", State.WARNING
    elif bad:
        text, state = ", ".join(sorted(bad)), State.FAILED
    else:
        text, state = probes[0].said or str(probes[0].answer), State.UNKNOWN
    return Check(f"client:{vantage}", state, text, mark=vantage, counted=False)


def _edges(nodes: list[Node], e: Evidence, findings: tuple[Finding, ...]) -> Iterator[Edge]:
    by_id = {node.id: node for node in nodes}
    front = "network:frontend" if "network:frontend" in by_id else "network:workload"
    vips = [node for node in nodes if node.kind is NodeKind.VIP]
    reached = {node.id: _client_state(node, e) for node in vips}
    probed = [state for state in reached.values() if state not in (State.UNKNOWN, State.CHECKING)]
    clients = [probe for probe in e.probes if probe.vantage is e.client_vantage]
    answers = {f"vip:{probe.target}": probe.answer for probe in reversed(clients)}
    answered = {node.id: answers.get(node.id) for node in vips}
    alive = any(state is State.OK for state in probed)
    # "No route to host" comes from the client's own network: the way up to there is alive.
    to_front = State.OK if probed else worst(reached.values())
    yield Edge("client", front, to_front)
    for node in vips:
        # Who refuses has received: the cut lies behind the VIP. Who accepts and closes has even got to haproxy.
        arrives = answered[node.id] in (Answer.REFUSED, Answer.CLOSED)
        bound = State.OK if answered[node.id] is Answer.CLOSED else reached[node.id]
        yield Edge(front, node.id, State.OK if arrives else reached[node.id])
        yield Edge(node.id, "appliance", bound, dead=reached[node.id] is State.FAILED and not arrives)
    through = alive or any(answer is Answer.CLOSED for answer in answered.values())
    beyond = not through and bool(probed)
    yield Edge("appliance", "network:workload", State.UNKNOWN if not probed else State.OK, dead=beyond)
    for node in nodes:
        if node.kind is NodeKind.CLUSTER:
            yield Edge("network:workload", node.id, node.state, dead=beyond)
    lost = {no_way_back(front.partition(":")[2]), *(reply_astray(bind.address) for bind in vip_binds(e))}
    astray = any(not lost.isdisjoint(finding.breaks) for finding in findings)
    management = State.OK if e.login.reached else State.FAILED
    yield Edge("appliance", "network:management", management, control=True, wrong_way=astray and e.login.reached)
    for node in nodes:
        if node.kind is NodeKind.LISTENER:
            yield Edge("network:management", node.id, node.state, control=True)


def _client_state(node: Node, e: Evidence) -> State:
    mark = node.mark(e.client_vantage)
    return mark.state if mark else State.CHECKING if e.pending else State.UNKNOWN
