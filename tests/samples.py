"""Hand-made diagnoses to draw: the article's failure, a healthy site, and the awkward ones.

They hold the names that ``checks.topology`` gives to nodes, marks and edges. Call a function, get a fresh value.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network

from checks.addresses import Glyph, Ruler, RulerMark
from checks.model import (
    Check,
    Counts,
    Diagnosis,
    Edge,
    Excerpt,
    ExcerptKind,
    Finding,
    Grade,
    Node,
    NodeKind,
    NotChecked,
    Severity,
    State,
    Vantage,
    Verdict,
)
from checks.plan import Fix, Run, Write
from screens.picture.heads import Head

HERE = Head(Vantage.HERE, "this machine", "10.10.99.10", "routed")
JUMP = Head(Vantage.JUMP, "jump01", "10.10.18.50", "on-link")
BOTH = (HERE, JUMP)
JUMP_ONLY = (JUMP,)
HERE_ONLY = (HERE,)

OK, WARNING, FAILED, UNKNOWN, CHECKING = State.OK, State.WARNING, State.FAILED, State.UNKNOWN, State.CHECKING
_SINCE = datetime(2020, 11, 20, 15, 30, 7, tzinfo=UTC)
_CFG = "/etc/vmware/anyip-routes.cfg"
_BEFORE = b"""\
# Configuration file that contains a line-delimited list of CIDR values
# that define the network ranges used to bind the load balancer frontends
# to virtual IP addresses.
#
# * Lines beginning with a comment character, #, are ignored
# * An empty line is ignored
# * This file is used by the anyip-routes service
#
10.10.18.18/28
"""

WRITE = Write(_CFG, _BEFORE, _BEFORE.replace(b".18.18/28", b".18.16/28"))

RULER = Ruler(
    block=IPv4Network("10.10.18.16/28"),
    meant=(IPv4Address("10.10.18.16"), IPv4Address("10.10.18.31")),
    marks=(
        RulerMark(IPv4Address("10.10.18.16"), Glyph.START, ".16 starts the block: write 10.10.18.16/28"),
        RulerMark(IPv4Address("10.10.18.18"), Glyph.TYPED, ".18 is what was typed"),
        RulerMark(IPv4Address("10.10.18.19"), Glyph.VIP, ".19 Supervisor"),
        RulerMark(IPv4Address("10.10.18.20"), Glyph.VIP, ".20 tkc-1"),
    ),
    write=("10.10.18.16/28",),
)

GUILTY_LINE = Excerpt(
    source=_CFG,
    text="10.10.18.18/28",
    kind=ExcerptKind.FILE,
    line=9,
    total=9,
    span=(9, 11),
    note="host bits set: 18 = 16 + 2",
    before=("# * This file is used by the anyip-routes service", "#"),
    proposed="10.10.18.16/28",
    guilty=True,
)
JOURNAL = (
    Excerpt("journal, anyip-routes", "adding route for 10.10.18.18/28", ExcerptKind.JOURNAL, at=_SINCE),
    Excerpt(
        "journal, anyip-routes", "RTNETLINK answers: Invalid argument", ExcerptKind.JOURNAL, at=_SINCE, guilty=True
    ),
    Excerpt(
        "journal, anyip-routes",
        "anyip-routes.service: Control process exited, code=exited status=2",
        ExcerptKind.JOURNAL,
        at=_SINCE,
    ),
)
FIX = Fix(
    summary="write line 9, restart anyip-routes, start haproxy",
    steps=(
        WRITE,
        Run("systemctl reset-failed haproxy"),
        Run("systemctl restart anyip-routes"),
        Run("systemctl start haproxy"),
    ),
    interrupts="nothing more: 0 of 3 VIPs answer now. Management stays up.",
    verifies=("10.10.18.16/28 is in the local routing table", "10.10.18.19:443 answers GET /wcp/loginbanner"),
    undone="u puts the backup in place and restarts the same units",
    seconds=12,
)
Forms = tuple[State | None, State | None, State | None, State | None, State | None]
A01 = "A01:10.10.18.18/28"


def finding(
    code: str,
    subject: str,
    node: str,
    title: str,
    severity: Severity = Severity.FAILED,
    explained_by: tuple[str, ...] = (),
    explains: tuple[str, ...] = (),
) -> Finding:
    """A finding with the least that a picture needs."""
    return Finding(
        code=code,
        subject=subject,
        name=title.lower().replace(" ", "-"),
        severity=severity,
        grade=Grade.LAB,
        node=node,
        title=title,
        explanation=title + ".",
        explained_by=explained_by,
        explains=explains,
    )


def vip(
    label: str,
    cluster: str,
    state: State,
    here: str | float | None = None,
    jump: str | float | None = None,
    itself: str | float | None = None,
    service: str = "",
) -> Node:
    """A VIP with what each vantage gets: a word for a failure, milliseconds for an answer."""
    probes = (("here", here), ("jump", jump), ("appliance", itself))
    return Node(
        f"vip:{label}",
        NodeKind.VIP,
        label,
        state,
        checks=tuple(_probe(label, mark, got) for mark, got in probes if got is not None),
        note=service,
        within=f"cluster:{cluster}",
    )


def _probe(label: str, mark: str, got: str | float) -> Check:
    if isinstance(got, float):
        return Check(f"probe:{mark}:{label}", OK, "200", got, mark, "reachability")
    states = {"checking": CHECKING, "not allowed": UNKNOWN, "slow": WARNING}
    return Check(f"probe:{mark}:{label}", states.get(got, FAILED), got, None, mark, "reachability")


def unit(name: str, word: str, effect: State | None = None, detail: str = "", own: State | None = None) -> Node:
    """A unit, its condition and its effect in the kernel."""
    checks = () if effect is None else (Check(f"effect:{name}", effect, detail, mark="effect"),)
    condition = {"active": OK, "failed": FAILED, "stopped": FAILED, "masked": FAILED, "starting": CHECKING}
    state = own or condition.get(word, UNKNOWN)
    if effect is FAILED or (effect is WARNING and state is OK):
        state = effect
    return Node(f"unit:{name}", NodeKind.UNIT, name, state, checks, word=word)


def network(name: str, cidr: str, gateway: str = "", nic: str = "", state: State = OK) -> Node:
    """A network with its gateway and the appliance's address in it."""
    checks = (("gateway", gateway), ("nic", nic))
    return Node(
        f"network:{name}",
        NodeKind.NETWORK,
        name,
        state,
        tuple(Check(f"{mark}:{name}", state, at, mark=mark) for mark, at in checks if at),
        note=cidr,
    )


