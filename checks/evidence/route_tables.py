"""``/etc/vmware/route-tables.cfg``: ``ID,NAME,MAC,CIDR[,GATEWAY]``, one routing table entry a line."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from checks.addresses import address, interface
from checks.evidence.files import File


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line: with a gateway a default route and a rule, without one a link-scope route.

    ``cidr`` and ``gateway`` are None where the text is no such thing; the text is kept.
    """

    number: int
    text: str
    table: str
    name: str
    mac: str
    cidr_text: str
    gateway_text: str
    cidr: IPv4Interface | None = None
    gateway: IPv4Address | None = None

    @property
    def kernel_names(self) -> tuple[str, str]:
        """What the kernel calls its table: the number, or the name that the unit declares for it."""
        return self.table, table_name(self.name)


def table_name(network: str) -> str:
    """The name that the unit declares for a network's table."""
    return f"rtctl_{network}"


def parse(file: File) -> tuple[TableLine, ...]:
    """The lines with at least four fields, in order; others are no lines for the appliance's script either."""
    found = []
    for number, raw in enumerate(file.lines, 1):
        text = raw.decode("utf-8", "replace")
        if not text or text.startswith("#"):
            continue
        fields = [field.strip() for field in text.split(",")]
        if len(fields) >= 4:
            table, name, mac, cidr = fields[:4]
            gateway = fields[4] if len(fields) > 4 else ""
            found.append(TableLine(number, text, table, name, mac, cidr, gateway, interface(cidr), address(gateway)))
    return tuple(found)
