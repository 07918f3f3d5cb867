"""C: the appliance's units as systemd sees them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_start
from checks.rules.facts import SERVICES, journal_excerpts, unit_down
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site


@rule(
    "C01",
    "unit-failed",
    group="services",
    node="appliance",
    needs=("units",),
    sources=("https://rguske.github.io/post/vsphere-with-tanzu-troubleshooting-haproxy/", "reproduced in the lab"),
)
def unit_failed(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A unit of the appliance has failed.

    systemctl calls one or more of route-tables, anyip-routes, haproxy and dataplaneapi failed.

    Recognise: "systemctl --failed" on the appliance, "degraded" in "systemctl is-system-running".

    Why: look for the unit whose own input is wrong. anyip-routes fails over its range file (A01, A08), haproxy over
    an address it cannot bind (C10) or over its configuration. Their order at boot proves nothing. In the public
    story of A01 three units were red; in the lab the same mistake fails only anyip-routes and haproxy. route-tables
    starts before them and does not read the range file, so when it is red it has a fault of its own.

    Repair: repair what the root finding names; a unit alone is restarted only after its input is right.

    See also: A01, C10, C12.
    """
    del site
    for name in SERVICES:
        node = f"unit:{name}"
        unit = e.unit(name)
        if unit is None or not unit.exists:
            yield Unsure(name, node, f"{name} is not installed here")
        elif not unit.failed:
            yield Passed(name, node, unit.active)
        else:
            lines = last_start(e.lines_of(name), name)
            yield Found(
                subject=name,
                node=node,
                title=f"{name} has failed ({unit.result or 'no result'})",
                explanation=f"systemd gave up on the unit {name}: see its journal for the last words.",
                excerpts=journal_excerpts(name, lines, "Failed", "failed", "exited"),
                broken_by=frozenset({unit_down(name)}),
                remedy=f"journalctl -u {name}",
            )
