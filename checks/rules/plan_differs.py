"""B: the appliance against the site file's plan. What the plan leaves out is not compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from checks.addresses import Network
from checks.empty_topology import NETWORKS
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, MANAGEMENT_NETWORK, ROUTE_TABLES_CFG, WORKLOAD_NETWORKS_CFG
from checks.evidence.network_files import name_servers
from checks.model import Grade, Severity
from checks.rules.facts import bad_line, gateway_wrong, intended, mask_short, mask_wide, range_missing
from checks.rules.references import SCRIPTS
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.site_plan import plan_excerpt
from checks.site import Site


@rule(
    "B07",
    "plan-differs",
    severity=Severity.WARNING,
    grade=Grade.CODE,
    group="addressing",
    node="appliance",
    needs=(f"file:{ANYIP_CFG}", "addresses", f"file:{ROUTE_TABLES_CFG}"),
    sources=(SCRIPTS,),
)
def plan_differs(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The appliance is not what the plan says.

    A property of the plan has another value on the appliance.

    Recognise: the site file against "ip addr", "hostname", the default route, the name servers of the management NIC,
    anyip-routes.cfg, route-tables.cfg and workload-networks.cfg.

    Why: the appliance reads the properties of its OVF form at the first boot only. Whoever edits them in vCenter later
    and reboots changes nothing. Or the file was edited by hand, and the plan is old.

    Repair: edit the files on the appliance, or deploy anew; or correct the plan.

    See also: A07, B06.
    """
    for one in _compared(e, site):
        if one.wanted <= one.found:
            yield Passed(one.key, "appliance")
            continue
        name = one.key.partition(" ")[0]
        has = ", ".join(sorted(one.found)) or "nothing"
        yield Found(
            subject=one.key,
            node="appliance",
            title=f"{name} differs from the plan",
            explanation=(
                f"The plan says {one.planned}, the appliance has {has[:60]}. OVF properties are read at the first "
                "boot only."
            ),
            excerpts=(plan_excerpt(site, name, one.planned, f"here: {has}"),),
            breaks=one.breaks,
            broken_by=one.broken_by,
            remedy="correct the files on the appliance, or the plan",
        )


class _Compared(NamedTuple):
    """A property: what it is called, the plan's own words for it, what has to be there and what is; what follows where
    it differs, and what else would be why."""

    key: str
    planned: str
    wanted: set[str]
    found: set[str]
    breaks: frozenset[str] = frozenset()
    broken_by: frozenset[str] = frozenset()


def _compared(e: Evidence, site: Site) -> Iterator[_Compared]:
    """Each property of the plan whose counterpart on the appliance was read."""
    for name in NETWORKS:
        planned, link = site.address_of(name), e.link(name)
        if planned is not None and link is not None and link.addresses:
            there = {str(interface) for interface in link.addresses}
            right = any(interface.ip == planned.address for interface in link.addresses)
            mask = frozenset({mask_short(name), mask_wide(name)} if right else ())
            yield _Compared(f"{name}_ip", planned.text, {f"{planned.address}/{planned.prefix}"}, there, broken_by=mask)
    for name, gateway in (("workload", site.workload_gateway), ("frontend", site.frontend_gateway)):
        there = {line.gateway_text for line in e.tables or () if line.name == name and line.gateway_text}
        if gateway and there:
            wrong = frozenset({gateway_wrong(name)})
            yield _Compared(f"{name}_gateway", gateway, {gateway}, there, broken_by=wrong)
    there = {str(network) for network in intended(e)}
    for text in site.service_ip_range:
        if text.network is not None:
            yield _Compared(
                f"service_ip_range {text.text}",
                str(text.network),
                {str(text.network)},
                there,
                breaks=frozenset({range_missing(text.network)}),
                broken_by=_bad_lines(e, text.network),
            )
    yield from _told_at_first_boot(e, site)


def _bad_lines(e: Evidence, network: Network) -> frozenset[str]:
    """The facts that lines of the range file cannot be taken which mean addresses of a network."""
    lines = (line for line in e.ranges or () if any(meant.overlaps(network) for meant in line.meant))
    return frozenset(bad_line(line.subject) for line in lines)


def _told_at_first_boot(e: Evidence, site: Site) -> Iterator[_Compared]:
    """What the first boot wrote for the machine itself and for its other workload networks."""
    if site.hostname and e.hostname:
        # Of a full name some commands print the first part.
        planned, here = site.hostname.lower(), e.hostname.lower()
        short = planned.partition(".")[0]
        yield _Compared("hostname", site.hostname, {planned}, {planned if here == short else here})
    if site.management_gateway and e.routes is not None:
        defaults = (route for route in e.routes if route.table == "main" and route.network.prefixlen == 0)
        there = {str(route.gateway) for route in defaults if route.device == "management" and route.gateway}
        yield _Compared("management_gateway", site.management_gateway, {site.management_gateway}, there)
    if site.nameservers and MANAGEMENT_NETWORK in e.files:
        there = set(name_servers(e.files[MANAGEMENT_NETWORK]))
        yield _Compared("nameservers", ", ".join(site.nameservers), set(site.nameservers), there)
    section = e.sections.get(f"file:{WORKLOAD_NETWORKS_CFG}")
    if section is not None and section.complete:  # one that is not there names no network
        file = e.files.get(WORKLOAD_NETWORKS_CFG)
        there = {raw.decode("utf-8", "replace").strip() for raw in (file.lines if file else ())}
        for text in site.additional_workload_networks:
            if text.network is not None:
                yield _Compared(f"additional_workload_networks {text.text}", text.text, {str(text.network)}, there)
