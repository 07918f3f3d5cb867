"""The last row: the keys that do something now, as many as there is room for, help at the right end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from screens.lines import key_width, put_key
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture

HELP = ("question_mark", "help")
_ALL, _LAST = 160, 2


@dataclass(frozen=True, slots=True)
class FooterKey:
    """A key and its word. ``rank`` 0 stands from 80 columns, 1 from 120, 2 where there is room for all."""

    key: str
    word: str
    rank: int = 0


def most_keys(width: int) -> int:
    """How many keys a footer of that width may have, help included."""
    if width < 60:
        return 4
    if width < 100:
        return 7
    return 11 if width < _ALL else 30


def draw_footer(keys: Iterable[FooterKey], width: int, pressed: Mapping[str, str] | None = None) -> Picture:
    """``keys`` in their order, the less important left out first; those are in the help. ``pressed`` are the keys that
    a person presses in place of the product's."""
    pressed = pressed or {}
    every = tuple(entry for entry in keys if entry.rank < _LAST or width >= _ALL)
    kept = set(sorted(every, key=lambda entry: entry.rank)[: most_keys(width) - 1])
    canvas = Canvas(width)
    own = pressed.get(HELP[0], HELP[0])
    help_at = width - 1 - key_width(own, HELP[1])
    put_key(canvas, help_at, 0, *HELP, pressed=own)
    x = 1
    for entry in every:
        own = pressed.get(entry.key, entry.key)
        end = x + key_width(own, entry.word)
        if entry in kept and end + 2 <= help_at:
            put_key(canvas, x, 0, entry.key, entry.word, pressed=own)
            x = end + 2
    return canvas.picture()
