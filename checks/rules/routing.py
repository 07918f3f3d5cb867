"""E: which way the kernel sends a packet."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import SUPERVISOR, cluster_of
from checks.evidence.manifest import HAPROXY_CFG
from checks.evidence.probes import Answer
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.answers import vip_probes
from checks.rules.facts import (
    BOOTING,
    mask_short,
    no_way_back,
    reply_astray,
    server_lost,
    servers_down,
    vip_binds,
    waiting,
)
from checks.rules.references import LAB, issue
from checks.rules.return_path import FAR_AWAY, vip_nic, way
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

# What rp_filter says where a packet has to come in by the NIC that its answer would leave by.
_STRICT = 1


@rule(
    "E01",
    "replies-astray",
    severity=Severity.WARNING,
    group="routing",
    node="unit:route-tables",
    needs=("addresses", "rules", "routes", f"file:{HAPROXY_CFG}"),
    sources=(LAB,),
)
def replies_astray(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Replies leave by another NIC than the requests came in.

    Clients on the VIPs' own network are served, clients behind the gateway time out.

    Recognise: "ip route get CLIENT from VIP" says "dev management"; a capture shows SYN in on frontend and
    SYN-ACK out on management.

    Why: the routing table of the NIC is empty, or no rule leads to it: then the main table decides, and its default
    route is that of the management network.

    For VIPs outside the NIC's network there is no such rule at all: that serves where a router takes the replies from
    the management network, and is a possible cause where a client gets none.

    Repair: whatever the finding above this one names; otherwise two lines for the NIC in route-tables.cfg.

    See also: A21, C24, C29, E13, E16, F03.
    """
    silent = {address(probe.address) for probe in vip_probes(e) if probe.answer is Answer.TIMED_OUT}
    link = e.link(vip_nic(e))
    own = next(iter(link.addresses), None) if link else None
    for at in dict.fromkeys(address(bind.address) for bind in vip_binds(e)):
        if link is None or own is None or at is None:
            continue
        # A VIP outside the NIC's network is a routed range: which way its replies take is that site's choice, as long
        # as it serves.
        outside = at not in own.network
        if outside and at not in silent:
            continue
        taken = way(e, FAR_AWAY, at)
        if taken is not None and taken.device == link.name:
            yield Passed(str(at), "unit:route-tables")
            continue
        if "route-tables" in waiting(e):
            yield Unsure(str(at), "unit:route-tables", BOOTING)
            continue
        device = taken.device if taken is not None else "nowhere"
        if outside:
            explanation = (
                f"{at} lies outside {own.network}, so no rule leads its replies to {link.name}. They leave by "
                f"{device[:12]}, and a client got none."
            )
        else:
            explanation = (
                f"Requests come in on {link.name}, replies to clients behind its gateway leave by {device[:12]} and "
                "are lost."
            )
        yield Found(
            subject=str(at),
            node="unit:route-tables",
            title=f"replies from {at} leave by {device[:12]}",
            explanation=explanation,
            excerpts=(
                Excerpt(f"ip route get {FAR_AWAY} from {at}", f"dev {device}", ExcerptKind.COMMAND, guilty=True),
            ),
            breaks=frozenset({reply_astray(str(at))}),
            broken_by=frozenset({mask_short(link.name) if outside else no_way_back(link.name)}),
            remedy=(
                f"compare the mask of {link.name} with its network's; or a rule from {at}"
                if outside
                else f"give {link.name} its two lines in route-tables.cfg"
            ),
        )


