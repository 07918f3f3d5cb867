"""Sites that are well in their own way: nothing above information is found on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.diagnosis import diagnose
from checks.model import Severity, Verdict
from tests.checks.fixtures import FIXTURES, folders, rule_case

WELL = FIXTURES / "well"
STATES = {
    "booting": "a boot that is still going on",
    "hundred-vips": "a hundred VIPs",
    "idle": "a Supervisor that is not enabled yet",
    "overlaps": "ranges twice and inside each other",
    "rebooted": "three NICs, just booted",
    "two-addresses": "two addresses that serve",
    "two-nics": "two NICs",
    "two-nics/rebooted": "two NICs, just booted",
    "two-nics/version-0.1.8": "two NICs of 0.1.8",
    "two-nics/version-0.1.8/rebooted": "two NICs of 0.1.8, just booted",
    "two-nics/version-0.1.10": "two NICs of 0.1.10",
    "version-0.1.8": "three NICs of 0.1.8",
    "version-0.1.10": "three NICs of 0.1.10",
    "version-0.2.0": "three NICs of 0.2.0",
}


def test_every_state_in_which_a_site_is_well_is_tried() -> None:
    assert {str(folder.relative_to(WELL)) for folder in folders(WELL)} == set(STATES)


@pytest.mark.parametrize("folder", folders(WELL), ids=lambda folder: str(folder.relative_to(WELL)))
def test_nothing_is_wrong(folder: Path) -> None:
    outer = [path for path in reversed(folder.parents) if path.is_relative_to(WELL) and path != WELL]
    diagnosis = diagnose(rule_case(*outer, folder).evidence)
    assert [finding.id for finding in diagnosis.findings if finding.severity is not Severity.INFO] == []
    assert [check.id for node in diagnosis.nodes for check in node.checks if check.state == "failed"] == []
    assert diagnosis.verdict in (Verdict.HEALTHY, Verdict.INCOMPLETE)
