"""C: the appliance's units as systemd sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.addresses import address
from checks.empty_topology import SERVICES
from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_start
from checks.evidence.units import Unit
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Fix, Run
from checks.rules.facts import (
    BOOTING,
    REFUSALS,
    held_down,
    intended,
    journal_excerpts,
    lines_with,
    owns,
    refused_lines,
    stumbled,
    stumbles,
    unit_down,
    unowned,
    vip_binds,
    waiting,
)
from checks.rules.known_vips import all_unserved
from checks.rules.occupants import avoiding
from checks.rules.range_repair import range_fix, start_obstacle
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

    systemctl calls one or more of the units failed on which the VIPs or the way in depend.

    Recognise: "systemctl --failed" on the appliance, "degraded" in "systemctl is-system-running".

    Why: look for the unit whose own input is wrong. anyip-routes fails over its range file (A01, A08), haproxy over
    an address it cannot bind (C10) or over its configuration. Their order at boot proves nothing. In the public
    story of A01 three units were red; in the lab the same mistake fails only anyip-routes and haproxy. route-tables
    starts before them and does not read the range file, so when it is red it has a fault of its own.

    Repair: repair what the root finding names; a unit alone is restarted only after its input is right.

    Undo: nothing is written; "systemctl stop" on the unit brings the old state back.

    See also: A01, C10, C12.
    """
    early = waiting(e)
    for name in SERVICES:
        node = f"unit:{name}"
        unit = e.unit(name)
        if unit is None or not unit.exists:
            yield Unsure(name, node, f"{name} is not installed here")
        elif name in early:
            yield Unsure(name, node, BOOTING)
        elif name == "haproxy" and unit.active == "inactive" and unit.load != "masked":
            yield Found(
                subject=name,
                node=node,
                title="haproxy is stopped",
                explanation="The unit is switched off without a failure: nothing listens on any VIP.",
                excerpts=journal_excerpts(name, e.lines_of(name), "Stopped", "Stopping", limit=2),
                breaks=all_unserved(e),
                remedy=f"repair {held} first, then systemctl start haproxy"
                if (held := held_down(e))
                else "systemctl start haproxy",
                fix=None if held else _start_haproxy(),
            )
        elif not unit.failed:
            yield Passed(name, node, unit.active)
        elif name == "anyip-routes" and _file_is_right(e):
            yield _failed_over_nothing(e, unit)
        else:
            yield _failed(e, unit, node)
    for name, unit in (e.units or {}).items():
        if name not in SERVICES and unit.failed:
            yield replace(_failed(e, unit, "appliance"), severity=Severity.WARNING)


def _failed(e: Evidence, unit: Unit, node: str) -> Found:
    """A failed unit of which nothing is known but that."""
    name = unit.name
    lines = last_start(e.lines_of(name), name)
    return Found(
        subject=name,
        node=node,
        title=f"{name} has failed ({unit.result or 'no result'})",
        explanation=f"systemd gave up on the unit {name}: see its journal for the last words.",
        excerpts=journal_excerpts(name, lines, "Failed", "failed", "exited"),
        broken_by=frozenset({unit_down(name)}),
        remedy=f"journalctl -u {name}",
    )


def _failed_over_nothing(e: Evidence, unit: Unit) -> Found:
    """anyip-routes has failed and its file is right: corrected since where the unit's own words show that a line was
    refused, else it failed for another reason."""
    name = unit.name
    again = bool(stumbles(e))
    lines = last_start(e.lines_of(name), name)
    corrected = bool(lines_with(lines, *REFUSALS))
    title = f"{name} failed; {'that line is gone' if again else 'its file is right by now'}"
    why = "The unit failed over the file as it was. Somebody has corrected it since, and "
    if not corrected:
        title = f"{name} failed ({unit.result or 'no result'}), its file is right"
        why = "Each line of its file is right: it failed for another reason, and "
    return Found(
        subject=name,
        node=f"unit:{name}",
        title=title,
        explanation=why
        + (
            "a start would fail over a route that is left: the ranges are not routed."
            if again
            else "nothing starts the unit again by itself: the ranges are not routed."
        ),
        excerpts=journal_excerpts(name, lines, "Failed", "exited", "killed", limit=2),
        breaks=_left_behind(e, name) - {unit_down(name)},
        broken_by=frozenset({unit_down(name)}),
        remedy=("write the line of that route as the kernel prints it; " if again else _cleared(e, name))
        + "systemctl restart anyip-routes, then start haproxy",
        fix=_start(e, name),
    )


