"""A: the addresses of the site file's plan, against each other and against what lives in the networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Interface

from checks.addresses import Address, address
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import (
    ANYIP_CFG,
    HAPROXY_CFG,
)
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.pools import first_outside, overlap, pool_of, row, size, wizard_pool
from checks.rules.facts import (
    intended,
    own_addresses,
    range_missing,
    vip_binds,
)
from checks.rules.occupants import gateways, own_name_servers
from checks.rules.references import VIRTUAL_IPS, VSPHERE_9_LAB, issue
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_ANYIP = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"
# Three control-plane machines, one floating address, one for upgrades.
_IN_A_ROW = 5


def plan_excerpt(site: Site, key: str, text: str, note: str) -> Excerpt:
    """A line of the site file as the proof of a finding."""
    return Excerpt(site.path, f"{key} = {text}", ExcerptKind.FILE, note=note, guilty=True)


@rule(
    "A07",
    "wizard-outside-ranges",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="addressing",
    node=_ANYIP,
    needs=(_FILE,),
    sources=(issue(36),),
)
def wizard_outside(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Workload Management hands out addresses that the appliance does not have.

    A pool of the wizard reaches beyond every range of /etc/vmware/anyip-routes.cfg.

    Recognise: compare the virtual IP ranges in vCenter with the lines of anyip-routes.cfg, every address of them: two
    lines may leave a gap. vCenter prints a pool as START/COUNT: 10.10.18.19/11 is .19 to .29.

    Why: the two are typed twice, once into the OVF form and once into the wizard. A range that is added later
    in vCenter never reaches the appliance. Nothing happens until the first address out there is handed out
    (A06), perhaps weeks later.

    Repair: append the missing networks to anyip-routes.cfg with ">>", restart anyip-routes. Ranges in vCenter can only
    be added, never taken away.

    Undo: take the added lines out and delete their routes.

    See also: A06, A28, A29.
    """
    ranges = [pool_of(network) for network in intended(e)]
    for pool in site.virtual_server_ranges:
        bounds = wizard_pool(pool)
        if bounds is None:
            continue
        stray = first_outside(bounds, ranges)
        if stray is None:
            yield Passed(pool.text, _ANYIP)
            continue
        yield Found(
            subject=pool.text,
            node=_ANYIP,
            title=f"{pool.text} reaches outside",
            explanation=(
                f"Workload Management may hand out {stray}, and no range of the appliance holds it: haproxy will not "
                "bind it, and then no VIP at all."
            ),
            excerpts=(plan_excerpt(site, "virtual_server_ranges", pool.text, f"{stray} is in no range"),),
            broken_by=frozenset(
                range_missing(planned.network)
                for planned in site.service_ip_range
                if planned.network is not None and stray in planned.network
            ),
            remedy="append the missing network to anyip-routes.cfg, restart anyip-routes",
        )


@rule(
    "A19",
    "range-used-up",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="addressing",
    node=_ANYIP,
    needs=(_FILE, f"file:{HAPROXY_CFG}", "addresses"),
    sources=("the vendor's quick start script", "https://viktorious.nl, September 2022"),
)
def used_up(e: Evidence, site: Site) -> Iterator[Outcome]:
    """No VIP is left.

    Every address of the ranges is in use: the next Service or cluster gets none.

    Recognise: a Service stays at EXTERNAL-IP "pending"; as many addresses are bound in haproxy.cfg as the ranges hold.

    Why: a Supervisor takes two or three VIPs before the first cluster, each guest cluster one, each Service of type
    LoadBalancer one. A /29 is the smallest range that the vendor allows.

    Repair: add a range in Workload Management and the same network in anyip-routes.cfg.

    See also: A06, A07, G04.
    """
    pools = [bounds for pool in site.virtual_server_ranges if (bounds := wizard_pool(pool))]
    pools = pools or [pool_of(network) for network in intended(e)]
    there = size(pools)
    bound = {at for bind in vip_binds(e) if (at := address(bind.address))}
    used = sum(any(first <= at <= last for first, last in pools) for at in bound)
    if not there or used < there:
        yield Passed("pool", _ANYIP, f"{used} of {there} used")
        return
    yield Found(
        subject="pool",
        node=_ANYIP,
        title=f"all {there} addresses of the ranges are in use",
        explanation="The next Service or cluster gets no address: it stays pending, and nothing else says why.",
        excerpts=(
            Excerpt(HAPROXY_CFG, f"{used} addresses are bound, {there} there are", ExcerptKind.FILE, guilty=True),
        ),
        remedy="add a range in Workload Management and in anyip-routes.cfg",
    )


