"""From a finding to a plan that can be shown: fresh preconditions, names, and the record of the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import FILES, SERVER_CRT
from checks.fix_journal import not_understood, owner, parse
from checks.inert import inert
from checks.interrupted_fix import page_of, to_the_end, way_out
from checks.interrupted_renewal import present, without_loss
from checks.ledger import Record
from checks.model import Check, Diagnosis, Finding, NodeKind, State
from checks.no_plan import not_found, why_no_plan
from checks.plan import REBOOT_SECONDS, REBOOTS, Change, Fix, Reboot, Restore, Run, Step, Write
from checks.quoting import plain
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Snapshot
from checks.transaction import Left, Prepared, Transaction, Unfinished

Known = frozenset[str]
Report = Callable[[Transaction], None]
_ROOM = 1_000_000


def fix(snapshot: Snapshot, site: Site, finding_id: str, known: Known = frozenset(), *, reboot: bool) -> Prepared:
    """The plan of a finding. Refusal (2) where that fault is not found now, there is no such code, or the repair lies
    elsewhere. ``known`` are the ids of earlier fixes."""
    diagnosis = snapshot.diagnosis
    finding = diagnosis.finding(finding_id)
    if finding is None:
        raise not_found(diagnosis, finding_id)
    if finding.fix is None:
        hint = why_no_plan(snapshot.evidence or Evidence(), diagnosis, finding)
        raise Refusal(f"{finding_id}: nothing to repair here; {hint}", 2)
    plan = _promised(diagnosis, finding, finding.fix.by_reboot() if reboot else finding.fix)
    prepared = _prepared(snapshot, site, (finding_id, finding.code), f"FIX {finding.code}", plan, known)
    return replace(prepared, price=_price(diagnosis, finding), may_reboot=True)


def _promised(diagnosis: Diagnosis, finding: Finding, plan: Fix) -> Fix:
    """Without the promise of a VIP that another root keeps dead; that is said in its place."""
    mine = {finding.id, *finding.explains}
    promised, waits = [], []
    for vip in plan.answering:
        dead = {found.id for found in diagnosis.on(f"{NodeKind.VIP}:{vip}")}
        others = [root.id for root in diagnosis.findings if not root.explained_by and root.id not in mine]
        blame = [id for id in others if dead & {id, *_explained(diagnosis, id)}]
        waits += [f"whether {vip} answers waits for {', '.join(blame)}"] if blame else []
        promised += [] if blame else [vip]
    return replace(plan, answering=tuple(promised), verifies=(*plan.verifies, *waits)) if waits else plan


def _explained(diagnosis: Diagnosis, finding_id: str) -> tuple[str, ...]:
    found = diagnosis.finding(finding_id)
    return found.explains if found is not None else ()


def _price(diagnosis: Diagnosis, finding: Finding) -> str:
    """What clients lose while this finding stands, as far as it is seen to explain that."""
    explained = (diagnosis.finding(one) for one in finding.explains)
    lost = {one.node for one in explained if one is not None and one.node.startswith(f"{NodeKind.VIP}:")}
    return f"{len(lost)} VIP{'s' if len(lost) > 1 else ''} stop{'' if len(lost) > 1 else 's'} answering" if lost else ""


def undo(
    snapshot: Snapshot, site: Site, record: Record | None, known: Known = frozenset(), *, reboot: bool = False
) -> Prepared:
    """The way back as a plan. Refusal (2) where there is none, or where a reboot would be none."""
    if record is None or not record.back:
        raise Refusal("no fix of noroute on this appliance that could be undone", 2)
    summary = f"brings {record.code} back: {record.price}" if record.price else f"brings {record.code} back"
    plan = _plan(summary, record.back, record.code, record.finding_id)
    if record.replaced:
        e = snapshot.evidence or Evidence()
        plan = replace(plan, steps=without_loss(e, record, record.back), certificate=present(e))
    # Of what no file keeps a reboot takes nothing back.
    may_reboot = bool(plan.changes)
    if reboot and not may_reboot:
        raise Refusal(f"{record.code}: a reboot would not take it back", 2)
    if reboot:
        plan = replace(plan.by_reboot(), interrupts=f"{summary}; {REBOOTS}")
    prepared = _prepared(snapshot, site, (record.finding_id, record.code), f"UNDO {record.code}", plan, known)
    own = (*prepared.preconditions, *_same_certificate(snapshot, record))
    prepared = _as_confirmed(prepared, record)
    return replace(prepared, undo=True, undoes=record.fix_id, may_reboot=may_reboot, preconditions=own)


def _same_certificate(snapshot: Snapshot, record: Record) -> tuple[Check, ...]:
    """Whether the certificate is still the one that the fix left; nothing where it made none. Where its end is not
    known, neither is that, and what is there is kept beside first."""
    if not record.replaced:
        return ()
    name = "precondition:certificate"
    now = snapshot.evidence.certificate if snapshot.evidence is not None else None
    if now is None:
        return (Check(name, State.FAILED, f"{SERVER_CRT} cannot be read"),)
    if now.fingerprint in (record.left, record.replaced):
        return (Check(name, State.OK, f"{SERVER_CRT} is the one that the fix left"),)
    if not record.left:
        return (Check(name, State.OK, f"{SERVER_CRT} is kept beside before the old one comes back"),)
    return (Check(name, State.FAILED, f"{SERVER_CRT} was renewed since, and the undo would overwrite it"),)


def go_on(snapshot: Snapshot, site: Site, record: Record | None, known: Known) -> Prepared:
    """What is left to do of the fix that was cut off. Refusal (2) where there is none that can go on."""
    found = snapshot.unfinished
    if found is None or not found.can_go_on or record is None:
        raise Refusal(_no_way(found, "go on with"), 2)
    steps = to_the_end(snapshot.evidence or Evidence(), record, found)
    plan = Fix(
        summary=f"goes on where it was cut off: {found.step}",
        steps=steps,
        interrupts=_still_interrupts(snapshot, record, steps),
        verifies=("the finding is gone and nothing new is red",),
        undone="the old bytes come back from the backup" if record.back else "it cannot be undone",
        seconds=REBOOT_SECONDS if any(isinstance(step, Reboot) for step in steps) else 8,
        back=record.back,
        certificate=record.replaced,
    )
    of = (record.finding_id, record.code)
    prepared = _prepared(snapshot, site, of, f"GO ON {record.code}", plan, known, takes_over=True)
    is_undo = record.kind == "undo"
    return replace(
        _as_confirmed(prepared, record), undo=is_undo, undoes=record.undoes, resumes=record.fix_id, price=record.price,
        of_undo=record.of_undo == "yes",
    )  # fmt: skip


def _still_interrupts(snapshot: Snapshot, record: Record, steps: tuple[Step, ...]) -> str:
    """What going on takes from clients, by the present state."""
    if not steps:
        return "nothing: all was done, and only has to be verified"
    if any(isinstance(step, Reboot) for step in steps):
        return REBOOTS
    finding = snapshot.diagnosis.finding(record.finding_id)
    if record.kind == "fix" and finding is not None and finding.fix is not None:
        return finding.fix.interrupts
    vips = snapshot.diagnosis.of_kind(NodeKind.VIP)
    if vips and not any(node.state is State.OK for node in vips):
        return "nothing more: no VIP answers now"
    return "what its commands restart"


def take_back(snapshot: Snapshot, site: Site, record: Record | None, known: Known) -> Prepared:
    """What takes a fix back that was cut off; without its record (it was begun elsewhere) only the bytes of its file.
    Refusal (2) where there is none."""
    found = snapshot.unfinished
    if found is None or not found.can_undo:
        raise Refusal(_no_way(found, "undo"), 2)
    e = snapshot.evidence or Evidence()
    entry = parse(page_of(e)[0])
    before = entry.before_sha256 if entry is not None else _before(record)
    steps = way_out(e, record, found, _digest(snapshot, found.path), before)
    summary = "puts back what it had done" if steps else "changes nothing; only its journal is taken away"
    plan = _plan(summary, steps, found.code, "", restart=record is None and bool(steps))
    of = (found.finding_id, found.code)
    prepared = _prepared(snapshot, site, of, f"UNDO {found.code}", plan, known, takes_over=True)
    prepared = _as_confirmed(prepared, record)
    return replace(prepared, undo=True, undoes=found.fix_id, resumes=found.fix_id, of_undo=found.kind == "undo")


def _as_confirmed(prepared: Prepared, record: Record | None) -> Prepared:
    """What follows a fix on a production site wants the same confirmation, whatever the command line says of it."""
    return prepared if prepared.production or record is None else replace(prepared, production=record.production)


def _plan(summary: str, steps: tuple[Step, ...], code: str, finding_id: str, *, restart: bool = False) -> Fix:
    # The record of an older version may have no other way back.
    reboot = any(isinstance(step, Reboot) for step in steps)
    changes = any(isinstance(step, Write | Restore) for step in steps)
    verifies = ("the file has its old bytes",) if changes else ()
    interrupts = summary
    if restart:
        interrupts = "units keep what they run with until they are restarted; read again and repair what is found"
    return Fix(
        summary=summary,
        steps=steps,
        interrupts=f"{interrupts}; {REBOOTS}" if reboot else interrupts,
        verifies=(
            *(("the appliance is back with a new boot id",) if reboot else ()),
            *verifies,
            *((f"{finding_id} is back",) if finding_id else ()),
        ),
        undone=f"{code} can be repaired again",
        seconds=REBOOT_SECONDS if reboot else 8,
    )


def _no_way(found: Unfinished | None, what: str) -> str:
    if found is None:
        return f"no fix was cut off on this appliance: there is nothing to {what}"
    return f"{found.sentence}. It can {'be undone' if found.can_undo else 'not be touched'} from here only"


def _digest(snapshot: Snapshot, path: str) -> str:
    file = snapshot.evidence.files.get(path) if snapshot.evidence is not None else None
    return file.sha256 if file is not None else ""


def _before(record: Record | None) -> str:
    steps = record.steps if record is not None else ()
    return next((step.before_sha256 for step in steps if isinstance(step, Write | Restore)), "")


def _prepared(
    snapshot: Snapshot,
    site: Site,
    finding: tuple[str, str],
    title: str,
    plan: Fix,
    known: Known,
    *,
    takes_over: bool = False,
) -> Prepared:
    evidence = snapshot.evidence or Evidence()
    finding_id, code = finding
    stamp = _stamp(datetime.now(UTC), known)
    change = next(iter(plan.changes), None)
    file = evidence.files.get(change.path) if change else None
    stat = file.stat if file else None
    prepared = Prepared(
        fix_id=f"{stamp}-{code}",
        finding_id=finding_id,
        code=code,
        title=title,
        target=snapshot.origin.target,
        fix=plan,
        file_facts=f"{int(stat.mode):04d} {stat.owner.partition(':')[0]}, {stat.size} bytes"
        if stat and stat.mode.isascii() and stat.mode.isdigit()
        else "",
        backup=f"{change.path}.noroute-{stamp}" if change else "",
        preconditions=_preconditions(snapshot, change, takes_over=takes_over),
        production=(site.name or snapshot.origin.target) if site.production else "",
        client=snapshot.origin.client_vantage,
    )
    # The way back of a copy made on the appliance is the backup of that very fix.
    back = tuple(
        replace(step, source=prepared.backup) if isinstance(step, Restore) and not step.source else step
        for step in plan.back
    )
    return replace(prepared, fix=replace(plan, back=back)) if back != plan.back else prepared


def _stamp(now: datetime, known: Known) -> str:
    """A name that people can read, and that no fix of the same second has."""
    second = f"{now:%Y%m%d-%H%M%S}"
    taken = {name.rpartition("-")[0] for name in known}
    return next(
        name
        for number in range(1, len(taken) + 2)
        if (name := f"{second}.{number}" if number > 1 else second) not in taken
    )


def _preconditions(snapshot: Snapshot, change: Change | None, *, takes_over: bool) -> tuple[Check, ...]:
    e = snapshot.evidence or Evidence()
    root = e.reader is not None and e.reader.uid == 0
    name = e.reader.name if e.reader else "unknown"
    found = [
        Check(
            "precondition:user",
            State.OK if root else State.FAILED,
            f"may write: {name}" if root else f"{name} is not root",
        )
    ]
    if change is not None:
        file = e.files.get(change.path)
        same = file is not None and (file.sha256 or change.before_sha256) == change.before_sha256
        found.insert(
            0,
            Check(
                "precondition:bytes",
                State.OK if same else State.FAILED,
                "the file still has the bytes of this diff" if same else "the file has other bytes by now",
            ),
        )
        found.append(_room(e))
    alone = _alone(page_of(e)[0], snapshot.unfinished, takes_over=takes_over)
    return (*found, alone) if alone is not None else tuple(found)


def _alone(page: bytes, other: Unfinished | None, *, takes_over: bool) -> Check | None:
    """Whether nobody else is at work, by the journal on the appliance; None where there is none. What nobody can tell
    is a person's to decide, who ``takes_over`` that very fix."""
    name = "precondition:alone"
    if not page:
        return None
    if said := not_understood(page):
        return Check(name, State.FAILED, said)
    if other is None:
        return Check(name, State.OK, "the journal of a fix that has ended is taken away")
    if other.in_doubt:
        return Check(name, State.UNKNOWN if takes_over else State.FAILED, other.sentence)
    return Check(name, State.FAILED if other.left is Left.RUNNING else State.OK, other.sentence)


