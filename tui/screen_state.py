"""What the screen remembers from one start to the next, in the state folder: targets that let us in, captures, a theme.

Losing it costs nothing: what cannot be read is forgotten, what cannot be written is not kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.settings import prepared_state_folder, state_folder

_NAME = "screen.json"
_MOST = 8
_LONGEST = 4096


def recent() -> tuple[tuple[str, ...], ...]:
    """The words that opened a target, the last one first."""
    rows = _read().get("recent")
    if not isinstance(rows, list):
        return ()
    return tuple(tuple(row) for row in rows[:_MOST] if _words(row))


def remember(words: tuple[str, ...]) -> None:
    """A target that let us in."""

    def add(data: dict[str, Any]) -> None:
        data["recent"] = [list(words), *(list(row) for row in recent() if row != words)][:_MOST]

    _change(add)


def captures() -> tuple[str, ...]:
    """The folders of captures that were saved or opened, the last one first."""
    rows = _read().get("captures")
    if not isinstance(rows, list):
        return ()
    return tuple(row for row in rows[:_MOST] if isinstance(row, str) and row)


def remember_capture(folder: Path) -> None:
    """A capture that was saved or opened."""
    path = str(folder.absolute())

    def add(data: dict[str, Any]) -> None:
        data["captures"] = [path, *(row for row in captures() if row != path)][:_MOST]

    _change(add)


def theme(configured: str | None) -> str | None:
    """The theme that was chosen on the screen, until the file ``config.toml`` says another than it did then."""
    row = _read().get("theme")
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or row.get("over") != configured:
        return configured
    return str(row["name"])


def remember_theme(name: str, configured: str | None) -> None:
    """A theme that was chosen on the screen."""
    _change(lambda data: data.update(theme={"name": name, "over": configured}))


def _words(row: Any) -> bool:
    return isinstance(row, list) and bool(row) and all(isinstance(word, str) and word for word in row)


def _read() -> dict[str, Any]:
    try:
        with (state_folder() / _NAME).open(encoding="utf-8") as file:
            data = json.loads(file.read(_LONGEST * _MOST * 2))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _change(change: Callable[[dict[str, Any]], None]) -> None:
    data = _read()
    change(data)
    try:
        path = prepared_state_folder() / _NAME
        new = path.with_name(f".{_NAME}.{os.getpid()}")
        new.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        new.chmod(0o600)
        new.replace(path)
    except OSError:
        return
