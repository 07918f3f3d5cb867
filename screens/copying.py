"""Copying from wherever the program runs: through the terminal (OSC 52), and into tmux's buffer where it runs there."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from textual.app import App

_SECONDS = 2


async def copy(app: App[Any], text: str) -> str:
    """Copy ``text``; returns what happened, as far as that can be known."""
    app.copy_to_clipboard(text)
    what = f"{len(text.splitlines())} lines" if "\n" in text else text if len(text) < 60 else "1 line"
    if "TMUX" not in os.environ:
        return f"sent to the terminal's clipboard: {what}. Whether it takes it only the terminal knows."
    if await _to_tmux(text):
        return f"in the tmux buffer (prefix ] pastes it), and sent to the terminal's clipboard: {what}"
    return f"tmux did not take it; sent to the terminal's clipboard: {what}"


async def _to_tmux(text: str) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            "-w",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await asyncio.wait_for(process.communicate(text.encode()), _SECONDS)
    except (OSError, TimeoutError):
        return False
    return process.returncode == 0
