"""The border between evidence and view: untrusted text becomes visible, harmless characters.

What an appliance prints may carry terminal escapes, bidirectional overrides, zero-width characters and
endless lines. Markup needs no care here because no view ever parses any.
"""

from __future__ import annotations

import re
import unicodedata

# Marks can be stacked without end over neighbouring cells.
_HARMFUL_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me", "Mc"})
# What no category tells: letters that join the one before them (no cell of their own), and symbols that only later
# versions of Unicode call wide.
_NOT_ONE_CELL = re.compile(
    "[\u1160-\u11ff\ud7b0-\ud7c6\ud7cb-\ud7fb\uffa0\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff"
    "\U0001d300-\U0001d356\U0001d360-\U0001d376]"
)
_CUT = ".."


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    # Wide characters shift the columns after them.
    wide = unicodedata.east_asian_width(character) in "WF" or _NOT_ONE_CELL.match(character)
    if category in _HARMFUL_CATEGORIES or wide:
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
    if span is not None:
        span = min(span[0], len(text)), min(span[1], len(text))
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
        shown = (shown[: max(limit - len(_CUT), 0)] + _CUT)[:limit]
    return shown, None if moved is None else (moved[0], moved[1])
