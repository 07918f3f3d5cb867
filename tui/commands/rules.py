"""``noroute rules``: the catalogue as a list, for people and for programs."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from checks.rules.entries import Entry, entries
from tui.arguments import FINE

SCHEMA = "noroute/rules/1"


def run(options: Namespace) -> int:
    """Print the list."""
    if options.format == "json":
        value = {"schema": SCHEMA, "entries": [_as_object(entry) for entry in entries()]}
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
        return FINE
    for entry in entries():
        kind = entry.severity if entry.kind == "rule" else "elsewhere"
        sys.stdout.write(f"{entry.code:<5} {kind:<10} {entry.grade:<7} {entry.title}\n")
    return FINE


def _as_object(entry: Entry) -> dict[str, object]:
    return {
        "code": entry.code,
        "name": entry.name,
        "title": entry.title,
        "severity": entry.severity,
        "grade": entry.grade,
        "kind": entry.kind,
        "why": entry.why_no_rule,
        "sources": list(entry.sources),
        "needs": list(entry.needs),
        "fixable": entry.fixable,
        "proven": list(entry.proven),
    }
