"""Keys as they are printed on the keyboard, and as they are clicked."""

from __future__ import annotations

KEY = "key:"
"""What the node of a hit begins with that stands for a key: a click there presses it."""

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "comma": ",",
    "full_stop": ".",
    "exclamation_mark": "!",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "semicolon": ";",
    "number_sign": "#",
    "asterisk": "*",
}


def key_name(key: str) -> str:
    """A key as it is printed on the keyboard."""
    return _NAMES.get(key, key)
