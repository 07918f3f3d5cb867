"""The report for programs against its published schema, and byte by byte where a byte could do harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.model import Diagnosis, NotChecked
from tests import samples
from tests.tui.schema import faults
from tests.tui.stand_ins import LIVE, snapshot, unreached
from tui.report.json import as_object, report

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text("utf-8"))
SAMPLES: tuple[Callable[[], Diagnosis], ...] = (
    samples.article,
    samples.article_by_jump,
    samples.healthy,
    samples.empty_table,
    samples.many_vips,
    samples.two_nics,
    samples.unknown,
    samples.checking,
    samples.capture,
    samples.hostile,
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.__name__))
def test_every_report_keeps_to_the_schema(sample: Callable[[], Diagnosis]) -> None:
    assert not faults(json.loads(report(snapshot(sample()))), SCHEMA)


def test_a_report_of_what_was_not_reached_keeps_to_the_schema() -> None:
    value = json.loads(report(unreached("connection refused")))
    assert not faults(value, SCHEMA)
    assert value["taken_at"] is None
    assert value["verdict"] == "incomplete"


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda value: value.pop("verdict"), "verdict"),
        (lambda value: value.update(verdict="fine"), "verdict"),
        (lambda value: value["findings"][0].update(id="A01:a b"), "findings/0/id"),
        (lambda value: value["findings"][0]["excerpts"][0].update(span=[1]), "findings/0/excerpts/0/span"),
        (lambda value: value["findings"][0]["fix"]["steps"][0].pop("diff"), "findings/0/fix"),
        (lambda value: value["checks"].update(ok=-1), "checks/ok"),
        (lambda value: value["nodes"][0].update(id="unit"), "nodes/0/id"),
    ],
)
def test_the_schema_can_fail(spoil: Callable[[dict[str, Any]], object], where: str) -> None:
    value = json.loads(report(snapshot(samples.article())))
    spoil(value)
    assert any(where in fault for fault in faults(value, SCHEMA))


def test_the_article_in_full() -> None:
    value = as_object(snapshot(samples.article()))
    assert value["source"] == {
        "kind": "live",
        "target": "root@haproxy.jarvis.lab",
        "via": ["me@jump01"],
        "client_vantage": "jump",
    }
    assert (value["taken_at"], value["duration_ms"]) == ("2020-11-20T15:33:12Z", 3500)
    assert (value["verdict"], value["roots"]) == ("broken", ["A01:10.10.18.18/28"])
    assert value["checks"] == {"ok": 41, "warning": 1, "failed": 5, "unknown": 2}
    root = value["findings"][0]
    assert (root["name"], root["severity"], root["grade"]) == ("range-host-bits", "failed", "LAB")
    line = root["excerpts"][0]
    assert (line["source"], line["line"]) == ("/etc/vmware/anyip-routes.cfg", 9)
    assert line["text"][slice(*line["span"])] == "18"
    write, *commands = root["fix"]["steps"]
    assert "-10.10.18.18/28\n+10.10.18.16/28\n" in write["diff"]
    assert [step["command"] for step in commands] == list(samples.FIX.commands)
    assert root["fix"]["digest"] == samples.FIX.digest
    unread = {"check": (of := "servers of Supervisor and tkc-1"), "checks": [of], "why": "haproxy is not running"}
    assert unread in value["not_checked"]


def test_what_was_not_checked_is_named_whole_to_programs_and_in_short_to_people() -> None:
    left = NotChecked(("A01", "A02", "C10:10.10.18.19:443"), "connection refused")
    value = as_object(snapshot(replace(samples.article(), not_checked=(left,))))
    assert value["not_checked"] == [
        {"check": "A01 and 2 more", "checks": ["A01", "A02", "C10:10.10.18.19:443"], "why": "connection refused"}
    ]
    assert not faults(json.loads(json.dumps(value)), SCHEMA)


def test_a_reboot_is_a_step() -> None:
    root = replace(samples.article().findings[0], fix=samples.FIX.by_reboot())
    value = as_object(snapshot(replace(samples.article(), findings=(root,))))
    assert value["findings"][0]["fix"]["steps"][-1] == {"do": "reboot"}
    assert value["findings"][0]["fix"]["reboot"] is True
    assert not faults(json.loads(json.dumps(value)), SCHEMA)


def test_what_is_still_under_way_counts_as_unknown() -> None:
    assert as_object(snapshot(samples.checking()))["checks"]["unknown"] == 49


def test_no_control_character_leaves_and_the_text_stays_exact() -> None:
    text = "haproxy[1234]: [/b] \x1b[2J\u202e\x7f\x9b \u2028\u4e16"
    root = samples.article().findings[0]
    excerpt = replace(root.excerpts[0], text=text, span=(20, 24))
    hostile = replace(samples.article(), sentence=text, findings=(replace(root, title=text, excerpts=(excerpt,)),))
    printed = report(snapshot(hostile, replace(LIVE, target=text)))
    assert printed.isascii()
    assert printed.replace("\n", "").isprintable()
    value = json.loads(printed)
    assert value["source"]["target"] == text
    shown = value["findings"][0]["excerpts"][0]
    assert shown["text"][slice(*shown["span"])] == "\x1b[2J"


def test_a_finding_names_what_else_to_look_at() -> None:
    [root, *_] = json.loads(report(snapshot(samples.article())))["findings"]
    assert {"C03", "F01"} <= set(root["also"])
