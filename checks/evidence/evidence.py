"""Evidence: all that was read at one moment, as typed facts on top of the raw sections.

A fact that could not be read is None and stands in ``missing`` with the reason: it is unknown, never "ok".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from checks.evidence import files, haproxy, journal, kernel, listeners, ranges, route_tables, system, units
from checks.evidence.files import File
from checks.evidence.haproxy import Configuration, Stat
from checks.evidence.journal import JournalLine
from checks.evidence.manifest import (
    ANYIP_CFG,
    FILES,
    HAPROXY_CFG,
    HAPROXY_LKG,
    JOURNALED,
    REDACTED_FILES,
    ROUTE_TABLES_CFG,
)
from checks.evidence.probes import Probe
from checks.evidence.section import Reading, Section
from checks.evidence.units import Unit
from checks.model import Vantage

T = TypeVar("T")

# Sections that rules read as they are: only whether they are there is told here.
_READ_BY_RULES = (
    "cloud-init",
    "dataplane-version",
    "files",
    "first-boot",
    "time-sync",
    "tls-files",
    "workers",
)


_MOST_LINES = 1000


@dataclass(frozen=True)
class Login:
    """How the way to the appliance's shell ended. ``reached`` tells whether commands could be run; otherwise
    ``problem`` says in one line why not, ``code`` is the refusal's (H01) or "", and ``said`` is the
    appliance's own text (untrusted)."""

    reached: bool = True
    problem: str = ""
    code: str = ""
    said: str = ""


@dataclass(frozen=True)
class Evidence:
    """Typed facts; every attribute that is None is unknown, and ``missing[name]`` says why.

    Keys of ``missing`` are the section names of the manifest and "probes". ``client_vantage`` is the one whose
    answer counts as what users see; ``asked_vips`` (ADDR:PORT) are VIPs that the person named, or that were known
    before. ``last_good`` is the copy that the data plane API keeps of the last configuration that worked.
    """

    sections: Mapping[str, Section] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    pending: bool = False
    taken_at: datetime | None = None
    complete: bool = True
    remarks: tuple[str, ...] = ()
    login: Login = Login()
    probes: tuple[Probe, ...] = ()
    client_vantage: Vantage = Vantage.HERE
    asked_vips: tuple[str, ...] = ()

    reader: system.Reader | None = None
    boot_id: str | None = None
    clock: system.Clock | None = None
    hostname: str | None = None
    units: Mapping[str, Unit] | None = None
    journal: Mapping[str, tuple[JournalLine, ...]] = field(default_factory=dict)
    links: tuple[kernel.Link, ...] | None = None
    rules: tuple[kernel.Rule, ...] | None = None
    routes: tuple[kernel.Route, ...] | None = None
    neighbours: tuple[kernel.Neighbour, ...] | None = None
    listeners: tuple[listeners.Listener, ...] | None = None
    watchers: tuple[system.Watcher, ...] | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    ranges: tuple[ranges.RangeLine, ...] | None = None
    tables: tuple[route_tables.TableLine, ...] | None = None
    haproxy: Configuration | None = None
    last_good: Configuration | None = None
    haproxy_version: str | None = None
    stat: tuple[Stat, ...] | None = None
    certificate: system.Certificate | None = None
    disks: tuple[system.Disk, ...] | None = None
    password_age: system.PasswordAge | None = None
    rp_filter: Mapping[str, int] | None = None

    def why_missing(self, needs: tuple[str, ...]) -> str:
        """Why the first of these facts is unknown, or "" where all are known."""
        return next((self.missing[name] for name in needs if name in self.missing), "")

    @cached_property
    def heard(self) -> frozenset[tuple[str, int]]:
        """Where something listens, for asking about each of hundreds of VIPs."""
        return frozenset((socket.address, socket.port) for socket in self.listeners or ())

    def unit(self, name: str) -> Unit | None:
        """A unit, or None where it is unknown or not there."""
        return (self.units or {}).get(name)

    def link(self, name: str) -> kernel.Link | None:
        """A network interface by name."""
        return next((link for link in self.links or () if link.name == name), None)

    def lines_of(self, unit: str) -> tuple[JournalLine, ...]:
        """The journal of a unit, empty where it is unknown."""
        return self.journal.get(unit, ())


