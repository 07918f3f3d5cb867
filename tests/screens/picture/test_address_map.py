"""The address map: sixteen to a row, letters, conflicts, networks of every size."""

from __future__ import annotations

import sys
from collections import Counter
from ipaddress import IPv4Address, IPv4Network

from checks.snapshot import SourceKind
from screens.address_claims import address_plans
from screens.picture.address_map import Claim, Grid, Plan, draw_address_map, draw_claims, draw_legend
from screens.picture.cells import plain
from tests.screens.network import mapped
from tests.screens.picture.golden_text import assert_golden


def frontend(**how: object) -> Plan:
    return address_plans(mapped(None, **how))[0]


def test_the_article() -> None:
    plan = frontend()
    grid = Grid(plan.network)
    cursor = grid.cell_of(IPv4Address("10.10.18.18"))
    assert_golden("address-map", draw_address_map(plan, grid, 3, cursor).rows)
    assert_golden("address-map-legend", draw_legend(plan, 36).rows)
    said = plain(draw_claims(plan, grid, cursor, 80).rows)
    assert said == ".18  range anyip-routes.cfg line 2, typed 10.10.18.18/28"


def test_every_network_of_the_appliance_has_a_plan_and_the_vips_come_first() -> None:
    plans = address_plans(mapped())
    assert [plan.name for plan in plans] == ["frontend", "workload", "management"]
    assert {claim.letter for claim in plans[1].claims} == {"#", "g", "n", "k"}
    assert any(claim.name == "jump01" for claim in plans[0].claims)


def test_what_is_wanted_twice_is_seen() -> None:
    plan = frontend(written=b"10.10.18.0/28\n")
    assert [str(at) for at in plan.twice] == ["10.10.18.1", "10.10.18.5"]
    text = plain(draw_address_map(plan, Grid(plan.network), 2).rows)
    assert "  .0 # ! r r r ! r r" in text
    assert "! wanted twice" in plain(draw_legend(plan, 40).rows)
    said = plain(draw_claims(plan, Grid(plan.network), 5, 80).rows)
    assert said == ".5  range anyip-routes.cfg line 1, appliance NIC frontend"


def test_a_vip_belongs_into_its_range() -> None:
    assert not frontend(written=b"10.10.18.16/28\n").twice


def test_a_vip_in_no_range_is_the_fault_that_is_seen_first() -> None:
    plan = frontend(written=b"10.10.18.16/30\n")
    assert plan.letter(IPv4Address("10.10.18.20")) == "✗" and plan.letter(IPv4Address("10.10.18.19")) == "v"
    assert "✗ VIP in no range" in plain(draw_legend(plan, 40).rows)
    grid = Grid(plan.network)
    assert "VIP in no range haproxy.cfg" in plain(
        draw_claims(plan, grid, grid.cell_of(IPv4Address("10.10.18.20")), 80).rows
    )


def test_a_large_network_is_drawn_in_blocks() -> None:
    plan = frontend(frontend="10.10.18.5/16")
    grid = Grid(plan.network)
    assert (grid.step, grid.rows) == (256, 16)
    text = plain(draw_address_map(plan, grid, 3, 18).rows)
    assert "n [✗]" in text
    assert plain(draw_claims(plan, grid, 18, 60).rows).endswith("enter looks in")
    assert Grid(IPv4Network("10.0.0.0/8")).step == 65536
    assert Grid(IPv4Network("0.0.0.0/0")).cells == 256


def test_a_small_network_starts_where_it_lies() -> None:
    plan = frontend(frontend="10.10.18.21/29", written=b"10.10.18.16/28\n")
    grid = Grid(plan.network)
    assert grid.rows == 1 and grid.cells == 8
    assert plain(draw_address_map(plan, grid, 3).rows).splitlines()[1].startswith(" .16  #  .  .  v  v  n")


def test_hundreds_of_claims_are_drawn_at_once() -> None:
    network = IPv4Network("10.10.0.0/16")
    claims = [Claim("r", network[0], network[4095], "range")]
    claims += [Claim("v", network[n], network[n], "VIP") for n in range(300)]
    claims += [Claim("k", network[9000 + n], network[9000 + n], f"s{n}") for n in range(420)]
    calls = Counter[str]()
    sys.setprofile(lambda frame, event, called: calls.update([event]))
    try:
        draw_address_map(Plan("frontend", network, tuple(claims)), Grid(network))
    finally:
        sys.setprofile(None)
    # Far less than each claim in each of the 256 cells.
    assert calls["call"] < 100 * len(claims)


def test_nothing_read_makes_no_plan() -> None:
    moment = mapped()
    assert moment.origin.kind is SourceKind.LIVE
    assert address_plans(type(moment)(moment.origin, moment.phase, moment.diagnosis)) == ()
