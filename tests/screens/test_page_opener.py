"""What the keys of the main screen open: the search, the addresses, explanations, a capture, another vantage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.model import State, Vantage
from checks.refusal import Refusal
from checks.snapshot import Change, Snapshot
from checks.transaction import Left, Outcome
from screens.heading import draw_top
from screens.picture.cells import plain
from screens.saving import proposed_name
from screens.search import following, matches
from tests import samples
from tests.screens.fake_session import application
from tests.screens.network import mapped
from tests.screens.site import (
    CUT_OFF,
    NOW,
    Going,
    SampleApp,
    evidence,
    prepared,
    screen_text,
    snapshot,
    transaction,
    until,
)

SIZES = [(80, 24), (120, 36)]


def test_words_are_looked_for_in_findings_and_nodes() -> None:
    diagnosis = samples.article()
    assert matches(diagnosis, "a01")[0].finding == samples.A01
    assert {match.node for match in matches(diagnosis, "haproxy cannot")} == {"unit:haproxy"}
    assert any(match.node.startswith("vip:") for match in matches(diagnosis, "18.19"))
    assert matches(diagnosis, "no such thing") == ()
    found = matches(diagnosis, "haproxy")
    seen, at = [], found[0]
    for _ in found:
        seen.append(at)
        after = following(found, at.node, at.finding)
        assert after is not None
        at = after
    assert at == found[0] and len({(match.node, match.finding) for match in seen}) == len(found)


@pytest.mark.parametrize("size", SIZES)
async def test_find_goes_there_and_n_goes_on(size: tuple[int, int]) -> None:
    app = SampleApp("article")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("slash")
        await until(pilot, "FIND")
        await pilot.press(*"tkc-1")
        await until(pilot, "▸ ")
        await pilot.press("enter")
        await until(pilot, "tkc-1")
        first = app.main.selected
        assert first is not None
        await pilot.press("n")
        await pilot.pause()
        assert app.main.selected not in (None, first)
        for key in ("ctrl+d", "escape"):
            await pilot.press("slash")
            assert "esc leave" in (await until(pilot, "FIND")).splitlines()[-1]
            await pilot.press(key)
            await until(pilot, "BROKEN")


async def test_nothing_found_says_so() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("slash", *"qqq")
        await until(pilot, "nothing holds these words")
        await pilot.press("enter", "escape")
        await until(pilot, "BROKEN")


@pytest.mark.parametrize("size", SIZES)
async def test_the_address_page(size: tuple[int, int]) -> None:
    app = SampleApp(mapped())
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("a")
        text = await until(pilot, "ADDRESSES")
        assert "[✗]" in text and "one row is a /28" in text and "WHO LIVES HERE" in text
        assert "typed 10.10.18.18/28" in text
        await pilot.press("right")
        await until(pilot, "VIP of Supervisor haproxy.cfg line 20")
        await pilot.press("up")
        await until(pilot, ".3  free")
        await pilot.press("tab")
        await until(pilot, "appliance NIC frontend")
        await pilot.press("n")
        await until(pilot, "workload 10.10.17.0/24")
        await pilot.press("q")
        await until(pilot, "BROKEN")


async def test_the_address_page_looks_into_a_large_network() -> None:
    app = SampleApp(mapped(frontend="10.10.18.5/16"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("a")
        await until(pilot, "one cell is 256 addresses")
        await pilot.press("enter")
        await until(pilot, "10.10.18.0/24")
        await pilot.press("q")
        await until(pilot, "one cell is 256 addresses")
        await pilot.press("q")
        await until(pilot, "BROKEN")


async def test_the_third_column_holds_the_addresses() -> None:
    app = SampleApp(mapped())
    async with app.run_test(size=(200, 50)) as pilot:
        text = await until(pilot, "ADDRESSES")
        assert ".16 r r ✗ v v r" in text and "JOURNAL" in text and "TIMELINE" in text
        footer = text.splitlines()[-1]
        for word in ("probe from", "addresses", "find", "quit"):
            assert word in footer


@pytest.mark.parametrize("size", SIZES)
async def test_explain_says_what_the_catalogue_knows(size: tuple[int, int]) -> None:
    app = SampleApp("article")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("e")
        await until(pilot, "range-host-bits")
        await pilot.press("G")
        text = await until(pilot, "reproduced on a real kernel")
        for _ in range(8):
            if "A01 IN GENERAL" not in text:
                await pilot.press("pageup")
                text = screen_text(app)
        assert "A01 IN GENERAL" in text


async def test_a_capture_is_saved_where_the_person_says(tmp_path: Path) -> None:
    kept: list[Path] = []

    def keep(folder: Path, moment: Snapshot) -> None:
        assert moment.evidence is not None
        if not kept:
            kept.append(folder)
            raise Refusal("there already", 2)
        kept.append(folder)

    app = SampleApp("article")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("s")
        await until(pilot, "BROKEN")
        app.main.errands.keep = keep
        await pilot.press("s")
        text = await until(pilot, "SAVE A CAPTURE")
        assert "noroute-haproxy-20201120-153312" in text
        await pilot.press("home", *f"{tmp_path}/", "enter")
        await until(pilot, "there already")
        await pilot.press("enter")
        await until(pilot, "saved:")
    assert kept == [tmp_path / "noroute-haproxy-20201120-153312"] * 2


async def test_probe_from_asks_the_session_or_says_that_it_cannot() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("p")
        await until(pilot, "VIPs count as seen from this machine now")
        app.scripted.vantages = (Vantage.HERE,)
        await pilot.press("p")
        await until(pilot, "users stand at one place here")
    assert app.scripted.asked == ["probe from here"]


@pytest.mark.parametrize(
    ("sample", "key", "said"),
    [("healthy", "u", "nothing to undo: no fix was made from here"),
     ("healthy", "f", "nothing to repair: nothing is wrong"),
     ("healthy", "tab", "nothing was found")],
)  # fmt: skip
async def test_a_key_that_does_nothing_now_says_why(sample: str, key: str, said: str) -> None:
    app = SampleApp(sample)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        text = await until(pilot, "HEALTHY")
        assert "u undo" not in text and "f fix" not in text
        await pilot.press(key)
        await until(pilot, said)
    assert app.scripted.asked == []


async def test_a_root_without_a_plan_says_what_to_write_by_hand() -> None:
    shown = samples.article()
    without = replace(
        shown, findings=tuple(replace(one, fix=None, remedy="write 10.10.18.16/28") for one in shown.findings)
    )
    app = SampleApp(snapshot(without))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("f")
        await until(pilot, "no plan; by hand: write 10.10.18.16/28")
    assert app.scripted.asked == []


async def test_undo_after_an_undo_says_that_it_was_done() -> None:
    undone = transaction(prepared(undo=True), 7, Outcome.UNDONE)
    app = SampleApp(snapshot(samples.article(), transaction=undone))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("u")
        await until(pilot, "the last fix was taken back already")
    assert app.scripted.asked == []


async def test_open_pages_follow_the_site() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("t")
        await until(pilot, "anyip-routes failed")
        new = Change(NOW, "haproxy restarted", State.OK)
        app.main.snapshot = snapshot(samples.article(), timeline=(new,))
        await until(pilot, "haproxy restarted")
        await pilot.press("q", "w")
        await until(pilot, "RTNETLINK")
        moment = app.main.snapshot
        assert moment.evidence is not None
        line = replace(moment.evidence.journal["anyip-routes"][0], text="Started at last")
        app.main.snapshot = replace(moment, evidence=replace(moment.evidence, journal={"anyip-routes": (line,)}))
        await until(pilot, "Started at last")


@pytest.mark.parametrize("size", SIZES)
async def test_a_fix_that_was_cut_off_has_a_row_and_ways_out(size: tuple[int, int]) -> None:
    app = SampleApp(snapshot(samples.article(), unfinished=CUT_OFF))
    app.main.controls = controls = Going(app)
    async with app.run_test(size=size) as pilot:
        rows = (await until(pilot, "! CUT OFF  a fix of A01")).splitlines()
        row = next(row for row in rows if "CUT OFF" in row)
        assert row.endswith("o go on  u undo") and len(rows) == size[1] and rows[-1].endswith("? help")
        await pilot.press("o")
        await until(pilot, "✓ may write")
        await pilot.press("q", "u")
        await until(pilot, "UNDO A01")
    assert controls.asked == ["resume", "undo"]


async def test_a_fix_of_somebody_else_is_told() -> None:
    running = replace(CUT_OFF, left=Left.RUNNING, can_go_on=False, can_undo=False, sentence="a fix is under way")
    app = SampleApp(snapshot(samples.article(), unfinished=running))
    async with app.run_test(size=(80, 24)) as pilot:
        row = next(row for row in (await until(pilot, "UNDER WAY")).splitlines() if "UNDER WAY" in row)
        assert row.endswith("a fix is under way")
        await pilot.press("o")
        await until(pilot, "BROKEN")


@pytest.mark.parametrize(
    ("own", "said"), [(True, "your fix of A01 goes on: step 6 of 7, f shows it"), (False, "a fix is")]
)
def test_the_fix_of_this_very_session_is_not_somebody_elses(own: bool, said: str) -> None:
    running = replace(CUT_OFF, left=Left.RUNNING, can_go_on=False, can_undo=False, sentence="a fix is under way")
    mine = transaction(prepared(fix_id=CUT_OFF.fix_id if own else "20201120-153320-A01"), 6)
    moment = snapshot(samples.article(), unfinished=running, transaction=mine)
    row = next(row for row in plain(draw_top(moment, NOW, (80, 24), None).rows).splitlines() if "UNDER WAY" in row)
    assert said in row


@pytest.mark.parametrize("size", SIZES)
async def test_explain_tells_of_the_address(size: tuple[int, int]) -> None:
    app, _ = application()
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("2", "e")
        text = await until(pilot, "ADDRESS  10.10.18.0/24")
        assert "what it means" in text and "A network address" in text
        await pilot.press("q", "3", "e", "G")
        await until(pilot, "10.10.18.19")
        await pilot.press("q", "g", "e")
        await until(pilot, "nothing here has a code")


async def test_find_says_which_of_many_are_in_sight() -> None:
    app = SampleApp("many_vips")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("slash")
        text = await until(pilot, " shown")
        assert ", 1 to 18 shown" in text
        await pilot.press("up", *["down"] * 18)
        await until(pilot, ", 2 to 19 shown")


async def test_an_empty_journal_says_so() -> None:
    app = SampleApp(snapshot(samples.article(), evidence=replace(evidence(), journal={})))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("w")
        await until(pilot, "No line of the journal was read.")


async def test_saving_says_below_which_folder() -> None:
    app = SampleApp("article")
    app.main.errands.keep = lambda folder, moment: None
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("s")
        await until(pilot, f"below {Path.cwd()}"[:40])


def test_no_name_is_proposed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    moment = snapshot(samples.article())
    first = proposed_name(moment)
    (tmp_path / first).mkdir()
    assert proposed_name(moment) == f"{first}-2"