def client(state: State, **marks: tuple[State, str]) -> Node:
    """The client and what each of its vantages gets."""
    checks = tuple(Check(f"client:{mark}", how, got, mark=mark) for mark, (how, got) in marks.items())
    return Node("client", NodeKind.CLIENT, "client", state, checks)


def cluster(name: str, state: State, word: str) -> Node:
    """A cluster behind the VIPs."""
    return Node(f"cluster:{name}", NodeKind.CLUSTER, name, state, word=word)


def appliance(state: State, label: str = "haproxy.jarvis.lab", note: str = "10.10.18.5") -> Node:
    """The appliance itself."""
    return Node("appliance", NodeKind.APPLIANCE, label, state, note=note)


def management(state: State = OK, cert: State = OK) -> tuple[Node, ...]:
    """The management network and the two things that listen there."""
    return (
        network("management", "192.168.100.0/24", ".1", ".10", state),
        Node("listener:192.168.100.10:22", NodeKind.LISTENER, "ssh", state),
        Node("listener:192.168.100.10:5556", NodeKind.LISTENER, "dataplane API", cert if state is OK else state),
    )


def path(
    vips: tuple[Node, ...],
    clusters: tuple[Node, ...],
    forms: Forms,
    wrong_way: bool = False,
    frontend: str = "network:frontend",
) -> tuple[Edge, ...]:
    """The edges of a path in its five hops: to the lane, to the VIPs, into the box, to workload, to the clusters.

    None is a dead edge.
    """

    def edge(source: str, target: str, state: State | None) -> Edge:
        return Edge(source, target, UNKNOWN if state is None else state, dead=state is None)

    into, hop, box, out, last = forms
    return (
        edge("client", frontend, into),
        *(edge(frontend, node.id, hop) for node in vips),
        *(edge(node.id, "appliance", box) for node in vips),
        edge("appliance", "network:workload", out),
        *(edge("network:workload", node.id, last) for node in clusters),
        Edge("appliance", "network:management", FAILED if wrong_way else OK, control=True, wrong_way=wrong_way),
    )


