"""Two faults at once: each is a root, and what both cause names both."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from checks.diagnosis import diagnose
from tests.checks.fixtures import FIXTURES, folders, rule_case

FAULTS = folders(FIXTURES / "together")


def _possible(one: Path, other: Path) -> bool:
    """haproxy knows nothing of its servers while it does not run."""
    kills = [rule_case(folder).expected["kills_haproxy"] for folder in (one, other)]
    return not (any(kills) and "F05" in (one.name, other.name))


PAIRS = [pair for pair in combinations(FAULTS, 2) if _possible(*pair)]


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


def test_all_pairs_that_can_occur_together_are_tried() -> None:
    assert len(FAULTS) == 9 and len(PAIRS) == 36 - 5


def test_whoever_judges_beside_a_screen_may_pause_often() -> None:
    evidence = rule_case(*PAIRS[0]).evidence
    pauses: list[None] = []
    diagnosis = diagnose(evidence, pause=lambda: pauses.append(None))
    assert diagnosis == diagnose(evidence)
    assert len(pauses) > len(diagnosis.nodes) + 40  # after each node and after each rule that could be run
