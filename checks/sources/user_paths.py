"""Paths as people write them, with ``~`` for a home folder."""

from __future__ import annotations

from pathlib import Path


def at_home(name: str) -> Path:
    """The path with its ``~`` resolved; as it is written where there is no such user or home (or no such name at
    all), as ssh leaves it."""
    path = Path(name)
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):
        return path
