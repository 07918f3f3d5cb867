"""A and C: what the ranges hold, against what haproxy binds and what the kernel routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.addresses import Glyph, Network, RulerMark, address, block_ruler, short, spelling
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG
from checks.model import Severity
from checks.rules.facts import (
    anyip_range,
    bad_line,
    file_excerpt,
    intended,
    journal_excerpts,
    lines_with,
    owns,
    stray_route,
    unowned,
    unreadable,
    vip_binds,
)
from checks.rules.occupants import avoiding, in_the_way
from checks.rules.range_repair import obstacle, outside, range_fix, without_mask
from checks.rules.references import LAB, issue
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.rules.ruler_marks import neighbourhood
from checks.rules.stray_routes import listed, lived_on, route_excerpt, without_route
from checks.site import Site

_UNIT = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"


@rule(
    "A06",
    "bind-outside-ranges",
    group="addressing",
    node="unit:haproxy",
    needs=(_FILE, f"file:{HAPROXY_CFG}", "routes", "addresses"),
    sources=(issue(36), LAB),
)
def bind_outside_ranges(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A VIP lies outside every range of the appliance.

    Workload Management handed out an address that no line of /etc/vmware/anyip-routes.cfg holds.

    Recognise: haproxy's journal says "cannot bind socket" for one address while "haproxy -c" calls the file valid;
    the address is in no line of anyip-routes.cfg and not in "ip route show table local".

    Why: the virtual IP range in the wizard reaches further than the appliance's own. A range added later in vCenter
    never reaches the appliance by itself. At its next start haproxy fails over that one bind and takes every other
    VIP with it.

    Repair: append the missing network to anyip-routes.cfg in place, restart anyip-routes, then start haproxy (or
    reload it, if it runs).

    Undo: put the old file back; the added route stays until a restart of anyip-routes with the new file or a reboot.

    See also: C10 (haproxy cannot bind), A01.
    """
    missing = {str(at) for at in outside(e)}
    forgotten = without_mask(e)
    seen: set[str] = set()
    for bind in vip_binds(e):
        if bind.address in seen:
            continue
        seen.add(bind.address)
        node = f"vip:{bind.target}"
        at = address(bind.address)
        if bind.address not in missing or at is None:
            yield Passed(bind.address, node)
            continue
        if unread := unreadable(e):
            yield Unsure(bind.address, node, f"line {unread[0].number} of the range file may mean it")
            continue
        owned = owns(e, at)
        cfg = e.files[HAPROXY_CFG]
        start = cfg.line_text(bind.line).find(bind.address)
        excerpts = (
            file_excerpt(
                cfg, bind.line, span=(start, start + len(bind.address)), note="in no range of the appliance", context=1
            ),
            *journal_excerpts(
                "haproxy", lines_with(e.lines_of("haproxy"), f"[{bind.address}:"), "cannot bind", limit=2
            ),
        )
        network = next(iter(intended(e)), None)
        ruler = None
        if network is not None:
            whole = Network((at, 24), strict=False)
            marks = (*neighbourhood(e, whole), RulerMark(at, Glyph.TYPED, f"{short(at, whole)} in no range"))
            ruler = block_ruler(spelling(str(whole)), marks)
            # The network is drawn for the sake of its neighbours; to write it would take the gateway's address.
            ruler = replace(ruler, write=(bind.address,)) if ruler else None
        yield Found(
            subject=bind.address,
            node=node,
            title=f"{bind.address} lies outside every range",
            explanation=_taken_along(e, owned=bool(owned)),
            excerpts=excerpts,
            breaks=frozenset({stray_route(stray)} if (stray := anyip_range(e, at)) else ())
            if owned
            else frozenset({unowned(bind.address)}),
            broken_by=frozenset({bad_line(forgotten.line.subject)} if forgotten else ()),
            remedy=(
                f"bind another address: {whose} is no VIP"
                if (whose := in_the_way(e, (Network(at),)))
                else f"give line {forgotten.line.number} of anyip-routes.cfg its mask: {forgotten.block}"
                if forgotten
                else avoiding(obstacle(e)) or f"append {bind.address} to anyip-routes.cfg, or a block of free addresses"
            ),
            ruler=ruler,
            fix=range_fix(e),
            severity=Severity.WARNING if owned else None,
        )


def _taken_along(e: Evidence, *, owned: bool) -> str:
    """What becomes of haproxy, and of the other VIPs, over an address that no range holds."""
    if owned:
        return "Something else routes it now, the range file does not: the next start stops haproxy for all."
    unit = e.unit("haproxy")
    runs = unit is not None and unit.running
    others = "its next start fails for all VIPs" if runs else "one bind that fails takes every other VIP with it"
    return f"haproxy cannot bind it, and {others}. The kernel owns only what anyip-routes.cfg lists."


@rule(
    "C04",
    "removed-range-still-routed",
    severity=Severity.WARNING,
    group="addressing",
    node=_UNIT,
    needs=(_FILE, "routes"),
    sources=(LAB,),
)
def removed_range(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A removed range still answers.

    The kernel routes a range that no line of the file means any more.

    Recognise: "ip route show table local" has a range that anyip-routes.cfg does not have.

    Why: the unit removes on stop only what the file lists by then; a line that was taken away or changed leaves its
    route behind, even over a restart.

    Repair: delete the route by hand, or reboot. Not so while VIPs live on it: then its line is what is missing (A06).

    Undo: "ip route add local RANGE dev lo" brings it back.

    See also: A10, C27.
    """
    for route in e.routes or ():
        if not route.anyip or route.network.is_loopback:
            continue
        if listed(e, route.network):
            yield Passed(str(route.network), _UNIT)
            continue
        if unreadable(e):
            yield Unsure(str(route.network), _UNIT, "a line that nobody can read may mean it")
            continue
        yield Found(
            subject=str(route.network),
            node=_UNIT,
            title=f"{route.network} is routed but in no line",
            explanation=(
                "No line of anyip-routes.cfg means this range, yet the appliance still answers for all its addresses: "
                "the unit never removes what the file no longer lists."
            ),
            excerpts=(route_excerpt(route.network, "in no line of the file"),),
            broken_by=frozenset({stray_route(route.network)}),
            remedy=(
                f"append the addresses of the VIPs to anyip-routes.cfg: {', '.join(map(str, living))}"
                if (living := lived_on(e, route.network))
                else f"ip route del local {route.network} dev lo table local"
            ),
            fix=without_route(e, route.network),
        )
