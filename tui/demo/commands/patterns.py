"""Regular expressions as grep and sed write them, for Python's own matcher."""

from __future__ import annotations

import re
import warnings

# A visitor's expression runs in this process: short ones cannot keep it busy for long.
LIMIT = 200


class BadPattern(Exception):
    """The expression cannot be understood; in words why."""


def compiled(source: str, extended: bool, fixed: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    """The expression, ready to use. ``BadPattern`` where it is none."""
    if len(source) > LIMIT:
        raise BadPattern("the expression is too long for this shell")
    flags = re.IGNORECASE if ignore_case else 0
    if fixed:
        return re.compile(re.escape(source), flags)
    translated = source if extended else _basic(source)
    translated = re.sub(r"\[\[:(\w+):\]\]", lambda match: _CLASSES.get(match[1], match[0]), translated)
    if re.search(r"[*+}]\)*[*+{]", translated):
        raise BadPattern("a repetition of a repetition is more than this shell does")
    try:
        with warnings.catch_warnings():
            # "[[", "--", "&&" and "||" between brackets are themselves, as in POSIX; Python warns that this may change.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(translated, flags)
    except (re.error, OverflowError, RecursionError) as why:
        raise BadPattern(f"Invalid regular expression: {why}") from None


_CLASSES = {"space": r"\s", "digit": r"\d", "alpha": "[A-Za-z]", "alnum": "[A-Za-z0-9]", "blank": "[ \t]"}


def _basic(source: str) -> str:
    # In a basic expression the backslash makes ( ) { } + ? | special; bare they are themselves.
    out, pos = "", 0
    while pos < len(source):
        char = source[pos]
        if char == "\\" and pos + 1 < len(source):
            following = source[pos + 1]
            out += following if following in "(){}+?|" else char + following
            pos += 2
        elif char == "[":
            end = source.find("]", pos + 2)
            end = len(source) - 1 if end < 0 else end
            out += source[pos : end + 1]
            pos = end + 1
        else:
            out += "\\" + char if char in "(){}+?|" else char
            pos += 1
    return out
