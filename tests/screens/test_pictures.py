"""The key screens as they looked when somebody last looked at them, at three sizes.

``NOROUTE_GOLDEN=1 pytest tests/screens/test_pictures.py`` writes them anew; then read the difference before it is
committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.screens.key_screens import KEY_SCREENS, KeyScreen, reached
from tests.screens.site import screen_text

_FOLDER = Path(__file__).with_name("golden")


@pytest.mark.parametrize("screen", KEY_SCREENS, ids=lambda screen: screen.name)
async def test_a_key_screen_looks_as_it_did(screen: KeyScreen) -> None:
    differ = []
    async with reached(screen) as pilot:
        for width, height in screen.sizes:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            drawn = screen_text(pilot.app) + "\n"
            rows = drawn.splitlines()
            assert len(rows) <= height and all(len(row) <= width for row in rows)
            path = _FOLDER / f"{screen.name}-{width}x{height}.txt"
            if os.environ.get("NOROUTE_GOLDEN"):
                path.write_text(drawn, encoding="utf-8")
            if not path.exists() or drawn != path.read_text(encoding="utf-8"):
                differ.append(path.name)
    assert not differ, "NOROUTE_GOLDEN=1 writes them anew"


def test_every_picture_is_of_a_key_screen() -> None:
    named = {f"{screen.name}-{width}x{height}.txt" for screen in KEY_SCREENS for width, height in screen.sizes}
    assert {path.name for path in _FOLDER.iterdir()} == named
