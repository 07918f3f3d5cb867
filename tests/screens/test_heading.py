"""What stands above the map: nothing that a person must read is cut, and no key promises what it does not do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.model import Verdict
from checks.snapshot import Snapshot
from checks.transaction import Left
from screens.heading import draw_header, draw_top, top_height
from screens.picture.cells import plain
from tests import samples
from tests.screens.site import CUT_OFF, NOW, ORIGIN, snapshot

SIZES = [(80, 24), (120, 36)]
DOUBT = (
    "a fix of A01 by anna@desk has no end, and the appliance's clock does not tell how old /run/noroute/journal is: "
    "anna@desk may be at it still. /etc/vmware/anyip-routes.cfg has its old bytes. "
    "Ask anna@desk before you take it over"
)
WRITTEN = (
    "a fix of A01 by anna@desk was cut off inside the write: /etc/vmware/anyip-routes.cfg has neither the old nor the "
    "new bytes; /etc/vmware/anyip-routes.cfg.noroute-20201120-153314 has the old ones"
)
SLOW = "By its own evidence the appliance can answer for no VIP, and nothing is known about what was not read"


def top(moment: Snapshot, size: tuple[int, int], running: str = "") -> str:
    picture = draw_top(moment, NOW, size, None, running)
    assert len(picture.rows) == top_height(moment, size)
    rows = plain(picture.rows).splitlines()
    assert max(map(len, rows)) <= size[0]
    return " ".join(" ".join(rows).split())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("verdict", [Verdict.BROKEN, Verdict.DEGRADED])
def test_the_verdict_is_never_cut(size: tuple[int, int], verdict: Verdict) -> None:
    moment = snapshot(replace(samples.article(), verdict=verdict, sentence=SLOW))
    said = top(moment, size)
    assert SLOW in said.replace("since 15:30:07, 3 min ", "") and ".." not in said


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sentence", [CUT_OFF.sentence, DOUBT, WRITTEN])
def test_what_is_left_of_a_fix_is_never_cut(size: tuple[int, int], sentence: str) -> None:
    found = replace(CUT_OFF, left=Left.TORN, sentence=sentence)
    said = top(snapshot(samples.article(), unfinished=found), size)
    assert sentence in said.replace("o go on u undo ", "")


def test_since_when_stands_where_it_costs_nothing() -> None:
    assert "since 15:30:07, 3 min" in top(snapshot(samples.article()), (80, 24))
    assert "since" not in top(snapshot(samples.article()), (40, 12))


@pytest.mark.parametrize("size", [*SIZES, (200, 50), (47, 24)])
@pytest.mark.parametrize("kind", ["fix", "undo"])
def test_while_a_fix_runs_the_root_offers_that_one(size: tuple[int, int], kind: str) -> None:
    said = top(snapshot(samples.article()), size, kind)
    assert f"f running {kind}" in said and "f fix" not in said


@pytest.mark.parametrize("width", [40, 47, 60, 80, 120])
def test_the_program_is_named_whole(width: int) -> None:
    for moment in (snapshot(samples.article()), snapshot(samples.many_vips())):
        row = plain(draw_header(moment, NOW, width).rows)
        assert row.startswith(" noroute ") and len(row) <= width
        assert "✗" in row


def test_an_address_is_named_whole_or_not_at_all() -> None:
    moment = snapshot(samples.article(), origin=replace(ORIGIN, target="root@192.168.100.10", site="", via=()))
    shown = {width: plain(draw_header(moment, NOW, width).rows) for width in range(40, 121)}
    assert not [width for width, row in shown.items() if "192" in row and "192.168.100.10" not in row]
    assert "192" not in shown[47] and "192.168.100.10" in shown[60]