def _room(e: Evidence) -> Check:
    """Whether the disk has room for root, as whom everything is written."""
    name = "precondition:room"
    disk = min(e.disks or (), key=lambda disk: disk.for_root, default=None)
    if disk is None:
        return Check(name, State.OK, "room unknown")
    if disk.for_root > _ROOM:
        return Check(name, State.OK, f"{disk.for_root / 1e9:.1f} GB free")
    if disk.room is None:
        return Check(name, State.UNKNOWN, f"room for root on {disk.mount} unknown")
    return Check(name, State.FAILED, f"{disk.mount} is full")


def check(prepared: Prepared) -> None:
    """Refusal (1) where a precondition does not hold."""
    bad = [check.detail for check in prepared.preconditions if check.state is State.FAILED]
    bad += [
        f"{change.path} is no file that noroute writes" for change in _changes(prepared) if change.path not in FILES
    ]
    bad += [f"{inert(run.command, 80)}: not one plain command" for run in _runs(prepared) if not plain(run.command)]
    if bad:
        raise Refusal(f"{prepared.title}: {'; '.join(bad)}. Nothing was written", 1)


def _changes(prepared: Prepared) -> list[Change]:
    return [step for step in (*prepared.fix.steps, *prepared.fix.back) if isinstance(step, Write | Restore)]


def _runs(prepared: Prepared) -> list[Run]:
    return [step for step in (*prepared.fix.steps, *prepared.fix.back) if isinstance(step, Run)]


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
        kind=prepared.kind,
        steps=prepared.fix.steps,
        owner=owner(),
        begun_at=datetime.now(UTC).isoformat(),
        undoes=prepared.undoes,
        price=prepared.price,
        of_undo="yes" if prepared.of_undo else "",
        replaced=prepared.fix.certificate,
        production=prepared.production,
    )
