"""Each rule on its own: where it fires, where it nearly does, and that it stays silent on what is well."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, read
from checks.evidence.section import Reading
from checks.model import Diagnosis, Grade, Severity, State, Verdict
from checks.rules.catalogue import rules
from checks.rules.rule import Found, Rule
from checks.site import Site
from tests.checks.expectations import unknown
from tests.checks.fixtures import CAPTURES, RULES, base, capture_case, folders, rule_case

CASES = folders(RULES)


def name(folder: Path) -> str:
    """A case by its place: CODE-what, or a further one inside it."""
    return str(folder.relative_to(CAPTURES if folder.is_relative_to(CAPTURES) else RULES))


def code(folder: Path) -> str:
    """The rule that a case is of."""
    return name(folder).partition("-")[0]


def healthy() -> Evidence:
    loaded = base()
    return read(loaded.reading, loaded.probes, client_vantage=loaded.origin.client_vantage)


@pytest.mark.parametrize("folder", CASES, ids=name)
def test_a_rule_says_what_its_fixture_expects(folder: Path) -> None:
    case = rule_case(folder)
    diagnosis = diagnose(case.evidence, case.site)
    found = [finding for finding in diagnosis.findings if finding.code == code(folder)]
    assert sorted(finding.id for finding in found) == sorted(case.expected["finds"])
    if found:
        assert found[0].severity == case.expected.get("severity", found[0].severity)
        assert set(case.expected.get("explains", [])) <= set(found[0].explains)
        assert case.expected.get("says", "") in found[0].explanation
        assert not any(words in found[0].explanation for words in case.expected.get("claims_not", []))
        assert bool(found[0].fix) is case.expected.get("fix", bool(found[0].fix))
    assert list(diagnosis.roots) == case.expected.get("roots", list(diagnosis.roots))
    assert diagnosis.verdict == case.expected.get("verdict", diagnosis.verdict)
    for id, effect in case.expected.get("effects", {}).items():
        (check,) = (check for node in diagnosis.nodes for check in node.checks if check.id == f"effect:{id}")
        assert f"{check.state} {check.detail}" == effect
    agree(diagnosis)


def agree(diagnosis: Diagnosis) -> None:
    """What the picture shows in red or yellow a finding tells, and a healthy site has neither."""
    serious = [finding for finding in diagnosis.findings if finding.severity is not Severity.INFO]
    shown = [node.id for node in diagnosis.nodes if node.state in (State.FAILED, State.WARNING)]
    assert serious or not shown
    assert not shown or diagnosis.verdict not in (Verdict.HEALTHY, Verdict.INCOMPLETE)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_every_rule_has_a_fixture_that_fires_and_a_near_miss(rule: Rule) -> None:
    finds = [bool(rule_case(folder).expected["finds"]) for folder in CASES if code(folder) == rule.code]
    assert True in finds, "none fires"
    assert False in finds, "no near miss"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_rule_is_silent_on_the_healthy_site(rule: Rule) -> None:
    evidence = healthy()
    assert evidence.why_missing(rule.needs) == ""
    found = [outcome for outcome in rule.function(evidence, Site()) if isinstance(outcome, Found)]
    assert [each for each in found if (each.severity or rule.severity) is not Severity.INFO] == []


def test_the_healthy_site_is_healthy_and_says_how_much_was_checked() -> None:
    diagnosis = diagnose(healthy())
    assert diagnosis.verdict is Verdict.HEALTHY
    assert diagnosis.sentence == "2 of 2 VIPs answer from the jump host"
    assert diagnosis.counts.ok >= 25
    assert diagnosis.counts.unknown == 0 and diagnosis.not_checked == ()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_rule_without_its_evidence_is_unknown_and_finds_nothing(rule: Rule) -> None:
    diagnosis = diagnose(read(Reading()))
    if rule.needs and rule.counted:
        assert rule.code in unknown(diagnosis)
    assert [finding.id for finding in diagnosis.findings] == []


@pytest.mark.parametrize("folder", [*CASES, *folders(CAPTURES)], ids=name)
def test_a_finding_fits_where_it_is_shown(folder: Path) -> None:
    case = capture_case(folder) if folder.parent == CAPTURES else rule_case(folder)
    for finding in diagnose(case.evidence, case.site).findings:
        assert len(finding.title) <= 52
        assert len(wrap(finding.explanation, 53)) <= 3, finding.explanation
        assert finding.grade is not Grade.REASON or finding.severity is Severity.INFO
