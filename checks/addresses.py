"""The arithmetic of ranges, pools and host bits, and the ruler that pictures it.

The appliance takes CIDRs, one per line; the wizard takes an address and a count and prints ``start/count``;
people type anything. :func:`spelling` tells what somebody typed, :func:`block_ruler` draws what is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_network, summarize_address_range

Address = IPv4Address
Network = IPv4Network
_USUAL = 24


class Glyph(StrEnum):
    """What a mark on the ruler stands for. Where several want one cell, the earlier member is drawn."""

    TYPED = "✗"
    DANGER = "!"
    AMBIGUOUS = "?"
    VIP = "v"
    GATEWAY = "g"
    NIC = "n"
    JUMP = "j"
    START = "┣"


@dataclass(frozen=True, slots=True)
class RulerMark:
    """One labelled address on the ruler."""

    address: Address
    glyph: Glyph
    label: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """A picture of a block of addresses: ``block`` is drawn, ``meant`` is its good part
    (first and last address), ``marks`` are labelled, ``write`` is what to type instead."""

    block: Network
    meant: tuple[Address, Address]
    marks: tuple[RulerMark, ...] = ()
    write: tuple[str, ...] = ()


class Kind(StrEnum):
    """How an address or range was spelled."""

    NETWORK = "network"
    HOST_BITS = "host bits"
    HOST = "host"
    DASH = "dash"
    PREFIX = "prefix"
    DOTTED_MASK = "dotted mask"
    LIST = "list"
    IPV6 = "IPv6"
    OUT_OF_RANGE = "out of range"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Spelling:
    """What was typed and what it can mean.

    ``network`` is the block that holds what was typed, ``first``/``last`` its literal bounds where it is a
    dash range or a host, ``address`` and ``prefix`` the two halves of a CIDR.
    """

    kind: Kind
    text: str
    address: Address | None = None
    prefix: int | None = None
    first: Address | None = None
    last: Address | None = None

    @property
    def network(self) -> Network | None:
        """The smallest network that holds what was typed (for a CIDR: with the host bits cleared)."""
        if self.address is not None and self.prefix is not None:
            return IPv4Network((self.address, self.prefix), strict=False)
        if self.first is not None and self.last is not None:
            return smallest_block(self.first, self.last)
        return None

    @property
    def bounds(self) -> tuple[Address, Address] | None:
        """First and last address of what was typed; a CIDR means its whole network."""
        if self.first is not None and self.last is not None:
            return self.first, self.last
        return (self.network[0], self.network[-1]) if self.network is not None else None

    @property
    def host_part(self) -> int:
        """How far the typed address lies above the start of its block (0: it starts the block)."""
        if self.address is None or self.network is None:
            return 0
        return int(self.address) - int(self.network.network_address)

    @property
    def exact(self) -> tuple[Network, ...]:
        """The CIDRs that hold exactly the addresses of a dash range."""
        if self.first is None or self.last is None or self.last < self.first:
            return ()
        return tuple(summarize_address_range(self.first, self.last))

    @property
    def as_count(self) -> tuple[Address, Address] | None:
        """Read as the wizard's ``start/count``, start included; None where that leaves the address space."""
        if self.address is None or self.prefix is None or self.prefix == 0:
            return None
        end = int(self.address) + self.prefix - 1
        return (self.address, Address(end)) if end < 2**32 else None


# Digits of other scripts are digits for Python, and for nobody who routes.
_NUMBER = r"[0-9]{1,10}"
_OCTETS = rf"{_NUMBER}(?:\.{_NUMBER}){{3}}"
_PREFIX = re.compile(rf"/({_NUMBER})")
_HOST = re.compile(_OCTETS)
_CIDR = re.compile(rf"({_OCTETS})/({_NUMBER})")
_DOTTED = re.compile(rf"({_OCTETS})/({_OCTETS})")
_DASH = re.compile(rf"({_OCTETS})\s*[-–]\s*({_OCTETS}|{_NUMBER})")
_IPV6 = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:/[0-9]+)?")


# Dozens of rules ask about the same few hundred texts, each time something new is known.
@lru_cache(maxsize=4096)
def usual(network: Network) -> Network:
    """The /24 that most networks are, around a smaller one; else the network itself."""
    return network if network.prefixlen <= _USUAL else network.supernet(new_prefix=_USUAL)


def address(text: str) -> Address | None:
    """A dotted quad, or None."""
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def interface(text: str) -> IPv4Interface | None:
    """An address with the mask of its network (without one: 32), or None."""
    try:
        return IPv4Interface(text)
    except ValueError:
        return None


def spelling(text: str) -> Spelling:
    """Recognise what was typed; never fails, ``Kind.NOTHING`` is what is neither address nor range.

    Blanks around it are ignored here; that the appliance does not ignore them is a rule's business.
    """
    text = text.strip()
    if match := _PREFIX.fullmatch(text):
        prefix = int(match[1])
        return Spelling(Kind.PREFIX if prefix <= 32 else Kind.OUT_OF_RANGE, text, prefix=min(prefix, 32))
    if match := _CIDR.fullmatch(text):
        return _cidr(text, match[1], int(match[2]))
    if match := _DOTTED.fullmatch(text):
        return _dotted(text, match[1], match[2])
    if match := _DASH.fullmatch(text):
        return _dash(text, match[1], match[2])
    if _HOST.fullmatch(text):
        host = address(text)
        if host is None:
            return Spelling(Kind.OUT_OF_RANGE, text)
        return Spelling(Kind.HOST, text, address=host, prefix=32, first=host, last=host)
    if "," in text and any(spelling(part).kind is not Kind.NOTHING for part in text.split(",")):
        return Spelling(Kind.LIST, text)
    if text.count(":") >= 2 and _IPV6.fullmatch(text):
        return Spelling(Kind.IPV6, text)
    return Spelling(Kind.NOTHING, text)


