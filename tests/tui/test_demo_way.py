"""The whole way on the simulated site, from the command line to the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.schema import faults
from tui.cli import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text("utf-8"))
ROOT = "A01:10.10.18.18/28"


def checked(capsys: pytest.CaptureFixture[str], scenario: str) -> tuple[int, dict[str, Any]]:
    code = main(["check", "--demo", scenario, "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    value = json.loads(printed.out)
    assert not faults(value, SCHEMA)
    return code, value


def test_the_article_has_one_root_that_explains_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    code, value = checked(capsys, "no-route-to-host")
    assert (code, value["verdict"], value["roots"]) == (1, "broken", [ROOT])
    assert (value["source"]["kind"], value["source"]["client_vantage"]) == ("demo", "jump")
    by_id = {finding["id"]: finding for finding in value["findings"]}
    failed = {name for name, finding in by_id.items() if finding["severity"] == "failed"}
    assert failed - {ROOT} == set(by_id[ROOT]["explains"]) & failed
    file = next(one for one in by_id[ROOT]["excerpts"] if one["source"] == "/etc/vmware/anyip-routes.cfg")
    assert file["text"].startswith("10.10.18.18/28")
    assert file["line"] >= 1
    assert file["text"][slice(*file["span"])] in ("18", "10.10.18.18", "10.10.18.18/28")
    assert any(one["kind"] == "journal" and "10.10.18.18/28" in one["text"] for one in by_id[ROOT]["excerpts"])


def test_every_finding_lies_on_a_node_and_every_check_is_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, value = checked(capsys, "no-route-to-host")
    nodes = {node["id"] for node in value["nodes"]}
    assert {finding["node"] for finding in value["findings"]} <= nodes
    states = [check["state"] for node in value["nodes"] for check in node["checks"]]
    assert {state: states.count(state) for state in value["checks"]} == value["checks"]
    ids = [check["id"] for node in value["nodes"] for check in node["checks"]]
    assert len(ids) == len(set(ids))


def test_a_healthy_site_says_how_many_checks_ran(capsys: pytest.CaptureFixture[str]) -> None:
    code, value = checked(capsys, "healthy")
    assert (code, value["verdict"], value["findings"]) == (0, "healthy", [])
    assert main(["check", "--demo", "healthy"]) == 0
    assert f"{value['checks']['ok']} checks ran, 0 could not.  exit 0\n" in capsys.readouterr().out


def test_the_fix_ends_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "--demo", "no-route-to-host", "A01", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "✓ 7 verify" in shown
    assert "FIXED" in shown


def test_the_digest_of_the_dry_run_is_that_of_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    _, value = checked(capsys, "no-route-to-host")
    digest = next(finding["fix"]["digest"] for finding in value["findings"] if finding["id"] == ROOT)
    assert main(["fix", "--demo", "no-route-to-host", ROOT, "--dry-run"]) == 0
    assert f"digest      {digest}\n" in capsys.readouterr().out


def test_what_is_not_there_to_repair_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "--demo", "healthy", ROOT, "--yes"]) == 2
    assert main(["undo", "--demo", "healthy", "--yes"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
