"""The path in 17 columns and in one row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model import Diagnosis
from screens.picture.cells import Role, plain
from screens.picture.heads import Head
from screens.picture.rail import RAIL_WIDTH, draw_rail
from screens.picture.strip import draw_strip
from tests import samples
from tests.screens.picture.golden_text import assert_golden
from tests.screens.picture.pictures import HEADS, assert_sound, diagnoses


@pytest.mark.parametrize("height", [20, 16, 12])
def test_rail_looks_as_it_did(height: int) -> None:
    picture = draw_rail(samples.article(), samples.BOTH, height, "unit:anyip-routes")
    assert len(picture.rows) <= height
    assert_golden(f"rail-article-{height}", picture.rows)


@pytest.mark.parametrize(("width", "said"), [(RAIL_WIDTH, "✗ 0 of 3 VIPs"), (40, "✗ nobody answers: 0 of 3 VIPs")])
def test_the_cut_of_a_rail_says_what_it_is(width: int, said: str) -> None:
    for height in (20, 12):
        rows = plain(draw_rail(samples.article(), samples.BOTH, height, width=width).rows).splitlines()
        assert f"  {said}" in rows and "✗" not in [row.strip() for row in rows]


def test_rail_keeps_all_vips_in_one_hop() -> None:
    picture = draw_rail(samples.article(), samples.BOTH, 20, "vip:10.10.18.20:6443")
    assert [stop for stop in picture.stops if stop.startswith("vip:")] == ["vip:10.10.18.20:6443"]
    assert len(draw_rail(samples.many_vips(), samples.BOTH, 16).rows) <= 16


@pytest.mark.parametrize("width", [100, 80, 60, 30])
def test_strip_looks_as_it_did(width: int) -> None:
    rows = [
        draw_strip(samples.article(), samples.BOTH, width),
        draw_strip(samples.healthy(), samples.BOTH, width),
        draw_strip(samples.unknown(), samples.JUMP_ONLY, width),
        draw_strip(samples.two_nics(), samples.HERE_ONLY, width),
    ]
    assert_sound(rows, width)
    assert_golden(f"strip-{width}", rows)


def test_strip_shows_the_cut_where_packets_stop() -> None:
    row = draw_strip(samples.article(), samples.BOTH, 80)
    assert "✓ frontend ━✗╌ ✗ VIPs" in plain([row])
    assert next(span for span in row if span.text.strip() == "✗" and span.role is Role.ERROR)


@settings(max_examples=80, deadline=None)
@given(diagnoses(), HEADS, st.integers(20, 120), st.integers(8, 40))
def test_any_diagnosis_is_drawn_narrow(diagnosis: Diagnosis, heads: tuple[Head, ...], width: int, height: int) -> None:
    assert_sound([draw_strip(diagnosis, heads, width)], width)
    cursor = diagnosis.nodes[-1].id if diagnosis.nodes else None
    assert_sound(draw_rail(diagnosis, heads, height, cursor).rows, RAIL_WIDTH)
