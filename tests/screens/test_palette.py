"""The command palette: commands by name, themes, the way to any node."""

from __future__ import annotations

import pytest

from tests.screens.fake_session import application
from tests.screens.habits import Habits
from tests.screens.site import screen_text, until


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_it_opens_and_finds_a_node(key: str, size: tuple[int, int]) -> None:
    app, _ = application()
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press(key)
        await until(pilot, "Search for commands")
        await pilot.press(*"unit dataplane")
        await until(pilot, "unit dataplaneapi")
        await pilot.press("enter")
        text = await until(pilot, "▸ ✓ dataplaneapi")
        assert "BROKEN" in text
        assert app.main.selected == "unit:dataplaneapi"


async def test_it_leads_from_a_page_to_what_is_named_and_to_nothing_like_it() -> None:
    app, _ = application()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("k", "t")
        await until(pilot, "TIMELINE")
        await pilot.press("ctrl+p")
        await until(pilot, "Search for commands")
        await pilot.press(*"b22")
        text = await until(pilot, "B22")
        assert "A01" not in text.partition("B22")[2]
        await pilot.press("enter")
        await until(pilot, "TIMELINE", gone=True)
        assert app.main.finding is not None and app.main.finding.code == "B22"


async def test_it_runs_a_command() -> None:
    app, opened = application()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("colon")
        await until(pilot, "Search for commands")
        await pilot.press(*"recheck")
        await until(pilot, "read and probe again now")
        await pilot.press("enter")
        await until(pilot, "BROKEN")
        await pilot.pause()
    assert opened[0].asked == ["recheck"]


async def test_a_command_is_found_by_its_key() -> None:
    app, _ = application()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("colon")
        await until(pilot, "Search for commands")
        await pilot.press("w")
        await until(pilot, "journal  w")


async def test_a_theme_is_chosen_and_kept() -> None:
    habits = Habits()
    app, _ = application()
    app._habits = habits
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("colon")
        await until(pilot, "Search for commands")
        await pilot.press(*"noroute-light")
        await until(pilot, "kept for the next start")
        await pilot.press("enter")
        await until(pilot, "BROKEN")
        await pilot.pause()
        assert app.theme == "noroute-light"
    assert habits.seen == ["reached", "noroute-light"]


async def test_hostile_names_stay_text() -> None:
    app, _ = application("hostile")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("colon")
        await until(pilot, "Search for commands")
        await pilot.press("b")
        await pilot.pause(0.3)
        assert "\u202e" not in screen_text(app) and "\x1b" not in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (47, 24), (120, 36)])
async def test_it_says_what_it_is_and_its_keys_work(size: tuple[int, int]) -> None:
    app, _ = application()
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("colon")
        text = await until(pilot, "━ COMMANDS, NODES, FINDINGS ━")
        assert "━ enter go, run   down next   esc leave ━" in text
        await pilot.press("escape")
        await until(pilot, "COMMANDS, NODES", gone=True)