def _article(jump_only: bool) -> Diagnosis:
    marks: tuple[str | None, str, str] = (None if jump_only else "no route to host", "no route to host", "no route")
    vips = (
        vip("10.10.18.19:443", "Supervisor", FAILED, *marks),
        vip("10.10.18.19:6443", "Supervisor", FAILED, *marks),
        vip("10.10.18.20:6443", "tkc-1", FAILED, *marks),
    )
    clusters = (
        cluster("Supervisor", UNKNOWN, "3 servers, not checked"),
        cluster("tkc-1", UNKNOWN, "3 servers, not checked"),
    )
    none = (FAILED, "no route to host")
    root = Finding(
        code="A01",
        subject="10.10.18.18/28",
        name="range-host-bits",
        severity=Severity.FAILED,
        grade=Grade.LAB,
        node="unit:anyip-routes",
        title="10.10.18.18/28 is not a network address",
        explanation="10.10.18.18 lies inside a block of 16 addresses, it does not start one. The kernel refuses "
        "the route: no one answers for the VIPs, haproxy cannot bind them.",
        excerpts=(GUILTY_LINE, *JOURNAL),
        breaks=frozenset({"unowned:10.10.18.19", "unowned:10.10.18.20"}),
        ruler=RULER,
        fix=FIX,
        explains=("C10:10.10.18.19:443", "F01:10.10.18.19:443", "F01:10.10.18.19:6443", "F01:10.10.18.20:6443"),
    )
    return Diagnosis(
        Verdict.BROKEN,
        "No VIP answers: no route to host",
        findings=(
            root,
            finding("C10", "10.10.18.19:443", "unit:haproxy", "haproxy cannot bind 3 addresses", explained_by=(A01,)),
            *(finding("F01", node.label, node.id, "no route to host", explained_by=(A01,)) for node in vips),
            finding("B22", "timesync", "appliance", "no time source, the clock may drift", Severity.WARNING),
        ),
        roots=(A01,),
        nodes=(
            client(FAILED, jump=none) if jump_only else client(FAILED, here=none, jump=none),
            network("frontend", "10.10.18.0/24", ".1", ".5"),
            Node("range:10.10.18.18/28", NodeKind.RANGE, "10.10.18.18/28", FAILED),
            *vips,
            appliance(WARNING),
            unit("route-tables", "active", OK, "2 tables filled"),
            unit("anyip-routes", "failed", FAILED, "range not routed"),
            unit("haproxy", "failed", FAILED, "0 of 3 binds"),
            unit("dataplaneapi", "active", OK, ":5556, cert to 2030"),
            network("workload", "10.10.17.0/24", ".1", ".2"),
            *clusters,
            *management(),
        ),
        edges=path(vips, clusters, (OK, FAILED, None, None, None)),
        counts=Counts(ok=41, warning=1, failed=5, unknown=2),
        not_checked=(NotChecked(("servers of Supervisor and tkc-1",), "haproxy is not running"),),
        since=_SINCE,
    )


def article() -> Diagnosis:
    """The article's failure, this machine and jump01 both probed."""
    return _article(jump_only=False)


def article_by_jump() -> Diagnosis:
    """The article's failure as it is usually read: only the jump host is probed."""
    return _article(jump_only=True)


