"""Draw a sample on a screen of a given size: ``python -m tests.screens.show article 80 24 out.svg [keys ..]``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.screens.site import SampleApp


async def _show(name: str, width: int, height: int, keys: list[str]) -> str:
    theme = next((key.removeprefix("theme=") for key in keys if key.startswith("theme=")), None)
    app = SampleApp(name, theme=theme, ascii="ascii" in keys)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        for key in keys:
            if key != "ascii" and not key.startswith("theme="):
                await pilot.press(key)
                await pilot.pause()
        return app.export_screenshot()


if __name__ == "__main__":
    sample, columns, rows, path, *presses = sys.argv[1:]
    Path(path).write_text(asyncio.run(_show(sample, int(columns), int(rows), presses)), encoding="utf-8")
