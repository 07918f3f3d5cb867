"""A capture on the screen: opened from the start screen or by its path, looked at, never acted on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from screens.panel import Panel
from screens.picture.cells import plain
from tests.checks.fixtures import CAPTURES
from tests.screens.site import screen_text, until
from tui import screen_state
from tui.app import NorouteApp
from tui.arguments import parse
from tui.capture_opening import captured
from tui.start_choices import Kept

BROKEN = CAPTURES / "a-hostbits-boot"
SIZES = [(80, 24), (120, 36), (200, 50)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(capture: Path = BROKEN) -> NorouteApp:
    visit = captured(parse(["open", str(capture)]))
    return NorouteApp(visit.open, origin=visit.origin, habits=Kept(parse(["open", str(capture)])))


@pytest.mark.parametrize("size", SIZES)
async def test_it_shows_what_was_seen_then(size: tuple[int, int]) -> None:
    app = opened()
    async with app.run_test(size=size) as pilot:
        text = await until(pilot, "BROKEN")
        assert "capture 2026-11-22 23:50" in text and "since 23:50:36" in text
        assert "days" not in text
        footer = text.splitlines()[-1]
        assert "f plan" in footer and "recheck" not in footer and "undo" not in footer
    assert screen_state.captures() == (str(BROKEN),)


@pytest.mark.parametrize("size", SIZES)
async def test_the_panel_says_why_vips_are_dead_that_lie_inside_a_range(size: tuple[int, int]) -> None:
    app = opened(CAPTURES / "g-bind-outside-boot")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        panel = plain(app.screen.query(Panel).first().text().rows)
    assert "one bind that fails takes every other VIP with it" in " ".join(panel.split())


@pytest.mark.parametrize("key", ["u", "r", "p"])
async def test_a_key_that_would_act_says_why_not(key: str) -> None:
    app = opened()
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press(key)
        await until(pilot, "this is a capture of")
        assert app.screen is app.main


@pytest.mark.parametrize("size", SIZES)
async def test_the_plan_is_shown_and_cannot_be_run(size: tuple[int, int]) -> None:
    app = opened()
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("f")
        await until(pilot, "FIX A01")
        await pilot.press("G")
        text = await until(pilot, "this is a capture of root@192.168.100.10")
        assert "run it" not in text and "reboot instead" not in text and "reboots instead" not in text
        await pilot.press("y", "b")
        await pilot.pause()
        assert "FIX A01" in screen_text(app) and not app.main.repair.running


async def test_the_start_screen_offers_captures_and_opens_them(home: Path) -> None:
    folder = home / "cases" / "noroute-haproxy-20261122-235040"
    shutil.copytree(BROKEN, folder)
    screen_state.remember_capture(home / "gone")
    screen_state.remember_capture(folder)
    app = NorouteApp(habits=Kept(parse([])))
    async with app.run_test(size=(80, 24)) as pilot:
        text = await until(pilot, "CAPTURES")
        assert "▸ noroute-haproxy-20261122-235040" in text and "~/cases" in text and "gone" not in text
        await pilot.press("enter")
        await until(pilot, "capture 2026-11-22 23:50")


@pytest.mark.parametrize("typed", ["{folder}", "open {folder}", "~/a-case", "./a-case", "a-case"])
async def test_a_typed_path_opens_a_capture(home: Path, typed: str) -> None:
    folder = home / "a-case"
    shutil.copytree(BROKEN, folder)
    app = NorouteApp(habits=Kept(parse([])))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "Type")
        await pilot.press(*typed.format(folder=folder), "enter")
        await until(pilot, "capture 2026-11-22 23:50")
    assert screen_state.captures() == (str(folder),)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("/nowhere", "is not there"), ("./", "no capture.json in it"), ("open", "FOLDER is missing"),
     ("open /nowhere --format json", "only a target")],
)  # fmt: skip
async def test_what_is_no_capture_is_said_where_it_was_typed(typed: str, said: str) -> None:
    app = NorouteApp(habits=Kept(parse([])))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "Type")
        await pilot.press(*typed, "enter")
        await until(pilot, said)


@pytest.mark.parametrize("size", [(80, 24), (120, 20), (120, 36), (200, 50)])
async def test_the_cursor_moves_without_laying_the_screen_out_anew(size: tuple[int, int]) -> None:
    app = opened()
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("j")
        laid_out: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(app.screen, laid_out.append, immediate=True)
        paged = set()
        for key in "jjjkkkkkkk":
            await pilot.press(key)
            paged.add("parts shown" in screen_text(app))
    if size == (120, 36):
        assert paged == {True, False}
    assert not laid_out
