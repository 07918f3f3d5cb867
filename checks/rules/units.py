"""C: the appliance's units as systemd sees them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import address
from checks.empty_topology import SERVICES
from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_start
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Fix, Run
from checks.rules.facts import (
    intended,
    journal_excerpts,
    lines_with,
    owns,
    stumbled,
    stumbles,
    unit_down,
    unowned,
    unserved,
    vip_binds,
)
from checks.rules.range_repair import range_fix
from checks.rules.references import ARTICLE, LAB
from checks.rules.return_path import astray
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site


@rule(
    "C01",
    "unit-failed",
    group="services",
    node="appliance",
    needs=("units",),
    sources=(ARTICLE, LAB),
)
def unit_failed(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A unit of the appliance has failed.

    systemctl calls one or more of route-tables, anyip-routes, haproxy and dataplaneapi failed.

    Recognise: "systemctl --failed" on the appliance, "degraded" in "systemctl is-system-running".

    Why: look for the unit whose own input is wrong. anyip-routes fails over its range file (A01, A08), haproxy over
    an address it cannot bind (C10) or over its configuration. Their order at boot proves nothing. In the public
    story of A01 three units were red; in the lab the same mistake fails only anyip-routes and haproxy. route-tables
    starts before them and does not read the range file, so when it is red it has a fault of its own.

    Repair: repair what the root finding names; a unit alone is restarted only after its input is right.

    Undo: nothing is written; "systemctl stop" on the unit brings the old state back.

    See also: A01, C10, C12.
    """
    for name in SERVICES:
        node = f"unit:{name}"
        unit = e.unit(name)
        if unit is None or not unit.exists:
            yield Unsure(name, node, f"{name} is not installed here")
        elif name == "haproxy" and unit.active == "inactive" and unit.load != "masked":
            yield Found(
                subject=name,
                node=node,
                title="haproxy is stopped",
                explanation="The unit is switched off without a failure: nothing listens on any VIP.",
                excerpts=journal_excerpts(name, e.lines_of(name), "Stopped", "Stopping", limit=2),
                breaks=frozenset(unserved(bind.target) for bind in vip_binds(e)),
                remedy="systemctl start haproxy",
                fix=Fix(
                    summary="start haproxy",
                    steps=(Run("systemctl start haproxy", "bind the VIPs"),),
                    interrupts="nothing: haproxy is down",
                    verifies=("the finding is gone and nothing new is red",),
                    undone="systemctl stop haproxy",
                    seconds=2,
                    back=(Run("systemctl stop haproxy", "as it was"),),
                ),
            )
        elif not unit.failed:
            yield Passed(name, node, unit.active)
        elif name == "anyip-routes" and _file_is_corrected(e):
            again = bool(stumbles(e))
            yield Found(
                subject=name,
                node=node,
                title=f"anyip-routes failed; {'that line is gone' if again else 'its file is right by now'}",
                explanation="The unit failed over the file as it was. Somebody has corrected it since, and "
                + (
                    "a start would fail over a route that is left: the ranges are not routed."
                    if again
                    else "nothing starts the unit again by itself: the ranges are not routed."
                ),
                excerpts=journal_excerpts(name, last_start(e.lines_of(name), name), "Failed", "exited", limit=2),
                breaks=_left_behind(e, name) - {unit_down(name)},
                broken_by=frozenset({unit_down(name)}),
                remedy=("write the line of that route as the kernel prints it; " if again else "")
                + "systemctl restart anyip-routes, then start haproxy",
                fix=range_fix(e) if again else _start(e, name),
            )
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


def _file_is_corrected(e: Evidence) -> bool:
    """Whether the kernel takes every line of the range file as it is now, so that the unit failed over another one."""
    right = all(line.network is not None and line.read for line in e.ranges or ())
    return bool(e.ranges) and right and not stumbled(e)


def _left_behind(e: Evidence, name: str) -> frozenset[str]:
    """What a unit that does not run leaves undone."""
    if name == "route-tables":
        return frozenset({unit_down(name)}) | astray(e)
    if name != "anyip-routes":
        return frozenset({unit_down(name)})
    networks = intended(e)
    addresses = (
        bind.address
        for bind in vip_binds(e)
        if (at := address(bind.address)) and owns(e, at) is False and any(at in network for network in networks)
    )
    return frozenset({unit_down(name), *(unowned(text) for text in addresses)})


def _start(e: Evidence, name: str, *before: Run) -> Fix:
    """Start a unit, and haproxy behind anyip-routes where it is down."""
    haproxy = e.unit("haproxy")
    chain: tuple[Run, ...] = (
        *before,
        Run(f"systemctl reset-failed {name}", may_fail=True),
        Run(f"systemctl start {name}"),
    )
    if name == "anyip-routes" and haproxy is not None and not haproxy.running:
        chain += (Run("systemctl reset-failed haproxy", may_fail=True), Run("systemctl start haproxy", "bind the VIPs"))
    return Fix(
        summary=f"start {name}",
        steps=chain,
        interrupts=f"nothing: {name} does not run",
        verifies=("the finding is gone and nothing new is red",),
        undone="nothing was written",
        seconds=3,
    )


