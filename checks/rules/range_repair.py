"""The one repair of the range file: every line that has a certain right spelling, in one write.

Correcting one of two bad lines would leave the unit as dead as before, so the plan is made for the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.addresses import Address, Kind, Network, Spelling, address
from checks.evidence.evidence import Evidence
from checks.evidence.files import File
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import HARMLESS, SHORTEST_RANGE, Defect, RangeLine, meant_by, parse
from checks.plan import Fix, Run, Step, Write
from checks.rules.facts import any_vip_listens, anyip_covers, held_down, intended, stumbles, vip_binds
from checks.rules.occupants import in_the_way, occupants

# A range of VIPs has six of them at least. One address is too little to conclude from it a range of more than 256.
_SMALLEST = 29
_LARGEST = 24

RESTART_CHAIN = (
    Run("systemctl reset-failed haproxy", "it used up its start attempts"),
    Run("systemctl restart anyip-routes", "read the file again and route its ranges"),
    Run("systemctl start haproxy", "bind the VIPs"),
)


def replacement(e: Evidence, line: RangeLine) -> tuple[str, ...] | None:
    """The lines to write instead of a bad one, or None where nothing has to change, where nothing is certain, or where
    the right line would take an address of somebody's."""
    if line.empty:
        return (line.text.strip(),)
    networks = _corrected(e, line)
    if networks is None or in_the_way(e, networks):
        return None
    comment = [line.comment.strip()] if line.comment.strip(" \r#") else []
    return (*comment, *map(str, networks))


def _corrected(e: Evidence, line: RangeLine) -> tuple[Network, ...] | None:
    """The networks that a bad line should have been, or None where nothing has to change or nothing is certain."""
    if line.defect is Defect.BARE:
        without = without_mask(e)
        return (without.block,) if without is not None and without.line == line else None
    if line.defect is None or not line.parts:
        return None
    networks: list[Network] = []
    for part in line.parts:
        right = _right(e, part)
        if right is None:
            return None
        networks += right
    return tuple(networks)


def _right(e: Evidence, part: Spelling) -> tuple[Network, ...] | None:
    """Which networks one range is, spelled right; None where that is not certain."""
    network = meant_by(part)
    if network is None:
        return None
    if part.host_part:
        # An interface's mask behind the first VIP gives the whole network, the gateway's too.
        unclear = count_read(e, part) is not None or any(at in network for at in occupants(e))
        return None if unclear else (network,)
    if part.kind is Kind.NETWORK or part.kind is Kind.DOTTED_MASK:
        return (network,)
    if part.kind is Kind.DASH and part.first is not None and part.last is not None:
        return (network,) if _harmless_rounding(e, part.first, part.last, network) else part.exact
    return None


def count_read(e: Evidence, part: Spelling) -> tuple[Address, Address] | None:
    """First and last address of a range with host bits read as the wizard's start and count, where it may be that as
    well as its block: a block of more than 256 addresses of which no VIP lies behind the count and which the kernel
    does not route, or VIPs that lie in the count and behind the block. None where the block is certain."""
    block, count = meant_by(part), part.as_count
    if part.kind is not Kind.HOST_BITS or block is None or count is None or (part.prefix or 0) < SHORTEST_RANGE:
        return None
    counted = [at for bind in vip_binds(e) if (at := address(bind.address)) and count[0] <= at <= count[1]]
    if any(at not in block for at in counted if at in outside(e)):
        return count
    inside = {at for bind in vip_binds(e) if (at := address(bind.address)) and at in block}
    certain = block.prefixlen >= _LARGEST or anyip_covers(e, block) or inside - set(counted)
    return None if certain else count


def _harmless_rounding(e: Evidence, first: Address, last: Address, block: Network) -> bool:
    """A dash range that leaves out only the block's first and last address means the block, unless somebody
    known lives on one of the two."""
    edges = {block.network_address, block.broadcast_address}
    added = {at for at in edges if not first <= at <= last}
    size = int(last) - int(first) + 1
    return block.num_addresses - size == len(added) and not added & occupants(e).keys()


