"""Evidence from ``tests/fixtures``: whole captures, and the base with small changes. The form is in its README."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from checks.evidence.evidence import Evidence, Login, read
from checks.evidence.manifest import ITEMS
from checks.evidence.probes import Answer, Kind, Probe
from checks.evidence.section import Section
from checks.model import Vantage
from checks.site import Site
from checks.site import load as load_site
from checks.sources.capture import Loaded, load

FIXTURES = Path(__file__).parent.parent / "fixtures"
CAPTURES = FIXTURES / "captures"
RULES = FIXTURES / "rules"
_ITEMS = {item.name: item for item in ITEMS}


@dataclass(frozen=True)
class Case:
    """One folder: the evidence it stands for, the site file where there is one, and what is expected of it."""

    name: str
    evidence: Evidence
    site: Site
    expected: Mapping[str, Any]


def folders(below: Path) -> list[Path]:
    """The cases below a folder, by name."""
    return sorted(path.parent for path in below.glob("*/expected.toml"))


def capture_case(folder: Path) -> Case:
    """A whole capture with its expectations."""
    loaded = load(folder)
    expected = _toml(folder)
    evidence = read(
        loaded.reading,
        loaded.probes,
        login=loaded.login,
        client_vantage=loaded.origin.client_vantage,
        asked_vips=tuple(expected.get("asked_vips", [])),
    )
    return Case(folder.name, evidence, Site(), expected)


def rule_case(folder: Path) -> Case:
    """The base (or the capture that ``base`` names) with the folder's changes."""
    expected = _toml(folder)
    loaded = _base(expected.get("base", "base"))
    changes = expected.get("evidence", {})
    sections = dict(loaded.reading.sections)
    for name, out in _replaced(folder):
        sections[name] = _section(name, out)
    for name, units in changes.get("units", {}).items():
        sections["units"] = _with_properties(sections["units"], name, units)
    for unit, lines in changes.get("journal", {}).items():
        sections[f"journal:{unit}"] = _section(f"journal:{unit}", _journal(loaded, unit, lines))
    if "without_routes" in changes or "routes" in changes:
        sections["routes"] = _with_routes(
            sections["routes"], changes.get("without_routes", []), changes.get("routes", [])
        )
    if "without_listeners" in changes:
        sections["listeners"] = _without_listeners(sections["listeners"], changes["without_listeners"])
    for name, code in changes.get("codes", {}).items():
        sections[name] = replace(sections[name], code=code)
    for name in changes.get("without", []):
        del sections[name]
    evidence = read(
        replace(loaded.reading, sections=sections),
        _probes(loaded, changes),
        login=Login(**changes["login"]) if "login" in changes else loaded.login,
        client_vantage=loaded.origin.client_vantage,
        asked_vips=tuple(changes.get("asked_vips", [])),
    )
    site = folder / "site.toml"
    return Case(folder.name, evidence, load_site(site) if site.exists() else Site(), expected)


@cache
def _base(name: str) -> Loaded:
    return load(FIXTURES / "base" if name == "base" else CAPTURES / name)


def base() -> Loaded:
    """The healthy site with everything read."""
    return _base("base")


def _toml(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "expected.toml").read_text("utf-8"))


def _section(name: str, out: bytes) -> Section:
    return Section(name, _ITEMS[name].what, out)


def _replaced(folder: Path) -> Iterable[tuple[str, bytes]]:
    """Sections that the folder brings whole. A file's digest and size follow its bytes."""
    for path in sorted((folder / "files").rglob("*")):
        if path.is_file():
            yield f"file:/{path.relative_to(folder / 'files')}", path.read_bytes()
    for path in sorted((folder / "commands").glob("*")):
        yield path.name, path.read_bytes()
    for path in sorted((folder / "journal").glob("*.json")):
        yield f"journal:{path.stem}", path.read_bytes()
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "files").rglob("*.*")}
    if digests:
        rows = base().reading.sections["sha256"].text.splitlines()
        names = {f"/{path.relative_to(folder / 'files')}": digest for path, digest in digests.items()}
        kept = [row for row in rows if row.partition("  ")[2] not in names]
        yield "sha256", "".join(f"{row}\n" for row in (*kept, *(f"{d}  {n}" for n, d in names.items()))).encode()


def _with_properties(section: Section, unit: str, properties: Mapping[str, str]) -> Section:
    blocks = section.text.rstrip("\n").split("\n\n")
    for i, block in enumerate(blocks):
        fields = dict(line.split("=", 1) for line in block.splitlines())
        if fields["Id"] == f"{unit}.service":
            blocks[i] = "\n".join(f"{key}={value}" for key, value in (fields | dict(properties)).items())
            return replace(section, out=("\n\n".join(blocks) + "\n").encode())
    raise KeyError(unit)


def _journal(loaded: Loaded, unit: str, lines: Iterable[str]) -> bytes:
    """Entries a second apart from lines "IDENTIFIER: MESSAGE"; systemd's own name the unit the way it does."""
    assert loaded.reading.taken_at is not None
    began = loaded.reading.taken_at - timedelta(minutes=5)
    rows = []
    for second, line in enumerate(lines):
        identifier, _, message = line.partition(": ")
        at = int((began + timedelta(seconds=second)).timestamp() * 1_000_000)
        row = {"__REALTIME_TIMESTAMP": str(at), "MESSAGE": message, "SYSLOG_IDENTIFIER": identifier, "PRIORITY": "6"}
        row["UNIT" if identifier == "systemd" else "_SYSTEMD_UNIT"] = f"{unit}.service"
        rows.append(json.dumps(row))
    return "".join(f"{row}\n" for row in rows).encode()


def _with_routes(section: Section, without: Iterable[str], more: Iterable[Mapping[str, Any]]) -> Section:
    rows = [row for row in json.loads(section.out) if row["dst"] not in without]
    return replace(section, out=json.dumps([*rows, *more]).encode())


def _without_listeners(section: Section, gone: Iterable[str]) -> Section:
    rows = section.text.splitlines()
    return replace(section, out="".join(f"{row}\n" for row in rows if row.split()[3] not in gone).encode())


def _probes(loaded: Loaded, changes: Mapping[str, Any]) -> tuple[Probe, ...]:
    """``"jump 10.10.18.19:443" = "no route to host"`` replaces or adds; ``all_vips`` stands for both VIPs."""
    if changes.get("no_probes"):
        return ()
    found = {f"{probe.vantage} {probe.target}": probe for probe in loaded.probes}
    for key, answer in changes.get("probes", {}).items():
        vantage, _, target = key.partition(" ")
        address, _, port = target.rpartition(":")
        ms = {Answer.TIMED_OUT: 4000.0, Answer.NO_ROUTE: 3070.0}.get(Answer(answer), 1.0)
        kind = Kind.HTTP if port == "443" else Kind.TLS
        found[key] = Probe(Vantage(vantage), address, int(port), kind, Answer(answer), ms=ms, via=vantage)
    return tuple(found.values())
