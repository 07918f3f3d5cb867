"""What the site file accepts is said in both forms of the report."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from checks.model import Ignored
from screens.picture.cells import plain
from tests import samples
from tests.tui.stand_ins import snapshot
from tui.report.json import report as as_json
from tui.report.text import report as as_text

ROWS = (
    Ignored("A19:pool", "all 14 addresses are in use", "lab, one cluster", date(2027, 6, 30)),
    Ignored("C04:10.10.18.64/28", "10.10.18.64/28 is routed but in no line", "moving", date(2026, 1, 1), ended=True),
)


def test_the_text_names_them_with_reason_and_date() -> None:
    moment = snapshot(replace(samples.healthy(), ignored=ROWS))
    shown = plain(as_text(moment, 0, lambda *words: " ".join(words)))
    assert "ignored by the site file\n" in shown
    said = " ".join(shown.split())
    assert "all 14 addresses are in use until 2027-06-30: lab, one cluster" in said
    assert "ended on 2026-01-01, so it is found again; moving" in said
    assert "could not, 1 ignored. exit 0" in said
    assert max(map(len, shown.splitlines())) <= 80


def test_the_json_has_them_as_they_are() -> None:
    value = json.loads(as_json(snapshot(replace(samples.healthy(), ignored=ROWS))))
    assert value["ignored"][0] == {
        "id": "A19:pool",
        "title": "all 14 addresses are in use",
        "reason": "lab, one cluster",
        "until": "2027-06-30",
        "ended": False,
    }
    assert value["ignored"][1]["ended"] is True
