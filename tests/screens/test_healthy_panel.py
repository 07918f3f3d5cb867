"""What the panel says where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace

from checks.evidence.evidence import read
from screens.healthy_panel import wellness
from screens.picture.cells import plain
from tests import samples
from tests.checks.fixtures import base
from tests.tui.stand_ins import DEMO, READ_AT, snapshot


def test_the_build_of_the_appliance_and_what_the_demo_teaches() -> None:
    moment = snapshot(samples.healthy(), replace(DEMO, lesson="A range begins at its network address."))
    parts = wellness(replace(moment, evidence=read(base().reading)), READ_AT, 60)
    shown = {part.name: plain(part.picture.rows) for part in parts}
    assert shown["lesson"] == "WHAT IT TEACHES\nA range begins at its network address."
    assert shown["appliance"].startswith("BUILD  appliance later than 0.2.0, HAProxy 2.6.12")


def test_a_real_site_teaches_nothing() -> None:
    assert "lesson" not in {part.name for part in wellness(snapshot(samples.healthy()), READ_AT, 60)}
