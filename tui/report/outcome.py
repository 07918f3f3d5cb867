"""The exit code that a snapshot stands for: the same in every format."""

from __future__ import annotations

from checks.evidence.manifest import ITEMS
from checks.model import Severity
from checks.snapshot import Snapshot

FINE, FOUND, UNREADABLE = 0, 1, 3


def unreadable(snapshot: Snapshot) -> str:
    """Why the appliance's evidence is missing or not whole, in one line; "" where it is all there."""
    evidence = snapshot.evidence
    if evidence is not None and not evidence.login.reached:
        return evidence.login.problem or snapshot.detail or "the appliance could not be reached"
    if evidence is None or snapshot.shut:
        return snapshot.detail or "the appliance could not be read"
    if evidence.pending or not evidence.complete:
        missing = sum(item.name not in evidence.sections for item in ITEMS)
        return (
            f"the evidence ends before its end marker: nothing is known about {missing} of {len(ITEMS)} things to read"
        )
    return ""


def exit_code(snapshot: Snapshot, min_severity: Severity = Severity.WARNING, fail_on_unknown: bool = False) -> int:
    """3 where the evidence is missing or not whole, else 1 for a finding of at least ``min_severity``, else 3 for
    an unknown check where that was asked for, else 0."""
    if unreadable(snapshot):
        return UNREADABLE
    diagnosis = snapshot.diagnosis
    if any(finding.severity.rank <= min_severity.rank for finding in diagnosis.findings):
        return FOUND
    counts = diagnosis.counts
    return UNREADABLE if fail_on_unknown and counts.unknown + counts.checking else FINE
