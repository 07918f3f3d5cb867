"""The picture before anything was read, beside what the rules and the topology make of nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.diagnosis import diagnose
from checks.empty_topology import outline
from checks.evidence.evidence import read
from checks.evidence.section import Reading
from checks.model import Diagnosis, State, Vantage
from checks.topology import draw

VANTAGES = (Vantage.HERE, Vantage.JUMP)


def uncounted(diagnosis: Diagnosis) -> Diagnosis:
    nodes = (replace(n, checks=tuple(replace(c, counted=False) for c in n.checks)) for n in diagnosis.nodes)
    return replace(diagnosis, nodes=tuple(nodes))


@pytest.mark.parametrize("vantage", VANTAGES)
def test_it_is_what_the_topology_paints_of_nothing(vantage: Vantage) -> None:
    nodes, edges = draw(read(Reading(), pending=True, client_vantage=vantage), {}, ())
    shown = outline(vantage)
    assert uncounted(replace(shown, nodes=nodes)).nodes == shown.nodes
    assert shown.edges == edges


@pytest.mark.parametrize("vantage", VANTAGES)
def test_the_rules_add_checks_and_move_nothing(vantage: Vantage) -> None:
    diagnosed = diagnose(read(Reading(), pending=True, client_vantage=vantage))
    shown = outline(vantage)
    assert [(n.id, n.label, n.state) for n in shown.nodes] == [(n.id, n.label, n.state) for n in diagnosed.nodes]
    assert shown.verdict is diagnosed.verdict


def test_it_counts_nothing() -> None:
    shown = outline(Vantage.HERE)
    assert shown.counts.ran == shown.counts.checking == 0
    assert {node.state for node in shown.nodes} == {State.CHECKING}
