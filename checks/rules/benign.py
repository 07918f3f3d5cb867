"""What looks like a fault and is none, from ``benign.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Benign(NamedTuple):
    """``lines`` that ``where`` (a unit, a file, a command) says, and why they do no harm."""

    where: str
    lines: tuple[str, ...]
    why: str
    grade: str


@cache
def benign() -> tuple[Benign, ...]:
    """All that is known to be harmless."""
    table = tomllib.loads(Path(__file__).with_name("benign.toml").read_text("utf-8"))
    return tuple(Benign(row["where"], tuple(row["lines"]), row["why"], row["grade"]) for row in table["benign"])
