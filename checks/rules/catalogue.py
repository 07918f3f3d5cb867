"""All rules, and what ``noroute explain`` says of each."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from checks.model import Grade, Severity
from checks.rules import (
    cards,
    client,
    dataplane,
    first_boot,
    haproxy_unit,
    login,
    machine,
    planned,
    policy,
    range_mistaken,
    range_refused,
    ranges,
    table_lines,
    units,
    watching,
    ways,
)
from checks.rules.rule import Rule

_GROUPS: tuple[ModuleType, ...] = (
    range_refused,
    range_mistaken,
    ranges,
    watching,
    units,
    haproxy_unit,
    table_lines,
    policy,
    ways,
    cards,
    dataplane,
    first_boot,
    machine,
    planned,
    client,
    login,
)

SECTIONS = ("Recognise", "Why", "Repair", "Undo", "See also")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the catalogue in words. Each text is one or more paragraphs without line breaks inside."""

    code: str
    name: str
    title: str
    severity: Severity
    grade: Grade
    sources: tuple[str, ...]
    what: str
    recognise: str
    why: str
    repair: str
    undo: str
    see_also: str


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    found = [value for module in _GROUPS for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.code))


def entry(code: str) -> Entry | None:
    """The catalogue's words for a code in any case, or None."""
    rule = next((rule for rule in rules() if rule.code.upper() == code.upper()), None)
    if rule is None:
        return None
    parts = _parts(inspect.cleandoc(rule.text))
    title, _, what = parts[""].partition("\n\n")
    return Entry(
        rule.code,
        rule.name,
        _unwrapped(title).rstrip("."),
        rule.severity,
        rule.grade,
        rule.sources,
        _unwrapped(what),
        *(_unwrapped(parts.get(section, "")) for section in SECTIONS),
    )


def _parts(text: str) -> dict[str, str]:
    """The docstring's sections; what precedes the first one stands under ""."""
    pieces = re.split(rf"^({'|'.join(SECTIONS)}):\s*", text, flags=re.MULTILINE)
    return {"": pieces[0]} | dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _unwrapped(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs)