def read(
    reading: Reading,
    probes: tuple[Probe, ...] = (),
    *,
    login: Login | None = None,
    pending: bool = False,
    client_vantage: Vantage = Vantage.HERE,
    asked_vips: tuple[str, ...] = (),
) -> Evidence:
    """Typed facts from raw sections. Never raises for what an appliance printed: a section that cannot be parsed
    is missing, with the reason. ``pending`` says that more is still to come."""
    missing: dict[str, str] = {}
    login = login or Login()
    nothing = login.problem or ("not read yet" if pending else "not in the evidence")

    def text_of(name: str) -> str | None:
        section = reading.sections.get(name)
        if section is None or section.why_not:
            missing[name] = section.why_not if section else nothing
            return None
        return section.text

    def parsed(name: str, parser: Callable[[str], T]) -> T | None:
        text = text_of(name)
        if text is None:
            return None
        try:
            return parser(text)
        # OSError: a time that the C library cannot express.
        except (ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError, OSError) as problem:
            missing[name] = f"{reading.sections[name].what}: cannot be understood ({type(problem).__name__})"
            return None

    journals = {}
    for unit in JOURNALED:
        section = reading.sections.get(f"journal:{unit}")
        # A cut journal is still a journal; its last line may be half.
        if section is not None and section.out and section.code in (0, None):
            journals[unit] = journal.parse(section.out)
        elif section is None or section.why_not or section.code != 0:
            why = (section.why_not or f"{section.what}: exit {section.code}") if section else nothing
            missing[f"journal:{unit}"] = why

    stats = files.parse_stat(_raw(reading, "files"))
    digests = files.parse_sha256(_raw(reading, "sha256"))
    found: dict[str, File] = {}
    for path in FILES:
        section = reading.sections.get(f"file:{path}")
        if section is None or not section.complete or section.code != 0:
            missing[f"file:{path}"] = (section.why_not or f"{path}: not readable") if section else nothing
        else:
            found[path] = File(path, section.out, stats.get(path), digests.get(path, ""))
    for path in set(found) - REDACTED_FILES:
        if found[path].content.count(b"\n") > _MOST_LINES:
            # No appliance has that many; judging each of them would take for ever.
            del found[path]
            missing[f"file:{path}"] = f"{path}: more than {_MOST_LINES} lines, which no appliance has"
    certificate_names = text_of("certificate-names") or ""
    for name in _READ_BY_RULES:
        text_of(name)
    found_units, statistics = parsed("units", units.parse), parsed("show-stat", haproxy.parse_stat)
    proxy = (found_units or {}).get("haproxy")
    if statistics is None and proxy is not None and not proxy.running:
        missing["show-stat"] = "haproxy is not running"
    if not probes:
        missing["probes"] = "not probed yet" if pending else "no probes in the evidence"

    return Evidence(
        sections=MappingProxyType(reading.sections),
        probes=probes,
        login=login,
        pending=pending,
        client_vantage=client_vantage,
        asked_vips=asked_vips,
        taken_at=reading.taken_at,
        complete=reading.complete,
        remarks=reading.remarks,
        reader=parsed("id", system.parse_reader),
        boot_id=parsed("boot-id", str.strip),
        clock=parsed("clock", system.parse_clock),
        hostname=parsed("hostname", str.strip),
        units=found_units,
        journal=MappingProxyType(journals),
        links=parsed("addresses", kernel.parse_links),
        rules=parsed("rules", kernel.parse_rules),
        routes=parsed("routes", kernel.parse_routes),
        neighbours=parsed("neighbours", kernel.parse_neighbours),
        listeners=parsed("listeners", listeners.parse),
        watchers=parsed("watchers", system.parse_watchers),
        files=MappingProxyType(found),
        ranges=ranges.parse(found[ANYIP_CFG]) if ANYIP_CFG in found else None,
        tables=route_tables.parse(found[ROUTE_TABLES_CFG]) if ROUTE_TABLES_CFG in found else None,
        haproxy=haproxy.parse_configuration(found[HAPROXY_CFG]) if HAPROXY_CFG in found else None,
        last_good=haproxy.parse_configuration(found[HAPROXY_LKG]) if HAPROXY_LKG in found else None,
        haproxy_version=parsed("haproxy-version", haproxy.parse_version),
        stat=statistics,
        certificate=parsed("certificate", lambda text: system.parse_certificate(text, certificate_names)),
        disks=system.with_rooms(parsed("disk", system.parse_disks), parsed("root-room", system.parse_rooms)),
        password_age=parsed("password-age", system.parse_password_age),
        rp_filter=parsed("rp-filter", system.parse_rp_filter),
        missing=MappingProxyType(missing),
    )


def _raw(reading: Reading, name: str) -> str:
    section = reading.sections.get(name)
    return section.text if section is not None and section.complete else ""
