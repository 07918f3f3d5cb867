"""Leaving the program while a fix runs: asked first, and said what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from checks.transaction import Outcome
from screens.leaving import LeaveScreen
from tests.screens.fake_session import FakeSession, application
from tests.screens.site import sample, until
from tui.app import NorouteApp


@asynccontextmanager
async def fixing() -> AsyncIterator[tuple[NorouteApp, FakeSession, Pilot[int]]]:
    """A fix that stands in its fourth step, out of sight."""
    app, opened = application("article")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        opened[0].pause = True
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        for _ in range(4):
            opened[0].go.release()
        await until(pilot, "◌ 4  act")
        await pilot.press("h")
        await until(pilot, "fixing, step 4 of 7")
        yield app, opened[0], pilot


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_no_key_leaves_a_running_fix_unasked(key: str) -> None:
    async with fixing() as (app, _, pilot):
        await pilot.press(key)
        text = await until(pilot, "LEAVE?")
        assert "A01 is in step 4 of 7: act" in text and "The file was changed." in text
        assert "--resume" in text
        assert "w wait, then leave ━ y leave now ━ q stay" in text
        await pilot.press("q")
        await until(pilot, "fixing, step 4 of 7")
        assert app.is_running and app.return_code is None


async def test_asked_again_it_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    async with fixing() as (app, _, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, "LEAVE?")
        await pilot.press("ctrl+q")
    assert app.return_code == 0
    assert "left while A01 is in step 4 of 7: act" in capsys.readouterr().err


async def test_asked_again_from_a_page_over_the_question_it_is_left() -> None:
    async with fixing() as (app, _, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, "LEAVE?")
        await pilot.press("question_mark")
        await until(pilot, "ON THE MAP")
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert sum(isinstance(screen, LeaveScreen) for screen in app.screen_stack) <= 1
    assert app.return_code == 0


async def test_waiting_leaves_at_a_good_end() -> None:
    async with fixing() as (app, session, pilot):
        await pilot.press("q")
        await until(pilot, "LEAVE?")
        await pilot.press("w")
        await until(pilot, "leaves when the fix has ended well")
        session.go.release()
        await until(pilot, "fixing, step 5 of 7")
        for _ in range(3):
            session.go.release()
        while app.is_running and app.return_code is None:
            await pilot.pause(0.05)
    assert app.return_code == 0


async def test_waiting_stays_where_the_end_is_not_good() -> None:
    async with fixing() as (app, session, pilot):
        session.outcome = Outcome.WORSE
        await pilot.press("ctrl+c")
        await until(pilot, "LEAVE?")
        await pilot.press("w")
        for _ in range(4):
            session.go.release()
        await until(pilot, "✗ WORSE")
        assert app.return_code is None


@pytest.mark.parametrize("outcome", [Outcome.FIXED, Outcome.NOT_FIXED])
async def test_the_end_of_a_hidden_fix_is_said(outcome: Outcome) -> None:
    async with fixing() as (_, session, pilot):
        session.outcome = outcome
        for _ in range(4):
            session.go.release()
        text = await until(pilot, "✓ FIXED: " if outcome is Outcome.FIXED else "! NOT FIXED")
        assert ("u undo ━ q back to the map" in text) is (outcome is Outcome.NOT_FIXED)


async def test_a_hidden_fix_that_stops_is_said_over_any_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app, opened = application("article")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        opened[0].pause = opened[0].breaks = True
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        for _ in range(2):
            opened[0].go.release()
        await until(pilot, "◌ 2  backup")
        await pilot.press("h", "w")
        await until(pilot, "JOURNAL")
        await pilot.press("question_mark")
        await until(pilot, "ON THE MAP")
        opened[0].go.release()
        assert "hunter2" not in await until(pilot, "noroute failed unexpectedly:")


async def test_ctrl_c_by_habit_loses_nothing() -> None:
    app, _ = application("article")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("ctrl+c")
        await until(pilot, "ctrl+q quits")


@pytest.mark.parametrize("outcome", [Outcome.FIXED, Outcome.NOT_FIXED])
@pytest.mark.parametrize("page", ["", "question_mark"])
async def test_a_fix_that_ends_behind_the_question_is_shown_once_or_said(outcome: Outcome, page: str) -> None:
    async with fixing() as (app, session, pilot):
        session.outcome = outcome
        await pilot.press("q")
        await until(pilot, "LEAVE?")
        if page:
            await pilot.press(page)
            await until(pilot, "ON THE MAP")
        for _ in range(4):
            session.go.release()
        await until(pilot, "FIXED: ")
        if page:
            await pilot.press("q")
        if outcome is Outcome.NOT_FIXED:
            await until(pilot, "u undo ━ q back to the map")
            await pilot.press("q")
        text = await until(pilot, "f fix")
        assert "LEAVE?" not in text and app.screen_stack == [app.main]
        session.moments.put_nowait(sample("healthy"))
        await until(pilot, "HEALTHY")
        assert app.is_running and app.return_code is None
