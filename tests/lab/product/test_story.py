"""The story that the product was made for, from beginning to end, by the command line: 10.10.18.18/28 as the range."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from checks.refusal import Refusal
from checks.transaction import Outcome
from tests.lab.addresses import BANNER_URL
from tests.lab.bench import Bench
from tests.lab.faults.ranges import ANYIP
from tests.lab.product.doctor import ON_LINK, ROUTED, carried_out, noroute, visit
from tests.lab.product.traces import backups

ROOT: Final = "A01:10.10.18.18/28"
RESTARTS: Final = (
    "systemctl reset-failed haproxy",
    "systemctl restart anyip-routes",
    "systemctl start haproxy",
)


def checked(lab: Bench, state: Path, way: str = ON_LINK) -> dict[str, Any]:
    """The JSON report, with its exit code."""
    said = noroute(lab, state, "check", "--format", "json", way=way)
    report: dict[str, Any] = json.loads(said.out)
    return {**report, "code": said.code}


def policy(lab: Bench) -> str:
    """All rules, and the policy tables by number: the names come and go with the unit."""
    return lab.box.must("ip rule; ip route show table 2; ip route show table 3")


def assert_all_is_well(lab: Bench, state: Path) -> None:
    report = checked(lab, state)
    assert (report["code"], report["verdict"], report["roots"], report["findings"]) == (0, "healthy", [], [])
    assert {node["state"] for node in report["nodes"]} == {"ok"}
    answer = lab.client_http("far", BANNER_URL)
    assert answer.status == 200, "the banner answers through the VIP, from behind the router"


def assert_the_story_is_back(lab: Bench, state: Path, before: bytes) -> None:
    assert lab.box.read(ANYIP) == before
    report = checked(lab, state)
    assert (report["code"], report["verdict"], report["roots"]) == (1, "broken", [ROOT])


def test_it_is_found_repaired_and_undone(lab: Bench, state: Path) -> None:
    lab.apply("host-bits")
    before, inode = lab.box.read(ANYIP), lab.box.path(ANYIP).stat().st_ino
    for way in (ON_LINK, ROUTED):
        report = checked(lab, state, way)
        assert (report["code"], report["verdict"], report["roots"]) == (1, "broken", [ROOT]), way
    [shown] = [found for found in report["findings"] if found["id"] == ROOT]
    assert {found["id"] for found in report["findings"]} == {ROOT, *shown["explains"]}, "all else is explained by it"

    fixed = noroute(lab, state, "fix", "A01", "--yes")
    assert fixed.code == 0, fixed
    assert [command for command in RESTARTS if command in fixed.out] == list(RESTARTS)
    assert lab.box.read(ANYIP) == before.replace(b"10.10.18.18/28", b"10.10.18.16/28")
    assert lab.box.path(ANYIP).stat().st_ino == inode, "written in place, so that the watcher sees it"
    [kept] = backups(lab)
    assert lab.box.read(f"/etc/vmware/{kept}") == before
    assert_all_is_well(lab, state)

    undone = noroute(lab, state, "undo", "--yes")
    assert undone.code == 0, undone
    assert_the_story_is_back(lab, state, before)


def test_a_reboot_repairs_it_too(lab: Bench, state: Path) -> None:
    lab.apply("host-bits")
    before, boot = lab.box.read(ANYIP), lab.box.boot_id()
    fixed = noroute(lab, state, "fix", ROOT, "--yes", "--reboot")
    assert fixed.code == 0, fixed
    assert lab.box.boot_id() != boot
    assert lab.box.boot_id()[:8] in fixed.out, "the new boot id is the proof that is shown"
    assert_all_is_well(lab, state)

    second = lab.box.boot_id()
    undone = noroute(lab, state, "undo", "--yes")
    assert undone.code == 0, undone
    assert lab.box.boot_id() == second, "a site that answers is taken back by its units"
    assert_the_story_is_back(lab, state, before)


@pytest.mark.parametrize("version", ["0.1.10", "0.2.0"])
async def test_it_leaves_the_policy_tables_alone(bench: Bench, state: Path, version: str) -> None:
    bench.fresh(version=version)
    bench.apply("host-bits")
    before = policy(bench)
    async with visit(bench, state) as session:
        assert (await session.once()).diagnosis.roots == (ROOT,)
        ended = await carried_out(session, await session.prepare_fix(ROOT))
    assert (ended.outcome, ended.sentence) == (Outcome.FIXED, "2 of 2 VIPs answer")
    assert policy(bench) == before
    assert before.count("default via") == 2
    assert bench.client_http("far", BANNER_URL).status == 200


async def test_what_a_person_edits_meanwhile_is_never_overwritten(lab: Bench, state: Path) -> None:
    lab.apply("host-bits")
    dry = noroute(lab, state, "fix", "A01", "--dry-run")
    assert dry.code == 0, dry
    [digest] = re.findall(r"\b[0-9a-f]{16}\b", dry.out)
    async with visit(lab, state) as session:
        await session.once()
        prepared = await session.prepare_fix(ROOT)
        assert prepared.fix.digest == digest
        lab.box.append(ANYIP, "# 10.10.18.64/28 is for the second cluster\n")
        edited, boot = lab.box.read(ANYIP), lab.box.boot_id()
        with pytest.raises(Refusal, match="Nothing was written"):
            await carried_out(session, prepared)

    refused = noroute(lab, state, "fix", "A01", "--plan", digest)
    assert refused.code == 1, refused
    assert "Nothing was written" in refused.err
    assert lab.box.read(ANYIP) == edited
    assert backups(lab) == []
    assert lab.box.boot_id() == boot
    assert lab.box.run("systemctl is-active anyip-routes haproxy").out == "failed\nfailed\n", "and nothing restarted"
