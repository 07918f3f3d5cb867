"""Addresses made unreadable in finished rows, cell for cell, for a picture that is to be shown around."""

from __future__ import annotations

import re
from dataclasses import replace

from screens.picture.cells import Row

_ADDRESS = re.compile(r"(?<![\w.])\.?(?:\d{1,3}\.){1,3}\d{1,3}|(?<![\w.])\.\d{1,3}(?![\w.])")


def masked(row: Row, names: tuple[str, ...] = ()) -> Row:
    """``row`` with an x for every digit of an address and every letter of one of ``names``."""
    text = "".join(span.text for span in row)
    hidden = _ADDRESS.sub(lambda match: re.sub(r"\d", "x", match[0]), text)
    for name in names:
        hidden = hidden.replace(name, re.sub(r"\w", "x", name)) if name else hidden
    if hidden == text:
        return row
    spans, at = [], 0
    for span in row:
        spans.append(replace(span, text=hidden[at : at + len(span.text)]))
        at += len(span.text)
    return tuple(spans)
