"""Every glyph is one cell wide everywhere and has a twin in ASCII."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

import screens.picture
from screens.picture.ascii_glyphs import TWINS, ascii_rows
from screens.picture.canvas import JOINTS
from screens.picture.cells import plain, width
from tests import samples
from tests.screens.picture.golden_text import assert_golden
from tests.screens.picture.pictures import draw_map

_SOURCES = sorted(Path(screens.picture.__file__).parent.glob("*.py"))


def _used() -> set[str]:
    return {character for path in _SOURCES for character in path.read_text(encoding="utf-8") if ord(character) > 127}


@pytest.mark.parametrize("glyph", sorted(_used() | set(JOINTS.values())))
def test_glyph_is_one_cell_and_has_a_twin(glyph: str) -> None:
    box_drawing = 0x2500 <= ord(glyph) <= 0x257F
    assert box_drawing or unicodedata.east_asian_width(glyph) in ("N", "Na")
    assert len(TWINS[glyph]) == 1
    assert TWINS[glyph].isascii()


@pytest.mark.parametrize("sample", [samples.article, samples.empty_table, samples.many_vips, samples.hostile])
def test_rows_become_pure_ascii_cell_for_cell(sample: object) -> None:
    assert callable(sample)
    rows = draw_map(sample(), samples.BOTH, 61, 25, "appliance").rows
    twins = ascii_rows(rows)
    assert plain(twins).isascii()
    assert list(map(width, rows)) == list(map(width, twins))


def test_ascii_map_looks_as_it_did() -> None:
    rows = draw_map(samples.article(), samples.BOTH, 47, 20, "unit:anyip-routes").rows
    assert_golden("map-article-47-ascii", ascii_rows(rows))
