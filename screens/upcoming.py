"""What will want attention later, although nothing is wrong today: for the panel and for the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import collapse_addresses
from typing import TYPE_CHECKING

from checks.model import Diagnosis, NodeKind

if TYPE_CHECKING:
    from checks.evidence.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Coming:
    """``what`` it is, in few words ``brief``, and when or how much."""

    what: str
    brief: str
    when: str


def coming(evidence: Evidence, diagnosis: Diagnosis, now: datetime) -> Iterator[Coming]:
    """Only what is known."""
    age = evidence.password_age
    if age is not None:
        yield Coming(
            "root password expires",
            "root password",
            "now" if age.must_change else "never" if age.expires is None else _days((age.expires - now.date()).days),
        )
    if evidence.certificate is not None:
        yield Coming("dataplane certificate ends", "certificate", f"{evidence.certificate.not_after:%Y-%m-%d}")
    root = next((disk for disk in evidence.disks or () if disk.mount == "/"), None)
    if root is not None:
        yield Coming("disk / is filled", "disk /", f"{root.used} %")
    networks = {line.network for line in evidence.ranges or () if line.network is not None}
    if networks:
        total = sum(network.num_addresses for network in collapse_addresses(networks))
        used = {vip.label.partition(":")[0] for vip in diagnosis.of_kind(NodeKind.VIP)}
        yield Coming("addresses left in the ranges", "addresses left", f"{max(total - len(used), 0)} of {total}")


def _days(days: int) -> str:
    return "expired" if days < 0 else "today" if days == 0 else f"in {days} day{'s' * (days != 1)}"
