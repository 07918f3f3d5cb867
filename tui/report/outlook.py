"""What will want attention later, although nothing is wrong today."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.evidence.evidence import Evidence
from checks.model import Diagnosis, NodeKind
from tui.report.words import several


def coming_up(evidence: Evidence, diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """What and when, as (label, value); only what is known."""
    rows = []
    now = evidence.clock.now if evidence.clock is not None else evidence.taken_at or datetime.now(UTC)
    if evidence.password_age is not None and evidence.password_age.expires is not None:
        days = (evidence.password_age.expires - now.date()).days
        rows.append(("root password expires", f"in {several(days, 'day')}" if days >= 0 else "is past"))
    if evidence.certificate is not None:
        rows.append(("dataplane certificate ends", f"{evidence.certificate.not_after:%Y-%m-%d}"))
    if evidence.ranges:
        owned = {at for line in evidence.ranges if line.network is not None for at in (line.network,)}
        total = sum(network.num_addresses for network in owned)
        used = {vip.label.partition(":")[0] for vip in diagnosis.of_kind(NodeKind.VIP)}
        rows.append(("addresses left in the ranges", f"{max(total - len(used), 0)} of {total}"))
    return rows
