"""What ``noroute explain ADDRESS`` prints: the arithmetic, the ruler, what the appliance and the wizard make of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.addresses import Kind, Network, Ruler, Spelling, host_bits_words, short, spelling
from checks.inert import inert
from screens.picture.cells import Role, Span
from screens.picture.ruler import draw_ruler
from tui.report.address_pictures import around, bits, block_of, counted, dash_range, starts
from tui.report.leading_zeros import Readings, readings
from tui.report.page import Paper
from tui.report.words import addresses

_KEY = 11
# A block of more addresses than this is no range of VIPs: then "/11" was a count.
_MOST_VIPS = 4096
_NOT_READ = "`ip` cannot read the line, so anyip-routes fails and takes every range of the file with it"


def write_address(paper: Paper, text: str) -> None:
    """The page for what ``checks.addresses.spelling`` recognises once a comment is cut off."""
    typed = text.partition("#")[0]
    found = spelling(typed)
    by_count = found.kind is Kind.HOST_BITS and _counts(found)
    zeros = readings(found.text)
    label = "ambiguous" if zeros is not None else "A09 start and count" if by_count else _LABELS[found.kind]
    shown = inert(found.text, 60)
    paper.line(Span(shown, bold=True), " " * max(72 - len(shown) - len(label), 2), Span(label, Role.DIM))
    paper.gap()
    remarks = list(_around_it(text))
    if remarks:
        paper.keyed("as typed", [*remarks, f"what follows is about {shown} alone"], 0, _KEY)
        paper.gap()
    if zeros is not None:
        _leading_zeros(paper, zeros)
    else:
        (_by_count if by_count else _PAGES[found.kind])(paper, found)


def _counts(found: Spelling) -> bool:
    network = found.network
    return network is not None and network.num_addresses > _MOST_VIPS and found.as_count is not None


def _around_it(text: str) -> Iterable[str]:
    """What stands around the address and is no part of it, as the appliance's script takes it."""
    body = text.removesuffix("\n")
    if "#" in body:
        yield "only a # in the first column makes a comment; behind an address it spoils the line (A15)"
    if "\r" in body:
        yield "a carriage return at the end, as Windows editors leave it, spoils the line and is not seen (A13)"
    if body[:1] in (" ", "\t"):
        yield "with a blank before it the range comes up, and the unit's next restart fails over it (A11)"


def _ruler(paper: Paper, ruler: Ruler | None) -> None:
    if ruler is not None:
        paper.gap()
        paper.picture(draw_ruler(ruler, 72), indent=3)
    paper.gap()


def _keyed(paper: Paper, **lines: str | list[str]) -> None:
    for key, said in lines.items():
        paper.keyed(key, [said] if isinstance(said, str) else said, 0, _KEY)


def held(network: Network) -> str:
    """``16 addresses, .16 to .31``."""
    count = addresses(network.num_addresses)
    if network.num_addresses == 1:
        return count
    return f"{count}, {short(network.network_address, network)} to {short(network.broadcast_address, network)}"


def hosts(prefix: int) -> int:
    """Host addresses of a subnet: without its first and last one, where it has more than two."""
    size = 1 << (32 - prefix)
    return size - 2 if size > 2 else size


def _dashed(network: Network) -> str:
    return f"{network.network_address}-{network.broadcast_address}"


def _wizard(network: Network) -> str | list[str]:
    if network.num_addresses > _MOST_VIPS:
        return []
    shown = f"{network.network_address}/{network.num_addresses}"
    counts = f"/{network.num_addresses} counts the addresses, it is no mask"
    return f"type {_dashed(network)}; its review page then shows {shown}: {counts}"


def _network(paper: Paper, found: Spelling) -> None:
    network = found.network
    assert network is not None and found.prefix is not None
    if network.num_addresses == 1:
        paper.prose(f"One address with its mask: {found.address} becomes a VIP and no other.")
        paper.gap()
        _keyed(
            paper,
            appliance="takes it; `ip route` prints it without the mask",
            wizard=_wizard(network),
        )
        return
    if not network.prefixlen:
        _everything(paper, network)
        return
    paper.prose(f"A network address, it starts a block of {held(network)}.")
    _ruler(paper, block_of(found))
    _keyed(
        paper,
        subnet=f"as a subnet of its own it would have {hosts(found.prefix):,} hosts, as a range of VIPs all count",
        appliance=f"answers for all {network.num_addresses:,}, used or not: no gateway, name server, NIC or node may "
        "lie inside (A02 to A05)",
        wizard=_wizard(network),
    )


def _everything(paper: Paper, network: Network) -> None:
    paper.prose(
        f"A /0 fixes no bit: 2 to the power of 32, {addresses(network.num_addresses)}, all that IPv4 has. There is one "
        "such block and no other place to start it."
    )
    paper.gap()
    _keyed(
        paper,
        mask=str(network.netmask),
        name="in a table of routes it is the default route",
        appliance="would answer for every address, its own gateways and name servers included: never a range of VIPs "
        "(A02 to A05)",
    )


