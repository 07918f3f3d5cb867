"""The kernel's rules into the tables of route-tables: those that the appliance's files ask for, and those of earlier
days."""

from __future__ import annotations

from checks.addresses import interface
from checks.evidence.evidence import Evidence
from checks.evidence.kernel import Rule
from checks.evidence.manifest import WORKLOAD_NETWORKS_CFG


def asked_for(e: Evidence) -> list[Rule]:
    """Those that each start of the unit makes: one for each line of its file, one for each further workload network."""
    return [policy for policy in _into_own_tables(e) if _is_asked_for(e, policy)]


def of_no_line(e: Evidence) -> list[Rule]:
    """Those that no line of the appliance's files asks for."""
    return [policy for policy in _into_own_tables(e) if not _is_asked_for(e, policy)]


def _into_own_tables(e: Evidence) -> list[Rule]:
    tables = {name for line in e.tables or () for name in line.kernel_names}
    # Without that file a rule for a destination is somebody's own: older versions know no further workload networks.
    leads = WORKLOAD_NETWORKS_CFG in e.files
    return [
        policy
        for policy in e.rules or ()
        if policy.table in tables and (policy.source != "all" or (leads and policy.destination not in ("", "all")))
    ]


def _is_asked_for(e: Evidence, policy: Rule) -> bool:
    if policy.source != "all":
        return interface(policy.source) in {line.cidr for line in e.tables or () if line.cidr}
    lines = e.files[WORKLOAD_NETWORKS_CFG].lines
    return interface(policy.destination) in {interface(raw.decode("utf-8", "replace").strip()) for raw in lines}
