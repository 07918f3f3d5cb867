"""A network drawn address by address: sixteen to a row, so that a row of a /24 is a /28.

A range that does not start at the left edge of its block is seen, not computed. Of a network larger than a /24 one
cell is a whole block of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role, Tint
from screens.picture.fit import fit, from_dot

FREE, EDGE, TWICE, TYPED = ".", "#", "!", "✗"
ACROSS = 16
_LABEL = 5
_MOST = 256
_ENDS = "network, broadcast"
# Of several claims on one cell the first of these is drawn.
_ORDER = "✗!vgnjk#r."
_PENS = {
    FREE: Pen(Role.FAINT),
    EDGE: Pen(Role.DIM),
    TWICE: Pen(Role.ERROR, bold=True),
    TYPED: Pen(Role.ERROR, bold=True),
    "r": Pen(Role.NETWORK),
    "v": Pen(Role.SUCCESS, bold=True),
}
_OTHER = Pen(Role.ACCENT)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants the addresses from ``first`` to ``last``, and where that is written."""

    letter: str
    first: IPv4Address
    last: IPv4Address
    name: str
    place: str = ""

    @property
    def size(self) -> int:
        """How many addresses it wants."""
        return int(self.last) - int(self.first) + 1


# Without slots: what is worked out from the claims is kept in the instance.
@dataclass(frozen=True)
class Plan:
    """A network and all who live in it."""

    name: str
    network: IPv4Network
    claims: tuple[Claim, ...]

    @cached_property
    def _spans(self) -> tuple[tuple[int, int, Claim], ...]:
        return tuple((int(claim.first), int(claim.last), claim) for claim in self.claims)

    @cached_property
    def _wide(self) -> tuple[tuple[int, int, Claim], ...]:
        return tuple(span for span in self._spans if span[0] != span[1])

    @cached_property
    def _single(self) -> dict[int, list[Claim]]:
        found: defaultdict[int, list[Claim]] = defaultdict(list)
        for first, last, claim in self._spans:
            if first == last:
                found[first].append(claim)
        return dict(found)

    def on(self, first: IPv4Address, last: IPv4Address) -> tuple[Claim, ...]:
        """The claims on any address from ``first`` to ``last``."""
        low, high = int(first), int(last)
        if low != high:
            return tuple(claim for begin, end, claim in self._spans if begin <= high and low <= end)
        wide = (claim for begin, end, claim in self._wide if begin <= low <= end)
        return (*wide, *self._single.get(low, ()))

    def letter(self, address: IPv4Address) -> str:
        """What stands for one address."""
        claims = self.on(address, address)
        letters = {claim.letter for claim in claims}
        if TYPED in letters:
            return TYPED
        if conflicting(claims):
            return TWICE
        return min(letters, key=_ORDER.index, default=FREE)

    @property
    def used(self) -> int:
        """How many addresses somebody wants."""
        count, end = 0, -1
        for first, last, _ in sorted(self._spans, key=lambda span: span[:2]):
            count += max(last - max(first, end + 1) + 1, 0)
            end = max(end, last)
        return count

    @cached_property
    def twice(self) -> tuple[IPv4Address, ...]:
        """The addresses that several want who cannot all have them."""
        found = (claims[0].first for claims in self._single.values())
        return tuple(sorted(at for at in found if conflicting(self.on(at, at))))


def conflicting(claims: Iterable[Claim]) -> bool:
    """Whether they cannot all have it: a VIP belongs into a range; a gateway, a NIC or a host does not."""
    kinds = {(claim.letter if claim.letter in "rv" else claim.name) for claim in claims if claim.letter not in "#✗"}
    return len(kinds) > 1 and kinds != {"r", "v"}


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a network: each stands for ``step`` addresses, from ``first`` on."""

    network: IPv4Network

    @property
    def step(self) -> int:
        """1, or a /24, a /16, a /8."""
        step = 1
        while self.network.num_addresses // step > _MOST:
            step *= _MOST
        return step

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return max(self.network.num_addresses // self.step, 1)

    @property
    def rows(self) -> int:
        """Rows of sixteen."""
        return -(-self.cells // ACROSS)

    def cell_of(self, address: IPv4Address) -> int:
        """The cell an address lies in."""
        return (int(address) - int(self.network.network_address)) // self.step

    def bounds(self, cell: int) -> tuple[IPv4Address, IPv4Address]:
        """The first and last address of a cell."""
        first = int(self.network.network_address) + cell * self.step
        return IPv4Address(first), IPv4Address(first + self.step - 1)

    def offset(self) -> int:
        """The column of the first cell: a network smaller than a row need not start one."""
        return int(self.network.network_address) // self.step % ACROSS

    def label(self, row: int) -> str:
        """``.16``: what the row's first cell is called."""
        first = int(self.network.network_address) // self.step - self.offset() + row * ACROSS
        return f".{first % _MOST}"


def map_width(cell: int) -> int:
    """How wide a map is with ``cell`` columns for each address."""
    return _LABEL + ACROSS * cell


