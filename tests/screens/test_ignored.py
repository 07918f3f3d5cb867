"""What the site file accepts stays in sight: with code, reason and end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from checks.model import Ignored
from tests import samples
from tests.screens.site import SampleApp, snapshot, until

ROWS = (
    Ignored("A19:pool", "all 14 addresses are in use", "lab, one cluster", date(2027, 6, 30)),
    Ignored("C04:10.10.18.64/28", "10.10.18.64/28 is routed but in no line", "moving", date(2020, 1, 1), ended=True),
)


@pytest.mark.parametrize("size", [(120, 36), (200, 50)])
async def test_a_healthy_site_says_what_is_not_counted(size: tuple[int, int]) -> None:
    app = SampleApp(snapshot(replace(samples.healthy(), ignored=ROWS)))
    async with app.run_test(size=size) as pilot:
        text = await until(pilot, "IGNORED BY THE SITE FILE  2")
    assert "none was left out, 1 ignored by the site file." in text
    for words in ("- A19 all 14", "until 2027-06-30", "lab, one cluster", "! C04 ", "ended 2020-01-01"):
        assert words in text
    assert "moving; it is found again" in text


async def test_the_appliance_tells_it_beside_other_findings() -> None:
    app = SampleApp(snapshot(replace(samples.article(), ignored=ROWS[:1])))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "- A19 all 14 addresses are in use                 ignored")
        app.main.select("appliance")
        await until(pilot, "IGNORED BY THE SITE FILE  1")


async def test_a_small_screen_has_room_for_it() -> None:
    app = SampleApp(snapshot(replace(samples.article(), ignored=ROWS)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        app.main.select("appliance")
        await pilot.press("enter")
        text = await until(pilot, "IGNORED BY THE SITE FILE  2")
        assert "lab, one cluster" in text


async def test_nothing_ignored_is_not_spoken_of() -> None:
    app = SampleApp("healthy")
    async with app.run_test(size=(120, 36)) as pilot:
        assert "ignored" not in (await until(pilot, "HEALTHY")).casefold()
