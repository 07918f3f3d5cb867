"""Pictures of what somebody typed: the block it lies in, its two readings, its bits."""

from __future__ import annotations

from checks.addresses import Address, Glyph, Network, Ruler, RulerMark, Spelling, short, smallest_block


def block_of(found: Spelling) -> Ruler | None:
    """The block around a CIDR with the typed address and the right start; None for one address alone."""
    network, typed = found.network, found.address
    if network is None or typed is None or network.num_addresses < 2:
        return None
    start = network.network_address
    marks = [RulerMark(start, Glyph.START, f"{short(start, network)} starts the block")]
    if typed != start:
        marks.append(RulerMark(typed, Glyph.TYPED, f"{short(typed, network)} is what was typed"))
    return Ruler(network, (start, network.broadcast_address), tuple(marks))


def dash_range(found: Spelling) -> Ruler | None:
    """The smallest block that holds a dash range, with its typed ends."""
    network, first, last = found.network, found.first, found.last
    if network is None or first is None or last is None or network.num_addresses < 2:
        return None
    start, end = network.network_address, network.broadcast_address
    marks = [RulerMark(first, Glyph.TYPED, f"{short(first, network)} typed first")]
    if last != first:
        marks.append(RulerMark(last, Glyph.TYPED, f"{short(last, network)} typed last"))
    besides = [short(at, network) for at, typed in ((start, first), (end, last)) if at != typed]
    if start != first:
        marks.append(RulerMark(start, Glyph.START, f"{' and '.join(besides)} come with the block"))
    return Ruler(network, (first, last), tuple(sorted(marks, key=lambda mark: mark.address)))


def counted(first: Address, count: int) -> Ruler:
    """``start/count``: where the range ends if the start is counted, and where if so many more are meant."""
    last, further = Address(int(first) + count - 1), Address(min(int(first) + count, 2**32 - 1))
    block = smallest_block(first, further)
    start = block.network_address
    marks = [RulerMark(first, Glyph.VIP, f"{short(first, block)} start")]
    if start != first:
        marks.append(RulerMark(start, Glyph.START, f"{short(start, block)} the smallest block that holds them"))
    if last != first:
        said = f"{short(last, block)} the {ordinal(count)}, counted with {short(first, block)}"
        marks.append(RulerMark(last, Glyph.AMBIGUOUS, said))
    if further != last:
        marks.append(RulerMark(further, Glyph.AMBIGUOUS, f"{short(further, block)} if {count} more are meant"))
    return Ruler(block, (first, last), tuple(sorted(marks, key=lambda mark: mark.address)))


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def bits(found: Spelling) -> tuple[str, str]:
    """The octets that the mask cuts or leaves to hosts, in binary, and carets under the bits left to hosts."""
    if found.address is None or found.prefix is None or found.prefix == 32:
        return "", ""
    cut = found.prefix // 8
    shown, carets = "", ""
    for octet in range(cut, 4):
        if octet > cut:
            shown, carets = shown + ".", carets + " "
        for bit in range(8):
            if bit == 4:
                shown, carets = shown + " ", carets + " "
            shown += str(found.address.packed[octet] >> (7 - bit) & 1)
            carets += "^" if octet * 8 + bit >= found.prefix else " "
    return shown, carets


def starts(prefix: int) -> tuple[str, str]:
    """Where blocks of that size start, within the octet that the mask cuts: the step in words, the first few."""
    octet, size = (prefix - 1) // 8, 2 ** ((32 - prefix) % 8)
    places = list(range(0, 256, size))
    tail = ".0" * (3 - octet)
    named = " ".join(f".{at}{tail}" for at in places[:4])
    return f"multiples of {size}" if size > 1 else "every number", named + (" .." if len(places) > 4 else "")


def around(host: Address) -> list[Network]:
    """The blocks of 8 to 256 addresses that hold an address."""
    return [Network((host, prefix), strict=False) for prefix in range(29, 23, -1)]
