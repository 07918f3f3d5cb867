"""What an ``expected.toml`` says of a capture, compared with a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checks.model import Diagnosis, Severity, State


def code_of(entry: str) -> str:
    """The code of "A01:10.10.18.18/28" or of a bare "A01"."""
    return entry.partition(":")[0]


def unknown(diagnosis: Diagnosis) -> set[str]:
    """The checks that could not be made, by id."""
    return {check.id for node in diagnosis.nodes for check in node.checks if check.state is State.UNKNOWN}


def matches(id: str, entries: Iterable[str]) -> bool:
    """Whether an id is named, whole or by its code alone."""
    return any(entry == id or entry == code_of(id) for entry in entries)


def differences(diagnosis: Diagnosis, expected: Mapping[str, Any]) -> list[str]:
    """Every way in which a diagnosis is not what the file expects; findings at ``info`` are free."""
    listed: Mapping[str, str] = expected.get("findings", {})
    found = []
    if not (
        all(matches(root, expected["roots"]) for root in diagnosis.roots)
        and all(any(matches(root, [entry]) for root in diagnosis.roots) for entry in expected["roots"])
    ):
        found.append(f"roots are {diagnosis.roots}, not {expected['roots']}")
    if diagnosis.verdict != expected["verdict"]:
        found.append(f"verdict is {diagnosis.verdict}, not {expected['verdict']}")
    for entry, severity in listed.items():
        there = [finding for finding in diagnosis.findings if matches(finding.id, [entry])]
        if not there:
            found.append(f"{entry} is not found")
        found += [f"{f.id} is {f.severity}, not {severity}" for f in there if f.severity != severity]
    found += [
        f"{finding.id} ({finding.severity}) is not expected: {finding.title}"
        for finding in diagnosis.findings
        if finding.severity is not Severity.INFO and not matches(finding.id, (*listed, *expected["roots"]))
    ]
    explained = {id for root in diagnosis.roots for id in _explains(diagnosis, root)}
    for entry in expected.get("explains", []):
        ids = [finding.id for finding in diagnosis.findings if matches(finding.id, [entry])]
        if not ids or not explained.issuperset(ids):
            found.append(f"{entry} is not explained by a root")
    if expected.get("one_cause"):
        left = [
            f.id
            for f in diagnosis.findings
            if f.severity is Severity.FAILED and f.id not in explained and f.id not in diagnosis.roots
        ]
        if left or len(diagnosis.roots) != 1:
            found.append(f"{diagnosis.roots} leaves unexplained: {left}")
    return found


def _explains(diagnosis: Diagnosis, id: str) -> tuple[str, ...]:
    finding = diagnosis.finding(id)
    return finding.explains if finding else ()
