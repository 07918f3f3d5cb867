"""What the kernel's network stack holds: links, addresses, neighbours, rules, routes (``ip -j``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network


@dataclass(frozen=True, slots=True)
class Link:
    """One network interface with its IPv4 addresses."""

    name: str
    mac: str = ""
    state: str = ""
    flags: frozenset[str] = frozenset()
    mtu: int = 0
    addresses: tuple[IPv4Interface, ...] = ()

    @property
    def up(self) -> bool:
        """Switched on and with a carrier."""
        return "UP" in self.flags and "LOWER_UP" in self.flags


@dataclass(frozen=True, slots=True)
class Route:
    """One IPv4 route; ``network`` is 0.0.0.0/0 for the default route."""

    network: IPv4Network
    table: str
    type: str = "unicast"
    device: str = ""
    gateway: IPv4Address | None = None
    protocol: str = ""

    @property
    def anyip(self) -> bool:
        """A whole range answered locally: what the anyip-routes unit adds (the kernel's own have a protocol)."""
        return self.type == "local" and self.device == "lo" and self.table == "local" and self.protocol != "kernel"


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy rule; ``source`` keeps host bits, which are legal here, ``destination`` is "" for any. ``whole`` where
    this is all that it asks for: no mark, no interface, no negation."""

    priority: int
    source: str
    table: str
    destination: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One ARP entry; ``state`` is REACHABLE, STALE, FAILED, INCOMPLETE, ..."""

    address: str
    device: str
    mac: str
    state: str


def _rows(text: str) -> list[dict[str, object]]:
    data = json.loads(text)
    if not isinstance(data, list):
        raise ValueError("not a list")
    return [row for row in data if isinstance(row, dict)]


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def parse_links(text: str) -> tuple[Link, ...]:
    """From ``ip -j addr``. ValueError where it is no JSON list."""
    links = []
    for row in _rows(text):
        interfaces = []
        for info in _list(row.get("addr_info")):
            if isinstance(info, dict) and info.get("family") == "inet":
                interface = _interface(f"{_str(info.get('local'))}/{_int(info.get('prefixlen'))}")
                interfaces += [interface] if interface else []
        links.append(
            Link(
                name=_str(row.get("ifname")),
                mac=_str(row.get("address")),
                state=_str(row.get("operstate")),
                flags=frozenset(_str(flag) for flag in _list(row.get("flags"))),
                mtu=_int(row.get("mtu")),
                addresses=tuple(interfaces),
            )
        )
    return tuple(links)


def _interface(text: str) -> IPv4Interface | None:
    try:
        return IPv4Interface(text)
    except ValueError:
        return None


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network("0.0.0.0/0" if text in ("default", "all") else text, strict=False)
    except ValueError:
        return None


def parse_routes(text: str) -> tuple[Route, ...]:
    """From ``ip -j route show table all``; entries of the main table carry no table name there, IPv6 is left out."""
    routes = []
    for row in _rows(text):
        network = _network(_str(row.get("dst")))
        # Only IPv6 routes have a "pref"; their default route is written like the other one.
        if network is None or "pref" in row:
            continue
        gateway = _interface(_str(row.get("gateway")))
        routes.append(
            Route(
                network=network,
                table=str(row.get("table", "main")),
                type=_str(row.get("type")) or "unicast",
                device=_str(row.get("dev")),
                gateway=gateway.ip if gateway else None,
                protocol=_str(row.get("protocol")),
            )
        )
    return tuple(routes)


_OF_EVERY_RULE = frozenset({"priority", "src", "srclen", "dst", "dstlen", "table", "protocol"})


def parse_rules(text: str) -> tuple[Rule, ...]:
    """From ``ip -j rule``."""
    rules = []
    for row in _rows(text):
        source = _str(row.get("src")) or "all"
        if "srclen" in row:
            source += f"/{_int(row.get('srclen'))}"
        destination = _str(row.get("dst"))
        if destination and "dstlen" in row:
            destination += f"/{_int(row.get('dstlen'))}"
        whole = row.keys() <= _OF_EVERY_RULE
        rules.append(Rule(_int(row.get("priority")), source, str(row.get("table", "")), destination, whole))
    return tuple(rules)


def parse_neighbours(text: str) -> tuple[Neighbour, ...]:
    """From ``ip -j neigh``."""
    return tuple(
        Neighbour(
            _str(row.get("dst")),
            _str(row.get("dev")),
            _str(row.get("lladdr")),
            next((_str(state) for state in _list(row.get("state"))), ""),
        )
        for row in _rows(text)
    )
