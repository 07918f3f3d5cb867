"""The simulated kernel's network: links, addresses, routes and rules, with its refusals.

Exit codes and words are those of ``ip`` on the appliance (iproute2 4.x on Linux 4.19): 1 for what cannot be
understood, 2 for what the kernel refuses, 255 for a malformed command.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from checks.evidence.ip_reading import read_by_ip

INVALID = "RTNETLINK answers: Invalid argument"
EXISTS = "RTNETLINK answers: File exists"
NO_ENTRY = "RTNETLINK answers: No such file or directory"
NO_PROCESS = "RTNETLINK answers: No such process"
UNREACHABLE = "RTNETLINK answers: Network is unreachable"
LOCAL, MAIN, DEFAULT = 255, 254, 253


class Refused(Exception):
    """What ``ip`` prints on its error output, and the ``code`` it exits with."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Link:
    """One network interface."""

    index: int
    name: str
    mac: str
    address: IPv4Interface
    up: bool = True
    carrier: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """One route; ``kind`` is unicast, local or broadcast, ``source`` the preferred source address or ""."""

    table: int
    network: IPv4Network
    device: str
    kind: str = "unicast"
    gateway: str = ""
    protocol: str = ""
    scope: str = ""
    source: str = ""

    @property
    def destination(self) -> str:
        """As ``ip`` writes it: default, a bare address for one host, else a CIDR."""
        if self.network.prefixlen == 0:
            return "default"
        return str(self.network.network_address) if self.network.prefixlen == 32 else str(self.network)

    @property
    def text(self) -> str:
        """The line of ``ip route show`` (without the table)."""
        words = [self.kind] if self.kind != "unicast" else []
        words += [self.destination]
        words += ["via", self.gateway] if self.gateway else []
        words += ["dev", self.device]
        words += ["proto", self.protocol] if self.protocol else []
        words += ["scope", self.scope] if self.scope else []
        words += ["src", self.source] if self.source else []
        return " ".join(words) + " "


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy rule: ``source`` ("10.10.18.5/24", host bits are legal here) or "all", or a ``target``."""

    priority: int
    source: str
    table: int
    target: str = ""


def prefix(text: str) -> IPv4Network:
    """What ``ip`` makes of a prefix. ``Refused`` as it refuses: 1 for no prefix at all, 2 for host bits."""
    try:
        read = read_by_ip(text)
    except ValueError:
        raise Refused(1, f'Error: any valid prefix is expected rather than "{text}".') from None
    if read.ip != read.network.network_address:
        raise Refused(2, INVALID)
    return read.network


def _base_rules() -> list[Rule]:
    return [Rule(0, "all", LOCAL), Rule(32766, "all", MAIN), Rule(32767, "all", DEFAULT)]


class Kernel:
    """The network state of one boot."""

    def __init__(self, links: tuple[Link, ...], default_gateway: str) -> None:
        self.links = links
        self._gateway = default_gateway
        self.routes: list[Route] = []
        self.rules: list[Rule] = _base_rules()

    def clear(self) -> None:
        """As after the power was off."""
        self.routes, self.rules = [], _base_rules()
        for link in self.links:
            link.up = True

    def configure(self) -> None:
        """Give the interfaces their addresses, as systemd-networkd does at boot."""
        self.routes = [
            Route(LOCAL, IPv4Network(own), "lo", "local", protocol="kernel", scope="host", source="127.0.0.1")
            for own in ("127.0.0.0/8", "127.0.0.1")
        ]
        end = IPv4Network("127.255.255.255")
        self.routes.append(Route(LOCAL, end, "lo", "broadcast", protocol="kernel", scope="link", source="127.0.0.1"))
        for link in self.links:
            if link.up and link.carrier:
                self._connect(link)

    def _connect(self, link: Link) -> None:
        network, own = link.address.network, str(link.address.ip)
        broadcast = IPv4Network(network.broadcast_address)
        self.routes += [
            Route(MAIN, network, link.name, protocol="kernel", scope="link", source=own),
            Route(LOCAL, IPv4Network(own), link.name, "local", protocol="kernel", scope="host", source=own),
            Route(LOCAL, broadcast, link.name, "broadcast", protocol="kernel", scope="link", source=own),
        ]
        if link is self.links[0]:
            everywhere = IPv4Network("0.0.0.0/0")
            self.routes.append(Route(MAIN, everywhere, link.name, gateway=self._gateway, protocol="static"))

    def in_table(self, table: int) -> list[Route]:
        """The routes of a table in the order in which ``ip`` shows them."""
        rows = [route for route in self.routes if route.table == table]
        return sorted(rows, key=lambda route: (int(route.network.network_address), route.network.prefixlen))

    def add(self, route: Route) -> None:
        """Add a route. ``Refused`` where it is there already or its gateway is on no link."""
        if any((row.table, row.network, row.kind) == (route.table, route.network, route.kind) for row in self.routes):
            raise Refused(2, EXISTS)
        if route.gateway:
            link = self.link(route.device)
            if link is None or IPv4Address(route.gateway) not in link.address.network:
                raise Refused(2, UNREACHABLE)
        self.routes.append(route)

    def add_local(self, text: str, device: str = "lo") -> None:
        """``ip route add local TEXT dev DEVICE``."""
        self.add(Route(LOCAL, prefix(text), device, "local", scope="host"))

    def remove(self, route: Route) -> None:
        """Remove a route that is there."""
        self.routes.remove(route)

    def remove_local(self, text: str) -> None:
        """``ip route del local TEXT dev lo``."""
        network = prefix(text)
        for route in self.routes:
            if (route.table, route.network, route.kind, route.device) == (LOCAL, network, "local", "lo"):
                self.routes.remove(route)
                return
        raise Refused(2, NO_PROCESS)

    def add_rule(self, source: str, table: int, target: str = "") -> None:
        """Add a rule before all that were added: the kernel counts priorities down."""
        lowest = min((rule.priority for rule in self.rules if rule.priority), default=32766)
        self.rules.append(Rule(lowest - 1, source, table, target))
        self.rules.sort(key=lambda rule: rule.priority)

    def put_rule(self, rule: Rule) -> None:
        """``ip rule add``: at its own priority, else before all others. ``Refused`` where it is there already."""
        if rule.priority < 0:
            self.add_rule(rule.source or "all", rule.table, rule.target)
            return
        new = Rule(rule.priority, rule.source or "all", rule.table, rule.target)
        if new in self.rules:
            raise Refused(2, EXISTS)
        self.rules.append(new)
        self.rules.sort(key=lambda rule: rule.priority)

    def remove_rule(self, like: Rule) -> None:
        """``ip rule del``: the first one that has all that is named (-1 and "" name nothing)."""
        for rule in self.rules:
            if (
                like.priority in (-1, rule.priority)
                and like.table in (-1, rule.table)
                and like.source in ("", rule.source)
                and like.target in ("", rule.target)
            ):
                self.rules.remove(rule)
                return
        raise Refused(2, NO_ENTRY)

    def link(self, name: str) -> Link | None:
        """An interface by name."""
        return next((link for link in self.links if link.name == name), None)

    def link_by_mac(self, mac: str) -> Link | None:
        """An interface by its hardware address."""
        return next((link for link in self.links if link.mac == mac), None)

    def set_link(self, link: Link, up: bool) -> None:
        """Switch an interface on or off. Off takes its address and every route over it along; on brings back the
        address and its connected route, and nothing else (row E13)."""
        if link.up == up:
            return
        link.up = up
        self.routes = [route for route in self.routes if route.device != link.name]
        if up and link.carrier:
            self._connect(link)

    def lookup(self, address: IPv4Address, source: IPv4Address | None = None) -> Route | None:
        """The route that a packet takes, by rules and longest prefix; None where there is none."""
        for rule in self.rules:
            if rule.target and address not in IPv4Interface(rule.target).network:
                continue
            if rule.source != "all" and (source is None or source not in IPv4Interface(rule.source).network):
                continue
            found = [route for route in self.routes if route.table == rule.table and address in route.network]
            if found:
                return max(found, key=lambda route: route.network.prefixlen)
        return None

    def is_local(self, address: IPv4Address) -> bool:
        """Whether the kernel takes the address for its own: what a bind needs, and what ARP answers for."""
        route = self.lookup(address)
        return route is not None and route.kind == "local"
