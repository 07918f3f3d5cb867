"""The ruler: a block of addresses as a bar, with a leader from each marked address to what it is."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from checks.addresses import Glyph, Ruler, short
from checks.inert import inert
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role, Row
from screens.picture.fit import fit, network_of

_ROLES = {
    Glyph.TYPED: Role.ERROR,
    Glyph.DANGER: Role.WARNING,
    Glyph.AMBIGUOUS: Role.UNKNOWN,
    Glyph.VIP: Role.ACCENT,
    Glyph.GATEWAY: Role.NETWORK,
    Glyph.NIC: Role.NETWORK,
    Glyph.JUMP: Role.NETWORK,
    Glyph.START: Role.SUCCESS,
}
_WORST_FIRST = tuple(Glyph)
_NUMBERED = 16  # up to so many addresses each has its number
_SINGLE = 64  # up to so many addresses each has a cell of its own
_PEEK = 40  # below this width the ends of the bar are named beside it


@dataclass(frozen=True, slots=True)
class _Scale:
    """How addresses become cells: ``wide`` cells per address, or ``many`` addresses per cell."""

    first: int
    wide: int
    many: int
    indent: int

    def column(self, address: IPv4Address) -> int:
        """The cell of an address: the last of its own, where its number ends."""
        at = int(address) - self.first
        return self.indent + (at * self.wide + self.wide - 1 if self.many == 1 else at // self.many)


@dataclass(frozen=True, slots=True)
class _Leader:
    """One row: what a marked cell is, or one of the things that it is. ``ends``: no further row of this cell."""

    column: int
    glyph: Glyph
    label: str
    ends: bool = True


def draw_ruler(ruler: Ruler, width: int, labels: bool = True, write: bool = False) -> tuple[Row, ...]:
    """Numbers, bar and one leader row per mark, in ``width`` columns; then, with ``write``, what to type.

    Blocks of up to 16 addresses have their last octets over the bar where there is room; larger ones the first
    address of every 16 or 64. Very narrow ones (a peek) name the ends of the bar beside it.
    """
    canvas = Canvas(width)
    first, last = ruler.block.network_address, ruler.block.broadcast_address
    scale, ends = _scale(ruler, width)
    y = 0
    if ends:
        canvas.put(0, 0, ends[0], Role.DIM)
        canvas.put(scale.column(last) + 2, 0, ends[1], Role.DIM)
    else:
        y = _numbers(canvas, ruler, scale)
    _bar(canvas, y, ruler, scale, first, last)
    cells = _leaders(ruler, scale)
    for worst, *_ in cells:
        canvas.put(worst.column, y, worst.glyph.value, Pen(_ROLES[worst.glyph], bold=True))
    y += 1
    if labels:
        y = _draw_leaders(canvas, y, cells)
    if write:
        _write(canvas, y, ruler)
    return canvas.rows()


def _scale(ruler: Ruler, width: int) -> tuple[_Scale, tuple[str, str] | None]:
    """The largest scale that fits, and the names of the bar's ends where these stand beside it."""
    size, start = ruler.block.num_addresses, int(ruler.block.network_address)
    if size <= _NUMBERED and 3 * size <= width:
        return _Scale(start, 3, 1, 0), None
    ends = tuple(_short(ruler, at) for at in (ruler.block.network_address, ruler.block.broadcast_address))
    peek = width < _PEEK and len(ends[0]) + len(ends[1]) + 3 < width
    spare = len(ends[0]) + len(ends[1]) + 2 if peek else 0
    indent = len(ends[0]) + 1 if peek else 0
    named = (ends[0], ends[1]) if peek else None
    if size <= _SINGLE and size <= width - spare:
        return _Scale(start, 2 if 2 * size <= width - spare and not peek else 1, 1, indent), named
    many = 2
    while size > many * (width - spare):
        many *= 2
    return _Scale(start, 1, many, indent), named


def _short(ruler: Ruler, at: IPv4Address) -> str:
    return short(at, ruler.block)


