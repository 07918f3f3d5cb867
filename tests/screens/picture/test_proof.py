"""Excerpts and diffs: the guilty span is seen, the change is bold, nothing foreign gets through."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from checks.model import Excerpt, ExcerptKind
from checks.plan import Write
from screens.picture.cells import Tint, plain
from screens.picture.diff import draw_diff
from screens.picture.excerpt import draw_excerpts
from screens.picture.fit import fit
from tests import samples
from tests.screens.picture.golden_text import assert_golden
from tests.screens.picture.pictures import TEXTS, assert_sound


def test_excerpts_look_as_they_did() -> None:
    for width in (53, 30):
        rows = draw_excerpts((samples.GUILTY_LINE, *samples.JOURNAL), width, context=2)
        assert_golden(f"excerpts-article-{width}", rows)
    assert_golden("excerpts-empty-table", draw_excerpts(samples.empty_table().findings[0].excerpts, 53))


def test_guilty_and_proposed_lines_are_tinted_from_edge_to_edge() -> None:
    _, _, guilty, _, proposed = draw_excerpts([samples.GUILTY_LINE], 53)
    assert {span.tint for span in guilty} == {Tint.ROOT}
    assert {span.tint for span in proposed} == {Tint.ADDED}


def test_carets_stand_under_the_span() -> None:
    rows = plain(draw_excerpts([samples.GUILTY_LINE], 53)).splitlines()
    at = rows[3].index("^^")
    assert rows[2][at : at + 2] == "18"


def test_span_beyond_the_edge_is_brought_into_view() -> None:
    text = "x" * 90 + "GUILTY" + "y" * 20
    excerpt = Excerpt("f", text, ExcerptKind.FILE, 1, 1, (90, 96), "here", guilty=True)
    rows = plain(draw_excerpts([excerpt], 40)).splitlines()
    at = rows[2].index("^")
    assert rows[1][at : at + 6] == "GUILTY"


def test_escapes_move_the_carets_with_the_text() -> None:
    excerpt = Excerpt("f", "10.10.18.16/28\r", ExcerptKind.FILE, 9, 9, (14, 15), "carriage return", guilty=True)
    rows = plain(draw_excerpts([excerpt], 53)).splitlines()
    at = rows[2].index("^^^^")
    assert rows[1][at : at + 4] == "\\x0d"


def test_diff_looks_as_it_did() -> None:
    assert_golden("diff-article", draw_diff(samples.WRITE, 60))
    odd = Write("x", b"a\nb\r\nc\nd\ne\nf\n10.1.1.0/28", b"a\nb\nc\nd\ne\nf\n10.1.1.0/28\n")
    assert_golden("diff-line-ends", draw_diff(odd, 60))


def test_changed_number_is_bold_as_a_whole() -> None:
    _, before, after = draw_diff(samples.WRITE, 60)
    assert [span.text for span in before if span.bold] == ["-", "18"]
    assert [span.text for span in after if span.bold] == ["+", "16"]


def test_a_long_changed_line_is_shown_whole() -> None:
    same = "AllowUsers " + "x" * 90
    rows = plain(draw_diff(Write("f", f"{same} anna\n".encode(), f"{same} otto\n".encode()), 60)).splitlines()
    assert len(rows) == 4 and rows[1].strip("- │").endswith("anna") and rows[3].strip("+ │").endswith("otto")


@given(st.binary(max_size=80), st.binary(max_size=80), st.integers(30, 60))
def test_bytes_that_differ_never_look_the_same(before: bytes, after: bytes, width: int) -> None:
    before, after = (data.replace(b"\n", b"") + b"\n" for data in (before, after))
    assume(before != after)
    rows = plain(draw_diff(Write("f", before, after), width)).split("\n")
    at = next(i for i, row in enumerate(rows) if row.startswith("+"))
    assert [row[7:] for row in rows[:at]] != [row[7:] for row in rows[at:]]


def test_what_cannot_be_seen_is_marked() -> None:
    odd = Write("f", b"10.1.1.0/28 \t \n", "10.1.1.0\u00a0/28  \n".encode())
    rows = plain(draw_diff(odd, 60)).splitlines()
    assert rows == ["-  1 │ 10.1.1.0/28 \\x09\\x20", "+  1 │ 10.1.1.0\\u00a0/28\\x20\\x20"]


_EXCERPTS = st.builds(
    Excerpt,
    TEXTS,
    TEXTS,
    st.sampled_from(ExcerptKind),
    st.one_of(st.none(), st.integers(1, 99999)),
    st.one_of(st.none(), st.integers(1, 99999)),
    st.one_of(st.none(), st.tuples(st.integers(0, 320), st.integers(0, 320)).map(lambda s: (min(s), max(s)))),
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    st.one_of(st.none(), TEXTS),
    st.just(samples.JOURNAL[0].at),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_EXCERPTS, max_size=4), st.integers(20, 100), st.integers(0, 2), st.integers(0, 20))
def test_any_excerpt_stays_in_its_width(excerpts: list[Excerpt], width: int, context: int, scroll: int) -> None:
    assert_sound(draw_excerpts(excerpts, width, context, scroll=scroll), width)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(16, 90))
def test_any_diff_stays_in_its_width(before: bytes, after: bytes, width: int) -> None:
    rows = draw_diff(Write("/f", before, after), width)
    assert_sound(rows, width)
    assert bool(rows) == (before != after)


def test_every_character_takes_one_cell() -> None:
    for code in range(0x20, 0x30000):
        shown = fit(chr(code), 20)
        assert cell_len(shown) == len(shown), hex(code)


@pytest.mark.parametrize("width", range(27, 60))
def test_the_port_behind_a_guilty_address_is_shown(width: int) -> None:
    text = "    bind 10.10.18.40:443 name 10.10.18.40:443 ssl crt /etc/haproxy/server.pem"
    excerpt = Excerpt("haproxy.cfg", text, ExcerptKind.FILE, line=42, span=(9, 20), guilty=True)
    shown = plain(draw_excerpts((excerpt,), width, caption=False)).splitlines()
    assert "10.10.18.40:443" in shown[0]
    assert shown[1].index("^") == shown[0].index("10.10.18.40")