def _host_bits(paper: Paper, found: Spelling) -> None:
    network = found.network
    assert network is not None and found.prefix is not None
    if not found.prefix:
        _only_host_bits(paper, found)
        return
    step, places = starts(found.prefix)
    words = host_bits_words(found)
    paper.prose(f"A /{found.prefix} block has {addresses(network.num_addresses)}. It starts at {step}: {places}")
    paper.prose(f"{words}: the {words.rpartition(' ')[2]} is what the host bits add.")
    _ruler(paper, block_of(found))
    shown, carets = bits(found)
    left = 32 - found.prefix
    _keyed(paper, binary=f"{shown}  the last {'bit' if left == 1 else f'{left} bits'} must be 0")
    paper.line(" " * _KEY, Span(carets, Role.ERROR))
    paper.gap()
    lines: dict[str, str | list[str]] = {
        "appliance": "the kernel refuses the route (`Invalid argument`, newer ones `Invalid prefix for given prefix "
        "length.`): anyip-routes fails, nobody owns the VIPs, haproxy cannot bind them (A01)",
        "wizard": _wizard(network),
    }
    if found.as_count is not None:
        first, last = found.as_count
        lines["or"] = f"if the review page showed {found.text}, /{found.prefix} counts: {first}-{last} is meant (A09)"
    _keyed(paper, **lines)
    paper.gap()
    _keyed(paper, write=f"{network!s}   {held(network)}")


def _only_host_bits(paper: Paper, found: Spelling) -> None:
    paper.prose(
        f"A /0 fixes no bit: all of {found.address} is host bits, and the one block there is starts at 0.0.0.0."
    )
    paper.gap()
    _keyed(paper, appliance="the kernel refuses the route: anyip-routes fails, nobody owns the VIPs (A01)")
    paper.gap()
    _keyed(paper, write=f"{found.address} with the mask that is meant; /0 keeps nothing of it")


def _by_count(paper: Paper, found: Spelling) -> None:
    network, reading = found.network, found.as_count
    assert network is not None and reading is not None and found.prefix is not None
    first, last = reading
    count = found.prefix
    _keyed(
        paper,
        network=f"{network}, {network.num_addresses:,} addresses: surely not what is meant",
        wizard=[
            f"its review page prints start and count: {addresses(count)}, {first}-{last}",
            f"where {count} more after the first are meant, it ends at {last + 1}",
        ],
    )
    ruler = counted(first, count)
    _ruler(paper, ruler)
    _keyed(
        paper,
        appliance=f"reads /{count} as a mask and refuses the host bits: anyip-routes fails as with A01",
    )
    paper.gap()
    _keyed(paper, write=[f"{ruler.block} in the appliance", f"{first}-{last} in the wizard"])


def _dash(paper: Paper, found: Spelling) -> None:
    network, first, last = found.network, found.first, found.last
    assert network is not None and first is not None and last is not None
    size = int(last) - int(first) + 1
    paper.prose(f"{addresses(size)}. The wizard takes a dash, the appliance one network per line.")
    _ruler(paper, dash_range(found))
    _keyed(
        paper,
        appliance=f"{_NOT_READ}: `any valid prefix is expected rather than ..`, exit status 1 (A08)",
        wizard="takes it as it stands",
    )
    paper.gap()
    more = network.num_addresses - size
    exact = ", ".join(map(str, found.exact))
    if not more:
        _keyed(paper, write=f"{network!s}   exactly these")
    else:
        _keyed(
            paper,
            write=f"{exact}   {len(found.exact)} lines, exactly these",
            **{"or": f"{network}   one line, {more:,} more"},
        )


def _host(paper: Paper, found: Spelling) -> None:
    host = found.address
    assert host is not None
    paper.prose("One address, no mask.")
    paper.gap()
    _keyed(
        paper,
        appliance="this address becomes a VIP and no other (A16); if that is meant, /32 says so",
        wizard=_wizard(Network(host)),
    )
    paper.gap()
    _keyed(paper, around=[f"{block!s:<20}{held(block)}" for block in around(host)])


def _prefix(paper: Paper, found: Spelling) -> None:
    prefix = found.prefix
    assert prefix is not None
    network = Network((0, prefix))
    if not prefix:
        _everything(paper, network)
        return
    count = hosts(prefix)
    slip = ", not 162 as one published table has it" if prefix == 25 else ""
    step, places = starts(prefix)
    _keyed(
        paper,
        mask=str(network.netmask),
        addresses=f"{network.num_addresses:,}, in a subnet {count:,} host{'' if count == 1 else 's'}{slip}",
        blocks=f"start at {step}: {places}",
        wizard=f"behind an address on its review page it is a count: {addresses(prefix)}",
    )


