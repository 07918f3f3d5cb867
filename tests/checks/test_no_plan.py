"""Why a finding has no plan: another line of its file, what could not be read, or its own remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks import fix_planning
from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence
from checks.no_plan import why_no_plan
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from tests.checks.fixtures import CAPTURES, RULES, capture_case, rule_case

ROOT = "A01:10.10.18.18/28"
ORIGIN = Origin(SourceKind.LIVE, "root@192.168.100.10")


def why(e: Evidence, finding_id: str) -> str:
    diagnosis = diagnose(e)
    finding = diagnosis.finding(finding_id)
    assert finding is not None and finding.fix is None
    return why_no_plan(e, diagnosis, finding)


def test_another_line_of_the_file_is_named_with_its_code() -> None:
    e = rule_case(RULES / "A01-two-lines", RULES / "A17-quiet").evidence
    bad = next(found for found in diagnose(e).findings if found.code == "A17")
    number = bad.excerpts[0].line
    said = why(e, ROOT)
    assert said.startswith(f"line {number} of the same file (A17) cannot be repaired: ")
    assert said.endswith("; by hand: write 10.10.18.16/28")
    assert why(e, bad.id) == f"by hand: {bad.remedy}"


def test_units_that_could_not_be_read_are_the_reason_on_the_command_line_too() -> None:
    e = replace(capture_case(CAPTURES / "a-hostbits-boot").evidence, units=None)
    said = "the state of the units could not be read; by hand: write 10.10.18.16/28"
    assert why(e, ROOT) == said
    with pytest.raises(Refusal) as refused:
        fix_planning.fix(Snapshot(ORIGIN, Phase.LIVE, diagnose(e), e), Site(), ROOT, reboot=False)
    assert refused.value.sentence == f"{ROOT}: nothing to repair here; {said}"


def test_what_a_root_without_a_plan_explains_leads_to_that() -> None:
    e = replace(capture_case(CAPTURES / "a-hostbits-boot").evidence, units=None)
    diagnosis = diagnose(e)
    one = next(found for found in diagnosis.findings if ROOT in {root.id for root in diagnosis.roots_of(found)})
    assert why(e, one.id).startswith(f"repair {ROOT} first: the state of the units could not be read")
