"""The index of a capture: everything about the evidence but its raw bytes, as JSON that a person can read and edit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeVar

from checks.evidence.evidence import Login
from checks.evidence.probes import Answer, Kind, Probe
from checks.evidence.section import Ending, Reading, Section
from checks.model import Vantage
from checks.snapshot import Origin, SourceKind

SCHEMA = "noroute/capture/1"
_MOST_ROWS = 50_000

E = TypeVar("E", bound=Enum)
T = TypeVar("T")


class IndexProblem(ValueError):
    """What in an index is not as it must be, in words that name the place."""


@dataclass(frozen=True)
class Index:
    """An index taken apart: ``reading`` has sections without bytes, ``paths`` tells for each where they are."""

    reading: Reading
    paths: Mapping[str, str]
    probes: tuple[Probe, ...] = ()
    login: Login = field(default_factory=Login)
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.CAPTURE, ""))
    asked_vips: tuple[str, ...] = ()


def write_index(index: Index) -> str:
    """The text of ``capture.json``; ASCII only, so that nothing captured can act on a terminal that shows it."""
    reading, login, origin = index.reading, index.login, index.origin
    value = {
        "schema": SCHEMA,
        "taken_at": _when(reading.taken_at),
        "complete": reading.complete,
        "remarks": list(reading.remarks),
        "origin": {
            "kind": origin.kind.value,
            "target": origin.target,
            "via": list(origin.via),
            "client_vantage": origin.client_vantage.value,
            "site": origin.site,
            "user": origin.user,
            "read_only": origin.read_only,
            "client_address": origin.client_address,
        },
        "login": {"reached": login.reached, "problem": login.problem, "code": login.code, "said": login.said},
        "asked_vips": list(index.asked_vips),
        "sections": [
            {
                "name": section.name,
                "path": index.paths[section.name],
                "what": section.what,
                "ending": section.ending.value,
                "code": section.code,
                "limit": section.limit,
                "ms": section.ms,
            }
            for section in reading.sections.values()
        ],
        "probes": [
            {
                "vantage": probe.vantage.value,
                "address": probe.address,
                "port": probe.port,
                "kind": probe.kind.value,
                "answer": probe.answer.value,
                "said": probe.said,
                "status": probe.status,
                "ms": probe.ms,
                "at": _when(probe.at),
                "via": probe.via,
            }
            for probe in index.probes
        ],
    }
    return json.dumps(value, indent=1) + "\n"


def read_index(text: str) -> Index:
    """An index from its text. IndexProblem says what is wrong with it and where."""
    try:
        top = _Row(json.loads(text), "the index")
    except (ValueError, RecursionError) as problem:
        raise IndexProblem(f"not JSON: {problem}") from None
    schema = top.text("schema", "")
    if schema != SCHEMA:
        raise IndexProblem(f'"schema" is {schema!r} where {SCHEMA!r} is right')
    sections: dict[str, Section] = {}
    paths: dict[str, str] = {}
    for row in top.rows("sections"):
        name = row.text("name")
        if name in sections:
            raise IndexProblem(f"section {name!r} stands there twice")
        paths[name] = row.text("path")
        sections[name] = Section(
            name,
            row.text("what", name),
            ending=row.one_of("ending", Ending, Ending.EXITED),
            code=row.whole("code"),
            limit=row.whole("limit") or 0,
            ms=row.number("ms"),
        )
    reading = Reading(sections, top.when("taken_at"), top.flag("complete", True), top.texts("remarks"))
    login, origin = top.row("login"), top.row("origin")
    return Index(
        reading,
        paths,
        tuple(_probe(row) for row in top.rows("probes")),
        Login(login.flag("reached", True), login.text("problem", ""), login.text("code", ""), login.text("said", "")),
        Origin(
            origin.one_of("kind", SourceKind, SourceKind.CAPTURE),
            origin.text("target", ""),
            origin.texts("via"),
            origin.one_of("client_vantage", Vantage, Vantage.HERE),
            origin.text("site", ""),
            origin.text("user", ""),
            origin.flag("read_only", False),
            origin.text("client_address", ""),
        ),
        top.texts("asked_vips"),
    )


def _probe(row: _Row) -> Probe:
    port = row.whole("port")
    if port is None or not 0 < port < 65536:
        raise IndexProblem(f'{row.place}: "port" must be from 1 to 65535')
    return Probe(
        row.one_of("vantage", Vantage, Vantage.HERE),
        row.text("address"),
        port,
        row.one_of("kind", Kind, Kind.TCP),
        row.one_of("answer", Answer, None),
        row.text("said", ""),
        row.whole("status"),
        row.number("ms"),
        row.when("at"),
        row.text("via", ""),
    )


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


class _Row:
    """An object of the index, read key by key with its place for messages."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise IndexProblem(f"{place} must be an object")
        self._value = value
        self.place = place

    def _get(self, key: str, fits: Callable[[object], bool], what: str, default: object = ...) -> object:
        value = self._value.get(key, default)
        if value is ...:
            raise IndexProblem(f'{self.place}: "{key}" is missing')
        if value is not default and not fits(value):
            raise IndexProblem(f'{self.place}: "{key}" must be {what}')
        return value

    def text(self, key: str, default: str | None = None) -> str:
        return str(self._get(key, lambda v: isinstance(v, str), "a text", ... if default is None else default))

    def flag(self, key: str, default: bool) -> bool:
        return bool(self._get(key, lambda v: isinstance(v, bool), "true or false", default))

    def whole(self, key: str) -> int | None:
        value = self._get(key, lambda v: type(v) is int, "a whole number", None)
        return value if isinstance(value, int) else None

    def number(self, key: str) -> float | None:
        value = self._get(key, lambda v: type(v) in (int, float), "a number", None)
        return float(value) if isinstance(value, (int, float)) else None

    def when(self, key: str) -> datetime | None:
        value = self._get(key, lambda v: isinstance(v, str), "a time", None)
        try:
            return datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            raise IndexProblem(f'{self.place}: "{key}" must be a time like 2026-01-02T03:04:05+00:00') from None

    def one_of(self, key: str, kind: type[E], default: E | None) -> E:
        value = self.text(key, default.value if default is not None else None)
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise IndexProblem(f'{self.place}: "{key}" is {value!r}, known are: {known}') from None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key, lambda v: isinstance(v, list) and all(isinstance(part, str) for part in v), "texts", ())
        return tuple(str(part) for part in value) if isinstance(value, list) else ()

    def row(self, key: str) -> _Row:
        return _Row(self._value.get(key, {}), f'"{key}"')

    def rows(self, key: str) -> list[_Row]:
        value = self._get(key, lambda v: isinstance(v, list) and len(v) <= _MOST_ROWS, "a list that is not endless", ())
        return [_Row(part, f'"{key}" {n}') for n, part in enumerate(value, 1)] if isinstance(value, list) else []
