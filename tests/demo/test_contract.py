"""The model against the recorded appliances: the same fault gives the same facts.

``expected/`` holds what the recordings of each state say, reduced to facts; patterns allow for the wording of the
two versions that were recorded and of the appliance's own.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import FILES, HAPROXY_CFG, ITEMS, WORKLOAD_NETWORKS_CFG
from tests.demo.way import appliance, appliance_of, evidence_of, jump
from tui.demo.scenario import scenario_names
from tui.demo.site import simulated
from tui.demo.tls_facts import tls_files

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
    users = [row for row in e.files[HAPROXY_CFG].content.splitlines() if b"password" in row]
    assert users == [b"  user admin password $<redacted>"]


async def test_what_is_replaced_is_what_the_real_sed_replaces(tmp_path: Path) -> None:
    text = (
        b"  user a password $1$x$y z\n user b insecure-password clear\nToken = one token=two\n\t# PASSWD: p\n"
        b"  setenv A b\n  stats auth u:p\n  server ns-token-10.10.17.11:443 my-password-svc\n"
        b"  http-check send hdr X-Api-Key abc\n  http-check send hdr Authorization Basic\\ eA==\n"
        b"API_KEY=1\nurl https://u:p@host/x\r\nempty password\nlast secret: no newline"
    )
    item = next(item for item in ITEMS if item.name == f"file:{HAPROXY_CFG}")
    (tmp_path / "file").write_bytes(text)
    shell = item.shell.replace(HAPROXY_CFG, str(tmp_path / "file"))
    real = await asyncio.to_thread(subprocess.run, ["sh", "-c", shell], capture_output=True, check=True)
    async with simulated("healthy") as demo, jump(demo) as through, appliance(demo, through) as box:
        demo.model.disk.write(HAPROXY_CFG, text)
        assert (await evidence_of(box)).files[HAPROXY_CFG].content == real.stdout
    assert real.stdout != text


@pytest.mark.parametrize("name", ["tls-files", "workers", "dataplane-version", "cloud-init"])
async def test_answers_have_the_form_of_the_recorded_ones(name: str) -> None:
    recorded = (Path(__file__).parents[1] / "fixtures/base/commands" / name).read_text("utf-8")
    section = (await _evidence("healthy")).sections[name]
    assert section.code == 0

    def form(text: str) -> list[str]:
        return [
            re.sub(r"\b[0-9a-f]{16}\b", "DIGEST", re.sub(r" [0-9]{2} ", " LINES ", row)) for row in text.split("\n")
        ]

    assert form(section.text) == form(recorded)


@pytest.mark.parametrize(
    ("name", "data", "row"),
    [
        ("server.key", b"-----BEGIN RSA\nPRIVATE KEY-----\n", "server.key 2 no - RSA"),
        ("ca.key", b"one line", "ca.key 0 no - "),
        ("server.crt", b"", "server.crt 0 no - "),
        ("server.crt", None, "server.crt missing"),
    ],
)
async def test_what_is_wrong_with_a_key_is_told(name: str, data: bytes | None, row: str) -> None:
    model = appliance_of()
    if data is None:
        model.disk.remove(f"/etc/haproxy/{name}")
    else:
        model.disk.write(f"/etc/haproxy/{name}", data)
    assert row in tls_files(model).splitlines()
    assert ("verify server.crt: OK" in tls_files(model)) is name.endswith(".key")


async def test_a_certificate_of_another_authority_is_told() -> None:
    model = appliance_of()
    model.disk.write("/etc/haproxy/server.crt", model.certificates.supervisor.pem)
    assert "verify error 20 at 0 depth lookup: unable to get local issuer certificate" in tls_files(model)
