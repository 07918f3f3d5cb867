"""Other addresses and names in place of a site's own, for a picture that is to be shown around.

A stand-in is as long as what it stands for and always the same one, so that columns stay, one subnet remains one subnet
and the last octet, on which the arithmetic of ranges rests, is the true one: a masked picture still teaches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from checks.model import NodeKind
from checks.snapshot import Snapshot
from screens.picture.cells import Row

_WHOLE = re.compile(r"(?<![\w.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\w|\.\d)")
_CUT = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){1,2})(\.?\.\.)(?![\d.])")
_SCROLLED = re.compile(r"(?<![\w.])\.?\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])")
_HARDWARE = re.compile(r"(?i)\b([0-9a-f]{2}(?::[0-9a-f]{2}){2})(?::[0-9a-f]{2}){3}\b")
_CUT_NAME = re.compile(r"[A-Za-z0-9][\w-]*(?:\.[\w-]+)*(?=\.\.)")
_LEAST_CUT = 3
# A network shorter than this reaches into the third octet, which then takes part in the arithmetic.
_OCTETS, _SHORTEST = 24, 17
_POOLS = {
    1: range(1, 10),
    2: (*range(20, 100), *range(10, 20)),
    3: (*range(150, 255), *range(100, 150), 255),
}
_FIRST = {1: range(1, 10), 2: range(20, 100), 3: range(198, 224)}
# Words of the program and of every appliance tell nothing about a site.
_COMMON = frozenset(
    (
        *("admin", "appliance", "client", "demo", "frontend", "host", "jump", "lab", "live", "local", "localhost"),
        *("machine", "management", "network", "root", "supervisor", "users", "workload"),
        *("anyip-routes", "dataplaneapi", "haproxy", "route-tables"),
    )
)


class Mask:
    """What stands for what, from the first time that it was drawn to the end."""

    def __init__(self) -> None:
        self._octets: dict[tuple[str, ...], dict[str, str]] = {}
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._wide: tuple[IPv4Network, ...] = ()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, snapshot: Snapshot) -> None:
        """The names of a site, and which of its networks hold more than 256 addresses."""
        origin, diagnosis = snapshot.origin, snapshot.diagnosis
        self._name("site", origin.site)
        for kind, place in (("host", origin.target), *(("jump", hop) for hop in origin.via)):
            user, _, host = place.rpartition("@")
            self._name("user", user)
            self._host(kind, host.partition(":")[0])
        self._name("user", origin.user)
        for node in diagnosis.of_kind(NodeKind.APPLIANCE):
            self._host("host", node.label)
        for node in diagnosis.of_kind(NodeKind.CLUSTER):
            self._name("cluster", node.label)
        said = (text for node in diagnosis.nodes for text in (node.label, node.note))
        self._wide = tuple(sorted({*self._wide, *_wide_networks(said)}))
        names = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, names))})(?![A-Za-z0-9])")

    def row(self, row: Row) -> Row:
        """A finished row, span for span."""
        text = "".join(span.text for span in row)
        hidden = self.text(text)
        if hidden == text:
            return row
        spans, at = [], 0
        for span in row:
            spans.append(replace(span, text=hidden[at : at + len(span.text)]))
            at += len(span.text)
        return tuple(spans)

    def text(self, text: str) -> str:
        """``text`` with stand-ins, exactly as long."""
        text = _WHOLE.sub(lambda found: self._address(found[0]), text)
        text = _CUT.sub(self._cut, text)
        text = _SCROLLED.sub(self._scrolled, text)
        text = _HARDWARE.sub(r"\1:xx:xx:xx", text)
        if self._names and self._pattern is not None:
            text = self._pattern.sub(lambda found: self._names[found[0]], text)
            text = _CUT_NAME.sub(self._cut_name, text)
        return text

    # Addresses

    def _address(self, address: str) -> str:
        known = self._addresses.get(address)
        if known is None:
            known = self._addresses[address] = self._other(address)
        return known

    def _other(self, address: str) -> str:
        a, b, c, d = address.split(".")
        try:
            at = IPv4Address(address)
        except ValueError:
            return re.sub(r"\d", "x", address)
        if at.is_loopback or at.is_link_local or at.is_multicast or a in ("0", "255"):
            return address
        first = a if a == "10" or at.is_private else self._octet((), a)
        second = b if a != "10" and at.is_private else self._octet((a,), b)
        third = c if any(at in network for network in self._wide) else self._octet((a, b), c)
        return f"{first}.{second}.{third}.{d}"

    def _octet(self, before: tuple[str, ...], octet: str) -> str:
        """Another one of as many digits, for which nothing else stands there. Nought tells nothing and stays."""
        if not int(octet):
            return octet
        table = self._octets.setdefault(before, {})
        if octet not in table:
            pool = (_POOLS if before else _FIRST)[len(octet)]
            free = (str(other) for other in pool if str(other) != octet and str(other) not in table.values())
            table[octet] = next(free, "x" * len(octet))
        return table[octet]

    def _cut(self, found: re.Match[str]) -> str:
        """``10.10.1..``: of the octet at the edge nobody knows whether it is whole."""
        whole, _, last = found[1].rpartition(".")
        shown = self._other(whole + ".0" * (4 - len(whole.split("."))))
        return ".".join(shown.split(".")[: len(whole.split("."))]) + "." + "x" * len(last) + found[2]

    def _scrolled(self, found: re.Match[str]) -> str:
        """``10.18.18`` of an address whose beginning was moved out of sight."""
        known = (other for address, other in self._addresses.items() if address.endswith(found[0]))
        return next(known, found[0])[-len(found[0]) :]

    # Names

    def _host(self, kind: str, host: str) -> None:
        """A host by its full name and by the parts of that; what it ends in tells nothing."""
        if not host or _WHOLE.fullmatch(host):
            return
        *labels, last = host.split(".")
        if not labels:
            self._name(kind, last)
            return
        for at, label in enumerate(labels):
            self._name(kind if at == 0 else "site", label)
        self._names[host] = ".".join([*(self._names.get(label, label) for label in labels), last])

    def _name(self, kind: str, name: str) -> None:
        if not name or name in self._names or name.lower() in _COMMON or _WHOLE.fullmatch(name):
            return
        number = sum(other.startswith(kind) for other in self._names.values()) + 1
        short = (f"{kind}-{number}", f"{kind[0]}-{number}", f"{kind[0]}{number}", kind[0])
        self._names[name] = next(text for text in short if len(text) <= len(name)).ljust(len(name), "x")

    def _cut_name(self, found: re.Match[str]) -> str:
        """``haproxy.jar..``: the beginning of a name."""
        shown = found[0]
        if len(shown) < _LEAST_CUT:
            return shown
        return next((other[: len(shown)] for name, other in self._names.items() if name.startswith(shown)), shown)


def _wide_networks(texts: Iterable[str]) -> Iterable[IPv4Network]:
    for text in texts:
        try:
            network = IPv4Network(text, strict=False)
        except ValueError:
            continue
        if _SHORTEST <= network.prefixlen < _OCTETS:
            yield network