def healthy() -> Diagnosis:
    """Everything checked, nothing wrong."""
    vips = (
        vip("10.10.18.19:443", "Supervisor", OK, 0.9, 0.4, 0.1),
        vip("10.10.18.19:6443", "Supervisor", OK, 0.9, 0.4, 0.1),
        vip("10.10.18.20:6443", "tkc-1", OK, 1.1, 0.4, 0.1),
    )
    clusters = (cluster("Supervisor", OK, "3 of 3 servers up"), cluster("tkc-1", OK, "3 of 3 servers up"))
    answers = (OK, "3 of 3 answer")
    return Diagnosis(
        Verdict.HEALTHY,
        "3 of 3 VIPs answer from here, from jump01 and on the appliance",
        nodes=(
            client(OK, here=answers, jump=answers),
            network("frontend", "10.10.18.0/24", ".1", ".5"),
            Node("range:10.10.18.16/28", NodeKind.RANGE, "10.10.18.16/28", OK),
            *vips,
            appliance(OK),
            unit("route-tables", "active", OK, "2 tables filled"),
            unit("anyip-routes", "active", OK, "1 range routed"),
            unit("haproxy", "active", OK, "3 of 3 binds"),
            unit("dataplaneapi", "active", OK, ":5556, cert to 2030"),
            network("workload", "10.10.17.0/24", ".1", ".2"),
            *clusters,
            *management(),
        ),
        edges=path(vips, clusters, (OK, OK, OK, OK, OK)),
        counts=Counts(ok=49),
    )


def empty_table() -> Diagnosis:
    """E13: four green units, routing table 3 is empty, replies to routed clients leave by management."""
    root = "E13:3"
    vips = (
        vip("10.10.18.19:443", "Supervisor", FAILED, "timed out", 0.4, 0.1),
        vip("10.10.18.19:6443", "Supervisor", FAILED, "timed out", 0.4, 0.1),
        vip("10.10.18.20:6443", "tkc-1", FAILED, "timed out", 0.5, 0.1),
    )
    clusters = (cluster("Supervisor", OK, "3 of 3 servers up"), cluster("tkc-1", OK, "3 of 3 servers up"))
    empty = Excerpt("ip route show table 3", "", ExcerptKind.COMMAND, guilty=True, proposed="default via 10.10.18.1")
    route = Excerpt(
        "ip route get 10.10.99.10 from 10.10.18.19",
        "10.10.99.10 from 10.10.18.19 via 192.168.100.1 dev management",
        ExcerptKind.COMMAND,
        span=(47, 61),
        note="the wrong way out",
        guilty=True,
    )
    return Diagnosis(
        Verdict.DEGRADED,
        "Clients behind the gateway time out. Clients on the frontend network are served.",
        findings=(
            Finding(
                code="E13",
                subject="3",
                name="table-empty",
                severity=Severity.FAILED,
                grade=Grade.LAB,
                node="unit:route-tables",
                title="routing table 3 is empty, replies leave by management",
                explanation="The frontend NIC lost its link for a moment. The kernel then empties table 3.",
                excerpts=(empty, route),
                explains=tuple(f"F03:{node.label}" for node in vips),
            ),
            *(finding("F03", node.label, node.id, "timed out", explained_by=(root,)) for node in vips),
            finding("D04", "server.crt", "unit:dataplaneapi", "the certificate ends in 12 days", Severity.WARNING),
        ),
        roots=(root,),
        nodes=(
            client(FAILED, here=(FAILED, "timed out"), jump=(OK, "3 of 3 answer")),
            network("frontend", "10.10.18.0/24", ".1", ".5"),
            Node("range:10.10.18.16/28", NodeKind.RANGE, "10.10.18.16/28", OK),
            *vips,
            appliance(OK),
            unit("route-tables", "active", FAILED, "table 3 is empty"),
            unit("anyip-routes", "active", OK, "1 range routed"),
            unit("haproxy", "active", OK, "3 of 3 binds"),
            unit("dataplaneapi", "active", WARNING, ":5556, cert 12 days"),
            network("workload", "10.10.17.0/24", ".1", ".2"),
            *clusters,
            *management(),
        ),
        edges=(
            *path(vips, clusters, (OK, OK, OK, OK, OK), wrong_way=True),
            Edge("client:here", "network:frontend", OK),
        ),
        counts=Counts(ok=44, warning=1, failed=4),
        since=_SINCE,
    )


_GROUPS = (("Supervisor", 6), ("tkc-pay", 48), ("tkc-shop", 62), ("tkc-data", 31), ("tkc-test", 24))


