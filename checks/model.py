"""The words of the product as frozen values: check, node, edge, finding, excerpt, diagnosis.

Everything here is data without behaviour beyond its own arithmetic. A fix has its own module,
``checks.plan``, because it is the only thing that may lead to a write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from checks.addresses import Ruler
    from checks.plan import Fix


class State(StrEnum):
    """What is known about a node, an edge or a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CHECKING = "checking"


WORST_FIRST = (State.FAILED, State.WARNING, State.UNKNOWN, State.CHECKING, State.OK)


def worst(states: Iterable[State]) -> State:
    """The state that decides for the whole; of nothing at all it is unknown."""
    seen = set(states)
    return next((state for state in WORST_FIRST if state in seen), State.UNKNOWN)


def of_vips(answering: int, every: int) -> str:
    """``2 of 3 VIPs answer``, ``1 of 3 VIPs answers``, ``1 of 1 VIP answers``."""
    return f"{answering} of {every} VIP{'s' * (every != 1)} answer{'s' * (answering == 1)}"


class Severity(StrEnum):
    """How bad a finding is; the order of the members is the order of importance."""

    FAILED = "failed"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Grade(StrEnum):
    """How well the fact behind a rule is known (the catalogue's grades)."""

    LAB = "LAB"  # reproduced on a real kernel, systemd and HAProxy
    SRC = "SRC"  # a public source reports it
    CODE = "CODE"  # read in the vendor's own scripts
    REASON = "REASON"  # inference: offered as a possible cause only


class Verdict(StrEnum):
    """The one word for the whole site."""

    BROKEN = "broken"
    DEGRADED = "degraded"
    AT_RISK = "at-risk"
    INCOMPLETE = "incomplete"
    HEALTHY = "healthy"


class Vantage(StrEnum):
    """Where a probe starts."""

    HERE = "here"
    JUMP = "jump"
    APPLIANCE = "appliance"