def _file_is_right(e: Evidence) -> bool:
    """Whether the kernel takes every line of the range file as it is now, so that the unit failed over something
    else."""
    right = all(line.network is not None and line.read for line in e.ranges or ())
    return bool(e.ranges) and right and not stumbled(e)


def _left_behind(e: Evidence, name: str) -> frozenset[str]:
    """What a unit that does not run leaves undone."""
    if name == "route-tables":
        return frozenset({unit_down(name)}) | astray(e)
    if name == "haproxy":
        return frozenset({unit_down(name)}) | all_unserved(e)
    if name != "anyip-routes":
        return frozenset({unit_down(name)})
    networks = intended(e)
    addresses = (
        bind.address
        for bind in vip_binds(e)
        if (at := address(bind.address)) and owns(e, at) is False and any(at in network for network in networks)
    )
    return frozenset({unit_down(name), *(unowned(text) for text in addresses)})


def _cleared(e: Evidence, name: str) -> str:
    """What has to be done before the unit may start, as the first part of a remedy."""
    whose = start_obstacle(e) if name == "anyip-routes" else ""
    return f"{avoiding(whose)}; then " if whose else ""


def _start_haproxy() -> Fix:
    return Fix(
        summary="start haproxy",
        steps=(Run("systemctl start haproxy", "bind the VIPs"),),
        interrupts="nothing: haproxy is down",
        verifies=("the finding is gone and nothing new is red",),
        undone="systemctl stop haproxy",
        seconds=2,
        back=(Run("systemctl stop haproxy", "as it was"),),
    )


def _start(e: Evidence, name: str, *before: Run, by_hand: str = "") -> Fix | None:
    """Start a unit, and haproxy behind anyip-routes where that is down and can start. A line over which the start would
    fail is put right in the same plan; None where that is not certain, or anyip-routes would take an address of
    somebody's. ``by_hand`` is the command that takes ``before`` back: no file is written by it, and it stays."""
    if name == "anyip-routes" and start_obstacle(e):
        return None
    haproxy = e.unit("haproxy")
    if name == "haproxy" and held_down(e):
        return None
    if name == "anyip-routes" and (refused_lines(e) or stumbles(e)):
        whole = range_fix(e)
        if whole is None or not before:
            return whole
        return replace(whole, steps=(*before, *whole.steps), undone=f"{whole.undone}; {by_hand}, by hand")
    chain: tuple[Run, ...] = (
        *before,
        Run(f"systemctl reset-failed {name}", may_fail=True),
        Run(f"systemctl start {name}"),
    )
    if name == "anyip-routes" and haproxy is not None and not haproxy.running and not held_down(e):
        chain += (Run("systemctl reset-failed haproxy", may_fail=True), Run("systemctl start haproxy", "bind the VIPs"))
    return Fix(
        summary=f"start {name}",
        steps=chain,
        interrupts=f"nothing: {name} does not run",
        verifies=("the finding is gone and nothing new is red",),
        undone=f"{by_hand}, by hand"
        if by_hand
        else f"nothing is written; systemctl stop {name} would bring the old state back",
        seconds=3,
    )


# Their unit files come with a package, into /usr/lib.
_PACKAGED = ("haproxy",)


