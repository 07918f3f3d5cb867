"""Whether a fix has worked, told from two diagnoses alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.model import Check, Diagnosis, NodeKind, State
from checks.transaction import Prepared
from checks.verification import answering, fixed_wrong, is_worse, new_red, undone_wrong, unproven, waiting
from tests.checks.fixtures import CAPTURES, base, capture_case

ROOT = "A01:10.10.18.18/28"
CLIENT = base().origin.client_vantage
BROKEN = diagnose(capture_case(CAPTURES / "a-hostbits-boot").evidence)
HEALTHY = diagnose(read(base().reading, base().probes, client_vantage=CLIENT))
HAPROXY_DOWN = diagnose(capture_case(CAPTURES / "u1-fixed-restart-anyip-only").evidence)
OTHER = diagnose(capture_case(CAPTURES / "j2-mac-changed-boot").evidence)


REAL = BROKEN.finding(ROOT)
assert REAL is not None and REAL.fix is not None
PLAN = Prepared("id", ROOT, "A01", "FIX A01", "root@haproxy", REAL.fix)


def checked(diagnosis: Diagnosis, id: str, state: State, detail: str = "", *, only: str = "") -> Diagnosis:
    """The same, with all checks of that id in that state: everywhere, or on one node."""
    return replace(
        diagnosis,
        nodes=tuple(
            replace(
                node,
                checks=tuple(
                    replace(check, state=state, detail=detail)
                    if check.id.startswith(id) and only in ("", node.id)
                    else check
                    for check in node.checks
                ),
            )
            for node in diagnosis.nodes
        ),
    )


def test_a_fix_that_worked() -> None:
    assert (fixed_wrong(PLAN, BROKEN, HEALTHY, CLIENT), unproven(HEALTHY, CLIENT)) == ("", "")
    assert not is_worse(BROKEN, HEALTHY) and answering(HEALTHY) == "2 of 2 VIPs answer"


def test_what_is_still_wrong() -> None:
    assert fixed_wrong(PLAN, BROKEN, BROKEN, CLIENT) == f"{ROOT} is still there"
    assert fixed_wrong(PLAN, BROKEN, OTHER, CLIENT).startswith("new: ")
    left = fixed_wrong(PLAN, BROKEN, HAPROXY_DOWN, CLIENT)
    assert left.startswith("still there: C01:haproxy, C12:haproxy")


def test_a_promise_that_is_false_is_not_fixed() -> None:
    assert PLAN.fix.routed == ("10.10.18.16/28",)
    unrouted = checked(HEALTHY, "routed:", State.FAILED, "not routed")
    assert fixed_wrong(PLAN, BROKEN, unrouted, CLIENT) == "10.10.18.16/28 is not in the local routing table: not routed"
    gone = replace(HEALTHY, nodes=tuple(node for node in HEALTHY.nodes if node.kind is not NodeKind.RANGE))
    assert fixed_wrong(PLAN, BROKEN, gone, CLIENT) == "10.10.18.16/28 is not in the local routing table"


def test_a_vip_that_stays_dead_is_not_fixed_unless_another_fault_keeps_it_so() -> None:
    assert REAL is not None
    (vip, *_) = HEALTHY.of_kind(NodeKind.VIP)
    dead = checked(HEALTHY, f"probe:{CLIENT}:", State.FAILED, "connection refused", only=vip.id)
    assert fixed_wrong(PLAN, BROKEN, dead, CLIENT) == f"{vip.label} does not answer clients: connection refused"
    cause = replace(REAL, code="C11", subject="haproxy.cfg:3", node="unit:haproxy", explains=(f"F03:{vip.label}",))
    symptom = replace(REAL, code="F03", subject=vip.label, node=vip.id, explained_by=(cause.id,), explains=())
    before = replace(BROKEN, findings=(*BROKEN.findings, cause))
    after = replace(dead, findings=(cause, symptom))
    assert fixed_wrong(PLAN, before, after, CLIENT) == "" and new_red(before, after) == []
    red = replace(after, nodes=tuple(replace(n, state=State.FAILED) if n.id == vip.id else n for n in after.nodes))
    assert waiting(PLAN, before, red) == "; the others wait for C11:haproxy.cfg:3"
    assert fixed_wrong(PLAN, BROKEN, after, CLIENT).startswith("new: ")


def test_worse_is_what_is_newly_red_or_answers_no_more() -> None:
    assert is_worse(BROKEN, OTHER) and new_red(BROKEN, OTHER)
    assert not is_worse(BROKEN, BROKEN)
    silent = replace(HEALTHY, nodes=tuple(replace(node, state=State.FAILED) for node in HEALTHY.nodes))
    assert is_worse(HEALTHY, silent)


def test_an_undo_brings_its_finding_back() -> None:
    assert undone_wrong(PLAN, BROKEN) == ""
    assert undone_wrong(PLAN, HEALTHY) == "A01 did not come back"
    first, *others = HEALTHY.nodes
    unread = replace(HEALTHY, nodes=(replace(first, checks=(Check("A01", State.UNKNOWN, "not read"),)), *others))
    assert undone_wrong(PLAN, unread) == "whether A01 is back could not be checked"


def test_an_undo_that_is_taken_back_leaves_no_finding() -> None:
    plan = replace(PLAN, undo=True, of_undo=True)
    assert undone_wrong(plan, HEALTHY) == ""
    assert undone_wrong(plan, BROKEN) == f"{ROOT} is still there"
    first, *others = HEALTHY.nodes
    unread = replace(HEALTHY, nodes=(replace(first, checks=(Check("A01", State.UNKNOWN, "not read"),)), *others))
    assert undone_wrong(plan, unread) == "whether A01 is gone could not be checked"


@pytest.mark.parametrize(("section", "code"), [("file:/etc/vmware/anyip-routes.cfg", "A01"), ("units", "C12")])
def test_a_rule_that_cannot_see_any_more_proves_nothing(section: str, code: str) -> None:
    sections = {name: one for name, one in base().reading.sections.items() if name != section}
    evidence = read(replace(base().reading, sections=sections), base().probes)
    wrong = fixed_wrong(PLAN, BROKEN, diagnose(replace(evidence, client_vantage=CLIENT)), CLIENT)
    blind, _, words = wrong.partition(" could")
    assert words == " not be checked again" and code in blind.split(", ")


def test_a_rule_that_is_unsure_of_the_subject_proves_nothing() -> None:
    (vip, *_) = HEALTHY.of_kind(NodeKind.VIP)
    unsure = replace(vip, checks=(*vip.checks, Check(ROOT, State.UNKNOWN, "not read")))
    after = replace(HEALTHY, nodes=tuple(unsure if node.id == vip.id else node for node in HEALTHY.nodes))
    assert fixed_wrong(PLAN, BROKEN, after, CLIENT) == f"{ROOT} could not be checked again"


def test_a_service_that_waits_for_its_client_counts_only_beside_one_that_answers() -> None:
    waits = "connected, and waits for its client"
    first, *others = [node.id for node in HEALTHY.of_kind(NodeKind.VIP)]
    assert others
    one = checked(HEALTHY, "probe:", State.UNKNOWN, waits, only=first)
    assert unproven(one, CLIENT) == ""
    assert unproven(checked(HEALTHY, "probe:", State.UNKNOWN, waits), CLIENT).endswith(f"could not be proven: {waits}")
    refused = checked(one, "probe:", State.UNKNOWN, "not allowed", only=first)
    assert unproven(refused, CLIENT).endswith("could not be checked: not allowed")
