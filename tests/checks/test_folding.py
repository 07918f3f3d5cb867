"""Folding loses nothing: whatever is found, a finding that nothing explains leads to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from checks import diagnosis as module
from checks.diagnosis import diagnose
from checks.model import Diagnosis, Finding, Grade, Severity
from tests.checks.fixtures import FIXTURES, RULES, folders, rule_case

CASES = folders(RULES)
_TWO_ADDRESSES = FIXTURES / "well" / "two-addresses"


def lost(diagnosis: Diagnosis) -> list[str]:
    """The findings that hang on no root."""
    return [found.id for found in diagnosis.findings if found.explained_by and not diagnosis.roots_of(found)]


def _on_the_base(folder: Path) -> bool:
    return bool(rule_case(folder).expected.get("base", "base") == "base")


def _together(*cases: Path) -> Diagnosis | None:
    """Several changes at once; None where one takes away what another changes."""
    try:
        return diagnose(rule_case(*cases).evidence)
    except KeyError:
        return None


def test_with_a_second_address_every_finding_hangs_on_a_root() -> None:
    for folder in Random(1).sample(CASES, 60):
        diagnosis = _together(_TWO_ADDRESSES, folder) if _on_the_base(folder) else None
        assert diagnosis is None or lost(diagnosis) == [], folder


def test_of_two_faults_at_once_every_finding_hangs_on_a_root() -> None:
    for pair in Random(2).sample(list(combinations(CASES, 2)), 60):
        diagnosis = _together(_TWO_ADDRESSES, *pair) if all(map(_on_the_base, pair)) else None
        assert diagnosis is None or lost(diagnosis) == [], pair


def _finding(code: str, breaks: str = "", broken_by: str = "") -> Finding:
    finding = Finding(code, "it", "", Severity.FAILED, Grade.LAB, "client", "", "")
    return replace(finding, breaks=frozenset(breaks.split()), broken_by=frozenset(broken_by.split()))


def _fold(*findings: Finding) -> dict[str, tuple[str, ...]]:
    return {found.code: found.explained_by for found in module._folded(list(findings))}


@pytest.mark.parametrize("above", [True, False], ids=["explained", "unexplained"])
def test_findings_that_explain_each_other_keep_only_what_explains_them_all(above: bool) -> None:
    knot = (_finding("B01", "x", "y root"), _finding("B02", "y", "x"), _finding("B03", "", "x"))
    root = (_finding("A01", "root"),) if above else ()
    by = ("A01:it",) if above else ()
    assert _fold(*root, *knot) == {**({"A01": ()} if above else {}), "B01": by, "B02": by, "B03": ("B01:it",)}
