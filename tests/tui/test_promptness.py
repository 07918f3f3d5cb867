"""A key never waits for more than it must: what is set before the screen stands."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest
from textual.app import App

from tui import promptness

_PROGRAM = """
from tui.promptness import quicken_pictures
quicken_pictures()
from textual.screen import UPDATE_PERIOD
print(round(1 / UPDATE_PERIOD))
"""


@pytest.fixture
def collections() -> Iterator[list[int]]:
    """The generations that were looked through."""
    seen: list[int] = []

    def note(phase: str, info: Mapping[str, int]) -> None:
        if phase == "stop":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


@pytest.mark.parametrize(("own", "pace"), [({}, "240"), ({"TEXTUAL_FPS": "30"}, "30")])
def test_pictures_follow_a_key_sooner_than_by_textuals_own_pace(own: dict[str, str], pace: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    done = subprocess.run(
        (sys.executable, "-c", _PROGRAM), env=kept | own, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == pace


async def test_the_old_is_looked_through_by_the_clock(monkeypatch: pytest.MonkeyPatch, collections: list[int]) -> None:
    monkeypatch.setattr(promptness, "EVERY", 0.01)
    app: App[int] = App()
    async with app.run_test() as pilot:
        promptness.collect_by_the_clock(app)
        collections.clear()
        while 2 not in collections:
            await pilot.pause(0.01)


def test_the_old_is_not_looked_through_because_much_has_become_old(collections: list[int]) -> None:
    before = gc.get_threshold()
    try:
        with promptness.kept_for_good():
            pass
        made = [[at] for at in range(200_000)]
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    assert len(made) == 200_000
    assert 1 in collections
    assert 2 not in collections
