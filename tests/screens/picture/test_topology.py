"""The map: how it looks at its widths, how it folds, what the cursor visits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model import Diagnosis, NodeKind, State
from screens.picture.cells import Picture, Role, Span, Tint, plain
from screens.picture.heads import Head
from screens.picture.topology import Map, accent, shown_as
from tests import samples
from tests.screens.picture.golden_text import assert_golden
from tests.screens.picture.pictures import HEADS, assert_sound, diagnoses, draw_map

_SIZES = ((47, 20), (61, 25), (65, 30))
_CASES = {
    "article": (samples.article, samples.BOTH, "unit:anyip-routes"),
    "article-by-jump": (samples.article_by_jump, samples.JUMP_ONLY, "unit:anyip-routes"),
    "healthy": (samples.healthy, samples.BOTH, None),
    "empty-table": (samples.empty_table, samples.BOTH, "unit:route-tables"),
    "many-vips": (samples.many_vips, samples.BOTH, "vips:cluster:tkc-pay"),
    "two-nics": (samples.two_nics, samples.HERE_ONLY, "unit:anyip-routes"),
    "unknown": (samples.unknown, samples.BOTH, None),
    "checking": (samples.checking, samples.JUMP_ONLY, None),
    "capture": (samples.capture, samples.HERE_ONLY, "network:management"),
    "hostile": (samples.hostile, samples.BOTH, "listener:192.168.100.10:5556"),
}


@pytest.mark.parametrize("name", _CASES)
@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_map_looks_as_it_did(name: str, width: int, height: int) -> None:
    sample, heads, cursor = _CASES[name]
    picture = draw_map(sample(), heads, width, height, cursor)
    assert_sound(picture.rows, width)
    assert len(picture.rows) <= height
    assert_golden(f"map-{name}-{width}", picture.rows)


def _styles(picture: Picture, row: int) -> list[tuple[str, Role, bool, Tint]]:
    return [(span.text.strip(), span.role, span.bold, span.tint) for span in picture.rows[row] if span.text.strip()]


def _row(picture: Picture, node: str) -> int:
    row = picture.row_of(node)
    assert row is not None
    return row


def test_root_is_tinted_bold_and_named() -> None:
    picture = draw_map(samples.article(), samples.BOTH, 61, 25)
    styles = _styles(picture, _row(picture, "unit:anyip-routes"))
    assert ("anyip-routes", Role.TEXT, True, Tint.ROOT) in styles
    assert ("A01", Role.ERROR, True, Tint.ROOT) in styles


def test_consequence_is_neither_bold_nor_tinted() -> None:
    picture = draw_map(samples.article(), samples.BOTH, 61, 25)
    styles = _styles(picture, _row(picture, "unit:haproxy"))
    assert ("✗", Role.CONSEQUENCE, False, Tint.NONE) in styles
    assert ("haproxy", Role.DIM, False, Tint.NONE) in [(text.split()[0], *rest) for text, *rest in styles]
    assert not any(bold or tint is not Tint.NONE or role is Role.ERROR for _, role, bold, tint in styles)


def test_consequence_of_a_consequence_names_the_root() -> None:
    live = samples.article()
    chained = samples.finding("C12", "haproxy", "unit:haproxy", "start limit", explained_by=("C10:10.10.18.19:443",))
    findings = (*(f for f in live.findings if f.code != "C10"), chained)
    middle = samples.finding("C10", "10.10.18.19:443", "appliance", "cannot bind", explained_by=(samples.A01,))
    picture = draw_map(replace(live, findings=(*findings, middle)), samples.BOTH, 61, 25)
    assert plain([picture.rows[_row(picture, "unit:haproxy")]]).endswith("by A01 │")


def test_places_that_differ_are_not_toned_down() -> None:
    picture = draw_map(samples.empty_table(), samples.BOTH, 61, 25)
    styles = _styles(picture, _row(picture, "vip:10.10.18.19:443"))
    assert ("timeout", Role.ERROR, False, Tint.NONE) in styles


def test_selected_row_opens_to_the_panel_and_keeps_its_guilt() -> None:
    picture = draw_map(samples.article(), samples.BOTH, 61, 25, "unit:anyip-routes")
    row = picture.rows[_row(picture, "unit:anyip-routes")]
    assert row[0].text == "▸"
    assert (row[-1].text, row[-1].role) == ("┝", Role.ERROR)
    assert any(span.tint is Tint.ROOT for span in row)
    other = draw_map(samples.article(), samples.BOTH, 61, 25, "unit:route-tables")
    assert any(span.tint is Tint.SELECTED for span in other.rows[_row(other, "unit:route-tables")])
    assert other.rows[_row(other, "unit:route-tables")][-1].role is Role.ACCENT


def test_accent_is_the_state_of_what_is_selected() -> None:
    many = samples.many_vips()
    assert accent(many, "vips:cluster:tkc-pay") is Role.ERROR
    assert accent(many, "vips:cluster:tkc-shop") is Role.ACCENT
    assert accent(samples.article(), "unit:haproxy") is Role.CONSEQUENCE
    assert accent(samples.article(), "appliance") is Role.WARNING


def test_spine_is_lit_to_the_cut_and_dead_behind_it() -> None:
    rows = plain(draw_map(samples.article(), samples.BOTH, 61, 25).rows).splitlines()
    spine = "".join(row[2:3] for row in rows)
    assert spine.startswith("✗┃┃┻╎✗╎")
    healthy = plain(draw_map(samples.healthy(), samples.BOTH, 61, 25).rows).splitlines()
    assert not set("".join(row[2:3] for row in healthy)) & set("╎┊✗")


@pytest.mark.parametrize(
    ("forms", "words"),
    [
        ((State.FAILED, None, None, None, None), "no way into frontend"),
        ((State.OK, State.FAILED, None, None, None), "nobody answers: 0 of 3 VIPs"),
        ((State.OK, State.OK, State.FAILED, None, None), "nobody listens on the appliance"),
        ((State.OK, State.OK, State.OK, State.FAILED, None), "no way into workload"),
    ],
)
def test_cut_stands_where_packets_stop(forms: samples.Forms, words: str) -> None:
    live = samples.article_by_jump()
    edges = samples.path(live.of_kind(NodeKind.VIP), live.of_kind(NodeKind.CLUSTER), forms)
    rows = plain(draw_map(replace(live, edges=edges), samples.JUMP_ONLY, 61, 26).rows).splitlines()
    assert [row[4:].rstrip(" │") for row in rows if row.startswith("  ✗ ") and words in row] == [words]
    assert_golden(f"cut-{words.split(':')[0].replace(' ', '-')}", [(Span(row),) for row in rows])


def test_further_workload_networks_have_a_lane_each() -> None:
    live = samples.healthy()
    further = tuple(samples.network(f"isolated{n}", f"10.30.{n}.0/24", ".1") for n in range(4))
    picture = draw_map(replace(live, nodes=live.nodes + further), samples.BOTH, 61, 36)
    assert {node.id for node in further} <= set(picture.stops)
    folded = draw_map(replace(live, nodes=live.nodes + further), samples.BOTH, 47, 20)
    assert "▸4 more networks" in plain(folded.rows)
    assert len(folded.rows) <= 20


def test_traffic_that_goes_the_wrong_way_is_heavy_red_and_said() -> None:
    picture = draw_map(samples.empty_table(), samples.BOTH, 47, 20)
    lane = picture.rows[_row(picture, "network:management")]
    assert lane[0].role is Role.ERROR
    assert lane[0].text.startswith("━━━━")
    assert "replies to routed clients leave here" in plain(picture.rows)


@pytest.mark.parametrize("count", [1, 2, 5, 9, 40, 300])
@pytest.mark.parametrize(("width", "height"), [(47, 20), (61, 25), (61, 36), (65, 46)])
def test_any_number_of_vips_fits(count: int, width: int, height: int) -> None:
    diagnosis = samples.many_vips(count)
    picture = draw_map(diagnosis, samples.BOTH, width, height)
    assert len(picture.rows) <= height
    assert all(shown_as(diagnosis, picture, node.id) for node in diagnosis.of_kind(NodeKind.VIP))
    rest = [line for line in plain(picture.rows).splitlines() if "more cluster" in line]
    assert all(line.endswith("all ok") for line in rest)


def test_300_vips_take_no_more_than_12_rows() -> None:
    picture = draw_map(samples.many_vips(), samples.BOTH, 61, 25)
    header, box = _row(picture, "range:10.20.16.0/24"), _row(picture, "appliance")
    assert box - header <= 12


def test_groups_turn_by_hand() -> None:
    group = "vips:cluster:tkc-pay"
    closed = draw_map(samples.many_vips(), samples.BOTH, 61, 25, turned=frozenset({group}))
    assert not any(stop.startswith("vip:") for stop in closed.stops)
    opened = draw_map(samples.many_vips(), samples.BOTH, 61, 25, turned=frozenset({"vips:cluster:Supervisor"}))
    assert sum(stop.startswith("vip:") for stop in opened.stops) >= 6
    few = draw_map(samples.article(), samples.BOTH, 61, 25, turned=frozenset({"vips:cluster:Supervisor"}))
    assert few.stops.count("vips:cluster:Supervisor") == 1
    assert "vip:10.10.18.20:6443" in few.stops


def test_everything_folded_can_be_listed() -> None:
    turned = frozenset({"more:vips", "more:clusters"})
    picture = draw_map(samples.many_vips(), samples.BOTH, 61, 25, turned=turned)
    clusters = samples.many_vips().of_kind(NodeKind.CLUSTER)
    assert {f"vips:{node.id}" for node in clusters} | {node.id for node in clusters} <= set(picture.stops)


def test_article_fits_16_rows() -> None:
    assert len(draw_map(samples.article(), samples.BOTH, 47, 16).rows) == 16


def test_click_finds_the_node_under_it() -> None:
    picture = draw_map(samples.article(), samples.BOTH, 61, 25)
    assert picture.at(10, _row(picture, "unit:haproxy")) == "unit:haproxy"
    row = _row(picture, "listener:192.168.100.10:5556")
    assert picture.at(picture.rows[row][0].text.find("x"), row) is None
    assert picture.at(25, row) == "listener:192.168.100.10:5556"


@settings(max_examples=150, deadline=None)
@given(diagnoses(), HEADS, st.integers(40, 90), st.integers(10, 50), st.integers(0, 60))
def test_any_diagnosis_is_drawn_in_its_width(
    diagnosis: Diagnosis, heads: tuple[Head, ...], width: int, height: int, at: int
) -> None:
    cursor = diagnosis.nodes[at % len(diagnosis.nodes)].id if diagnosis.nodes else None
    picture = draw_map(diagnosis, heads, width, height, cursor)
    assert_sound(picture.rows, width)
    assert all(0 <= hit.left < hit.right <= width and hit.row < len(picture.rows) for hit in picture.hits)


@settings(max_examples=80, deadline=None)
@given(diagnoses(), st.integers(40, 70))
def test_cursor_visits_every_node(diagnosis: Diagnosis, width: int) -> None:
    picture = draw_map(diagnosis, samples.BOTH, width, 400)
    for node in diagnosis.nodes:
        # Servers are counted in their cluster, of several ranges the worst stands for all.
        if node.kind not in (NodeKind.SERVER, NodeKind.RANGE):
            assert node.id in picture.stops
        elif node.kind is NodeKind.RANGE:
            assert shown_as(diagnosis, picture, node.id) in picture.stops
    assert len(set(picture.stops)) == len(picture.stops)


def test_one_map_takes_the_cursor_everywhere_as_one_drawn_anew_would() -> None:
    once = Map(samples.article(), samples.BOTH, 61, 25)
    for stop in (*once.picture(None).stops, None, "unit:nowhere"):
        assert once.picture(stop) == draw_map(samples.article(), samples.BOTH, 61, 25, stop)
