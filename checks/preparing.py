"""From a finding to a plan that can be shown: fresh preconditions, names, and the record of the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from checks.evidence.evidence import Evidence
from checks.ledger import Record
from checks.model import Check, NodeKind, State
from checks.plan import Fix, Reboot, Write
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Snapshot
from checks.transaction import Prepared, Transaction

Report = Callable[[Transaction], None]
_ROOM = 1_000_000


def fix(snapshot: Snapshot, site: Site, finding_id: str, *, reboot: bool) -> Prepared:
    """The plan of a finding. Refusal (2) where there is no such finding, or its repair lies elsewhere."""
    diagnosis = snapshot.diagnosis
    finding = diagnosis.finding(finding_id)
    if finding is None:
        there = ", ".join(found.id for found in diagnosis.findings if found.fix) or "none that can be repaired here"
        raise Refusal(f"no finding {finding_id}; there are: {there}", 2)
    if finding.fix is None:
        causes = finding.explained_by
        hint = f"repair {causes[0]} first" if causes else finding.remedy or "its repair lies elsewhere"
        raise Refusal(f"{finding_id}: nothing to repair here; {hint}", 2)
    plan = finding.fix.by_reboot() if reboot else finding.fix
    return _prepared(snapshot, site, finding_id, finding.code, f"FIX {finding.code}", plan)


def undo(snapshot: Snapshot, site: Site, record: Record | None) -> Prepared:
    """The way back as a plan. Refusal (2) where there is none."""
    if record is None or not record.back:
        raise Refusal("no fix of noroute on this appliance that could be undone", 2)
    vips = len(snapshot.diagnosis.of_kind(NodeKind.VIP))
    reboot = any(isinstance(step, Reboot) for step in record.back)
    plan = Fix(
        summary=f"brings {record.code} back: {vips} VIPs stop answering",
        steps=record.back,
        interrupts=f"brings {record.code} back: {vips} VIPs stop answering",
        verifies=("the file has its old bytes", f"{record.finding_id} is back"),
        undone=f"f on {record.code} repairs it again",
        seconds=60 if reboot else 8,
    )
    prepared = _prepared(snapshot, site, record.finding_id, record.code, f"UNDO {record.code}", plan)
    return replace(prepared, undo=True)


def _prepared(snapshot: Snapshot, site: Site, finding_id: str, code: str, title: str, plan: Fix) -> Prepared:
    evidence = snapshot.evidence or Evidence()
    now = datetime.now(UTC)
    # Two fixes within a second must not want the same backup.
    stamp = f"{now:%Y%m%d-%H%M%S}.{now.microsecond // 1000:03d}"
    fix_id = f"{stamp}-{code}"
    write = next(iter(plan.writes), None)
    file = evidence.files.get(write.path) if write else None
    stat = file.stat if file else None
    return Prepared(
        fix_id=fix_id,
        finding_id=finding_id,
        code=code,
        title=title,
        target=snapshot.origin.target,
        fix=plan,
        file_facts=f"{int(stat.mode):04d} {stat.owner.partition(':')[0]}, {stat.size} bytes"
        if stat and stat.mode.isdigit()
        else "",
        backup=f"{write.path}.noroute-{stamp}" if write else "",
        preconditions=_preconditions(evidence, write),
        production=(site.name or snapshot.origin.target) if site.production else "",
    )


def _preconditions(e: Evidence, write: Write | None) -> tuple[Check, ...]:
    root = e.reader is not None and e.reader.uid == 0
    name = e.reader.name if e.reader else "unknown"
    found = [
        Check(
            "precondition:user",
            State.OK if root else State.FAILED,
            f"may write: {name}" if root else f"{name} is not root",
        )
    ]
    if write is not None:
        file = e.files.get(write.path)
        same = file is not None and (file.sha256 or write.before_sha256) == write.before_sha256
        found.insert(
            0,
            Check(
                "precondition:bytes",
                State.OK if same else State.FAILED,
                "the file still has the bytes of this diff" if same else "the file has other bytes by now",
            ),
        )
        disk = min(e.disks or (), key=lambda disk: disk.free, default=None)
        room = disk is None or disk.free > _ROOM
        free = "room unknown" if disk is None else f"{disk.free / 1e9:.1f} GB free" if room else f"{disk.mount} is full"
        found.append(Check("precondition:room", State.OK if room else State.FAILED, free))
    return tuple(found)


def check(prepared: Prepared) -> None:
    """Refusal (1) where a precondition does not hold."""
    bad = [check.detail for check in prepared.preconditions if check.state is State.FAILED]
    if bad:
        raise Refusal(f"{prepared.title}: {'; '.join(bad)}. Nothing was written", 1)


def record(prepared: Prepared, appliance: str) -> Record:
    """What is kept of it before anything changes."""
    return Record(
        fix_id=prepared.fix_id,
        appliance=appliance,
        target=prepared.target,
        finding_id=prepared.finding_id,
        code=prepared.code,
        summary=prepared.fix.summary,
        backup=prepared.backup,
        status="begun",
        back=() if prepared.undo else prepared.fix.back,
        digest=prepared.fix.digest,
    )
