"""Recorded appliances in, findings out: what broke them is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.model import ExcerptKind, Severity
from checks.rules.catalogue import rules
from checks.sources.capture import load
from tests.checks.expectations import code_of, differences, unknown
from tests.checks.fixtures import CAPTURES, capture_case, folders

# What broke each of them, and what that explains besides.
CAUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "a-hostbits-boot": ("A01", ()),
    "a-hostbits-live": ("A01", ("C26", "C27")),
    "b-dash-range": ("A08", ()),
    "c4-no-final-newline": ("A14", ()),
    "d-good-bad-good": ("A01", ()),
    "deb11-a-hostbits-boot": ("A01", ()),
    "deb11-g-bind-outside-boot": ("A06", ("C10", "C12")),
    "deb11-healthy": ("", ()),
    "deb11-j2-mac-changed-boot": ("C28", ()),
    "f-gateway-in-range": ("A03", ()),
    "f5-range-covers-workload-node": ("A05", ()),
    "g-bind-outside-boot": ("A06", ("C10", "C12")),
    "g2-bind-outside-live-reload": ("A06", ("C25",)),
    "h-syntax-boot": ("C11", ()),
    "healthy": ("", ()),
    "j2-mac-changed-boot": ("C28", ()),
    "k-gateway-outside-boot": ("C07", ()),
    "l-route-tables-restarted": ("", ()),
    "m2-sed-i": ("C02", ()),
    "n-backends-all-down": ("F05", ()),
    "o1-dataplane-stopped": ("C13", ()),
    "o3-cert-expired": ("D04", ()),
    "p5-frontend-unplug-replug": ("E13", ()),
    "q-root-password-expired": ("H01", ()),
    "t-anyip-disabled-rebooted": ("C21", ()),
    "u1-fixed-restart-anyip-only": ("C12", ()),
    "u3-fixed-then-reboot": ("", ()),
    "v2-vip-ip-conflict": ("A26", ()),
    "w1-route-tables-stopped": ("C29", ()),
}
HEALTHY = ("healthy", "deb11-healthy", "u3-fixed-then-reboot", "l-route-tables-restarted")


@pytest.mark.parametrize("folder", folders(CAPTURES), ids=lambda folder: folder.name)
def test_a_recorded_appliance_gives_its_findings(folder: Path) -> None:
    case = capture_case(folder)
    assert differences(diagnose(case.evidence, case.site), case.expected) == []


def test_every_recorded_appliance_is_there() -> None:
    assert {folder.name for folder in folders(CAPTURES)} == set(CAUSES)


@pytest.mark.parametrize("name", CAUSES)
def test_of_a_recorded_appliance_the_cause_is_named_and_no_other(name: str) -> None:
    cause, explained = CAUSES[name]
    case = capture_case(CAPTURES / name)
    diagnosis = diagnose(case.evidence, case.site)
    serious = [found for found in diagnosis.findings if found.severity is not Severity.INFO]
    roots = [found for found in serious if found.id in diagnosis.roots]
    assert {found.code for found in roots} == ({cause} if cause else set())
    assert bool(serious) is bool(cause)
    below = {code_of(id) for root in roots for id in root.explains}
    assert set(explained) <= below


@pytest.mark.parametrize("name", HEALTHY)
def test_on_a_healthy_appliance_nothing_is_wrong(name: str) -> None:
    diagnosis = diagnose(capture_case(CAPTURES / name).evidence)
    assert [f.id for f in diagnosis.findings if f.severity is not Severity.INFO] == []
    assert diagnosis.counts.failed == diagnosis.counts.warning == 0
    assert diagnosis.counts.ok >= 25


PROVEN = [folder for folder in folders(CAPTURES) if "[proof]" in (folder / "expected.toml").read_text()]


@pytest.mark.parametrize("folder", PROVEN, ids=lambda folder: folder.name)
def test_the_root_shows_its_line_and_the_guilty_part(folder: Path) -> None:
    case = capture_case(folder)
    proof = case.expected["proof"]
    finding = diagnose(case.evidence).finding(proof["id"])
    assert finding is not None
    excerpt = next(e for e in finding.excerpts if e.kind is ExcerptKind.FILE)
    assert (excerpt.source, excerpt.line, excerpt.text) == (proof["source"], proof["line"], proof["text"])
    assert excerpt.span is not None and excerpt.text[slice(*excerpt.span)] == proof["guilty"]
    if "journal" in proof:
        assert any(proof["journal"] in e.text for e in finding.excerpts if e.kind is ExcerptKind.JOURNAL)


def test_the_root_of_the_article_offers_the_repair() -> None:
    finding = diagnose(capture_case(CAPTURES / "a-hostbits-boot").evidence).finding("A01:10.10.18.18/28")
    assert finding is not None and finding.fix is not None
    (write,) = finding.fix.writes
    assert write.diff().splitlines()[-2:] == ["-10.10.18.18/28", "+10.10.18.16/28"]
    assert finding.fix.commands == (
        "systemctl reset-failed haproxy",
        "systemctl restart anyip-routes",
        "systemctl start haproxy",
    )
    assert finding.fix.undoable


@pytest.mark.parametrize("folder", folders(CAPTURES), ids=lambda folder: folder.name)
def test_the_same_evidence_gives_the_same_diagnosis(folder: Path) -> None:
    first, second = (diagnose(capture_case(folder).evidence) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("folder", folders(CAPTURES), ids=lambda folder: folder.name)
def test_every_finding_lies_on_a_node_that_is_drawn(folder: Path) -> None:
    diagnosis = diagnose(capture_case(folder).evidence)
    drawn = {node.id for node in diagnosis.nodes}
    assert {finding.node for finding in diagnosis.findings} <= drawn
    assert {end for edge in diagnosis.edges for end in (edge.source, edge.target)} <= drawn
    assert len(drawn) == len(diagnosis.nodes)
    ids = {finding.id for finding in diagnosis.findings}
    assert len(ids) == len(diagnosis.findings)
    assert {id for f in diagnosis.findings for id in (*f.explains, *f.explained_by)} <= ids
    for finding in diagnosis.findings:
        for excerpt in finding.excerpts:
            assert excerpt.span is None or 0 <= excerpt.span[0] <= excerpt.span[1] <= len(excerpt.text)


@pytest.mark.parametrize("folder", folders(CAPTURES), ids=lambda folder: folder.name)
def test_what_is_not_in_the_evidence_is_never_ok(folder: Path) -> None:
    """Each section taken away alone: nothing new is found, and the rules that need it are said not to have run."""
    loaded = load(folder)
    known = {finding.id for finding in diagnose(capture_case(folder).evidence).findings}
    for name in loaded.reading.sections:
        sections = {key: value for key, value in loaded.reading.sections.items() if key != name}
        less = diagnose(
            read(
                replace(loaded.reading, sections=sections),
                loaded.probes,
                login=loaded.login,
                client_vantage=loaded.origin.client_vantage,
            )
        )
        new = {f.id for f in less.findings if f.severity is not Severity.INFO} - known
        assert new == set(), f"without {name}"
        needing = {rule.code for rule in rules() if name in rule.needs and rule.counted}
        assert needing <= unknown(less), f"without {name}"


def test_an_address_that_two_machines_have_is_not_seen_without_the_clients_probes() -> None:
    loaded = load(CAPTURES / "v2-vip-ip-conflict")
    diagnosis = diagnose(read(loaded.reading, (), client_vantage=loaded.origin.client_vantage))
    assert [finding.id for finding in diagnosis.findings if finding.severity is not Severity.INFO] == []