def draw_address_map(plan: Plan, grid: Grid, cell: int = 3, cursor: int | None = None) -> Picture:
    """Column numbers, then the rows. A cell's hit is ``cell:N``."""
    canvas = Canvas(map_width(cell))
    for column in range(0, ACROSS, 1 if cell > 2 else 4):
        canvas.put(_LABEL + column * cell + (1 if cell > 2 else 0), 0, str(column), Role.DIM)
    for y in range(1, grid.rows + 1):
        canvas.put(0, y, grid.label(y - 1).rjust(_LABEL - 1), Role.DIM)
    for number in range(grid.cells):
        column, row = (number + grid.offset()) % ACROSS, (number + grid.offset()) // ACROSS
        x, y = _LABEL + column * cell + (1 if cell > 2 else 0), row + 1
        letter = _letter(plan, grid, number)
        canvas.put(x, y, letter, _PENS.get(letter, _OTHER))
        left, right = (x - 1, x + 2) if cell > 2 else (x, x + 1)
        if letter == TWICE:
            canvas.tint(y, left, right, Tint.ROOT)
        if number == cursor:
            if cell > 2:
                canvas.put(x - 1, y, "[", Pen(Role.ACCENT, bold=True))
                canvas.put(x + 1, y, "]", Pen(Role.ACCENT, bold=True))
            else:
                canvas.tint(y, left, right, Tint.SELECTED)
        canvas.hit(y, left, right, f"cell:{number}")
    return canvas.picture()


def _letter(plan: Plan, grid: Grid, number: int) -> str:
    first, last = grid.bounds(number)
    if grid.step == 1:
        return plan.letter(first)
    claims = plan.on(first, last)
    letters = {claim.letter for claim in claims}
    if any(first <= at <= last for at in plan.twice):
        letters.add(TWICE)
    return min(letters - {EDGE}, key=_ORDER.index, default=FREE)


def draw_legend(plan: Plan, width: int, most: int = 99) -> Picture:
    """Who lives here: letter, name, where, how many; at most ``most`` rows."""
    canvas = Canvas(max(width, 12))
    rows = [(letter, *entry) for letter, entry in _entries(plan)]
    rows = [
        (letter, name, where, count) if len(name) <= width - 2 else (letter, _brief(name, plan), "", count)
        for letter, name, where, count in rows
    ]
    for y, (letter, name, where, count) in enumerate(rows[:most]):
        canvas.put(0, y, letter, _PENS.get(letter, _OTHER))
        amount = f"{count:,}"
        right = canvas.width - len(amount)
        if width >= 30:
            canvas.put(right, y, amount, Role.DIM)
            x = max(right - len(where) - 2, 2) if len(where) + len(name) + 5 <= right else right
            canvas.put(2, y, name, Role.TEXT, x - 3)
            if x < right:
                canvas.put(x, y, where, Role.DIM)
        else:
            said = f"{name} {where}"
            canvas.put(2, y, said if len(said) <= width - 2 else name, Role.TEXT)
    return canvas.picture()


def _brief(name: str, plan: Plan) -> str:
    """``typed .18/28`` for ``typed 10.10.18.18/28``."""
    name = "first and last" if name == _ENDS else name
    word, _, typed = name.rpartition(" ")
    host, slash, length = typed.partition("/")
    return f"{word} {from_dot(host, plan.network)}{slash}{length}" if word == "typed" else name


def _entries(plan: Plan) -> Iterable[tuple[str, tuple[str, str, int]]]:
    kinds: dict[tuple[str, str], list[Claim]] = {}
    for claim in sorted(plan.claims, key=lambda claim: ("gnjrvk✗#".find(claim.letter), claim.first)):
        # VIPs and servers are many of a kind: one row for all.
        kinds.setdefault((claim.letter, "" if claim.letter in "vk#" else claim.name), []).append(claim)
    for (letter, _), claims in kinds.items():
        singles = {address for claim in claims if claim.size == 1 for address in (claim.first,)}
        count = len(singles) + sum(claim.size for claim in claims if claim.size > 1)
        name = {"v": "VIP in use", "k": "server", "#": _ENDS}.get(letter, claims[0].name)
        yield letter, (name, _where(plan, claims), count)
    free = plan.network.num_addresses - plan.used
    yield FREE, ("free", "", free)
    if plan.twice:
        ends = [span_words(plan.network, at, at) for at in plan.twice[:2]]
        yield TWICE, ("wanted twice", " ".join(ends) + (" .." if len(plan.twice) > 2 else ""), len(plan.twice))


def _where(plan: Plan, claims: list[Claim]) -> str:
    bounds = sorted({(claim.first, claim.last) for claim in claims})
    said = [span_words(plan.network, first, last) for first, last in bounds[:2]]
    return " ".join(said) + (" .." if len(bounds) > 2 else "")


def span_words(network: IPv4Network, first: IPv4Address, last: IPv4Address) -> str:
    """``.19``, ``.16-.31``; in a larger network than a /24 with the third octet."""
    octets = 3 if network.prefixlen >= 24 else 2 if network.prefixlen >= 16 else 1
    one, other = ("." + ".".join(str(address).split(".")[octets:]) for address in (first, last))
    return one if first == last else f"{one}-{other}"


def draw_claims(plan: Plan, grid: Grid, cursor: int, width: int) -> Picture:
    """The row below the map: the cell under the cursor, who claims it and in which line."""
    canvas = Canvas(width)
    first, last = grid.bounds(cursor)
    claims = plan.on(first, last)
    x = canvas.put(0, 0, span_words(plan.network, first, last), Pen(Role.TEXT, bold=True)) + 2
    if grid.step > 1:
        words = f"{len(claims)} of {len(plan.claims)} claims, enter looks in" if claims else "free"
        canvas.put(x, 0, words, Role.DIM)
        return canvas.picture()
    said = ", ".join(f"{claim.name} {claim.place}".strip() for claim in claims) or "free"
    worst = plan.letter(first)
    role = Role.ERROR if worst in (TWICE, TYPED) else Role.TEXT
    canvas.put(x, 0, fit(said, width - x), role)
    return canvas.picture()
