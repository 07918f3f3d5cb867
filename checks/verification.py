"""Whether a fix has worked: what was known before it held against what was read after it."""

from __future__ import annotations

from collections.abc import Sequence

from checks.model import Diagnosis, NodeKind, Severity, State, Vantage, of_vips


def fixed_wrong(finding_id: str, before: Diagnosis, after: Diagnosis) -> str:
    """What is still wrong after the fix of a finding, in words, or ""."""
    if after.finding(finding_id) is not None:
        return f"{finding_id} is still there"
    new = new_red(before, after)
    if new:
        return f"new: {', '.join(new[:3])}"
    old = before.finding(finding_id)
    explained = old.explains if old else ()
    if blind := _not_checked_again((finding_id, *explained), after):
        return f"{', '.join(blind)} could not be checked again"
    left = [id for id in explained if after.finding(id) is not None]
    return f"still there: {', '.join(left[:3])}" if left else ""


def _not_checked_again(ids: Sequence[str], after: Diagnosis) -> list[str]:
    # A rule without evidence is unknown as a whole, one that is unsure of a subject by that subject.
    asked = {*ids, *(id.partition(":")[0] for id in ids)}
    unknown = {
        check.id for node in after.nodes for check in node.checks if check.id in asked and check.state is State.UNKNOWN
    }
    return sorted(unknown)


def undone_wrong(finding_id: str, code: str, after: Diagnosis) -> str:
    """What speaks against an undo having brought back what there was, in words, or ""."""
    return f"{code} did not come back" if after.finding(finding_id) is None else ""


def unproven(after: Diagnosis, client: Vantage | None) -> str:
    """Why nobody can tell whether clients are answered, or "". Only probes from ``client`` count, from anywhere where
    it is None."""
    vips = after.of_kind(NodeKind.VIP)
    if not vips:
        return "no VIP exists, so nothing could be tried from where clients are"
    probes = f"probe:{client}:" if client else "probe:"
    proven, why_not = 0, ""
    for vip in vips:
        tries = [check for check in vip.checks if check.id.startswith(probes)]
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
    """The ids of failed findings that were not there before."""
    known = {finding.id for finding in before.findings}
    return [finding.id for finding in after.findings if finding.severity is Severity.FAILED and finding.id not in known]


def is_worse(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether something is red that was not, or fewer VIPs answer than did."""
    return bool(new_red(before, after)) or _count_answering(after) < _count_answering(before)


def answering(diagnosis: Diagnosis) -> str:
    """How many VIPs answer, in words."""
    return of_vips(_count_answering(diagnosis), len(diagnosis.of_kind(NodeKind.VIP)))


def _count_answering(diagnosis: Diagnosis) -> int:
    return sum(node.state is State.OK for node in diagnosis.of_kind(NodeKind.VIP))
