"""What the tests of pictures share: strategies for diagnoses nobody would make, and what must hold of any rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from hypothesis import strategies as st
from rich.cells import cell_len

from checks.model import Check, Diagnosis, Edge, Finding, Grade, Node, NodeKind, Severity, State, Vantage, Verdict
from screens.picture.cells import Picture, Row, width
from screens.picture.heads import Head
from screens.picture.topology import Map

_HOSTILE = [
    "\x1b[31mred",
    "[bold]x[/]",
    "\u202eevil",
    "世界",
    "a\u0301" * 9,
    "x" * 300,
    "",
    "a, b",
    "10.10.18.19:443",
    "\n",
]


def draw_map(
    diagnosis: Diagnosis,
    heads: tuple[Head, ...],
    width: int,
    height: int,
    cursor: str | None = None,
    turned: frozenset[str] = frozenset(),
) -> Picture:
    """The map with the cursor on a node."""
    return Map(diagnosis, heads, width, height, turned).picture(cursor)


TEXTS = st.one_of(st.sampled_from(_HOSTILE), st.text(max_size=30), st.sampled_from(["active", "no route to host"]))
_STATES = st.sampled_from(State)


def assert_sound(rows: Iterable[Row], at_most: int) -> None:
    """No row is wider than asked, every character is one cell wide and harmless."""
    for row in rows:
        text = "".join(span.text for span in row)
        assert width(row) == len(text) <= at_most
        assert cell_len(text) == len(text), text
        for character in text:
            assert cell_len(character) == 1, repr(character)
            assert unicodedata.category(character)[0] != "C", repr(character)


@st.composite
def _checks(draw: st.DrawFn, marks: tuple[str, ...]) -> tuple[Check, ...]:
    chosen = draw(st.lists(st.sampled_from(marks), unique=True)) if marks else []
    ms = st.one_of(st.none(), st.floats(0, 1e6))
    return tuple(Check(mark, draw(_STATES), draw(TEXTS), draw(ms), mark) for mark in chosen)


@st.composite
def _nodes(draw: st.DrawFn, kind: NodeKind, ids: list[str], marks: tuple[str, ...] = ()) -> list[Node]:
    within = st.sampled_from(["", "cluster:a", "cluster:b", "cluster:c", "cluster:gone"])
    return [
        Node(
            node_id,
            kind,
            draw(TEXTS),
            draw(_STATES),
            draw(_checks(marks)),
            draw(TEXTS),
            draw(st.one_of(TEXTS, st.just("10.10.18.0/24"))),
            draw(within) if kind in (NodeKind.VIP, NodeKind.SERVER) else "",
        )
        for node_id in ids
    ]


def _some(prefix: str, names: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([f"{prefix}:{name}" for name in names]), unique=True)


@st.composite
def diagnoses(draw: st.DrawFn) -> Diagnosis:
    """Any nodes, words, states, edges and findings, in any combination."""
    networks = draw(_some("network", ("frontend", "workload", "management", "extra1", "extra2", "extra3")))
    vips = [f"vip:10.10.18.{n}:443" for n in range(draw(st.integers(0, 30)))]
    units = draw(_some("unit", ("route-tables", "anyip-routes", "haproxy", "dataplaneapi")))
    kinds = [
        (NodeKind.CLIENT, draw(st.sampled_from([[], ["client"]])), ("here", "jump")),
        (NodeKind.NETWORK, networks, ("gateway", "nic")),
        (NodeKind.RANGE, draw(_some("range", ("10.10.18.16/28", "10.10.18.64/26"))), ()),
        (NodeKind.VIP, vips, ("here", "jump", "appliance")),
        (NodeKind.APPLIANCE, draw(st.sampled_from([[], ["appliance"]])), ()),
        (NodeKind.UNIT, units, ("effect",)),
        (NodeKind.CLUSTER, draw(_some("cluster", "abcdefghijkl")), ()),
        (NodeKind.SERVER, draw(_some("server", ("10.0.0.1:1", "10.0.0.2:1"))), ()),
        (NodeKind.LISTENER, draw(_some("listener", ("192.168.100.10:22", "192.168.100.10:5556"))), ()),
    ]
    nodes = [node for kind, ids, marks in kinds for node in draw(_nodes(kind, ids, marks))]
    ids = [node.id for node in nodes] or ["client"]
    ends = st.sampled_from([*ids, "client:here"])
    edges = st.builds(Edge, ends, ends, _STATES, st.booleans(), st.booleans(), st.booleans())
    findings = tuple(
        Finding(code, "s", code, Severity.FAILED, Grade.LAB, draw(st.sampled_from(ids)), "t", "e", explained_by=by)
        for code, by in (("A01", ()), ("C10", ("A01:s",)), ("F01", ("A01:s",)))
    )
    return Diagnosis(
        Verdict.BROKEN,
        "s",
        findings=findings,
        roots=draw(st.sampled_from([(), ("A01:s",)])),
        nodes=tuple(nodes),
        edges=tuple(draw(st.lists(edges, max_size=12))),
    )


_HERE = st.builds(Head, st.just(Vantage.HERE), TEXTS, TEXTS, TEXTS)
_JUMP = st.builds(Head, st.just(Vantage.JUMP), TEXTS, TEXTS, TEXTS, st.booleans())
HEADS = st.one_of(st.just(()), st.tuples(_HERE), st.tuples(_JUMP), st.tuples(_HERE, _JUMP))