@dataclass(frozen=True, slots=True)
class Rounded:
    """A dash range that is written as one block, with the addresses of the block that nobody typed."""

    typed: Spelling
    added: tuple[Address, ...]

    @property
    def words(self) -> str:
        """``10.10.18.16 and 10.10.18.31 come``."""
        return f"{' and '.join(map(str, self.added))} {'come' if len(self.added) > 1 else 'comes'}"


def rounded(e: Evidence, line: RangeLine) -> tuple[Rounded, ...]:
    """The dash ranges of a line for which the repair writes a block that holds more."""
    written = replacement(e, line) or ()
    return tuple(
        Rounded(part, tuple(at for at in (block[0], block[-1]) if not part.first <= at <= part.last))
        for part in line.parts
        if part.kind is Kind.DASH and part.first is not None and part.last is not None
        if (block := part.network) is not None and str(block) in written and len(part.exact) > 1
    )


def outside(e: Evidence) -> tuple[Address, ...]:
    """Addresses of binds that no line of the range file means or is for ip, in the order of haproxy.cfg."""
    networks = {*intended(e), *(line.network for line in e.ranges or () if line.network is not None)}
    found: dict[Address, None] = {}
    for bind in vip_binds(e):
        at = address(bind.address)
        if at is not None and not any(at in network for network in networks):
            found[at] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WithoutMask:
    """A line of one address, and the range that it was before somebody forgot the mask; ``lost`` are its VIPs."""

    line: RangeLine
    block: Network
    lost: tuple[Address, ...]


def without_mask(e: Evidence) -> WithoutMask | None:
    """The one line that is a range without its mask: its address starts a block that holds every VIP which lies in no
    line. The smallest such block that Workload Management takes for a range; None where it would hold an address of
    somebody else's or touch another line, or where two lines fit."""
    lost = outside(e)
    fitting = [
        WithoutMask(line, block, lost)
        for line in e.ranges or ()
        if lost and line.defect is Defect.BARE and (block := _block_from(line, lost)) is not None
    ]
    if len(fitting) != 1:
        return None
    found = fitting[0]
    others = (network for line in e.ranges or () if line != found.line for network in line.meant)
    taken = any(at in found.block for at in occupants(e)) or any(map(found.block.overlaps, others))
    return None if taken else found


def _block_from(line: RangeLine, lost: tuple[Address, ...]) -> Network | None:
    start = line.typed.address
    for prefix in range(_SMALLEST, _LARGEST - 1, -1):
        block = Network((start, prefix), strict=False) if start is not None else None
        if block is None or block.network_address != start:
            return None
        if all(at in block for at in lost):
            return block
    return None


def _appended(e: Evidence) -> tuple[Address, ...]:
    """The addresses that get a line of their own."""
    return () if without_mask(e) is not None else outside(e)


def repaired(e: Evidence) -> tuple[bytes, bytes] | None:
    """The range file's bytes now and as they should be; None where it is unknown or nothing has to change."""
    file = e.files.get(ANYIP_CFG)
    if file is None or e.ranges is None:
        return None
    lines = list(file.lines)
    for line in reversed(e.ranges):
        new = replacement(e, line)
        if new is not None:
            lines[line.number - 1 : line.number] = [text.encode() for text in new]
    # A CR ends every line of a file that was edited on Windows, comments too.
    lines = [line.removesuffix(b"\r") for line in lines]
    lines += [str(Network(at)).encode() for at in _appended(e)]
    after = b"".join(line + b"\n" for line in lines)
    return (file.content, after) if after != file.content else None


def obstacle(e: Evidence) -> str:
    """The address of somebody's that the repaired file would newly take, and whose it is; "" where there is none."""
    lines = ((line, _corrected(e, line)) for line in e.ranges or ())
    routed = [network for line, right in lines for network in right or (line.network and [line.network]) or ()]
    return in_the_way(e, (*routed, *map(Network, _appended(e))))


