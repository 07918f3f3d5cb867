"""Whether a fix has worked: what was known before it held against what was read after it."""

from __future__ import annotations

from collections.abc import Sequence

from checks.model import Check, Diagnosis, Node, NodeKind, Severity, State, Vantage, of_vips
from checks.plan import Fix
from checks.transaction import Prepared


def fixed_wrong(prepared: Prepared, before: Diagnosis, after: Diagnosis, client: Vantage | None) -> str:
    """What is still wrong after a fix, in words, or "": its finding, what is new, what was promised."""
    finding_id = prepared.finding_id
    if after.finding(finding_id) is not None:
        return f"{finding_id} is still there"
    new = new_red(before, after)
    if new:
        return f"new: {', '.join(new[:3])}"
    old = before.finding(finding_id)
    explained = old.explains if old else ()
    if blind := _not_checked_again((finding_id, *explained), after):
        return f"{', '.join(blind)} could not be checked again"
    others = _still_wrong(finding_id, before, after)
    left = [id for id in explained if after.finding(id) is not None and id not in others]
    if left:
        return f"still there: {', '.join(left[:3])}"
    return _not_routed(prepared.fix, after) or _unanswered(others, after, client)


def _still_wrong(finding_id: str, before: Diagnosis, after: Diagnosis) -> frozenset[str]:
    """The ids of what was wrong beside a finding and still is, and of all that follows from it: a fix of the finding
    cannot mend those."""
    old = before.finding(finding_id)
    mine = {finding_id, *(old.explains if old else ())}
    beside = [found for found in after.findings if found.id not in mine and before.finding(found.id) is not None]
    return frozenset(id for found in beside for id in (found.id, *found.explains))


def _not_routed(fix: Fix, after: Diagnosis) -> str:
    for text in fix.routed:
        check = next((one for node in after.nodes for one in node.checks if one.id == f"routed:{text}"), None)
        if check is None or check.state is not State.OK:
            return f"{text} is not in the local routing table" + (f": {check.detail}" if check and check.detail else "")
    return ""


def _unanswered(others: frozenset[str], after: Diagnosis, client: Vantage | None) -> str:
    """The VIP that does not answer clients and has no other fault to blame."""
    for vip in after.of_kind(NodeKind.VIP):
        failed = [check for check in _tries(vip, client) if check.state is State.FAILED]
        if failed and not any(found.id in others for found in after.on(vip.id)):
            return f"{vip.label} does not answer clients" + (f": {failed[0].detail}" if failed[0].detail else "")
    return ""


def waiting(prepared: Prepared, before: Diagnosis, after: Diagnosis) -> str:
    """``; the others wait for C11:haproxy.cfg:3`` where VIPs stay dead for another reason, or ""."""
    others = _still_wrong(prepared.finding_id, before, after)
    dead = {found.id for vip in _dead(after) for found in after.on(vip.id) if found.id in others}
    roots = [
        found.id
        for found in after.findings
        if found.id in others and not found.explained_by and dead & {found.id, *found.explains}
    ]
    return f"; the others wait for {', '.join(roots[:3])}" if roots else ""


def _dead(diagnosis: Diagnosis) -> list[Node]:
    return [vip for vip in diagnosis.of_kind(NodeKind.VIP) if vip.state is State.FAILED]


def _not_checked_again(ids: Sequence[str], after: Diagnosis) -> list[str]:
    # A rule without evidence is unknown as a whole, one that is unsure of a subject by that subject.
    asked = {*ids, *(id.partition(":")[0] for id in ids)}
    unknown = {
        check.id for node in after.nodes for check in node.checks if check.id in asked and check.state is State.UNKNOWN
    }
    return sorted(unknown)


def undone_wrong(prepared: Prepared, after: Diagnosis) -> str:
    """What speaks against an undo having brought back what there was, in words, or "": the finding of the fix that it
    takes back, and none where it takes an undo back."""
    if after.finding(prepared.finding_id) is not None:
        return f"{prepared.finding_id} is still there" if prepared.of_undo else ""
    if _not_checked_again((prepared.finding_id,), after):
        return f"whether {prepared.code} is {'gone' if prepared.of_undo else 'back'} could not be checked"
    return "" if prepared.of_undo else f"{prepared.code} did not come back"


def _tries(vip: Node, client: Vantage | None) -> list[Check]:
    probes = f"probe:{client}:" if client else "probe:"
    return [check for check in vip.checks if check.id.startswith(probes)]


def unproven(after: Diagnosis, client: Vantage | None) -> str:
    """Why nobody can tell whether clients are answered, or "". Only probes from ``client`` count, from anywhere where
    it is None."""
    vips = after.of_kind(NodeKind.VIP)
    if not vips:
        return "no VIP exists, so nothing could be tried from where clients are"
    proven, why_not = 0, ""
    for vip in vips:
        tries = _tries(vip, client)
        if any(check.state is not State.UNKNOWN for check in tries):
            proven += 1
            continue
        why = tries[0].detail if tries else ""
        # A service that takes the connection and waits for its client to speak is as good as it gets, once another
        # VIP has proven the way.
        if not why.startswith("connected"):
            return f"whether {vip.label} answers clients could not be checked" + (f": {why}" if why else "")
        why_not = f"whether {vip.label} answers clients could not be proven: {why}"
    return "" if proven else why_not


def new_red(before: Diagnosis, after: Diagnosis) -> list[str]:
    """The ids of failed findings that were not there before, and that nothing explains which was."""
    known = {finding.id for finding in before.findings}
    old = {id for finding in after.findings if finding.id in known for id in finding.explains}
    return [
        finding.id
        for finding in after.findings
        if finding.severity is Severity.FAILED and finding.id not in known | old
    ]


def is_worse(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether something is red that was not, or fewer VIPs answer than did."""
    return bool(new_red(before, after)) or _count_answering(after) < _count_answering(before)


def answering(diagnosis: Diagnosis) -> str:
    """How many VIPs answer, in words."""
    return of_vips(_count_answering(diagnosis), len(diagnosis.of_kind(NodeKind.VIP)))


def _count_answering(diagnosis: Diagnosis) -> int:
    return sum(node.state is State.OK for node in diagnosis.of_kind(NodeKind.VIP))
