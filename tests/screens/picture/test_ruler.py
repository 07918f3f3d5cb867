"""The ruler: every address on its cell, every label in its row, nothing over the edge."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.addresses import Glyph, Ruler, RulerMark, block_ruler, spelling
from screens.picture.cells import Role, plain
from screens.picture.ruler import draw_ruler
from tests import samples
from tests.screens.picture.golden_text import assert_golden
from tests.screens.picture.pictures import assert_sound


@pytest.mark.parametrize("width", [60, 53, 30, 20])
def test_ruler_looks_as_it_did(width: int) -> None:
    assert_golden(f"ruler-article-{width}", draw_ruler(samples.RULER, width, write=True))


@pytest.mark.parametrize(
    "typed", ["10.10.18.19/11", "10.10.18.17-10.10.18.30", "10.10.18.226/28", "10.10.18.130/25", "10.10.18.40/26"]
)
def test_rulers_of_other_spellings(typed: str) -> None:
    ruler = block_ruler(spelling(typed))
    assert ruler is not None
    name = typed.replace("/", "_")
    assert_golden(f"ruler-{name}", (*draw_ruler(ruler, 60, write=True), (), *draw_ruler(ruler, 30)))


def test_typed_address_stands_under_its_number() -> None:
    numbers, bar, *_ = plain(draw_ruler(samples.RULER, 53)).splitlines()
    assert numbers[bar.index("✗") - 1 : bar.index("✗") + 1] == "18"


def test_marks_have_the_roles_of_what_they_stand_for() -> None:
    _, bar, *_ = draw_ruler(samples.RULER, 53)
    assert next((span.text, span.role) for span in bar if span.text in "✗v") == ("✗", Role.ERROR)


def test_two_marks_of_one_cell_keep_both_labels() -> None:
    ruler = block_ruler(spelling("10.10.18.130/25"))
    assert ruler is not None
    rows = plain(draw_ruler(ruler, 60)).splitlines()
    assert "├ .130 is what was typed" in rows[-2]
    assert "╰ .128 starts the block: write 10.10.18.128/25" in rows[-1]


def test_label_at_the_right_edge_stands_left_of_its_leader() -> None:
    ruler = block_ruler(spelling("10.10.18.17-10.10.18.30"))
    assert ruler is not None
    rows = plain(draw_ruler(ruler, 48)).splitlines()
    assert rows[-1].endswith(".30 typed last ╯")


@st.composite
def _rulers(draw: st.DrawFn) -> Ruler:
    prefix = draw(st.integers(20, 32))
    block = IPv4Network((draw(st.integers(0, 2**32 - 1)), prefix), strict=False)
    size = block.num_addresses
    places = draw(st.lists(st.integers(0, size - 1), max_size=6))
    meant = sorted(draw(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
    first = int(block.network_address)
    marks = (
        RulerMark(IPv4Address(first + at), draw(st.sampled_from(Glyph)), f"m{n}{'x' * draw(st.integers(0, 40))}")
        for n, at in enumerate(places)
    )
    ends = (IPv4Address(first + meant[0]), IPv4Address(first + meant[1]))
    return Ruler(block, ends, tuple(marks), (str(block),))


@settings(max_examples=200, deadline=None)
@given(_rulers(), st.integers(20, 120), st.booleans(), st.booleans())
def test_any_ruler_stays_in_its_width_and_names_every_mark(ruler: Ruler, width: int, labels: bool, write: bool) -> None:
    rows = draw_ruler(ruler, width, labels, write)
    assert_sound(rows, width)
    if labels:
        drawn = plain(rows)
        assert all(mark.label[:2] in drawn for mark in ruler.marks)
        # What has room is never cut.
        assert all(mark.label in drawn for mark in ruler.marks if len(mark.label) <= width // 2 - 3)
