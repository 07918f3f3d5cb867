"""The catalogue in words: every known way to fail, be it a rule or not.

It comes from ``catalogue.json``, which ``python -m tests.catalogue`` writes from the rules' docstrings, from
``elsewhere.toml`` and from what the tests prove: so explaining a code costs one small file and no rule.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("catalogue.json")


class Entry(NamedTuple):
    """One code. ``kind`` is ``rule``, or ``elsewhere`` where ``why_no_rule`` says why no rule can tell. ``needs`` are
    the facts without which a rule cannot say anything, ``fixable`` whether it offers a repair, ``proven`` the recorded
    appliances on which it was seen and, as ``lab:FAULT``, the faults of the lab whose test finds it. ``fixed_in`` is
    the build of the appliance that does not have it any more; ``also`` are the codes that it leads to and those that
    lead here. The texts are paragraphs without line breaks inside."""

    code: str
    name: str
    title: str
    severity: str
    grade: str
    kind: str
    why_no_rule: str
    sources: tuple[str, ...]
    needs: tuple[str, ...]
    fixable: bool
    proven: tuple[str, ...]
    what: str
    recognise: str
    why: str
    repair: str
    undo: str
    fixed_in: str
    also: tuple[str, ...]


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, by code."""
    return tuple(Entry(**_typed(row)) for row in json.loads(FILE.read_bytes()))


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Tuples where JSON has lists."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def entry(code: str) -> Entry | None:
    """The entry of a code in any case, or None."""
    return _by_code().get(code.upper())


@cache
def _by_code() -> dict[str, Entry]:
    return {entry.code.upper(): entry for entry in entries()}


def also(code: str) -> tuple[Entry, ...]:
    """What else to look at where a code was found: the entries that it leads to and that lead to it."""
    found = entry(code)
    return tuple(other for name in (found.also if found else ()) if (other := entry(name)) is not None)
