"""Nothing that an appliance prints acts on a terminal or shifts a cell."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from checks.inert import inert, inert_span

# Surrogates too: journald's JSON can carry lone ones.
ANY_TEXT = st.text(st.characters(), max_size=60)
NASTY = (
    "haproxy[1234]: [/b] \x1b[2J\x9b31m \u202e\u2066 z\u200bw\ufeff"
    " \u0301 e\u0301 ａ 漢 \ud800 \u2028\u2029\r\n\t\0\x7f"
)


@given(ANY_TEXT)
@example(NASTY)
def test_only_plain_characters_of_one_cell_survive(text: str) -> None:
    shown = inert(text)
    for character in shown:
        assert unicodedata.category(character)[0] in "LNPSZM" and character not in "\u2028\u2029"
        assert character == " " or not character.isspace()
        assert not unicodedata.combining(character)
        assert unicodedata.bidirectional(character) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )
    shown.encode("utf-8")


def test_every_character_there_is_takes_as_many_cells_as_it_has_characters() -> None:
    # Several of each: one alone has nothing to join.
    for start in range(0, sys.maxunicode + 1, 1024):
        shown = inert("".join(chr(code) * 2 for code in range(start, start + 1024)), 100_000)
        wrong = [hex(ord(each)) for each in set(shown) if cell_len(each) != 1] if cell_len(shown) != len(shown) else []
        assert wrong == []


def test_the_visible_escapes() -> None:
    assert inert("\x1b[2J") == "\\x1b[2J"
    assert inert("\u202eabc\U000e0001") == "\\u202eabc\\U000e0001"
    assert inert("a\tb\u00a0c") == "a b c"
    assert inert("[/b][bold]") == "[/b][bold]"
    assert inert("Grüße — ✓") == "Grüße — ✓"


@given(ANY_TEXT)
@example(NASTY)
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    assert inert(inert(text)) == inert(text)


@given(st.text(st.sampled_from("ab\x1b漢"), max_size=40), st.integers(0, 50))
def test_the_length_is_bounded_and_a_cut_is_seen(text: str, limit: int) -> None:
    whole, shown = inert(text, 10_000), inert(text, limit)
    assert len(shown) <= limit
    if len(whole) <= limit:
        assert shown == whole
    elif limit >= 2:
        assert shown == whole[: limit - 2] + ".."


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_a_span_stays_on_its_characters(before: str, marked: str, after: str) -> None:
    shown, span = inert_span(before + marked + after, (len(before), len(before) + len(marked)), 10_000)
    assert span is not None
    assert shown[: span[0]] == inert(before, 10_000)
    assert shown[span[0] : span[1]] == inert(marked, 10_000)


@given(ANY_TEXT, st.integers(0, 30), st.integers(0, 100), st.integers(0, 100))
def test_a_span_never_leaves_what_is_shown(text: str, limit: int, one: int, other: int) -> None:
    shown, span = inert_span(text, (min(one, other), max(one, other)), limit)
    assert span is not None and 0 <= span[0] <= span[1] <= max(len(shown), 0)
    assert inert_span(text, None, limit) == (shown, None)
