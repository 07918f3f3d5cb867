"""A and E: the masks of the NICs, which part neighbours from strangers."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from checks.addresses import Address, Network, address, interface
from checks.empty_topology import NETWORKS
from checks.evidence.evidence import Evidence
from checks.evidence.kernel import Link, Neighbour
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.evidence.network_files import FOLDER, of_nics, settings
from checks.evidence.probes import Answer
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.answers import vip_probes
from checks.rules.facts import file_excerpt, intended, left_out, mask_short, mask_wide, no_length
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
    for name, file in of_nics(e.files):
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
            breaks=frozenset({no_length(name)}),
            remedy=f"write the length behind the address in {file.path}, restart systemd-networkd",
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
            found = _elsewhere(e, site, link.name, own) or _by_gateway(e, link, own) or _by_neighbours(e, link, own)
            yield found or Passed(link.name, f"network:{link.name}")


def _elsewhere(e: Evidence, site: Site, name: str, own: IPv4Interface) -> Found | None:
    """Another length for the same address in the tables, in the network file or in the plan."""
    lengths = [line.cidr.network.prefixlen for line in e.tables or () if line.cidr and line.cidr.ip == own.ip]
    file = e.files.get(f"{FOLDER}10-{name}.network")
    for text in settings(file, "Address").values() if file else ():
        written = interface(text) if "/" in text else None
        if written is not None and written.ip == own.ip:
            lengths.append(written.network.prefixlen)
    other = next((length for length in lengths if length != own.network.prefixlen), None)
    planned = _planned(e, site, name, own) if other is None else None
    right = _with_length(own, other or planned or own.network.prefixlen)
    if right == own.network:
        return None
    return _found(
        e,
        name,
        own,
        right,
        f"{name} has /{own.network.prefixlen}, not /{right.prefixlen}",
        "With another mask the appliance takes neighbours for strangers or strangers for neighbours: some clients "
        f"time out.{' Or the plan is wrong.' if planned else ''}",
    )


def _planned(e: Evidence, site: Site, name: str, own: IPv4Interface) -> int | None:
    """The length that the plan has for the same address; None where the plan is what is wrong, because it would leave
    out a gateway or a range that the NIC's own mask holds."""
    plan = site.address_of(name)
    if plan is None or plan.address != own.ip or plan.prefix is None:
        return None
    network = _with_length(own, plan.prefix)
    held = (*_gateways(e, name), *(one[0] for one in intended(e) if name == vip_nic(e)))
    return None if any(at in own.network and at not in network for at in held) else plan.prefix


def _with_length(own: IPv4Interface, length: int) -> Network:
    """The network of a NIC's address, had it that length."""
    return Network(f"{own.ip}/{length}", strict=False)


def _gateways(e: Evidence, name: str) -> tuple[Address, ...]:
    """The gateways that route-tables.cfg names for a network."""
    return tuple(dict.fromkeys(line.gateway for line in e.tables or () if line.name == name and line.gateway))


def _by_gateway(e: Evidence, link: Link, own: IPv4Interface) -> Found | None:
    """A gateway outside the NIC's network that speaks on it all the same: the mask is wrong, not the gateway."""
    beyond = {str(at): at for at in _gateways(e, link.name) if at not in own.network}
    for neighbour in e.neighbours or ():
        at = beyond.get(neighbour.address)
        right = _around(own, at) if at and neighbour.device == link.name and neighbour.mac else None
        if at is None or right is None or _overlaps_another(e, link, right):
            continue
        return _found(
            e,
            link.name,
            own,
            right,
            f"the /{own.network.prefixlen} of {link.name} leaves its gateway out",
            f"The gateway {at} asks by ARP here and lies outside {own.network}: the mask is wrong, not the gateway. "
            f"/{right.prefixlen} holds both.",
            _heard(neighbour),
        )
    return None


def _heard(neighbour: Neighbour) -> Excerpt:
    said = f"{neighbour.address} dev {neighbour.device} lladdr {neighbour.mac}"
    return Excerpt("ip neigh", said, ExcerptKind.COMMAND, guilty=True)


def _overlaps_another(e: Evidence, link: Link, network: Network) -> bool:
    """Whether a network would reach into that of another NIC."""
    others = (interface.network for other in e.links or () for interface in other.addresses if other != link)
    return any(network.overlaps(other) for other in others)


def _by_neighbours(e: Evidence, link: Link, own: IPv4Interface) -> Found | None:
    """Who asks by ARP for a VIP takes it for a neighbour. Where both lie outside the NIC's network, that is too small.
    A network of which such a VIP answers is its site's choice."""
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
        if both is None or beyond is None or _overlaps_another(e, link, both):
            continue
        length = own.network.prefixlen
        return _found(
            e,
            link.name,
            own,
            both,
            f"the /{length} of {link.name} leaves neighbours out",
            f"{at} asks for VIPs by ARP here. It and {beyond} lie outside {own.network}: replies leave by the "
            f"management network. /{both.prefixlen} holds them all.",
            _heard(neighbour),
        )
    return None


def _around(own: IPv4Interface, at: Address) -> Network | None:
    """The smallest network that holds a NIC's and an address, as far as one slip may reach."""
    lengths = range(own.network.prefixlen - 1, max(own.network.prefixlen - _SLIP, 1) - 1, -1)
    return next((net for length in lengths if at in (net := own.network.supernet(new_prefix=length))), None)


def _found(
    e: Evidence, name: str, own: IPv4Interface, right: Network, title: str, explanation: str, *more: Excerpt
) -> Found:
    """``right`` is the network that the NIC should have."""
    short = right.prefixlen < own.network.prefixlen
    beyond = {left_out(at) for at in _gateways(e, name) if at in right and at not in own.network}
    return Found(
        subject=name,
        node=f"network:{name}",
        title=title,
        explanation=explanation,
        excerpts=(Excerpt("ip -4 addr", f"{name}: {own}", ExcerptKind.COMMAND, guilty=True), *more),
        breaks=frozenset({mask_short(name) if short else mask_wide(name), *beyond}),
        broken_by=frozenset({no_length(name)}),
        remedy="correct the mask in /etc/systemd/network, restart networkd and route-tables",
    )
