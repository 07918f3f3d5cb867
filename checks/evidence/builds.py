"""Which build of the appliance this is, as far as the evidence tells: what is possible, never more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import WORKLOAD_NETWORKS_CFG

LATER = "later than 0.2.0"
BUILDS = ("0.1.7", "0.1.8", "0.1.9", "0.1.10", "0.2.0", LATER)
"""Oldest first. Of what came after 0.2.0 the vendor released nothing: such an appliance was built by somebody."""

# The scripts as the vendor's repository has them at each tag, by the beginning of their SHA-256.
_SCRIPTS = {
    "095b04b0890641dc": {"0.1.7"},
    "47d36a37699f040c": {"0.1.8"},
    "99eca267b2ca2911": {"0.1.9", "0.1.10"},
    "0d84051e5c384810": {"0.2.0", LATER},
    "21ed05175465592a": {*BUILDS} - {LATER},
    "bacf758bdeba4d3c": {LATER},
}
_UP_TO_0_1_10 = {"0.1.7", "0.1.8", "0.1.9", "0.1.10"}
_FROM_0_2_0 = {"0.2.0", LATER}
_SAID = {
    "ignoring failed attempt to": _UP_TO_0_1_10,
    "no additional workload networks detected": _FROM_0_2_0,
    'Object "call" is unknown': _FROM_0_2_0,
}


@dataclass(frozen=True, slots=True)
class Appliance:
    """What it is made of. ``builds`` are the possible ones, none where nothing tells or the signs contradict each
    other; ``signs`` what was seen; ``haproxy`` and ``dataplane`` versions such as "2.2.2", or ""."""

    builds: tuple[str, ...]
    signs: tuple[str, ...]
    haproxy: str
    dataplane: str

    @property
    def build(self) -> str:
        """``0.1.8``, ``0.1.9 or 0.1.10``, ``0.2.0 or later``, ``0.1.8 to 0.2.0``; "" where nobody can tell."""
        if len(self.builds) > 1 and self.builds[-1] == LATER:
            return f"{self.builds[0]} or later"
        return (" or " if len(self.builds) == 2 else " to ").join(dict.fromkeys((*self.builds[:1], *self.builds[-1:])))

    @property
    def words(self) -> str:
        """All of it in one line; "" where nothing is known."""
        parts = (("appliance", self.build), ("HAProxy", self.haproxy), ("data plane API", self.dataplane))
        return ", ".join(f"{name} {version}" for name, version in parts if version)


def appliance_of(e: Evidence) -> Appliance:
    """What the evidence says of it. The scripts' digests decide; where they are unknown or not the vendor's, every
    other sign takes away the builds that do not have it."""
    digests = list(_digests(e))
    seen = digests or list(_habits(e))
    possible = [build for build in BUILDS if all(build in among for _, among in seen)] if seen else []
    api = re.search(r"\bv?(\d+\.\d+(?:\.\d+)?)", e.sections["dataplane-version"].text) if _read(e) else None
    return Appliance(
        builds=tuple(possible),
        signs=tuple(dict.fromkeys(sign for sign, _ in seen)),
        haproxy=e.haproxy_version or "",
        dataplane=api[1] if api else "",
    )


def _read(e: Evidence) -> bool:
    return "dataplane-version" in e.sections and "dataplane-version" not in e.missing


def _digests(e: Evidence) -> Iterator[tuple[str, set[str]]]:
    """Scripts that are the vendor's to the letter."""
    section = e.sections.get("scripts")
    for row in section.text.splitlines() if section is not None else ():
        digest, _, path = row.partition("  ")
        if digest[:16] in _SCRIPTS:
            yield f"{path.rpartition('/')[2]} is the vendor's", _SCRIPTS[digest[:16]]


def _habits(e: Evidence) -> Iterator[tuple[str, set[str]]]:
    """What only some of the builds do."""
    for words, among in _SAID.items():
        if any(words in line.text for line in e.lines_of("route-tables")):
            yield f"route-tables says {words!r}", among
    if WORKLOAD_NETWORKS_CFG in e.files:
        yield "there is a workload-networks.cfg", _FROM_0_2_0
    if e.tables and any(not line.gateway_text for line in e.tables):
        yield "route-tables.cfg has lines of four fields", {*BUILDS} - {"0.1.7", "0.1.8"}