def _numbers(canvas: Canvas, ruler: Ruler, scale: _Scale) -> int:
    """The row of numbers; returns how many rows it took."""
    block = ruler.block
    if scale.wide >= 3:
        # Three digits fill their three cells: then every second address is named.
        octets = [address.packed[3] for address in (block.network_address + at for at in range(block.num_addresses))]
        step = 2 if octets[-1] > 99 else 1
        for at in range(0, len(octets), step):
            number = str(octets[at])
            canvas.put(max(scale.column(block.network_address + at) - len(number) + 1, 0), 0, number, Role.DIM)
        return 1
    step = 16 if block.num_addresses <= 256 else max(block.num_addresses // 4, 1)
    room = len(_short(ruler, block.broadcast_address)) + 1
    while step // scale.many * scale.wide < room and step < block.num_addresses:
        step *= 2
    free = 0
    for at in range(0, block.num_addresses, step):
        address = block.network_address + at
        free = canvas.put(scale.column(address), 0, _short(ruler, address), Role.DIM)
    if scale.many == 1:
        return 1
    caption = f"one cell is {scale.many} addresses"
    beside = canvas.width - len(caption) > free + 1
    canvas.put(canvas.width - len(caption) if beside else 0, 0 if beside else 1, caption, Role.DIM)
    return 1 if beside else 2


def _bar(canvas: Canvas, y: int, ruler: Ruler, scale: _Scale, first: IPv4Address, last: IPv4Address) -> None:
    left, right = scale.column(first), scale.column(last)
    canvas.put(left, y, "─" * (right - left + 1), Role.FAINT)
    start, end = (scale.column(min(max(at, first), last)) for at in ruler.meant)
    bar = "┣" + "━" * (end - start - 1) + "┫" if end > start else "┃"
    canvas.put(start, y, bar, Role.SUCCESS)
    if start > left and any(mark.glyph is Glyph.START and mark.address == first for mark in ruler.marks):
        # The block is more than what was meant: it has an end of its own.
        canvas.put(right, y, "┫", Role.SUCCESS)


def _leaders(ruler: Ruler, scale: _Scale) -> list[list[_Leader]]:
    """Per marked cell from left to right: its marks, worst first."""
    cells: dict[int, list[tuple[Glyph, str]]] = {}
    for mark in ruler.marks:
        if mark.address in ruler.block:
            cells.setdefault(scale.column(mark.address), []).append((mark.glyph, inert(mark.label)))
    found = []
    for column, marks in sorted(cells.items()):
        marks.sort(key=lambda mark: _WORST_FIRST.index(mark[0]))
        found.append([_Leader(column, glyph, label, at == len(marks) - 1) for at, (glyph, label) in enumerate(marks)])
    return found


def _draw_leaders(canvas: Canvas, y: int, cells: list[list[_Leader]]) -> int:
    """One row per leader: rightmost cell first; those whose label would cross the right edge come last."""

    def fits_right(leader: _Leader) -> bool:
        right, left = canvas.width - leader.column - 2, leader.column - 1
        return len(leader.label) <= right or right >= left

    cells = [named for cell in cells if (named := [leader for leader in cell if leader.label])]
    to_right = [cell for cell in cells if all(map(fits_right, cell))]
    # From the left here, as each of these rows ends at its own leader and must not cross one still to come.
    to_left = [cell for cell in cells if cell not in to_right]
    order = [leader for cell in (*reversed(to_right), *to_left) for leader in cell]
    left_columns = {cell[0].column for cell in to_left}
    for at, leader in enumerate(order):
        for later in order[at + 1 :]:
            canvas.put(later.column, y, "│", Role.FAINT)
        _draw_leader(canvas, y, leader, leader.column not in left_columns)
        y += 1
    return y


def _draw_leader(canvas: Canvas, y: int, leader: _Leader, to_right: bool) -> None:
    role = _ROLES[leader.glyph]
    x = leader.column
    if to_right:
        canvas.put(x, y, "╰ " if leader.ends else "├ ", Role.FAINT)
        canvas.put(x + 2, y, _label(leader, canvas.width - x - 2), role)
    else:
        label = _label(leader, x - 1)
        canvas.put(x - 1 - len(label), y, label + " ", role)
        canvas.put(x, y, "╯" if leader.ends else "┤", Role.FAINT)


def _label(leader: _Leader, room: int) -> str:
    """The label, or what stands before its colon where that is all that fits."""
    short_form = leader.label.partition(": ")[0]
    return fit(leader.label if len(leader.label) <= room else short_form, room)


def _write(canvas: Canvas, y: int, ruler: Ruler) -> None:
    """``write 10.10.18.16/28``, then the other spellings; blank row before."""
    for at, text in enumerate(ruler.write):
        canvas.put(0, y + 1 + at, "write" if at == 0 else "   or", Pen(Role.SUCCESS if at == 0 else Role.DIM, at == 0))
        x = canvas.put(6, y + 1 + at, text, Pen(Role.TEXT, bold=at == 0))
        held = _held(text)
        if held and canvas.width - len(held) > x + 1:
            canvas.put(canvas.width - len(held), y + 1 + at, held, Role.DIM)


def _held(text: str) -> str:
    """What a CIDR holds: ``16 addresses, .16 to .31``."""
    block = network_of(text)
    if block is None:
        return ""
    count = f"{block.num_addresses:,} address{'es' if block.num_addresses > 1 else ''}"
    if block.prefixlen < 24 or block.num_addresses == 1:
        return count
    return f"{count}, {short(block.network_address, block)} to {short(block.broadcast_address, block)}"
