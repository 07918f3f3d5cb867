"""Whether a headless command may write to an appliance without being told twice."""

from __future__ import annotations

from checks.evidence.evidence import Evidence
from checks.site import Site
from checks.snapshot import Snapshot, SourceKind

_PRACTICE = frozenset({"noroute-demo", "noroute-lab"})


def is_practice(snapshot: Snapshot, site: Site | None) -> bool:
    """Whether it is the demo (served to another process too), an appliance of the lab, or a site that its file
    calls a lab: nobody's users are behind those."""
    lab = site is not None and site.lab and not site.production
    return snapshot.origin.kind is SourceKind.DEMO or lab or _variant(snapshot.evidence) in _PRACTICE


def _variant(evidence: Evidence | None) -> str:
    section = evidence.sections.get("os-release") if evidence is not None else None
    if section is None or not section.complete:
        return ""
    rows = (row.partition("=") for row in section.text.splitlines())
    return next((value.strip().strip("\"'") for key, _, value in rows if key == "VARIANT_ID"), "")
