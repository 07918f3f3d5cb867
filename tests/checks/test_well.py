"""Sites that are well in their own way: nothing above information is found on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.diagnosis import diagnose
from checks.model import Severity, Verdict
from tests.checks.fixtures import FIXTURES, folders, rule_case

WELL = FIXTURES / "well"


@pytest.mark.parametrize("folder", folders(WELL), ids=lambda folder: str(folder.relative_to(WELL)))
def test_nothing_is_wrong(folder: Path) -> None:
    outer = [path for path in reversed(folder.parents) if path.is_relative_to(WELL) and path != WELL]
    diagnosis = diagnose(rule_case(*outer, folder).evidence)
    assert [finding.id for finding in diagnosis.findings if finding.severity is not Severity.INFO] == []
    assert [check.id for node in diagnosis.nodes for check in node.checks if check.state == "failed"] == []
    assert diagnosis.verdict in (Verdict.HEALTHY, Verdict.INCOMPLETE)
