"""Lines that look bad and are not: no rule may fire on them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.model import Severity
from tests.checks.fixtures import base

LINES = {
    "route-tables": [
        'Object "call" is unknown, try "ip help".',
        "Error: ipv4: FIB table does not exist.",
        "Dump terminated",
        '"ip rule del" requires arguments.',
        "ignoring failed attempt to find existing table",
        "ignoring failed attempt to delete route default via 10.10.18.1",
        "RTNETLINK answers: No such process",
        "no additional workload networks detected",
    ],
    "anyip-routes": ["route already exists for CIDR 10.10.18.16/28", "route already removed for CIDR 10.10.18.16/28"],
    "haproxy": [
        "[WARNING] 323/153013 (4711) : Server domain-c8:5c1b7f0e/10.10.17.11:443 is DOWN, reason: Layer4 timeout.",
        "[WARNING]  (113) : Paused frontend GLOBAL.",
    ],
}


@pytest.mark.parametrize(("unit", "text"), [(unit, text) for unit, texts in LINES.items() for text in texts])
def test_a_known_harmless_line_is_no_finding(unit: str, text: str) -> None:
    name = f"journal:{unit}"
    row = {"MESSAGE": text, "_SYSTEMD_UNIT": f"{unit}.service", "__REALTIME_TIMESTAMP": "1795391364525550"}
    sections = dict(base().reading.sections)
    sections[name] = replace(sections[name], out=sections[name].out + json.dumps(row).encode() + b"\n")
    loaded = base()
    diagnosis = diagnose(
        read(replace(loaded.reading, sections=sections), loaded.probes, client_vantage=loaded.origin.client_vantage)
    )
    assert [f.id for f in diagnosis.findings if f.severity is not Severity.INFO] == []


def test_table_names_that_stand_there_twice_and_doubled_rules_are_no_findings() -> None:
    sections = dict(base().reading.sections)
    tables, rules = sections["file:/etc/iproute2/rt_tables"], sections["rules"]
    named = b"2\trtctl_workload\n3\trtctl_frontend\n"
    sections[tables.name] = replace(tables, out=tables.out + named)
    rows = json.loads(rules.out)
    sections["rules"] = replace(rules, out=json.dumps([*rows, *(r for r in rows if r.get("src") != "all")]).encode())
    loaded = base()
    diagnosis = diagnose(
        read(replace(loaded.reading, sections=sections), loaded.probes, client_vantage=loaded.origin.client_vantage)
    )
    assert [f.id for f in diagnosis.findings if f.severity is not Severity.INFO] == []