def _dotted_mask(paper: Paper, found: Spelling) -> None:
    network = found.network
    assert network is not None and found.prefix is not None
    paper.prose(f"The same as {found.address}/{found.prefix}: {held(network)}.")
    _ruler(paper, block_of(found))
    if found.host_part:
        said = f"refuses it: host bits are set, {host_bits_words(found)} (A01)"
    else:
        said = "comes up, but its next restart fails: the script compares texts and never finds the range again (A10)"
    _keyed(paper, appliance=said, wizard=_wizard(network))
    paper.gap()
    _keyed(paper, write=f"{network!s}   {held(network)}")


def _list(paper: Paper, found: Spelling) -> None:
    parts = found.text.split(",")
    paper.prose(f"{len(parts)} entries in one line.")
    paper.gap()
    rows = []
    for part in map(spelling, parts):
        network = part.network
        right = "nothing that is an address" if network is None else f"{part.kind.value}: {held(network)}"
        rows.append(f"{inert(part.text, 40):<26}{right}")
    _keyed(paper, entries=rows)
    paper.gap()
    blank = any(part != part.strip() for part in parts)
    ovf = "splits it at the commas" + (
        ", but keeps the blanks: the range behind one comes up and is never taken away again (A11)" if blank else ""
    )
    _keyed(paper, **{"OVF form": ovf}, appliance=f"in the file it is one line: {_NOT_READ} (A12)")
    paper.gap()
    _keyed(paper, write=[str(one.network) for one in map(spelling, parts) if one.network is not None])


def _ipv6(paper: Paper, found: Spelling) -> None:
    del found
    paper.prose(
        "An IPv6 address. The appliance knows IPv4 only: deployed with one it comes up without any address (A18)."
    )


def _out_of_range(paper: Paper, found: Spelling) -> None:
    why = out_of_range(found.text)
    paper.prose(f"{why[0].upper()}{why[1:]}.")
    paper.gap()
    _keyed(paper, appliance=f"{_NOT_READ} (A17)")


def _leading_zeros(paper: Paper, found: Readings) -> None:
    if not found.by_eight:
        paper.prose(
            f"{found.octet} begins with a 0: most programs take it for a number to base 8, which has no 8 and 9."
        )
        paper.gap()
        _keyed(paper, appliance=f"{_NOT_READ} (A17)")
    elif not found.plain:
        paper.prose(f"{found.octet} begins with a 0: most programs take it for a number to base 8.")
        paper.gap()
        _keyed(paper, appliance=f"`ip` reads {found.by_eight} (A17)")
    else:
        paper.prose(f"{found.octet} begins with a 0, so that this is two addresses in one spelling.")
        paper.gap()
        _keyed(
            paper,
            people=f"read {found.plain}",
            programs=f"that take a leading 0 for base 8 read {found.by_eight}; others refuse it",
            appliance=f"`ip` is one of the first kind: {found.by_eight} is no network address, and refused (A17)"
            if spelling(found.by_eight).kind is Kind.HOST_BITS
            else f"`ip` is one of the first kind: the line means {found.by_eight} to it, and nobody answers for "
            f"{found.plain} (A17)",
        )
    paper.gap()
    meant = found.plain or found.by_eight
    # Written as it was meant it may have the next fault already: host bits.
    block = spelling(meant).network
    if block is None or "/" not in meant or str(block) == meant:
        _keyed(paper, write=f"{meant}   without the 0, if that is meant")
    else:
        _keyed(paper, write=f"{block}   the block of {meant}, without the 0, if that is meant")


def out_of_range(text: str) -> str:
    """What is too large, too long or the wrong way round in it."""
    for octet in re.findall(r"\d+", text.partition("/")[0]):
        if int(octet) > 255:
            return f"{octet} is above 255"
    tail = text.partition("/")[2]
    if tail.isdigit():
        return f"/{tail} is above /32"
    return f"{tail} is no mask" if tail else "the range ends before it starts"


_PAGES = {
    Kind.NETWORK: _network,
    Kind.HOST_BITS: _host_bits,
    Kind.DASH: _dash,
    Kind.HOST: _host,
    Kind.PREFIX: _prefix,
    Kind.DOTTED_MASK: _dotted_mask,
    Kind.LIST: _list,
    Kind.IPV6: _ipv6,
    Kind.OUT_OF_RANGE: _out_of_range,
}
_LABELS = {
    Kind.NETWORK: "network",
    Kind.HOST_BITS: "A01 host bits set",
    Kind.DASH: "A08 dash range",
    Kind.HOST: "A16 no mask",
    Kind.PREFIX: "mask",
    Kind.DOTTED_MASK: "A10 dotted mask",
    Kind.LIST: "A12 list",
    Kind.IPV6: "A18 IPv6",
    Kind.OUT_OF_RANGE: "A17 out of range",
}
