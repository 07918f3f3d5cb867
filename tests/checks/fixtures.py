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
from checks.evidence.section import Reading, Section
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
    """The cases below a folder, by name. A case may hold another: what lies nearest to it."""
    return sorted(path.parent for path in below.rglob("expected.toml"))


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


def rule_case(*folders: Path) -> Case:
    """The base (or the capture that ``base`` names) with the changes of one folder, or of several one after another:
    several faults at once. What is expected is what the first one says."""
    expected = _toml(folders[0])
    loaded = _base(expected.get("base", "base"))
    sections = dict(loaded.reading.sections)
    probes, login, asked = loaded.probes, loaded.login, []
    for folder in folders:
        changes = _toml(folder).get("evidence", {})
        _change(sections, folder, changes, loaded)
        probes = _probes(probes, changes)
        login = Login(**changes["login"]) if "login" in changes else login
        asked += changes.get("asked_vips", [])
    _refresh_digests(sections, loaded)
    evidence = read(
        replace(loaded.reading, sections=sections),
        probes,
        login=login,
        client_vantage=loaded.origin.client_vantage,
        asked_vips=tuple(asked),
    )
    sites = [folder / "site.toml" for folder in folders if (folder / "site.toml").exists()]
    return Case(folders[0].name, evidence, load_site(sites[0]) if sites else Site(), expected)


def _change(sections: dict[str, Section], folder: Path, changes: Mapping[str, Any], loaded: Loaded) -> None:
    for name, out in _replaced(folder):
        sections[name] = _section(name, out)
    for name, edits in changes.get("replace", {}).items():
        sections[name] = _edited(sections[name], edits)
    for name, text in changes.get("append", {}).items():
        sections[name] = replace(sections[name], out=sections[name].out + text.encode())
    for name, units in changes.get("units", {}).items():
        sections["units"] = _with_properties(sections["units"], name, units)
    for unit, lines in changes.get("journal", {}).items():
        sections[f"journal:{unit}"] = _section(f"journal:{unit}", _journal(loaded, unit, lines))
    if "without_routes" in changes or "routes" in changes:
        gone, more = changes.get("without_routes", []), changes.get("routes", [])
        sections["routes"] = _with_routes(sections["routes"], gone, more)
    if "without_listeners" in changes:
        sections["listeners"] = _without_listeners(sections["listeners"], changes["without_listeners"])
    for name, code in changes.get("codes", {}).items():
        sections[name] = replace(sections[name], code=code)
    for name in changes.get("without", []):
        del sections[name]


def with_lines(loaded: Loaded, unit: str, lines: Iterable[str]) -> Reading:
    """A reading in which a unit has said these lines after its own."""
    name = f"journal:{unit}"
    before = loaded.reading.sections[name]
    said = _journal(loaded, unit, (f"{unit}: {line}" for line in lines))
    return replace(loaded.reading, sections={**loaded.reading.sections, name: replace(before, out=before.out + said)})


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


def _edited(section: Section, edits: Mapping[str, str]) -> Section:
    """Every occurrence of each text replaced; one that is not there would make a fixture that means nothing."""
    text = section.text
    for old, new in edits.items():
        if old not in text:
            raise KeyError(f"{section.name}: {old!r}")
        text = text.replace(old, new)
    return replace(section, out=text.encode())


def _refresh_digests(sections: dict[str, Section], loaded: Loaded) -> None:
    """A file's digest follows its bytes."""
    if "sha256" not in sections:
        return
    rows = dict(row.partition("  ")[::-2] for row in sections["sha256"].text.splitlines())
    for name, section in sections.items():
        if name.startswith("file:") and section != loaded.reading.sections.get(name):
            rows[name.removeprefix("file:")] = hashlib.sha256(section.out).hexdigest()
    out = "".join(f"{digest}  {path}\n" for path, digest in rows.items())
    sections["sha256"] = replace(sections["sha256"], out=out.encode())


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
    return replace(section, out=json.dumps([*rows, *more], separators=(",", ":")).encode())


def _without_listeners(section: Section, gone: Iterable[str]) -> Section:
    rows = section.text.splitlines()
    return replace(section, out="".join(f"{row}\n" for row in rows if row.split()[3] not in gone).encode())


def _probes(before: tuple[Probe, ...], changes: Mapping[str, Any]) -> tuple[Probe, ...]:
    """``"jump 10.10.18.19:443" = "no route to host"`` replaces or adds; ``all_vips`` stands for both VIPs."""
    if changes.get("no_probes"):
        return ()
    found = {f"{probe.vantage} {probe.target}": probe for probe in before}
    for key, answer in changes.get("probes", {}).items():
        vantage, _, target = key.partition(" ")
        address, _, port = target.rpartition(":")
        ms = {Answer.TIMED_OUT: 4000.0, Answer.NO_ROUTE: 3070.0}.get(Answer(answer), 1.0)
        kind = {"443": Kind.HTTP, "80": Kind.WEB, "5556": Kind.HTTP}.get(port, Kind.TLS)
        found[key] = Probe(Vantage(vantage), address, int(port), kind, Answer(answer), ms=ms, via=vantage)
    for key, status in changes.get("statuses", {}).items():
        found[key] = replace(found[key], status=status)
    return tuple(found.values())