@rule(
    "E02",
    "servers-by-management",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="routing",
    node="network:workload",
    needs=("addresses", "rules", "routes", "show-stat", f"file:{HAPROXY_CFG}"),
    sources=(issue(15),),
)
def servers_by_management(e: Evidence, _: Site) -> Iterator[Outcome]:
    """haproxy reaches for its servers over the management network.

    Servers on a second workload network are down for haproxy: the way to them leads through the management gateway.

    Recognise: "ip route get SERVER" says "via ... dev management"; the servers are DOWN with L4TOUT.

    Why: only the primary workload network has a route of its own. A network behind it has to be listed in
    workload-networks.cfg (from 0.2.0 on) or get a static route.

    Repair: add the network to workload-networks.cfg and restart route-tables, or a route in the network file of
    workload.

    Fixed in: 0.2.0, which takes further networks from workload-networks.cfg.

    See also: B24, F05, G02, F03.
    """
    assert e.haproxy is not None
    # A refused port has been reached: only packets that are lost say something of the way.
    lost = {(row.proxy, row.name) for row in e.stat or () if row.status.startswith("DOWN") and "L4TOUT" in row.check}
    silent = {server.address for server in e.haproxy.servers if (server.backend, server.name) in lost}
    done: set[str] = set()
    for server in e.haproxy.servers:
        at = address(server.address)
        if at is None or server.address in done:
            continue
        taken = way(e, at)
        if server.address not in silent or taken is None or taken.device != "management" or taken.gateway is None:
            yield Passed(server.address, "network:workload")
            done.add(server.address)
            continue
        done.add(server.address)
        frontends = {frontend for frontend, backend in e.haproxy.uses if backend == server.backend}
        targets = {bind.target for bind in e.haproxy.binds if bind.frontend in frontends}
        owner = next((cluster_of(frontend) for frontend in frontends), SUPERVISOR)
        yield Found(
            subject=server.address,
            node="network:workload",
            title=f"the way to {server.address} leads by management",
            explanation=(
                f"A server of {owner[:24]} is down, and packets to it leave by the management gateway: its network "
                "has no route of its own."
            ),
            excerpts=(
                Excerpt(f"ip route get {at}", f"via {taken.gateway} dev management", ExcerptKind.COMMAND, guilty=True),
            ),
            breaks=frozenset(servers_down(target) for target in targets) | {server_lost(server.address)},
            remedy="list its network in workload-networks.cfg, restart route-tables",
        )


@rule(
    "E03",
    "strict-reverse-path",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="routing",
    node="network:frontend",
    needs=("rp-filter", "addresses", "rules", "routes", f"file:{HAPROXY_CFG}"),
    sources=("https://github.com/lamw/vsphere-with-tanzu-homelab-scripts",),
)
def strict_reverse_path(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The kernel drops packets that it would answer by another NIC.

    rp_filter is strict while replies leave by another NIC: requests vanish before haproxy sees them.

    Recognise: 1 for the NIC of the VIPs, or for all, in "sysctl -a | grep rp_filter": the higher of the two counts.
    TcpExtIPReversePathFilter in "nstat -az" grows while clients time out.

    Why: a sysctl setting. With full policy tables it does no harm.

    Repair: fill the policy tables (E01); or 0 or 2 in /etc/sysctl.d.

    See also: E01, F03.
    """
    nic = vip_nic(e)
    # The kernel takes the higher of the two.
    value, name = max(((e.rp_filter or {}).get(name, 0), name) for name in ("all", nic))
    if value != _STRICT or not any(isinstance(outcome, Found) for outcome in replies_astray.function(e, site)):
        yield Passed("rp-filter", f"network:{nic}")
        return
    yield Found(
        subject="rp-filter",
        node=f"network:{nic}",
        title=f"the reverse path filter of {nic} is strict",
        explanation="The kernel drops what it would answer by another NIC: requests vanish before haproxy sees them.",
        excerpts=(Excerpt(f"/proc/sys/net/ipv4/conf/{name}/rp_filter", str(value), ExcerptKind.COMMAND, guilty=True),),
        broken_by=frozenset({no_way_back(nic), *(reply_astray(bind.address) for bind in vip_binds(e))}),
        remedy="fill the policy tables; or 0 or 2 in /etc/sysctl.d",
    )
