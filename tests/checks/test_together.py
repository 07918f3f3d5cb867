"""Two faults at once: each is a root, and what both cause names both."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from checks.diagnosis import diagnose
from tests.checks.fixtures import FIXTURES, folders, rule_case

FAULTS = folders(FIXTURES / "together")
TOGETHER = ["A01", "A06", "A14", "C11", "C13", "C21", "D04", "E13", "F05"]
_NOT_RUNNING = "a haproxy that does not run knows nothing of its servers"
# Which pairs cannot be, each with its reason.
IMPOSSIBLE = {
    ("A01", "F05"): _NOT_RUNNING,
    ("A06", "F05"): _NOT_RUNNING,
    ("A14", "F05"): _NOT_RUNNING,
    ("C11", "F05"): _NOT_RUNNING,
    ("C21", "F05"): _NOT_RUNNING,
}
PAIRS = [pair for pair in combinations(FAULTS, 2) if tuple(folder.name for folder in pair) not in IMPOSSIBLE]


def _explained(folder: Path) -> set[str]:
    """What the fault explains where it is alone."""
    case = rule_case(folder)
    finding = diagnose(case.evidence).finding(case.expected["root"])
    assert finding is not None
    return set(finding.explains)


@pytest.mark.parametrize("folder", FAULTS, ids=lambda folder: folder.name)
def test_alone_each_is_the_root(folder: Path) -> None:
    case = rule_case(folder)
    assert case.expected["root"] in diagnose(case.evidence).roots


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join(folder.name for folder in pair))
def test_both_are_roots(pair: tuple[Path, Path]) -> None:
    diagnosis = diagnose(rule_case(*pair).evidence)
    expected = [rule_case(folder).expected for folder in pair]
    roots = {row["root"] for row in expected}
    assert roots <= set(diagnosis.roots)
    assert {root.partition(":")[0] for root in diagnosis.roots} == {folder.name for folder in pair}
    shared = _explained(pair[0]) & _explained(pair[1]) & {finding.id for finding in diagnosis.findings}
    for root in roots:
        finding = diagnosis.finding(root)
        assert finding is not None
        assert shared <= set(finding.explains)
    if all(row["kills_haproxy"] for row in expected):
        assert "C01:haproxy" in shared


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join(folder.name for folder in pair))
def test_no_plan_is_offered_that_the_other_fault_lets_fail(pair: tuple[Path, Path]) -> None:
    evidence = rule_case(*pair).evidence
    diagnosis = diagnose(evidence)
    names = {folder.name for folder in pair}
    assert not [finding.id for finding in diagnosis.findings if finding.fix is not None and finding.explained_by]
    for finding in diagnosis.findings:
        commands = finding.fix.commands if finding.fix is not None else ()
        if "C11" in names and finding.code != "C11":
            assert not any("start haproxy" in command or "reload haproxy" in command for command in commands)
        if finding.code == "C21" and names & {"A01", "A06", "A14"}:
            bad = names & {"A01"}
            assert bool(finding.fix and finding.fix.writes) is bool(bad), "a start over a bad line fails"


def test_a_range_is_repaired_beside_a_configuration_that_haproxy_refuses_and_says_what_it_waits_for() -> None:
    evidence = rule_case(FIXTURES / "together" / "A01", FIXTURES / "together" / "C11").evidence
    diagnosis = diagnose(evidence)
    root = next(finding for finding in diagnosis.findings if finding.code == "A01")
    assert root.fix is not None and root.fix.commands == ("systemctl restart anyip-routes",)
    assert "stays so until C11 is repaired" in root.fix.interrupts
    assert root.fix.promises == (
        "the finding is gone and nothing new is red",
        "10.10.18.16/28 is in the local routing table",
    )


def test_all_pairs_that_can_occur_together_are_tried() -> None:
    assert [folder.name for folder in FAULTS] == TOGETHER
    tried = {tuple(folder.name for folder in pair) for pair in PAIRS}
    assert tried.isdisjoint(IMPOSSIBLE)
    assert tried | set(IMPOSSIBLE) == set(combinations(TOGETHER, 2))


def test_what_cannot_be_together_is_what_stops_haproxy_beside_what_only_a_running_one_shows() -> None:
    stops = {folder.name for folder in FAULTS if rule_case(folder).expected["kills_haproxy"]}
    assert set(IMPOSSIBLE) == {(fault, "F05") for fault in stops}


def test_whoever_judges_beside_a_screen_may_pause_often() -> None:
    evidence = rule_case(*PAIRS[0]).evidence
    pauses: list[None] = []
    diagnosis = diagnose(evidence, pause=lambda: pauses.append(None))
    assert diagnosis == diagnose(evidence)
    assert len(pauses) > len(diagnosis.nodes) + 40  # after each node and after each rule that could be run
