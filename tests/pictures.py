"""The pictures of the README, made by the product itself on its own demo: ``python -m tests.pictures``.

The failure, its plan and the site after it are three moments of one run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from checks.model import Verdict
from checks.snapshot import Phase
from tui.app import NorouteApp
from tui.arguments import parse
from tui.session_opening import way_of

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = (120, 36)
_SECONDS = 60.0


async def _until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not holds():
            await pilot.pause(0.05)
    await pilot.pause()


async def draw(folder: Path) -> None:
    """Write ``failure.svg``, ``plan.svg`` and ``healthy.svg``."""
    way = way_of(parse(["demo"]))
    app = NorouteApp(way.open, origin=way.origin)
    async with app.run_test(size=SIZE) as pilot:

        def keep(name: str) -> None:
            (folder / name).write_text(app.export_screenshot(title="noroute demo"), encoding="utf-8")

        def shown(verdict: Verdict) -> bool:
            snapshot = app.main.snapshot
            return snapshot.phase is Phase.LIVE and snapshot.diagnosis.verdict is verdict

        await _until(pilot, lambda: shown(Verdict.BROKEN))
        keep("failure.svg")
        await pilot.press("f")
        # The plan stands at once; its preconditions follow from a fresh reading.
        await _until(pilot, lambda: "backup" in app.export_screenshot())
        keep("plan.svg")
        await pilot.press("y")
        await _until(pilot, lambda: shown(Verdict.HEALTHY))
        await pilot.press("q")
        await _until(pilot, lambda: app.screen is app.main)
        keep("healthy.svg")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        asyncio.run(draw(FOLDER))
    sys.stdout.write(f"{FOLDER}\n")