def many_vips(count: int = 300) -> Diagnosis:
    """Ten clusters with ``count`` VIPs in a /16: three closed in tkc-pay, one slow in tkc-test."""
    sizes = [*_GROUPS, *((f"tkc-{letter}", 0) for letter in "abcde")]
    named = [name for name, size in sizes for _ in range(size)][:count]
    rest = [f"tkc-{'abcde'[at % 5]}" for at in range(count - len(named))]
    nodes = []
    for at, name in enumerate(named + rest):
        label = f"10.20.{16 + at // 200}.{1 + at % 200}:443"
        nth = (named + rest)[:at].count(name)
        if name == "tkc-pay" and nth < 3:
            nodes.append(vip(label, name, FAILED, "closed", "closed", "closed", "ingress-a"))
        elif name == "tkc-test" and nth == 0:
            nodes.append(vip(label, name, WARNING, "slow", 0.4, 0.1, "ingress-b"))
        else:
            nodes.append(vip(label, name, OK, 1.1, 0.4, 0.1, "apiserver"))
    vips = tuple(nodes)
    names = list(dict.fromkeys(named + rest))
    clusters = tuple(
        cluster(name, FAILED if name == "tkc-pay" else OK, "3 of 147 servers down" if name == "tkc-pay" else "ok")
        for name in names
    )
    servers = tuple(
        Node(f"server:10.21.{at}.{n}:6443", NodeKind.SERVER, f"10.21.{at}.{n}:6443", OK, within=f"cluster:{name}")
        for at, name in enumerate(names)
        for n in range(3)
        if name != "tkc-pay"
    )
    well = f"{count - 3} of {count}"
    closed = tuple(node for node in vips if node.state is FAILED)
    root = "F05:ingress-a"
    return Diagnosis(
        Verdict.DEGRADED,
        "tkc-pay: 3 of 48 VIPs close the connection at once",
        findings=(
            finding(
                "F05",
                "ingress-a",
                "cluster:tkc-pay",
                "all 3 servers of ingress-a are down",
                explains=tuple(f"F05:{node.label}" for node in closed),
            ),
            *(finding("F05", node.label, node.id, "closed at once", explained_by=(root,)) for node in closed),
        ),
        roots=(root,),
        nodes=(
            client(OK, here=(OK, well), jump=(OK, well)),
            network("frontend", "10.20.0.0/16", "10.20.0.1", "10.20.0.5"),
            *(Node(f"range:10.20.{n}.0/24", NodeKind.RANGE, f"10.20.{n}.0/24", OK) for n in (16, 17, 18)),
            *vips,
            appliance(OK, "haproxy-w1", "10.20.0.5"),
            unit("route-tables", "active", OK, "3 tables filled"),
            unit("anyip-routes", "active", OK, "3 ranges routed"),
            unit("haproxy", "active", OK, f"{count} of {count} binds"),
            unit("dataplaneapi", "active", OK, ":5556, cert to 2031"),
            network("workload", "10.21.0.0/16", "10.21.0.1", "10.21.0.2"),
            *clusters,
            *servers,
            *management(),
        ),
        edges=path(vips, clusters, (OK, OK, OK, OK, OK)),
        counts=Counts(ok=488, warning=1, failed=4),
        since=_SINCE,
    )


