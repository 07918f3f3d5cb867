"""A and E: the masks of the NICs, which part neighbours from strangers."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from checks.addresses import Address, Network, address, interface
from checks.empty_topology import NETWORKS
from checks.evidence.evidence import Evidence
from checks.evidence.kernel import Link
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.evidence.network_files import FOLDER, settings
from checks.evidence.probes import Answer
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.answers import vip_probes
from checks.rules.facts import file_excerpt, intended, mask_short
from checks.rules.references import LAB, issue
from checks.rules.return_path import vip_nic
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

# So many bits a slip in a mask may be worth; what is further away is another network on the same wire.
_SLIP = 8


@rule(
    "A22",
    "address-without-mask",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="addressing",
    node="appliance",
    sources=(issue(12),),
)
def no_mask(e: Evidence, _: Site) -> Iterator[Outcome]:
    """An address of a NIC has no mask.

    The appliance then takes the whole class for its neighbour: 10.42.1.31 makes it believe in 10.0.0.0/8.

    Recognise: "Address=10.42.1.31" without a length in /etc/systemd/network/10-*.network.

    Why: the OVF form wants address and length, and takes an address alone without a word.

    Repair: write the length into the file, restart systemd-networkd, then route-tables.

    Undo: put the old file back.

    See also: E16.
    """
    for path, file in e.files.items():
        if not path.endswith(".network"):
            continue
        name = path.rpartition("10-")[2].partition(".")[0]
        bare = next((n for n, value in settings(file, "Address").items() if address(value)), None)
        if bare is None:
            yield Passed(name, f"network:{name}")
            continue
        yield Found(
            subject=name,
            node=f"network:{name}",
            title=f"the address of {name} has no mask",
            explanation=(
                "The appliance takes the whole class for its neighbours and sends nothing for them to the gateway."
            ),
            excerpts=(file_excerpt(file, bare, note="no length"),),
            remedy=f"write the length behind the address in {path}, restart systemd-networkd",
        )


@rule(
    "E16",
    "mask-differs",
    severity=Severity.WARNING,
    group="routing",
    node="network:frontend",
    needs=("addresses", f"file:{ROUTE_TABLES_CFG}"),
    sources=(LAB,),
)
def mask_differs(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A NIC has another mask than it should.

    Some neighbours are taken for strangers, or strangers for neighbours: some clients time out.

    Recognise: the length in "ip -4 addr" against the plan, against route-tables.cfg and against
    /etc/systemd/network/10-*.network. Where all of them have the same slip, "ip neigh" shows it: machines ask by ARP
    on that network which lie outside the NIC's own, and so do the VIPs that they ask for.

    Why: a slip in the OVF form, or in /etc/systemd/network. route-tables.cfg is written from what the NIC has, and its
    rule "from ADDRESS/LENGTH" then leaves out the VIPs: their replies leave by the management network.

    Repair: correct the file, restart systemd-networkd, then route-tables.

    See also: A21, A22, B07, E01.
    """
    for link in e.links or ():
        for own in link.addresses if link.name in NETWORKS else ():
            found = _elsewhere(e, site, link.name, own) or _by_neighbours(e, link, own)
            yield found or Passed(link.name, f"network:{link.name}")


def _elsewhere(e: Evidence, site: Site, name: str, own: IPv4Interface) -> Found | None:
    """Another length for the same address in the plan, in the tables or in the network file."""
    plan = {"management": site.management_ip, "workload": site.workload_ip, "frontend": site.frontend_ip}[name]
    lengths = [line.cidr.network.prefixlen for line in e.tables or () if line.cidr and line.cidr.ip == own.ip]
    file = e.files.get(f"{FOLDER}10-{name}.network")
    for text in settings(file, "Address").values() if file else ():
        written = interface(text) if "/" in text else None
        if written is not None and written.ip == own.ip:
            lengths.append(written.network.prefixlen)
    if plan is not None and plan.address == own.ip and plan.prefix is not None:
        lengths.append(plan.prefix)
    other = next((length for length in lengths if length != own.network.prefixlen), None)
    if other is None:
        return None
    return _found(
        name,
        own,
        f"{name} has /{own.network.prefixlen}, not /{other}",
        "With another mask the appliance takes neighbours for strangers or strangers for neighbours: some clients "
        "time out.",
        short=other < own.network.prefixlen,
    )


def _by_neighbours(e: Evidence, link: Link, own: IPv4Interface) -> Found | None:
    """Who asks by ARP for a VIP takes it for a neighbour. Where both lie outside the NIC's network, that is too small.
    A network of which such a VIP answers is its site's choice."""
    others = [interface.network for other in e.links or () for interface in other.addresses if other != link]
    lost = [network for network in intended(e) if not network.overlaps(own.network)]
    served = {address(probe.address) for probe in vip_probes(e) if probe.answer is Answer.OK}
    if (
        link.name != vip_nic(e)
        or len(link.addresses) > 1
        or any(at in network for at in served if at for network in lost)
    ):
        return None
    for neighbour in e.neighbours or ():
        at = address(neighbour.address)
        if at is None or neighbour.device != link.name or not neighbour.mac or at in own.network:
            continue
        both = _around(own, at)
        beyond = next((network for network in lost if both and network.subnet_of(both)), None)
        if both is None or beyond is None or any(both.overlaps(network) for network in others):
            continue
        length = own.network.prefixlen
        return _found(
            link.name,
            own,
            f"the /{length} of {link.name} leaves neighbours out",
            f"{at} asks for VIPs by ARP here. It and {beyond} lie outside {own.network}: replies leave by the "
            f"management network. /{both.prefixlen} holds them all.",
            Excerpt("ip neigh", f"{at} dev {link.name} lladdr {neighbour.mac}", ExcerptKind.COMMAND, guilty=True),
            short=True,
        )
    return None


def _around(own: IPv4Interface, at: Address) -> Network | None:
    """The smallest network that holds a NIC's and an address, as far as one slip may reach."""
    lengths = range(own.network.prefixlen - 1, max(own.network.prefixlen - _SLIP, 1) - 1, -1)
    return next((net for length in lengths if at in (net := own.network.supernet(new_prefix=length))), None)


def _found(name: str, own: IPv4Interface, title: str, explanation: str, *more: Excerpt, short: bool) -> Found:
    return Found(
        subject=name,
        node=f"network:{name}",
        title=title,
        explanation=explanation,
        excerpts=(Excerpt("ip -4 addr", f"{name}: {own}", ExcerptKind.COMMAND, guilty=True), *more),
        breaks=frozenset({mask_short(name)} if short else ()),
        remedy="correct the mask in /etc/systemd/network, restart networkd and route-tables",
    )
