"""``ip``: addresses, links, neighbours, routes and rules, shown as text or JSON, and changed where people do."""

from __future__ import annotations

import json
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network

from tui.demo.appliance import Appliance
from tui.demo.kernel import LOCAL, MAIN, Link, Refused, Route, Rule, prefix
from tui.demo.machine import Call, Result, text
from tui.demo.route_tables_unit import table_names

_FOREVER = 4_294_967_295


class _Unknown(Exception):
    """Words that this ``ip`` does not know."""


def run(call: Call, appliance: Appliance) -> Result:
    """Answer one call of ``ip``."""
    words = list(call.words)
    as_json = False
    while words and words[0].startswith("-"):
        as_json = words.pop(0) in ("-j", "-json") or as_json
    show = _Show(appliance, as_json)
    try:
        if not words:
            raise _Unknown("ip [-j] {addr|link|neigh|route|rule} [show|get|add|del] ...")
        thing, rest = words[0], words[1:]
        if thing in ("a", "addr", "address"):
            return text(show.links(with_addresses=True, name=_device(rest)))
        if thing in ("l", "link"):
            return _link(show, appliance, rest)
        if thing in ("n", "neigh", "neighbour"):
            return text(show.neighbours())
        if thing in ("ru", "rule"):
            return _rule(show, appliance, rest)
        if thing in ("r", "ro", "route"):
            return _route(show, appliance, rest)
        raise Refused(255, f'Object "{thing}" is unknown, try "ip help".')
    except Refused as refused:
        return Result(refused.code, b"", f"{refused}\n".encode("utf-8", "surrogateescape"))
    except _Unknown as why:
        return Result(255, b"", f"Usage: {why}\n".encode("utf-8", "surrogateescape"))


def _device(rest: list[str]) -> str:
    words = [word for word in rest if word not in ("show", "list", "dev")]
    return words[0] if words else ""


def _link(show: _Show, appliance: Appliance, rest: list[str]) -> Result:
    if rest[:1] != ["set"]:
        return text(show.links(with_addresses=False, name=_device(rest)))
    words = [word for word in rest[1:] if word != "dev"]
    link = appliance.kernel.link(words[0]) if words else None
    if link is None:
        raise Refused(1, f'Cannot find device "{words[0] if words else ""}"')
    if words[1:] not in (["up"], ["down"]):
        raise _Unknown("ip link set NAME {up|down}")
    appliance.kernel.set_link(link, words[1] == "up")
    return Result()


_RULE = "ip rule [show | {add|del} [priority N] [from ADDRESS] [to NETWORK] [lookup TABLE]]"


def _rule(show: _Show, appliance: Appliance, rest: list[str]) -> Result:
    does, words = (rest[0], rest[1:]) if rest else ("show", [])
    if does in ("show", "list", "ls", "s"):
        return text(show.rules())
    wanted = dict(zip(words[::2], words[1::2], strict=False))
    if does not in ("add", "del", "delete") or len(words) != 2 * len(wanted) or wanted.keys() - _SELECTORS:
        raise _Unknown(_RULE)
    priority = wanted.get("priority", "")
    if priority and not (priority.isascii() and priority.isdigit() and len(priority) < 10):
        raise Refused(255, f'Error: argument "{priority}" is wrong: preference value is invalid')
    for word in {wanted.get("from", "all"), wanted.get("to", "all")} - {"all"}:
        _interface(word)
    table = (
        _table(table_names(appliance.host), wanted["lookup"]) if "lookup" in wanted else MAIN if does == "add" else -1
    )
    rule = Rule(int(priority or -1), wanted.get("from", ""), table, wanted.get("to", ""))
    if does == "add":
        appliance.kernel.put_rule(rule)
    else:
        appliance.kernel.remove_rule(rule)
    return Result()


def _interface(word: str) -> None:
    try:
        IPv4Interface(word)
    except ValueError:
        raise Refused(1, f'Error: any valid prefix is expected rather than "{word}".') from None


_SELECTORS = {"priority", "from", "to", "lookup"}


def _table(names: dict[int, str], word: str) -> int:
    for number, name in names.items():
        if word in (name, str(number)):
            return number
    if word.isascii() and word.isdigit() and len(word) < 9:
        return int(word)
    raise Refused(255, f'Error: argument "{word}" is wrong: table id value is invalid')


