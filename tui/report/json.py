"""The report for programs: ``noroute/report/1``, described by ``docs/report.schema.json``.

Within ``/1`` keys are only ever added. The text is ASCII: control and bidirectional characters of an appliance
leave as ``\\u001b`` and ``\\u202e``, so that ``text`` stays exact and ``span`` counts its characters.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from checks import __version__
from checks.evidence.builds import appliance_of
from checks.evidence.evidence import Evidence
from checks.model import Check, Diagnosis, Edge, Excerpt, Finding, Node
from checks.plan import Fix, Reboot, Restore, Step, Write
from checks.rules.entries import also
from checks.snapshot import Snapshot
from checks.transaction import Unfinished

SCHEMA = "noroute/report/1"
Object = dict[str, Any]


def report(snapshot: Snapshot) -> str:
    """The whole report as indented ASCII JSON with a final newline."""
    return json.dumps(as_object(snapshot), indent=2) + "\n"


def as_object(snapshot: Snapshot) -> Object:
    """The report as plain dicts and lists."""
    origin, diagnosis = snapshot.origin, snapshot.diagnosis
    taken_at = snapshot.evidence.taken_at if snapshot.evidence is not None else None
    return {
        "schema": SCHEMA,
        "version": __version__,
        "source": {
            "kind": origin.kind.value,
            "target": origin.target,
            "via": list(origin.via),
            "client_vantage": origin.client_vantage.value,
        },
        "appliance": None if snapshot.evidence is None else _appliance(snapshot.evidence),
        "taken_at": _time(taken_at or snapshot.read_at),
        "duration_ms": snapshot.duration_ms,
        "verdict": diagnosis.verdict.value,
        "checks": _counts(diagnosis),
        "roots": list(diagnosis.roots),
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "nodes": [_node(node) for node in diagnosis.nodes],
        "edges": [_edge(edge) for edge in diagnosis.edges],
        "unfinished": None if snapshot.unfinished is None else _unfinished(snapshot.unfinished),
        "ignored": [
            {
                "id": row.id,
                "title": row.title,
                "reason": row.reason,
                "until": row.until.isoformat(),
                "ended": row.ended,
            }
            for row in diagnosis.ignored
        ],
        "not_checked": [
            {"check": left.summary, "checks": list(left.checks), "why": left.why} for left in diagnosis.not_checked
        ],
    }


def _appliance(e: Evidence) -> Object:
    found = appliance_of(e)
    return {
        "builds": list(found.builds),
        "signs": list(found.signs),
        "haproxy": found.haproxy,
        "dataplaneapi": found.dataplane,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _counts(diagnosis: Diagnosis) -> Object:
    counts = diagnosis.counts
    # What was still under way when the report was made is not known.
    unknown = counts.unknown + counts.checking
    return {"ok": counts.ok, "warning": counts.warning, "failed": counts.failed, "unknown": unknown}


def _finding(finding: Finding) -> Object:
    return {
        "id": finding.id,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "grade": finding.grade.value,
        "node": finding.node,
        "title": finding.title,
        "explanation": finding.explanation,
        "remedy": finding.remedy,
        "explained_by": list(finding.explained_by),
        "explains": list(finding.explains),
        "also": [entry.code for entry in also(finding.code)],
        "excerpts": [_excerpt(excerpt) for excerpt in finding.excerpts],
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _excerpt(excerpt: Excerpt) -> Object:
    return {
        "source": excerpt.source,
        "kind": excerpt.kind.value,
        "line": excerpt.line,
        "text": excerpt.text,
        "span": None if excerpt.span is None else list(excerpt.span),
        "at": _time(excerpt.at),
    }


def _fix(fix: Fix) -> Object:
    return {
        "summary": fix.summary,
        "digest": fix.digest,
        "reboot": fix.reboot,
        "undoable": fix.undoable,
        "interrupts": fix.interrupts,
        "besides": fix.besides,
        "steps": [_step(step) for step in fix.steps],
    }


def _step(step: Step) -> Object:
    if isinstance(step, Write):
        return {"do": "write", "path": step.path, "diff": step.diff()}
    if isinstance(step, Restore):
        return {"do": "restore", "path": step.path, "source": step.source}
    if isinstance(step, Reboot):
        return {"do": "reboot"}
    return {"do": "run", "command": step.command}


def _unfinished(found: Unfinished) -> Object:
    return {
        "fix": found.fix_id,
        "finding": found.finding_id,
        "kind": found.kind,
        "owner": found.owner,
        "age_s": None if found.age is None else round(found.age),
        "step": found.step,
        "left": found.left.value,
        "sentence": found.sentence,
        "can_go_on": found.can_go_on,
        "can_undo": found.can_undo,
    }


def _node(node: Node) -> Object:
    return {
        "id": node.id,
        "kind": node.kind.value,
        "label": node.label,
        "state": node.state.value,
        # What only marks a place in the picture repeats a check that is counted elsewhere.
        "checks": [_check(check) for check in node.checks if check.counted],
    }


def _check(check: Check) -> Object:
    ms = None if check.ms is None else round(check.ms, 3)
    return {"id": check.id, "state": check.state.value, "detail": check.detail, "ms": ms}


def _edge(edge: Edge) -> Object:
    return {"from": edge.source, "to": edge.target, "state": edge.state.value}
