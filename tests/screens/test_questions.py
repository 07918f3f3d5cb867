"""What a connection asks, answered on the screen; and the session that the application follows."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from checks.prompts import Asker
from checks.refusal import Refusal
from checks.snapshot import Phase
from tests import samples
from tests.screens.asking import CHANGED, NEW, PASSWORD, asking
from tests.screens.fake_session import FakeSession, application
from tests.screens.site import ORIGIN, sample, screen_text, snapshot, until
from tui.app import NorouteApp

NARROW = (80, 24)


@pytest.mark.parametrize(("key", "trusted"), [("y", True), ("n", False), ("escape", False), ("q", False)])
async def test_a_new_host_key(key: str, trusted: bool) -> None:
    app, answers = asking(NEW)
    async with app.run_test(size=NARROW) as pilot:
        text = await until(pilot, "NEW HOST KEY")
        for words in ("jump host jump01", "jump01.lab port 22", "ssh-ed25519", NEW.fingerprint, "y trust it"):
            assert words in text
        await pilot.press("enter")
        await pilot.press(key)
        await until(pilot, "BROKEN")
    assert answers == [trusted]


async def test_a_changed_host_key_cannot_be_accepted() -> None:
    app, answers = asking(CHANGED)
    async with app.run_test(size=NARROW) as pilot:
        text = await until(pilot, "HOST KEY HAS CHANGED")
        for words in (
            CHANGED.fingerprint,
            *CHANGED.known,
            "ssh-keygen -R 192.168.100.10",
            "~/.ssh/known_hosts",
            "REFUSED",
        ):
            assert words in text
        await pilot.press("y", "enter", "space")
        assert answers == [] and "HOST KEY HAS CHANGED" in screen_text(app)
        await pilot.press("q")
        await until(pilot, "BROKEN")
    assert answers == ["read"]


async def test_a_password_is_typed_unseen_and_kept_nowhere() -> None:
    app, answers = asking(PASSWORD)
    secret = "hunter2-" + "x" * 9
    async with app.run_test(size=NARROW) as pilot:
        text = await until(pilot, "PASSWORD")
        assert "\\x1b[2J[/b]\\u202e" in text and "\x1b" not in text
        assert "in memory until noroute ends" in text
        field = app.screen.query_one(Input)
        await pilot.press(*secret)
        await pilot.pause()
        assert secret not in screen_text(app) and "hunter2" not in app.export_screenshot()
        await pilot.press("enter")
        await until(pilot, "BROKEN")
        assert answers == [secret]
        assert secret not in field.value
        answers.clear()
        gc.collect()
        kept = [widget for widget in gc.get_objects() if isinstance(widget, Input) and secret in repr(vars(widget))]
        assert kept == []


@pytest.mark.parametrize("key", ["escape", "ctrl+d"])
async def test_a_password_may_be_refused(key: str) -> None:
    app, answers = asking(PASSWORD)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "PASSWORD")
        await pilot.press(*"abc", key)
        await until(pilot, "BROKEN")
    assert answers == [None]


async def test_a_one_time_code_is_seen_while_typed() -> None:
    app, answers = asking(replace(PASSWORD, kind="one-time code", prompt="Code:", echo=True))
    async with app.run_test(size=NARROW) as pilot:
        assert "used once" in await until(pilot, "ONE-TIME CODE")
        await pilot.press(*"123456")
        await until(pilot, "123456")
        await pilot.press("enter")
        await until(pilot, "BROKEN")
    assert answers == ["123456"]


async def test_moments_reach_the_screen_and_keys_reach_the_session() -> None:
    app, opened = application()
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "▸ ✗ anyip-routes")
        opened[0].moments.put_nowait(sample("healthy"))
        await until(pilot, "✓ HEALTHY")
        await pilot.press("r")
        await pilot.pause()
        assert opened[0].asked == ["recheck"]
        await pilot.press("q")
    assert app.return_code == 0


async def test_a_site_that_is_not_reached_is_the_exit_code() -> None:
    app, opened = application()
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "BROKEN")
        opened[0].moments.put_nowait(snapshot(samples.unknown(), phase=Phase.FAILED, detail="port 22 refuses"))
        await until(pilot, "NOT REACHED")
        await pilot.press("q")
    assert app.return_code == 3


async def test_a_refusal_while_opening_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    @asynccontextmanager
    async def refused(asker: Asker) -> AsyncIterator[FakeSession]:
        del asker
        raise Refusal("no such site file: lab.toml", 2)
        yield

    app = NorouteApp(refused, origin=ORIGIN)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "no such site file: lab.toml")
        await pilot.press("q")
    assert app.return_code == 2


async def test_an_unforeseen_end_goes_to_the_log_without_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    @asynccontextmanager
    async def broken(asker: Asker) -> AsyncIterator[FakeSession]:
        del asker
        password = "hunter2"
        raise ValueError(password)
        yield

    app = NorouteApp(broken, origin=ORIGIN)
    async with app.run_test(size=NARROW) as pilot:
        text = await until(pilot, "ValueError")
        assert "hunter2" not in text
        await pilot.press("q")
    log = tmp_path / "noroute" / "errors.log"
    assert "ValueError" in log.read_text() and "hunter2\n" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


async def test_help_lists_the_keys_of_the_bindings() -> None:
    app, _ = application()
    async with app.run_test(size=(100, 60)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("question_mark")
        text = await until(pilot, "GLYPHS")
        for words in ("j down", "enter l right", "1 .. 6", "ctrl+q", "the plan of the fix, to run"):
            assert words in text
        await pilot.press("q")
        await pilot.press("f1")
        await until(pilot, "GLYPHS")
