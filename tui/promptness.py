"""What lets a key be answered at once: the pace of pictures, and when Python looks for garbage."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.app import App

PACE: Final[Mapping[str, str]] = MappingProxyType({"TEXTUAL_FPS": "240"})
"""Textual waits one to two of its periods between two pictures: a key that comes just after one would wait for up to
33 ms of its 60 a second. There are no more pictures for it, only sooner ones."""

EVERY: Final = 20.0
"""How often everything is looked through for garbage (s)."""

_NEVER = 1_000_000


def quicken_pictures() -> None:
    """Before Textual is imported; what the person has set in the environment stays."""
    for name, value in PACE.items():
        os.environ.setdefault(name, value)


@contextmanager
def kept_for_good() -> Iterator[None]:
    """What is imported and made meanwhile stays to the end: looking through it for garbage would take a tenth of the
    start. Afterwards only what is young is looked through whenever it has become much."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        gc.enable()


def collect_by_the_clock(app: App[int]) -> None:
    """Look through everything that is old every 20 s. Whenever enough has become old is again and again while results
    come in: 20 to 50 ms each time with 300 VIPs, just when a key is pressed to look at them."""

    def collect() -> None:
        gc.collect()

    app.set_interval(EVERY, collect)