@rule(
    "A24",
    "services-cidr-taken",
    severity=Severity.INFO,
    grade=Grade.REASON,
    group="addressing",
    node="network:workload",
    needs=("addresses",),
)
def services_cidr(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The Services network overlaps a real one.

    Inside the clusters the Services CIDR hides whatever really has these addresses.

    Recognise: services_cidr of the plan against the networks, gateways and VIP ranges of the appliance, and against the
    pools, nodes' ranges and other machines of the plan.

    Why: the wizard proposes 10.96.0.0/23, and some sites use 10.x for real. It is a possible cause where the
    VIPs answer from outside and pods reach neither vCenter nor the name server.

    Repair: another Services CIDR, which means to enable the Supervisor again.

    See also: A23.
    """
    network = site.services_cidr.network if site.services_cidr else None
    if network is None:
        return
    real = {f"{link.name} {i.network}": pool_of(i.network) for link in e.links or () for i in link.addresses}
    real |= {f"the range {one}": pool_of(one) for one in intended(e)}
    real |= {f"the pool {one.text}": pool for one in site.virtual_server_ranges if (pool := wizard_pool(one))}
    planned = (*site.node_ranges, *site.additional_workload_networks)
    real |= {f"the range {one.text}": one.bounds for one in planned if one.bounds}
    real |= {f"{name} {at}": (at, at) for at, name in _planned_hosts(e, site).items()}
    hit = next((name for name, pool in real.items() if overlap(pool, pool_of(network))), None)
    if hit is None:
        yield Passed(str(network), "network:workload")
        return
    yield Found(
        subject=str(network),
        node="network:workload",
        title=f"Services CIDR {network} overlaps",
        explanation=f"A possible cause where pods cannot reach it: {hit} overlaps the Services network.",
        excerpts=(plan_excerpt(site, "services_cidr", str(network), f"overlaps {hit}"),),
        remedy="choose another Services CIDR",
    )


@rule(
    "A25",
    "management-addresses",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="addressing",
    node="network:management",
    needs=("addresses",),
    sources=("the vendor's network checklist",),
)
def five_in_a_row(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Five free management addresses in a row are missing.

    The Supervisor takes five addresses from the starting one on.

    Recognise: management_start_ip of the plan, counted to the fourth behind it: none of the five is the network's first
    or last address, a gateway, a name server, the appliance or another machine of the plan.

    Why: three control-plane machines, one address that floats, one for upgrades. If one of them leaves the network or
    belongs to somebody, the enabling hangs.

    Repair: choose a start with five free addresses.

    See also: A27.
    """
    start = address(site.management_start_ip)
    if start is None:
        return
    last = row(start, _IN_A_ROW)[1]
    interface = next((i for link in e.links or () if link.name == "management" for i in link.addresses), None)
    why = _why_not_free(e, site, interface)
    free = [why(start + i) for i in range(int(last) - int(start) + 1)]
    said = next(filter(None, free), "" if len(free) == _IN_A_ROW else "The address space ends before the fifth.")
    if not said:
        yield Passed(str(start), "network:management")
        return
    yield Found(
        subject=str(start),
        node="network:management",
        title=f"{start} does not start five free addresses",
        explanation=f"{said} The Supervisor takes all five: enabling it hangs.",
        excerpts=(plan_excerpt(site, "management_start_ip", str(start), f"to {last}"),),
        remedy="choose a start with five free addresses behind it",
    )


def _planned_hosts(e: Evidence, site: Site) -> dict[Address, str]:
    """Gateways, name servers and other machines, of the appliance and of the plan, with what they are."""
    routers = (site.management_gateway, site.workload_gateway, site.frontend_gateway)
    texts = dict.fromkeys(site.nameservers, "a name server") | dict.fromkeys(routers, "the gateway")
    texts |= {text: name for name, text in (site.others or {}).items()}
    found = dict.fromkeys(own_name_servers(e), "a name server") | dict.fromkeys(gateways(e), "the gateway")
    return found | {at: name for text, name in texts.items() if (at := address(text))}


def _why_not_free(e: Evidence, site: Site, nic: IPv4Interface | None) -> Callable[[Address], str]:
    """A function that says why the Supervisor cannot have an address of the management network; "" where it can."""
    taken = _planned_hosts(e, site) | dict.fromkeys(own_addresses(e), "the appliance")

    def why(at: Address) -> str:
        if at in taken:
            return f"{at} belongs to {taken[at]}."
        if nic is not None and at not in nic.network:
            return f"{at} lies outside the management network."
        if nic is not None and nic.network.prefixlen < 31 and at in (nic.network[0], nic.network[-1]):
            return f"{at} is the {'first' if at == nic.network[0] else 'last'} of the network, and no host's."
        return ""

    return why


@rule(
    "A27",
    "dhcp-scope",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="addressing",
    node=_ANYIP,
    needs=(_FILE, "addresses"),
    sources=(VIRTUAL_IPS, VSPHERE_9_LAB),
)
def dhcp_scope(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A DHCP scope holds addresses of the load balancer.

    Sooner or later a lease hands out an address that is in use.

    Recognise: dhcp_scopes of the plan against the ranges, the wizard's pools, the appliance's own addresses and each of
    the five of the Supervisor.

    Why: labs often let DHCP have the whole network. Conflicts come after days, and at random.

    Repair: shrink the scope.

    See also: A04, A26.
    """
    start = address(site.management_start_ip)
    fixed = {str(at): (at, at) for at in sorted(own_addresses(e))}
    fixed |= {str(network): pool_of(network) for network in intended(e)}
    fixed |= {one.text: pool for one in site.virtual_server_ranges if (pool := wizard_pool(one))}
    fixed |= {"-".join(map(str, five)): five for five in (row(start, _IN_A_ROW),)} if start else {}
    for scope in site.dhcp_scopes:
        bounds = scope.bounds
        if bounds is None:
            continue
        held = next((name for name, pool in fixed.items() if overlap(pool, bounds)), "")
        if not held:
            yield Passed(scope.text, _ANYIP)
            continue
        yield Found(
            subject=scope.text,
            node=_ANYIP,
            title=f"the DHCP scope {scope.text} overlaps",
            explanation=f"It overlaps {held}, which is in use here: one day a lease hands it to somebody else.",
            excerpts=(plan_excerpt(site, "dhcp_scopes", scope.text, f"overlaps {held}"),),
            remedy="shrink the scope",
        )
