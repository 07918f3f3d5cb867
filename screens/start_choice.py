"""What the start screen offers to open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StartChoice:
    """Something to open: ``words`` are what a command line would say, ``told`` what a person knows it by."""

    group: str
    label: str
    told: str
    words: tuple[str, ...]
