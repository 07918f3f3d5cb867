"""``noroute rules``: the catalogue as a list, for people and for programs."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from checks.rules.entries import Entry, entries
from tui.arguments import FINE

SCHEMA = "noroute/rules/1"
_LEGEND = """
severity  failed: VIPs are dead or will be at the next restart; warning: it is about to break, or breaks for some;
          info: worth knowing. It is what the finding usually has: where the facts show more or less harm, the report
          says so. elsewhere: no rule can tell from the appliance; `noroute explain CODE` says how to.
grade     LAB: reproduced on a real kernel, systemd and HAProxy; SRC: a public source reports it; CODE: read in the
          vendor's scripts; REASON: an inference, never more than info.
"""


def run(options: Namespace) -> int:
    """Print the list."""
    if options.format == "json":
        value = {"schema": SCHEMA, "entries": [_as_object(entry) for entry in entries()]}
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
        return FINE
    sys.stdout.write(f"{'code':<5} {'severity':<10} {'grade':<7} what\n")
    for entry in entries():
        kind = entry.severity if entry.kind == "rule" else "elsewhere"
        sys.stdout.write(f"{entry.code:<5} {kind:<10} {entry.grade:<7} {entry.title}\n")
    sys.stdout.write(_LEGEND)
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