def start_obstacle(e: Evidence) -> str:
    """The address of somebody's that a start of anyip-routes with the file as it is would newly take, and whose it is;
    "" where there is none."""
    return in_the_way(e, (network for line in e.ranges or () if line.read and (network := line.network)))


def changed_lines(e: Evidence) -> tuple[int, ...]:
    """Numbers of the lines that the repair changes or adds."""
    file = e.files.get(ANYIP_CFG)
    changed = {line.number for line in e.ranges or () if replacement(e, line) is not None}
    if file is not None:
        if not file.ended:
            changed.add(len(file.lines))
        changed |= {len(file.lines) + 1 + i for i in range(len(_appended(e)))}
    return tuple(sorted(changed))


def hopeless_lines(e: Evidence) -> tuple[RangeLine, ...]:
    """The lines that the appliance cannot take and that nothing certain can be written for: they would stop the unit
    after the repair as before."""
    bad = (line for line in e.ranges or () if line.defect is not None and line.defect not in HARMLESS)
    return tuple(line for line in dict.fromkeys((*bad, *stumbles(e))) if replacement(e, line) is None)


def range_fix(e: Evidence) -> Fix | None:
    """The plan that brings the range file in order and its ranges and binds back, by the least that works."""
    change = repaired(e)
    haproxy = e.unit("haproxy")
    if change is None or haproxy is None or hopeless_lines(e) or obstacle(e):
        return None
    write = Write(ANYIP_CFG, *change)
    numbers = changed_lines(e)
    where = f"line {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} lines"
    added = _appended(e)
    only_added = len(added) == len(numbers)
    anyip = RESTART_CHAIN[1]
    held = held_down(e)
    waits = f"haproxy is down, and stays so until {held} is repaired"
    if held:
        steps: tuple[Step, ...] = (write, anyip)
        interrupts = "every VIP pauses for about a second" if haproxy.running else f"nothing more: {waits}"
    elif haproxy.running:
        steps = (write, anyip, Run("systemctl reload haproxy", "bind what is missing"))
        interrupts = "every VIP pauses for about a second while the ranges are routed again; connections survive"
    else:
        steps = (write, *RESTART_CHAIN)
        interrupts = "nothing more: haproxy is down already. Management stays up"
    if not haproxy.running and not held and any_vip_listens(e):
        interrupts = "the VIPs that still answer, for about a second"
    binds = [bind for bind in vip_binds(e) if not only_added or address(bind.address) in added]
    targets = sorted({bind.target for bind in binds})
    lines = parse(File(ANYIP_CFG, write.after))
    done = lines[-len(added) :] if only_added else lines
    along = [one.words for line in e.ranges or () for one in rounded(e, line)]
    return Fix(
        summary=f"{'add' if only_added else 'write'} {where}, restart {'anyip-routes' if held else '2 units'}",
        steps=steps,
        interrupts=interrupts,
        verifies=("the finding is gone and nothing new is red",),
        routed=tuple(line.subject for line in done if line.meant),
        answering=() if held else tuple(targets[:1]),
        undone="the old bytes come back from the backup"
        + (", and anyip-routes reads them by itself" if haproxy.running else ", the same units restart"),
        seconds=3,
        back=_way_back(e, write, running=haproxy.running),
        besides=f"{'; '.join(along)} with the block: the appliance answers there too" if along else "",
    )


def _way_back(e: Evidence, write: Write, *, running: bool) -> tuple[Step, ...]:
    """The old bytes and the old effect of them. anyip-routes removes on stop what the file then lists, so it is
    stopped while the repaired file is still there; otherwise its good routes would outlive the old file."""
    old = write.swapped()
    if running:
        without = without_mask(e)
        added = [str(without.block)] if without is not None else [str(at) for at in outside(e)]
        return (old, *(Run(f"ip route del local {at} dev lo table local", may_fail=True) for at in added))
    return (
        Run("systemctl stop haproxy anyip-routes", "take the routes of the repaired file away"),
        old,
        Run("systemctl start anyip-routes", "read the old file", may_fail=True),
        Run("systemctl start haproxy", may_fail=True),
    )
