"""The model against the recorded appliances: the same fault gives the same facts.

``expected/`` holds what the recordings of each state say, reduced to facts; patterns allow for the wording of the
two versions that were recorded and of the appliance's own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import FILES, WORKLOAD_NETWORKS_CFG
from tests.demo.way import appliance, evidence_of, jump
from tui.demo.scenario import scenario_names
from tui.demo.site import simulated

EXPECTED = Path(__file__).parent / "expected"
NAMES = sorted(path.stem for path in EXPECTED.glob("*.json"))


async def _evidence(scenario: str) -> Evidence:
    async with simulated(scenario) as demo, jump(demo) as through, appliance(demo, through) as box:
        return await evidence_of(box)


def _stat(evidence: Evidence) -> dict[str, list[str]] | None:
    if evidence.stat is None:
        return None
    servers = [f"{row.status} {row.check}" for row in evidence.stat if row.name not in ("FRONTEND", "BACKEND")]
    kinds = {kind: [row.status for row in evidence.stat if row.name == kind] for kind in ("FRONTEND", "BACKEND")}
    return {**kinds, "servers": servers}


def test_every_scenario_has_its_recording() -> None:
    assert sorted(scenario_names()) == NAMES


@pytest.mark.parametrize("scenario", NAMES)
async def test_same_fault_same_facts(scenario: str) -> None:
    expected: dict[str, Any] = json.loads((EXPECTED / f"{scenario}.json").read_text("utf-8"))
    e = await _evidence(scenario)
    assert e.units is not None
    for name, facts in expected["units"].items():
        assert {key: getattr(e.units[name], key) for key in facts} == facts, name
    assert e.sections["system-state"].text.strip() == expected["system_state"]
    assert [str(route.network) for route in e.routes or () if route.anyip] == expected["anyip"]
    assert [[rule.priority, rule.source, rule.table] for rule in e.rules or ()] == expected["rules"]
    assert sorted(f"{row.address}:{row.port}" for row in e.listeners or ()) == sorted(expected["listeners"])
    assert Counter(watcher.unit for watcher in e.watchers or ()) == expected["watchers"]
    assert _stat(e) == expected["stat"]
    for unit, patterns in expected["journal"].items():
        said = "\n".join(line.text for line in e.lines_of(unit))
        for pattern in patterns:
            assert re.search(pattern, said), (unit, pattern)
    everything = "\n".join(line.text for unit in ("anyip-routes", "haproxy") for line in e.lines_of(unit))
    assert not [pattern for pattern in expected["never"] if re.search(pattern, everything)]


async def test_everything_that_is_read_is_there() -> None:
    e = await _evidence("healthy")
    assert set(e.missing) == {f"file:{WORKLOAD_NETWORKS_CFG}", "probes"}
    assert set(e.files) == set(FILES) - {WORKLOAD_NETWORKS_CFG}
    assert all(file.stat is not None and file.sha256 for file in e.files.values())
    assert e.reader is not None
    assert e.reader.uid == 0
    assert e.certificate is not None
    assert "192.168.100.10" in e.certificate.names
    assert e.password_age is not None
    assert e.haproxy_version == "2.2.2"
    tables = {(str(route.network), route.table, route.device) for route in e.routes or ()}
    assert {("0.0.0.0/0", "rtctl_frontend", "frontend"), ("10.10.18.0/24", "rtctl_frontend", "frontend")} <= tables
    assert {("0.0.0.0/0", "rtctl_workload", "workload"), ("10.10.17.0/24", "rtctl_workload", "workload")} <= tables
    followed = {watcher.inode for watcher in e.watchers or () if watcher.inode is not None}
    assert followed == {file.stat.inode for path, file in e.files.items() if path in FILES[:2] and file.stat}


async def test_credentials_are_replaced_before_they_leave() -> None:
    e = await _evidence("healthy")
    assert b"password <redacted>" in e.files["/etc/haproxy/haproxy.cfg"].content
    assert b"$1$" not in e.files["/etc/haproxy/haproxy.cfg"].content