def _cidr(text: str, host: str, prefix: int) -> Spelling:
    at = address(host)
    if at is None or prefix > 32:
        return Spelling(Kind.OUT_OF_RANGE, text, address=at)
    found = Spelling(Kind.NETWORK, text, address=at, prefix=prefix)
    return found if found.host_part == 0 else Spelling(Kind.HOST_BITS, text, address=at, prefix=prefix)


def _dotted(text: str, host: str, mask: str) -> Spelling:
    at = address(host)
    try:
        found = ip_network(f"0.0.0.0/{mask}")
    except ValueError:
        return Spelling(Kind.OUT_OF_RANGE, text, address=at)
    prefix = found.prefixlen
    # Python takes a wildcard (0.0.0.15) for a mask as well; the kernel's tools do not.
    if at is None or found.netmask != address(mask):
        return Spelling(Kind.OUT_OF_RANGE, text, address=at)
    return Spelling(Kind.DOTTED_MASK, text, address=at, prefix=prefix)


def _dash(text: str, start: str, end: str) -> Spelling:
    first = address(start)
    # "10.10.18.17-30" means the last octet.
    last = address(end if "." in end else f"{start.rpartition('.')[0]}.{end}")
    if first is None or last is None or last < first:
        return Spelling(Kind.OUT_OF_RANGE, text, first=first, last=last if last != first else None)
    return Spelling(Kind.DASH, text, first=first, last=last)


def smallest_block(first: Address, last: Address) -> Network:
    """The smallest network that holds both addresses."""
    prefix = 32 - (int(first) ^ int(last)).bit_length()
    return IPv4Network((first, prefix), strict=False)


def short(at: Address, within: Network | None) -> str:
    """``.19`` where the network says the rest (/24 and smaller), else the whole address."""
    if within is not None and within.prefixlen >= 24 and at in within:
        return "." + str(at).rpartition(".")[2]
    return str(at)


def host_bits_words(found: Spelling) -> str:
    """Why a typed address does not start its block: ``18 = 16 + 2`` in the octet where they part.

    Returns "" where there are no host bits.
    """
    if found.address is None or found.prefix is None or found.network is None or not found.host_part:
        return ""
    octet = min(found.prefix // 8, 3)
    typed, start = found.address.packed[octet], found.network.network_address.packed[octet]
    if typed == start:  # the host bits lie in the octets to the right of the one the mask cuts
        return f"{found.network.network_address} + {found.host_part}"
    return f"{typed} = {start} + {typed - start}"


def host_octets_span(found: Spelling) -> tuple[int, int]:
    """[start, end) of the octets of ``found.text`` that carry host bits; the whole text where there are none."""
    if found.address is None or found.network is None or not found.host_part:
        return 0, len(found.text)
    typed = found.text.partition("/")[0].split(".")
    start = found.network.network_address.packed
    octet = next(i for i, byte in enumerate(found.address.packed) if byte != start[i])
    begin = sum(len(part) + 1 for part in typed[:octet])
    return begin, len(".".join(typed))


def block_ruler(found: Spelling, others: tuple[RulerMark, ...] = ()) -> Ruler | None:
    """The block that holds what was typed, with the typed address, the right start, and ``others`` in it.

    None where nothing can be drawn. Blocks of more than 256 addresses are drawn as the /24 of the typed address.
    """
    network = found.network
    if network is None:
        return None
    typed = found.address or found.first
    drawn = network
    if network.prefixlen < 24 and typed is not None:
        drawn = IPv4Network((typed, 24), strict=False)
    marks = [mark for mark in others if mark.address in drawn]
    write: tuple[str, ...] = (str(network),)
    meant = (drawn.network_address, drawn.broadcast_address)
    if found.kind is Kind.DASH and found.first is not None and found.last is not None:
        meant = (found.first, min(found.last, drawn.broadcast_address))
        marks += [RulerMark(found.first, Glyph.TYPED, f"{short(found.first, drawn)} typed first")]
        if found.last != found.first and found.last in drawn:
            marks += [RulerMark(found.last, Glyph.TYPED, f"{short(found.last, drawn)} typed last")]
        if len(found.exact) > 1:
            write = (str(network), ", ".join(map(str, found.exact)))
    elif found.kind is Kind.HOST_BITS and typed is not None:
        marks.append(RulerMark(typed, Glyph.TYPED, f"{short(typed, drawn)} is what was typed"))
    if network.network_address in drawn and typed != network.network_address:
        start = short(network.network_address, drawn)
        marks.append(RulerMark(network.network_address, Glyph.START, f"{start} starts the block: write {network}"))
    return Ruler(drawn, meant, tuple(sorted(marks, key=lambda mark: mark.address)), write)
