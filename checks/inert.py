"""The border between evidence and view: untrusted text becomes visible, harmless characters.

What an appliance prints may carry terminal escapes, bidirectional overrides, zero-width characters and
endless lines. Markup needs no care here because no view ever parses any.
"""

from __future__ import annotations

import unicodedata

_HARMFUL_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CUT = ".."


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    # Combining marks can be stacked without end over neighbouring cells, wide ones shift the columns after them.
    if category in _HARMFUL_CATEGORIES or category in ("Mn", "Me") or unicodedata.east_asian_width(character) in "WF":
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return " " if category == "Zs" else character


def inert(text: str, limit: int = 2000) -> str:
    """``text`` as one line without control, bidi, zero-width, combining or wide characters: each becomes a
    visible escape such as ``\\x1b`` or ``\\u202e``. At most ``limit`` characters; a cut ends in ``..``.
    """
    return inert_span(text, None, limit)[0]


def inert_span(text: str, span: tuple[int, int] | None, limit: int = 2000) -> tuple[str, tuple[int, int] | None]:
    """As :func:`inert`, and where ``span`` ([start, end) in ``text``) lies in what is shown."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text, span
    parts = [_shown(character) for character in text[: limit + 1]]
    shown, starts = "", []
    for part in parts:
        starts.append(len(shown))
        shown += part
    starts.append(len(shown))
    moved = None
    if span is not None:
        moved = tuple(min(starts[min(at, len(starts) - 1)], limit) for at in span)
    if len(shown) > limit:
        shown = shown[: max(limit - len(_CUT), 0)] + _CUT
    return shown, None if moved is None else (moved[0], moved[1])
