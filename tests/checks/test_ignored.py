"""Suppressions from the site file: out of the findings, never out of sight, and over when their date is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from checks.diagnosis import diagnose
from checks.model import Diagnosis, State, Verdict
from checks.site import Ignore, Site
from tests.checks.fixtures import RULES, rule_case

LATER = date(2099, 1, 1)


def judged(*ignores: Ignore) -> Diagnosis:
    case = rule_case(RULES / "C04-removed")
    return diagnose(case.evidence, Site(ignores=ignores))


def test_an_ignored_finding_is_reported_and_decides_nothing() -> None:
    assert judged().verdict is Verdict.AT_RISK
    diagnosis = judged(Ignore("C04", "on purpose", LATER))
    assert diagnosis.verdict is Verdict.HEALTHY
    assert diagnosis.findings == () and diagnosis.roots == ()
    (row,) = diagnosis.ignored
    assert (row.id, row.reason, row.ended) == ("C04:10.10.18.64/28", "on purpose", False)
    checks = [check for node in diagnosis.nodes for check in node.checks if check.id == row.id]
    assert [(check.state, check.detail) for check in checks] == [(State.OK, "ignored: on purpose")]


@pytest.mark.parametrize(("until", "works"), [(date(2026, 11, 22), True), (date(2026, 11, 21), False)])
def test_it_works_to_the_end_of_its_last_day(until: date, works: bool) -> None:
    diagnosis = judged(Ignore("C04", "for now", until))
    assert [row.ended for row in diagnosis.ignored] == [not works]
    assert [finding.code for finding in diagnosis.findings] == ([] if works else ["C04"])


@pytest.mark.parametrize(
    ("row", "works"),
    [
        (Ignore("c04", "any case", LATER), True),
        (Ignore("C04", "this one", LATER, subject="10.10.18.64/28"), True),
        (Ignore("C04", "another", LATER, subject="10.10.18.96/28"), False),
        (Ignore("C0", "half a code", LATER), False),
    ],
)
def test_it_holds_for_its_code_and_subject_alone(row: Ignore, works: bool) -> None:
    diagnosis = judged(row)
    assert bool(diagnosis.ignored) is works
    assert bool(diagnosis.findings) is not works


def test_one_that_holds_wins_over_one_that_has_ended() -> None:
    assert judged(Ignore("C04", "old", date(2020, 1, 1)), Ignore("C04", "new", LATER)).ignored[0].reason == "new"


def test_without_a_date_of_reading_a_date_has_ended() -> None:
    case = rule_case(RULES / "C04-removed")
    diagnosis = diagnose(replace(case.evidence, taken_at=None), Site(ignores=(Ignore("C04", "x", date(2099, 1, 1)),)))
    assert [row.ended for row in diagnosis.ignored] == [True]


def test_what_follows_from_an_ignored_root_is_still_told() -> None:
    case = rule_case(RULES / "A01-two-lines")
    diagnosis = diagnose(case.evidence, Site(ignores=(Ignore("A01", "known", LATER),)))
    assert "A01" not in {finding.code for finding in diagnosis.findings}
    assert {row.id.partition(":")[0] for row in diagnosis.ignored} == {"A01"}