@rule("C21", "unit-disabled", group="services", node="appliance", needs=("units",), sources=(LAB,))
def unit_disabled(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A unit is disabled or masked.

    It did not start at the last boot, or will not at the next, and its journal says nothing.

    Recognise: UnitFileState=disabled or LoadState=masked in "systemctl show"; "-- No entries --" in its journal.

    Why: somebody switched it off. The appliance keeps its unit files in /etc/systemd/system, where a mask can only
    stand in their place: whoever masked the unit took its file away.

    Repair: enable and start it, then start what waits for it. A masked one needs its file back first, from an
    appliance of the same build.

    Undo: "systemctl disable" on the unit, by hand.

    See also: C22.
    """
    for name in ("route-tables", "anyip-routes", "dataplaneapi", "haproxy"):
        node = f"unit:{name}"
        unit = e.unit(name)
        masked = unit is not None and unit.load == "masked"
        # dataplaneapi wants haproxy, so a disabled haproxy starts all the same.
        if unit is None or not (masked or unit.file_state == "disabled") or (name == "haproxy" and not masked):
            yield Passed(name, node)
            continue
        enabling = f"systemctl enable --now {name}"
        yield Found(
            subject=name,
            node=node,
            title=f"{name} is {'masked' if masked else 'disabled'}" + ("" if unit.running else " and does not run"),
            explanation=(
                f"Somebody switched {name} off: it does not start at boot, and its journal is silent about it."
                if not unit.running
                else f"{name} runs now, but will not start at the next boot."
            )
            + (" The mask took the place of its unit file, so unmasking does not bring it back." if masked else ""),
            excerpts=(
                Excerpt(
                    "systemctl show",
                    f"{name}: LoadState={unit.load} UnitFileState={unit.file_state} ActiveState={unit.active}",
                    ExcerptKind.COMMAND,
                    guilty=True,
                ),
            ),
            breaks=frozenset() if unit.running else _left_behind(e, name),
            remedy=(
                f"copy /etc/systemd/system/{name}.service from an appliance of the same build, then {enabling}"
                if masked
                else enabling
            ),
            fix=None if masked else _start(e, name, Run(f"systemctl enable {name}")),
            severity=Severity.WARNING if unit.running else None,
        )


@rule(
    "C22",
    "anyip-stopped",
    group="services",
    node="unit:anyip-routes",
    needs=("units",),
    sources=(LAB,),
)
def anyip_stopped(e: Evidence, _: Site) -> Iterator[Outcome]:
    """anyip-routes is stopped.

    haproxy may be green and listen on every VIP, yet no packet for them is taken in.

    Recognise: the unit is inactive and enabled; no range in "ip route show table local"; "ss" still shows the VIPs.

    Why: somebody stopped it by hand.

    Repair: "systemctl start anyip-routes". Sockets that are bound come back to life by themselves.

    Undo: nothing is written; "systemctl stop anyip-routes" brings the old state back.

    See also: C21.
    """
    unit = e.unit("anyip-routes")
    if unit is None or unit.active != "inactive" or unit.file_state != "enabled" or unit.load == "masked":
        yield Passed("anyip-routes", "unit:anyip-routes")
        return
    yield Found(
        subject="anyip-routes",
        node="unit:anyip-routes",
        title="anyip-routes is stopped",
        explanation="The ranges are not routed, so no one answers for the VIPs, even where haproxy listens on them.",
        excerpts=journal_excerpts("anyip-routes", e.lines_of("anyip-routes"), "Stopped", "removing route", limit=3),
        breaks=_left_behind(e, "anyip-routes"),
        remedy="systemctl start anyip-routes",
        fix=range_fix(e) if stumbles(e) else _start(e, "anyip-routes"),
    )


@rule(
    "C23",
    "script-not-executable",
    group="services",
    node="appliance",
    needs=("units",),
    sources=(LAB,),
)
def not_executable(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A unit's script is not executable.

    The unit fails before its script says a word.

    Recognise: "Failed to locate executable ...: Permission denied" and "status=203/EXEC" in its journal.

    Why: the script was copied or restored without its mode.

    Repair: "chmod 755" on the script, then reset-failed and start the unit, and haproxy after it.

    Undo: "chmod 644" on the script, by hand.

    See also: C01.
    """
    scripts = {"anyip-routes": "anyiproutectl.sh", "route-tables": "routetablectl.sh"}
    for name, script in scripts.items():
        node = f"unit:{name}"
        unit = e.unit(name)
        proof = lines_with(last_start(e.lines_of(name), name), "203/EXEC", "Failed to locate executable")
        if unit is None or not unit.failed or not proof:
            yield Passed(name, node)
            continue
        path = f"/var/lib/vmware/{script}"
        yield Found(
            subject=name,
            node=node,
            title=f"{script} is not executable",
            explanation=f"systemd may not run {path}, so {name} fails before its script says a word.",
            excerpts=journal_excerpts(name, proof, "Permission denied", "203/EXEC", limit=2),
            breaks=_left_behind(e, name),
            remedy=f"chmod 755 {path}; systemctl start {name}",
            fix=_start(e, name, Run(f"chmod 755 {path}", "systemd runs it")),
        )
