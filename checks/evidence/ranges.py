"""``/etc/vmware/anyip-routes.cfg`` as the appliance's own script takes it.

The script drops only lines whose first character is ``#`` and empty ones, trims nothing, hands the whole line to
``ip route add local`` and loses a last line without newline (catalogue rows A08 to A18).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface

from checks.addresses import Kind, Network, Spelling, smallest_block, spelling
from checks.evidence.files import File
from checks.evidence.ip_reading import read_by_ip

# A shorter prefix would be a range of more than 65,536 VIPs: somebody copied the wizard's start/count.
SHORTEST_RANGE = 16


class Defect(StrEnum):
    """What is wrong with the spelling of a line."""

    HOST_BITS = "host bits"
    DASH = "dash"
    START_COUNT = "start and count"
    DOTTED_MASK = "dotted mask"
    BLANK_BEFORE = "blank before"
    LIST = "list"
    CARRIAGE_RETURN = "carriage return"
    TRAILING = "something behind"
    BARE = "no mask"
    IPV6 = "IPv6"
    MISREAD = "read otherwise"
    NOTHING = "no range"


# With these the line still becomes a route.
HARMLESS = frozenset({Defect.DOTTED_MASK, Defect.BLANK_BEFORE, Defect.BARE, Defect.MISREAD})
# Of these the kernel prints the route in another spelling. The script compares texts (it knows only that a /32 prints
# bare): it never takes such a route away, adds it again at its next run, and ends over that it is there.
UNMATCHED = frozenset({Defect.DOTTED_MASK, Defect.BLANK_BEFORE, Defect.MISREAD})

_BY_KIND = {
    Kind.DASH: Defect.DASH,
    Kind.DOTTED_MASK: Defect.DOTTED_MASK,
    Kind.HOST: Defect.BARE,
    Kind.IPV6: Defect.IPV6,
}
# Neither is for ip, whatever numbers it holds.
_NEVER_READ = (Kind.DASH, Kind.IPV6)


@dataclass(frozen=True, slots=True)
class RangeLine:
    """One line that names ranges. ``text`` is exact (U+FFFD for bytes that are not UTF-8); ``parts`` are the ranges
    it names once blanks, comments and commas are taken away, ``comment`` what was behind them; ``read`` is False for
    an unterminated last line, which the appliance never sees."""

    number: int
    text: str
    parts: tuple[Spelling, ...]
    comment: str
    read: bool

    @property
    def typed(self) -> Spelling:
        """The first range of the line."""
        return self.parts[0] if self.parts else spelling(self.text)

    @property
    def subject(self) -> str:
        """The line as a finding names it."""
        return self.text.strip() or f"line-{self.number}"

    @property
    def empty(self) -> bool:
        """Whether it was meant to name nothing: blanks, or a comment behind blanks. The script takes it for a range."""
        return not self.parts and self.text.lstrip()[:1] in ("", "#")

    @property
    def defect(self) -> Defect | None:
        """The first thing that is wrong with the spelling, None where it is right."""
        if "\r" in self.text:
            return Defect.CARRIAGE_RETURN
        if self.comment or self.text != self.text.rstrip():
            return Defect.TRAILING
        if len(self.parts) > 1:
            return Defect.LIST
        if self.typed.kind not in _NEVER_READ and (misread := self._misread) is not None:
            return misread
        if self.typed.kind is Kind.HOST_BITS:
            return Defect.START_COUNT if (self.typed.prefix or 0) < SHORTEST_RANGE else Defect.HOST_BITS
        if self.typed.kind is Kind.DOTTED_MASK and self.typed.host_part:
            return Defect.HOST_BITS
        if self.typed.kind in _BY_KIND:
            return _BY_KIND[self.typed.kind]
        return Defect.BLANK_BEFORE if self.text != self.text.lstrip() else None

    @property
    def _misread(self) -> Defect | None:
        """How far ip reads other numbers than are written, as with a leading 0; None where it reads the same."""
        read = self._read
        if read is not None and (read.ip, read.network.prefixlen) == (self.typed.address, self.typed.prefix):
            return None
        return Defect.MISREAD if read is not None and read.ip == read.network.network_address else Defect.NOTHING

    @property
    def _read(self) -> IPv4Interface | None:
        try:
            return read_by_ip(self.text)
        except ValueError:
            return None

    @property
    def meant(self) -> tuple[Network, ...]:
        """The networks that the line means, whether or not the appliance can take it. Two readings mean neither."""
        if self.defect is Defect.MISREAD:
            return ()
        return tuple(network for part in self.parts if (network := meant_by(part)) is not None)

    @property
    def network(self) -> Network | None:
        """The range the kernel routes for it, or None where it refuses."""
        if self.defect is Defect.MISREAD:
            return self._read.network if self._read else None
        if self.defect is None or self.defect in HARMLESS:
            return self.typed.network if self.typed.host_part == 0 else None
        return None


def meant_by(part: Spelling) -> Network | None:
    """The network a spelling means: for start/count the smallest block that holds all of the addresses."""
    if part.kind is Kind.HOST_BITS and (part.prefix or 0) < SHORTEST_RANGE:
        bounds = part.as_count
        return smallest_block(*bounds) if bounds else None
    return part.network


def parse(file: File) -> tuple[RangeLine, ...]:
    """The lines that name ranges, in order."""
    found = []
    for number, raw in enumerate(file.lines, 1):
        text = raw.decode("utf-8", "replace")
        last = number == len(file.lines)
        if not text or text.startswith("#") or (last and not file.ended and not text.strip()):
            continue
        body, mark, comment = text.partition("#")
        parts = tuple(spelling(part) for part in body.split(",") if part.strip())
        found.append(RangeLine(number, text, parts, mark + comment, read=file.ended or not last))
    return tuple(found)