def two_nics() -> Diagnosis:
    """A05 on a site without a frontend network: the range takes three nodes of tkc-1."""
    root = "A05:10.10.17.64/26"
    vips = (
        vip("10.10.17.70:443", "Supervisor", OK, 0.9, None, 0.1),
        vip("10.10.17.70:6443", "Supervisor", OK, 0.9, None, 0.1),
        vip("10.10.17.71:6443", "tkc-1", FAILED, "closed", None, "closed"),
    )
    clusters = (cluster("Supervisor", OK, "3 of 3 servers up"), cluster("tkc-1", FAILED, "0 of 3 servers up"))
    return Diagnosis(
        Verdict.DEGRADED,
        "1 of 2 clusters closes connections",
        findings=(
            finding(
                "A05",
                "10.10.17.64/26",
                "unit:anyip-routes",
                "range 10.10.17.64/26 covers 3 nodes of tkc-1",
                explains=("F05:10.10.17.71:6443", "G08:tkc-1"),
            ),
            finding("F05", "10.10.17.71:6443", vips[2].id, "closed at once", explained_by=(root,)),
            finding("G08", "tkc-1", "cluster:tkc-1", "0 of 3 servers up", explained_by=(root,)),
        ),
        roots=(root,),
        nodes=(
            client(WARNING, here=(WARNING, "1 of 2 clusters")),
            Node("range:10.10.17.64/26", NodeKind.RANGE, "10.10.17.64/26", OK),
            *vips,
            appliance(OK, "haproxy.lab", "10.10.17.2"),
            unit("route-tables", "active", OK, "1 table filled"),
            unit("anyip-routes", "active", FAILED, "takes 3 nodes"),
            unit("haproxy", "active", OK, "3 of 3 binds"),
            unit("dataplaneapi", "active", OK, ":5556 answers"),
            network("workload", "10.10.17.0/24", ".1", ".2"),
            *clusters,
            *management(),
        ),
        edges=path(vips, clusters, (OK, OK, OK, OK, OK), frontend="network:workload"),
        counts=Counts(ok=38, failed=3),
    )


def _blank(state: State, mark: str, probe: str | None, words: tuple[str, str]) -> Diagnosis:
    vips = tuple(
        vip(label, name, state, probe, probe, probe)
        for label, name in (("10.10.18.19:443", "Supervisor"), ("10.10.18.20:6443", "tkc-1"))
    )
    word, servers = words
    clusters = (cluster("Supervisor", state, servers), cluster("tkc-1", state, servers))
    return Diagnosis(
        Verdict.INCOMPLETE,
        "Nothing is known yet",
        nodes=(
            client(state, here=(state, mark), jump=(state, mark)),
            network("frontend", "10.10.18.0/24", ".1", ".5", state),
            *vips,
            appliance(state),
            *(unit(name, word, state, "", state) for name in ("route-tables", "anyip-routes", "haproxy")),
            unit("dataplaneapi", word, state, "", state),
            network("workload", "10.10.17.0/24", ".1", ".2", state),
            *clusters,
            *management(state),
        ),
        edges=path(vips, clusters, (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)),
        counts=Counts(unknown=49) if state is UNKNOWN else Counts(checking=49),
    )


def unknown() -> Diagnosis:
    """Nothing could be read: no connection to the appliance."""
    return _blank(UNKNOWN, "not allowed", "not allowed", ("", "not checked"))


def checking() -> Diagnosis:
    """The first seconds: everything is on its way."""
    return _blank(CHECKING, "checking", "checking", ("", "checking"))


def capture() -> Diagnosis:
    """The article's failure from a support bundle: no probes at all."""
    live = article_by_jump()
    unprobed = tuple(
        Node(node.id, node.kind, node.label, node.state, (), node.word, node.note, node.within)
        if node.kind is NodeKind.VIP
        else Node(node.id, node.kind, node.label, UNKNOWN)
        if node.kind is NodeKind.CLIENT
        else node
        for node in live.nodes
    )
    edges = tuple(Edge(edge.source, edge.target, UNKNOWN) if edge.source == "client" else edge for edge in live.edges)
    return Diagnosis(
        Verdict.BROKEN,
        "No VIP can answer: the appliance owns none of their addresses",
        findings=live.findings,
        roots=live.roots,
        nodes=unprobed,
        edges=edges,
        counts=Counts(ok=32, warning=1, failed=5, unknown=11),
        not_checked=(NotChecked(("reachability of 3 VIPs",), "a capture holds no probes"),),
        since=live.since,
    )


def hostile() -> Diagnosis:
    """A site whose names and outputs try to break the picture."""
    live = article()
    bad = "\x1b[31m\u202e\u4e16\u754c\u0301[b]x[/b]\n" * 3
    nodes = tuple(
        Node(
            node.id,
            node.kind,
            bad if node.kind is not NodeKind.VIP else node.label,
            node.state,
            tuple(Check(check.id, check.state, bad, check.ms, check.mark) for check in node.checks),
            bad,
            bad,
            node.within,
        )
        for node in live.nodes
    )
    return Diagnosis(live.verdict, bad, live.findings, live.roots, nodes, live.edges, live.counts)
