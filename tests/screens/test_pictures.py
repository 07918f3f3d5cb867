"""The key screens as they looked when somebody last looked at them, at three sizes.

``NOROUTE_GOLDEN=1 pytest tests/screens/test_pictures.py`` writes them anew; then read the difference before it is
committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.screens.key_screens import KEY_SCREENS, SIZES, KeyScreen, reached
from tests.screens.site import screen_text

_FOLDER = Path(__file__).with_name("golden")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", KEY_SCREENS, ids=lambda screen: screen.name)
async def test_a_key_screen_looks_as_it_did(screen: KeyScreen, size: tuple[int, int]) -> None:
    async with reached(screen, size) as pilot:
        await pilot.pause()
        drawn = screen_text(pilot.app) + "\n"
    path = _FOLDER / f"{screen.name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("NOROUTE_GOLDEN"):
        path.write_text(drawn, encoding="utf-8")
    rows = drawn.splitlines()
    assert len(rows) <= size[1] and all(len(row) <= size[0] for row in rows)
    assert drawn == path.read_text(encoding="utf-8"), f"{path.name} differs; NOROUTE_GOLDEN=1 writes it anew"
