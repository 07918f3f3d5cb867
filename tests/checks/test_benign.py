"""What stands there twice and does no harm. Harmless lines are data: ``tests/checks/rules/test_catalogue.py``."""

from __future__ import annotations

import json
from dataclasses import replace

from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.model import Severity
from tests.checks.fixtures import base


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