def _route(show: _Show, appliance: Appliance, rest: list[str]) -> Result:
    names = table_names(appliance.host)
    does, words = (rest[0], rest[1:]) if rest else ("show", [])
    if does in ("show", "list", "ls", "s"):
        table: int | None = MAIN
        if "table" in words[:-1]:
            word = words[words.index("table") + 1]
            table = None if word == "all" else _table(names, word)
        return text(show.routes(table))
    if does == "get" and words:
        return text(show.get(words))
    if does in ("add", "del", "delete"):
        return _change(appliance, does == "add", words, names)
    if does == "flush" and "table" in words[:-1]:
        number = _table(names, words[words.index("table") + 1])
        for route in appliance.kernel.in_table(number):
            appliance.kernel.remove(route)
        return Result()
    raise _Unknown("ip route {show [table T] | get ADDRESS | add | del | flush table T}")


def _change(appliance: Appliance, add: bool, words: list[str], names: dict[int, str]) -> Result:
    kind = words.pop(0) if words[:1] in (["local"], ["unicast"]) else "unicast"
    pairs: dict[str, str] = {}
    destination = ""
    while words:
        word = words.pop(0)
        if word in ("dev", "via", "table", "proto", "scope", "src"):
            if not words:
                raise _Unknown("ip route {add|del} [local] PREFIX [via ADDRESS] dev NAME [table T]")
            pairs[word] = words.pop(0)
        else:
            destination = word
    network = prefix(destination)
    table = _table(names, pairs["table"]) if "table" in pairs else LOCAL if kind == "local" else MAIN
    device = pairs.get("dev", "")
    if add:
        if device != "lo" and appliance.kernel.link(device) is None:
            raise Refused(1, f'Cannot find device "{device}"')
        scope = "host" if kind == "local" else pairs.get("scope", "" if "via" in pairs else "link")
        route = Route(table, network, device, kind, pairs.get("via", ""), pairs.get("proto", ""), scope)
        appliance.kernel.add(route)
        return Result()
    for route in appliance.kernel.in_table(table):
        if (route.network, route.kind) == (network, kind) and device in ("", route.device):
            appliance.kernel.remove(route)
            return Result()
    raise Refused(2, "RTNETLINK answers: No such process")


