"""The site file: what is meant to be there, in TOML with the OVF's own property names.

Everything is optional; what is absent is not compared. A wrong key or value is a :class:`~checks.refusal.Refusal`
that names the place and says what would be right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from checks.addresses import Kind, Spelling, address, spelling
from checks.refusal import Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A finding that is known and accepted: ``code``, an optional subject, why, and the last day of that."""

    code: str
    reason: str
    until: date
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """One deployment as planned. Addresses and ranges keep how they were typed: that is what gets checked."""

    path: str = ""
    name: str = ""
    production: bool = False
    lab: bool = False
    permit_root_login: bool | None = None
    hostname: str = ""
    nameservers: tuple[str, ...] = ()
    management_ip: Spelling | None = None
    management_gateway: str = ""
    workload_ip: Spelling | None = None
    workload_gateway: str = ""
    frontend_ip: Spelling | None = None
    frontend_gateway: str = ""
    additional_workload_networks: tuple[Spelling, ...] = ()
    service_ip_range: tuple[Spelling, ...] = ()
    dataplane_port: int = 5556
    haproxy_user: str = ""
    virtual_server_ranges: tuple[Spelling, ...] = ()
    node_ranges: tuple[Spelling, ...] = ()
    management_start_ip: str = ""
    services_cidr: Spelling | None = None
    others: Mapping[str, str] | None = None
    dhcp_scopes: tuple[Spelling, ...] = ()
    ignores: tuple[Ignore, ...] = ()

    def address_of(self, network: str) -> Spelling | None:
        """The address that the appliance is to have on management, workload or frontend."""
        return {"management": self.management_ip, "workload": self.workload_ip, "frontend": self.frontend_ip}[network]


_TABLES: dict[str, frozenset[str]] = {
    "": frozenset({"name", "production", "lab", "appliance", "network", "loadbalance", "wizard", "other", "ignore"}),
    "appliance": frozenset({"permit_root_login"}),
    "network": frozenset(
        {
            "hostname",
            "nameservers",
            "management_ip",
            "management_gateway",
            "workload_ip",
            "workload_gateway",
            "frontend_ip",
            "frontend_gateway",
            "additional_workload_networks",
        }
    ),
    "loadbalance": frozenset({"service_ip_range", "dataplane_port", "haproxy_user"}),
    "wizard": frozenset({"virtual_server_ranges", "node_ranges", "management_start_ip", "services_cidr"}),
    "other": frozenset({"addresses", "dhcp_scopes"}),
    "ignore": frozenset({"code", "reason", "until", "subject"}),
}


class _Table:
    """One table of the file, with typed access that refuses in words."""

    def __init__(self, where: str, table: str, values: object) -> None:
        self.where = f"{where} [{table}]" if table else where
        if not isinstance(values, dict):
            raise Refusal(f"{self.where}: a table is expected", 2)
        self.values: dict[str, object] = values
        for key in values:
            if key not in _TABLES[table]:
                known = ", ".join(sorted(_TABLES[table]))
                raise Refusal(f"{self.where}: no key {key!r} here; known are {known}", 2)

    def get(self, key: str, kind: type[T], default: T) -> T:
        value = self.values.get(key, default)
        # A bool is an int for Python, not for a person who typed a port.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Refusal(f"{self.where}: {key} is {value!r}, a {_WORDS[kind]} is expected", 2)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if isinstance(value, str):  # as the OVF writes a list
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Refusal(
                f'{self.where}: {key} is {value!r}, a list of texts such as ["10.10.18.16/28"] is expected', 2
            )
        return tuple(value)

    def ranges(self, key: str) -> tuple[Spelling, ...]:
        return tuple(self._range(key, text) for text in self.texts(key))

    def range(self, key: str) -> Spelling | None:
        text = self.get(key, str, "")
        return self._range(key, text) if text else None

    def _range(self, key: str, text: str) -> Spelling:
        found = spelling(text)
        if found.kind is Kind.NOTHING:
            raise Refusal(f"{self.where}: {key} has {text!r}, an address, network or range is expected", 2)
        return found

    def host(self, key: str) -> str:
        text = self.get(key, str, "")
        return self._host(key, text) if text else ""

    def hosts(self, key: str) -> tuple[str, ...]:
        return tuple(self._host(key, text) for text in self.texts(key))

    def _host(self, key: str, text: str) -> str:
        # The form takes a mask for the appliance's own addresses and for no other: cut off in silence, a plan that
        # does not work would look as if it did.
        if address(text) is None:
            bare = text.partition("/")[0]
            right = f"the address alone is expected: {bare}" if address(bare) else "an IPv4 address is expected"
            raise Refusal(f"{self.where}: {key} is {text!r}, {right}", 2)
        return text

    def port(self, key: str, default: int) -> int:
        number = self.get(key, int, default)
        if not 0 < number < 1 << 16:
            raise Refusal(f"{self.where}: {key} is {number}, a port from 1 to 65535 is expected", 2)
        return number