@rule("C21", "unit-disabled", group="services", node="appliance", needs=("units",), sources=(LAB,))
def unit_disabled(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A unit is disabled or masked.

    It did not start at the last boot, or will not at the next, and its journal says nothing.

    Recognise: UnitFileState=disabled or LoadState=masked in "systemctl show"; "-- No entries --" in its journal.

    Why: somebody switched it off. Of haproxy the unit file lies in /usr/lib, and a mask only hides it. Those of the
    others lie in /etc/systemd/system, where a mask can only stand in their place: whoever masked such a unit took its
    file away.

    Repair: enable and start it, then start what waits for it. haproxy is unmasked; another masked one needs its file
    back first, from an appliance of the same build.

    Undo: "systemctl disable" on the unit, by hand.

    See also: C22.
    """
    for name in ("route-tables", "anyip-routes", "dataplaneapi", "haproxy"):
        node = f"unit:{name}"
        unit = e.unit(name)
        masked = unit is not None and unit.load == "masked"
        hidden = masked and name in _PACKAGED
        # dataplaneapi wants haproxy, so a disabled haproxy starts all the same.
        if unit is None or not (masked or unit.file_state == "disabled") or (name == "haproxy" and not masked):
            yield Passed(name, node)
            continue
        lost = masked and not hidden
        enabling = f"systemctl unmask {name}; systemctl start {name}" if hidden else f"systemctl enable --now {name}"
        yield Found(
            subject=name,
            node=node,
            title=f"{name} is {'masked' if masked else 'disabled'}" + ("" if unit.running else " and does not run"),
            explanation=(
                f"Somebody switched {name} off: it does not start at boot, and its journal is silent about it."
                if not unit.running
                else f"{name} runs now, but will not start at the next boot."
            )
            + (" The mask took the place of its unit file, so unmasking does not bring it back." if lost else ""),
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
                if lost
                else _cleared(e, name) + enabling
            ),
            fix=None
            if lost
            else _start(
                e,
                name,
                Run(f"systemctl {'unmask' if hidden else 'enable'} {name}"),
                by_hand=f"systemctl {'mask' if hidden else 'disable'} {name}",
            ),
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
    if "anyip-routes" in waiting(e):
        yield Unsure("anyip-routes", "unit:anyip-routes", BOOTING)
        return
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
        remedy=_cleared(e, "anyip-routes") + "systemctl start anyip-routes",
        fix=_start(e, "anyip-routes"),
    )


_NOT_ALLOWED = "Permission denied"


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

    Recognise: "Failed to locate executable ...: Permission denied", or "Failed at step EXEC" with the same reason, in
    its journal, and "status=203/EXEC". "No such file or directory" in its place is a script that is gone.

    Why: the script was copied or restored without its mode.

    Repair: "chmod 755" on the script, then reset-failed and start the unit, and haproxy after it.

    Undo: "chmod 644" on the script, by hand.

    See also: C01.
    """
    scripts = {"anyip-routes": "anyiproutectl.sh", "route-tables": "routetablectl.sh"}
    for name, script in scripts.items():
        node = f"unit:{name}"
        unit = e.unit(name)
        said = last_start(e.lines_of(name), name)
        # The same words with another reason are a script that is gone, or its interpreter.
        refused = lines_with(lines_with(said, "Failed to locate executable", "Failed at step EXEC"), _NOT_ALLOWED)
        if unit is None or not unit.failed or not refused:
            yield Passed(name, node)
            continue
        path = f"/var/lib/vmware/{script}"
        yield Found(
            subject=name,
            node=node,
            title=f"{script} is not executable",
            explanation=f"systemd may not run {path}, so {name} fails before its script says a word.",
            excerpts=journal_excerpts(name, lines_with(said, _NOT_ALLOWED, "203/EXEC"), _NOT_ALLOWED, limit=2),
            breaks=_left_behind(e, name),
            remedy=f"{_cleared(e, name)}chmod 755 {path}; systemctl start {name}",
            fix=_start(e, name, Run(f"chmod 755 {path}", "systemd runs it"), by_hand=f"chmod 644 {path}"),
        )