class _Show:
    """The forms in which the kernel's state is shown."""

    def __init__(self, appliance: Appliance, as_json: bool) -> None:
        self._appliance, self._json = appliance, as_json
        self._names = table_names(appliance.host)

    def _name(self, table: int) -> str:
        return self._names.get(table, str(table))

    def _out(self, rows: list[dict[str, object]], lines: list[str]) -> str:
        if self._json:
            return json.dumps(rows, separators=(",", ":"))
        return "".join(f"{line}\n" for line in lines)

    def links(self, with_addresses: bool, name: str) -> str:
        loopback = {
            "ifindex": 1,
            "ifname": "lo",
            "flags": ["LOOPBACK", "UP", "LOWER_UP"],
            "mtu": 65536,
            "qdisc": "noqueue",
            "operstate": "UNKNOWN",
            "group": "default",
            "txqlen": 1000,
            "link_type": "loopback",
            "address": "00:00:00:00:00:00",
            "broadcast": "00:00:00:00:00:00",
        }
        rows: list[dict[str, object]] = [dict(loopback)]
        if with_addresses:
            rows[0]["addr_info"] = [self._address("127.0.0.1", 8, "host", "lo")]
        rows += [self._link(link, with_addresses) for link in self._appliance.kernel.links]
        if not with_addresses:
            rows = [{**row, "linkmode": "DEFAULT"} for row in rows]
        rows = [row for row in rows if name in ("", row["ifname"])]
        if not rows:
            raise Refused(1, f'Device "{name}" does not exist.')
        return self._out(rows, [_link_text(row) for row in rows])

    def _address(self, address: str, length: int, scope: str, label: str) -> dict[str, object]:
        row: dict[str, object] = {"family": "inet", "local": address, "prefixlen": length, "scope": scope}
        if scope == "global":
            broadcast = str(IPv4Network(f"{address}/{length}", strict=False).broadcast_address)
            row = {"family": "inet", "local": address, "prefixlen": length, "broadcast": broadcast, "scope": scope}
        return {**row, "label": label, "valid_life_time": _FOREVER, "preferred_life_time": _FOREVER}

    def _link(self, link: Link, with_addresses: bool) -> dict[str, object]:
        flags = ["BROADCAST", "MULTICAST"]
        flags = [*flags, "UP", "LOWER_UP"] if link.up and link.carrier else flags
        flags = ["NO-CARRIER", *flags, "UP"] if link.up and not link.carrier else flags
        row: dict[str, object] = {
            "ifindex": link.index,
            "ifname": link.name,
            "flags": flags,
            "mtu": 1500,
            "qdisc": "mq",
            "operstate": "UP" if link.up and link.carrier else "DOWN",
            "group": "default",
            "txqlen": 1000,
            "link_type": "ether",
            "address": link.mac,
            "broadcast": "ff:ff:ff:ff:ff:ff",
        }
        if with_addresses:
            own = str(link.address.ip)
            there = any(route.kind == "local" and route.source == own for route in self._appliance.kernel.routes)
            length = link.address.network.prefixlen
            row["addr_info"] = [self._address(own, length, "global", link.name)] if there else []
        return row

    def neighbours(self) -> str:
        rows: list[dict[str, object]] = []
        for link in self._appliance.kernel.links:
            for address in self._appliance.world.ports:
                if link.up and link.carrier and IPv4Address(address) in link.address.network:
                    rows.append({"dst": address, "dev": link.name, "lladdr": mac_of(address), "state": ["REACHABLE"]})
        return self._out(rows, [f"{row['dst']} dev {row['dev']} lladdr {row['lladdr']} REACHABLE" for row in rows])

    def rules(self) -> str:
        rules = self._appliance.kernel.rules
        return self._out([self._rule(rule) for rule in rules], [self._rule_text(rule) for rule in rules])

    def _rule(self, rule: Rule) -> dict[str, object]:
        row: dict[str, object] = {"priority": rule.priority, "src": rule.source.partition("/")[0]}
        if "/" in rule.source:
            row["srclen"] = int(rule.source.partition("/")[2])
        if rule.target:
            network = IPv4Network(rule.target, strict=False)
            row |= {"dst": str(network.network_address), "dstlen": network.prefixlen}
        return {**row, "table": self._name(rule.table)}

    def _rule_text(self, rule: Rule) -> str:
        target = f" to {rule.target}" if rule.target else ""
        return f"{rule.priority}:\tfrom {rule.source}{target} lookup {self._name(rule.table)}"

    def routes(self, table: int | None) -> str:
        kernel = self._appliance.kernel
        others = sorted({route.table for route in kernel.routes} - {MAIN, LOCAL})
        tables = [*others, MAIN, LOCAL] if table is None else [table]
        found = [route for number in tables for route in kernel.in_table(number)]
        named = table is None
        lines = [
            route.text.rstrip() + (f" table {self._name(route.table)}" if named and route.table != MAIN else "") + " "
            for route in found
        ]
        return self._out([self._route(route, named) for route in found], lines)

    def _route(self, route: Route, named: bool) -> dict[str, object]:
        row: dict[str, object] = {"type": route.kind} if route.kind != "unicast" else {}
        row["dst"] = route.destination
        row |= {"gateway": route.gateway} if route.gateway else {}
        row["dev"] = route.device
        row |= {"table": self._name(route.table)} if named and route.table != MAIN else {}
        row |= {"protocol": route.protocol} if route.protocol else {}
        row |= {"scope": route.scope} if route.scope else {}
        row |= {"prefsrc": route.source} if route.source else {}
        return {**row, "flags": []}

    def get(self, words: list[str]) -> str:
        try:
            address = IPv4Address(words[0])
            source = IPv4Address(words[words.index("from") + 1]) if "from" in words[:-1] else None
        except AddressValueError:
            raise Refused(1, f'Error: any valid prefix is expected rather than "{words[0]}".') from None
        route = self._appliance.kernel.lookup(address, source)
        if route is None:
            raise Refused(2, "RTNETLINK answers: Network is unreachable")
        lead = "local " if route.kind == "local" else ""
        device = "lo" if route.kind == "local" else route.device
        origin = f" from {source}" if source else ""
        via = f" via {route.gateway}" if route.gateway else ""
        link = self._appliance.kernel.link(route.device)
        own = f" src {address if route.kind == 'local' else link.address.ip if link else address}"
        table = f" table {self._name(route.table)}" if route.table != MAIN else ""
        tail = "    cache <local> \n" if lead else "    cache \n"
        return f"{lead}{address}{origin}{via} dev {device}{table}{'' if source else own} uid 0 \n{tail}"


def mac_of(address: str) -> str:
    """The hardware address of a host that is not the appliance."""
    return "00:50:56:a7:" + ":".join(f"{int(part):02x}" for part in address.split(".")[2:])


def _link_text(row: dict[str, object]) -> str:
    flags = row["flags"] if isinstance(row["flags"], list) else []
    lines = [f"{row['ifindex']}: {row['ifname']}: <{','.join(flags)}> mtu {row['mtu']} state {row['operstate']}"]
    lines.append(f"    link/{row['link_type']} {row['address']} brd {row['broadcast']}")
    infos = row.get("addr_info")
    for info in infos if isinstance(infos, list) else []:
        broadcast = f" brd {info['broadcast']}" if "broadcast" in info else ""
        lines.append(f"    inet {info['local']}/{info['prefixlen']}{broadcast} scope {info['scope']} {info['label']}")
    return "\n".join(lines)