class NodeKind(StrEnum):
    """What the topology draws."""

    CLIENT = "client"
    NETWORK = "network"
    RANGE = "range"
    VIP = "vip"
    APPLIANCE = "appliance"
    UNIT = "unit"
    LISTENER = "listener"
    CLUSTER = "cluster"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule on one subject or one probe from one vantage: the thing that is counted.

    ``mark`` names the check's place in the picture of its node ("effect" of a unit, "gateway" and
    "nic" of a network, "here"/"jump"/"appliance" of a VIP or of the client); "" has no place.
    ``detail`` is untrusted text: pass it through ``checks.inert`` before showing it. ``counted`` is False for a
    mark that only sums up others.
    """

    id: str
    state: State
    detail: str = ""
    ms: float | None = None
    mark: str = ""
    group: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """One thing the topology draws. ``word`` is its present condition ("active", "failed"),
    ``note`` what identifies it further (a CIDR, an address), ``within`` the id of the node it belongs to
    (a VIP's or server's cluster, a VIP's range)."""

    id: str
    kind: NodeKind
    label: str
    state: State
    checks: tuple[Check, ...] = ()
    word: str = ""
    note: str = ""
    within: str = ""

    def mark(self, name: str) -> Check | None:
        """The check that stands at that place of the picture, if there is one."""
        return next((check for check in self.checks if check.mark == name), None)


@dataclass(frozen=True, slots=True)
class Edge:
    """A piece of the traffic path. ``dead`` lies behind a cut and says nothing about itself;
    ``control`` carries no client traffic; ``wrong_way`` carries traffic that should not be here."""

    source: str
    target: str
    state: State
    dead: bool = False
    control: bool = False
    wrong_way: bool = False


class ExcerptKind(StrEnum):
    """What an excerpt was taken from."""

    FILE = "file"
    COMMAND = "command"
    JOURNAL = "journal"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line that proves a finding.

    ``text`` is untrusted. ``span`` is [start, end) in characters of ``text``, ``note`` stands under it.
    ``before`` are up to two lines that precede ``text`` in a file; ``proposed`` is the line to write instead.
    """

    source: str
    text: str
    kind: ExcerptKind
    line: int | None = None
    total: int | None = None
    span: tuple[int, int] | None = None
    note: str = ""
    before: tuple[str, ...] = ()
    proposed: str | None = None
    at: datetime | None = None
    guilty: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong on one node, with its proof.

    ``breaks`` and ``broken_by`` are facts ("unowned:10.10.18.19"): a finding is explained by those that
    break what it was broken by. ``explained_by`` (direct) and ``explains`` (transitive) are filled in
    by the diagnosis.
    """

    code: str
    subject: str
    name: str
    severity: Severity
    grade: Grade
    node: str
    title: str
    explanation: str
    excerpts: tuple[Excerpt, ...] = ()
    breaks: frozenset[str] = frozenset()
    broken_by: frozenset[str] = frozenset()
    remedy: str = ""
    ruler: Ruler | None = None
    fix: Fix | None = None
    repeat: int = 1
    explained_by: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``CODE:SUBJECT``, stable while the fault is."""
        return finding_id(self.code, self.subject, self.repeat)


def finding_id(code: str, subject: str, repeat: int = 1) -> str:
    """``CODE:SUBJECT`` with everything outside ``[A-Za-z0-9._:/@-]`` percent-encoded, at most 80
    characters, ``#N`` for the Nth of the same."""
    tail = f"#{repeat}" if repeat > 1 else ""
    # quote() leaves "~" alone, which the contract does not allow.
    encoded = quote(subject, safe="._:/@-").replace("~", "%7E")
    return f"{code}:{encoded}"[: 80 - len(tail)] + tail


@dataclass(frozen=True, slots=True)
class NotChecked:
    """The checks that could not be made for one reason, by id; at least one."""

    checks: tuple[str, ...]
    why: str

    @property
    def summary(self) -> str:
        """The first of them and how many more there are: ``A01 and 40 more``."""
        more = len(self.checks) - 1
        return f"{self.checks[0]} and {more} more" if more else self.checks[0]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that the site file accepts, with its reason and the last day of that. ``ended`` where that day is
    over: then the finding is among the others again."""

    id: str
    title: str
    reason: str
    until: date
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many checks ended how."""

    ok: int = 0
    warning: int = 0
    failed: int = 0
    unknown: int = 0
    checking: int = 0

    @property
    def ran(self) -> int:
        """Checks that gave an answer."""
        return self.ok + self.warning + self.failed


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that one moment's evidence says: what screens draw and reports print.

    ``findings`` are in reading order: roots first (``roots`` holds their ids), then what they explain.
    ``since`` is when the trouble began, where the journal says so (UTC). ``ignored`` is what the site file speaks of.
    """

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...] = ()
    roots: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    counts: Counts = field(default_factory=Counts)
    not_checked: tuple[NotChecked, ...] = ()
    since: datetime | None = None
    ignored: tuple[Ignored, ...] = ()

    def node(self, node_id: str) -> Node | None:
        """The node with that id, if it is drawn."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def finding(self, finding_id: str) -> Finding | None:
        """The finding with that id, if there is one."""
        return next((finding for finding in self.findings if finding.id == finding_id), None)

    def roots_of(self, finding: Finding) -> tuple[Finding, ...]:
        """The findings at the far end of what explains this one, in reading order; none where nothing does."""
        by_id = {one.id: one for one in self.findings}
        reached, ahead = {finding.id}, [finding]
        while ahead:
            above = [by_id[id] for id in ahead.pop().explained_by if id in by_id and id not in reached]
            reached.update(one.id for one in above)
            ahead += above
        return tuple(
            one for one in self.findings if one.id in reached and one.id != finding.id and not one.explained_by
        )

    def on(self, node_id: str) -> tuple[Finding, ...]:
        """The findings that lie on a node, in reading order."""
        return tuple(finding for finding in self.findings if finding.node == node_id)

    def of_kind(self, kind: NodeKind) -> tuple[Node, ...]:
        """The nodes of a kind, in drawing order."""
        return tuple(node for node in self.nodes if node.kind is kind)

    def by_id(self) -> Mapping[str, Node]:
        """Nodes by id."""
        return {node.id: node for node in self.nodes}