_WORDS = {str: "text in quotes", bool: "true or false", int: "whole number", dict: "table"}


def load(path: Path, codes: Collection[str] = ()) -> Site:
    """Read a site file. Refusal (exit code 2) where it cannot be read or something in it is wrong. ``codes`` are the
    codes that there are to ignore; without any, each is taken."""
    import tomllib

    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as problem:
        raise Refusal(f"{path}: {problem.strerror or problem}", 2) from None
    except UnicodeDecodeError:
        raise Refusal(f"{path}: not a text in UTF-8, a site file is TOML", 2) from None
    except tomllib.TOMLDecodeError as problem:
        raise Refusal(f"{path}: not TOML: {problem}", 2) from None
    where = str(path)
    top = _Table(where, "", values)
    appliance, network, loadbalance, wizard, other = (
        _Table(where, name, values.get(name, {})) for name in ("appliance", "network", "loadbalance", "wizard", "other")
    )
    permit = appliance.values.get("permit_root_login")
    return Site(
        path=where,
        name=top.get("name", str, ""),
        production=top.get("production", bool, False),
        lab=top.get("lab", bool, False),
        permit_root_login=None if permit is None else appliance.get("permit_root_login", bool, True),
        hostname=network.get("hostname", str, ""),
        nameservers=network.hosts("nameservers"),
        management_ip=network.range("management_ip"),
        management_gateway=network.host("management_gateway"),
        workload_ip=network.range("workload_ip"),
        workload_gateway=network.host("workload_gateway"),
        frontend_ip=network.range("frontend_ip"),
        frontend_gateway=network.host("frontend_gateway"),
        additional_workload_networks=network.ranges("additional_workload_networks"),
        service_ip_range=loadbalance.ranges("service_ip_range"),
        dataplane_port=loadbalance.port("dataplane_port", 5556),
        haproxy_user=loadbalance.get("haproxy_user", str, ""),
        virtual_server_ranges=wizard.ranges("virtual_server_ranges"),
        node_ranges=wizard.ranges("node_ranges"),
        management_start_ip=wizard.host("management_start_ip"),
        services_cidr=wizard.range("services_cidr"),
        others=_addresses(other),
        dhcp_scopes=other.ranges("dhcp_scopes"),
        ignores=_ignores(where, values.get("ignore", []), codes),
    )


def _addresses(other: _Table) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, text in other.get("addresses", dict, {}).items():
        if not isinstance(text, str) or address(text) is None:
            raise Refusal(f"{other.where}: addresses.{name} is {text!r}, an IPv4 address is expected", 2)
        found[str(name)] = text
    return found


def _ignores(where: str, rows: object, codes: Collection[str]) -> tuple[Ignore, ...]:
    if not isinstance(rows, list):
        raise Refusal(f"{where}: ignore is written [[ignore]], once per finding", 2)
    return tuple(_ignore(_Table(where, "ignore", row), codes) for row in rows)


def _ignore(table: _Table, codes: Collection[str]) -> Ignore:
    code, reason, until = table.get("code", str, ""), table.get("reason", str, ""), table.values.get("until")
    if not code or not reason or until is None:
        raise Refusal(f"{table.where}: code, reason and until (the last day, such as 2027-06-30) are all needed", 2)
    if codes and code.upper() not in {known.upper() for known in codes}:
        raise Refusal(
            f"{table.where}: code is {code!r}, and no finding has it; `noroute rules` lists those there are", 2
        )
    if not isinstance(until, date):
        raise Refusal(f"{table.where}: until is {until!r}, a date such as 2027-06-30 is expected", 2)
    day = until.date() if isinstance(until, datetime) else until
    return Ignore(code, reason, day, table.get("subject", str, ""))
