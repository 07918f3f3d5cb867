"""The main screen: what stands where, and where the keys lead."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.geometry import Region
from textual.widget import Widget

from checks.model import Check, Counts, Diagnosis, State, Verdict
from checks.rules.entries import entries
from checks.snapshot import Phase, SourceKind
from screens.framed import FramedScreen
from screens.picture.cells import Picture, Span
from tests import samples
from tests.screens.site import NOW, ORIGIN, SampleApp, sample, screen_text, snapshot, until

NARROW, WIDE = (80, 24), (120, 36)


async def test_article_at_80x24() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        rows = (await until(pilot, "all of the proof")).splitlines()
    assert rows[0].startswith(" noroute  jarvis") and rows[0].endswith("✗ 5  ! 1  ? 2  ✓ 41    live 2 s")
    assert rows[1].startswith("  ✗ BROKEN  No VIP answers: no route to host") and rows[1].endswith("15:30:07, 3 min")
    assert rows[2].startswith("  A01  10.10.18.18/28 is not a network address  anyip-routes.cfg:9")
    assert rows[2].endswith("f fix")
    guilty = next(row for row in rows if row.startswith("▸ ✗ anyip-routes"))
    assert guilty[46:49] == "┝━┫"
    assert any(row[48:].startswith("┃ ✗ 9 │ 10.10.18.18/28") for row in rows)
    assert any("+ 9 │ 10.10.18.16/28" in row[48:] for row in rows)
    assert any("┃ .16 ┣━✗━━━━━━━━━━━━┫ .31" in row for row in rows)
    assert rows[23].startswith(" f fix  enter open  tab next  r recheck") and rows[23].endswith("? help")
    assert len(rows) == 24


async def test_article_at_120x36() -> None:
    app = SampleApp("article")
    async with app.run_test(size=WIDE) as pilot:
        rows = (await until(pilot, "ALSO FOUND")).splitlines()
    assert rows[0].endswith("✗ 5 failed  ! 1 warning  ? 2 unknown  ✓ 41 ok    live, 2 s ago")
    assert rows[1] == "" and rows[4].endswith("reads as root, writes nothing until you confirm a fix")
    assert rows[3].startswith("  A01  10.10.18.18/28 is not a network address  anyip-routes.cfg line 9  explains")
    guilty = next(row for row in rows if "▸ ✗ anyip-routes" in row)
    assert guilty[61:66] == "┝━━━┫"
    panel = "\n".join(row[67:] for row in rows)
    for part in ("WHY  anyip-routes", "^^ host bits set: 18 = 16 + 2", "16 17 18", "╰ .18 is what was typed", "FIX  "):
        assert part in panel
    assert any("! B22 no time source, the clock may drift" in row for row in rows)


async def test_healthy_says_how_many_checks_ran() -> None:
    app = SampleApp("healthy")
    async with app.run_test(size=WIDE) as pilot:
        text = await until(pilot, "✓ HEALTHY")
    assert "49 checks ran, none failed, none was left out." in text
    assert "CHECKED  49 of 49" in text and "root password expires" in text and "in 62 days" in text
    assert "f fix" not in text and "▸" not in text


@pytest.mark.parametrize("name", [n for n in dir(samples) if n in (
    "article", "article_by_jump", "healthy", "empty_table", "many_vips", "two_nics", "unknown", "checking", "capture",
    "hostile",
)])  # fmt: skip
async def test_every_sample_fits_every_size(name: str) -> None:
    app = SampleApp(name)
    async with app.run_test(size=NARROW) as pilot:
        for width, height in ((80, 24), (100, 30), (120, 36), (200, 50), (60, 20), (44, 18), (80, 15)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            rows = screen_text(app).splitlines()
            assert all(len(row) <= width for row in rows)
            assert rows[0].startswith(" noroute") and rows[-1].endswith("? help")


async def test_too_small_says_so_and_still_quits() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(39, 11)) as pilot:
        text = await until(pilot, "too small")
        assert "39x11" in text and "40x12" in text
        await pilot.press("q")
    assert app.return_code == 0


async def test_enter_opens_and_h_goes_back() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "all of the proof")
        await pilot.press("enter")
        text = await until(pilot, "parts shown")
        assert any(row.startswith("▸ ✗ anyip-routes ┫") for row in text.splitlines())
        assert "space next: journal" in text
        await pilot.press("space")
        assert "RTNETLINK answers: Invalid argument" in await until(pilot, "RTNETLINK")
        await pilot.press("l")
        await until(pilot, ".. Invalid argument")
        await pilot.press("h")
        await until(pilot, "RTNETLINK answers")
        await pilot.press("h")
        await until(pilot, "all of the proof")


async def test_keys_along_the_path_and_to_findings() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "▸ ✗ anyip-routes")
        await pilot.press("j")
        text = await until(pilot, "▸ ✗ haproxy")
        assert "WHY haproxy" in text
        await pilot.press("up", "up")
        await until(pilot, "▸ ✓ route-tables")
        await pilot.press("tab")
        await until(pilot, "WHY anyip-routes")
        await pilot.press("tab")
        await until(pilot, "WHY haproxy")
        await pilot.press("6")
        await until(pilot, "CLUSTER Supervisor")
        await pilot.press("g")
        await until(pilot, "━┫ client")
        await pilot.press("G")
        await until(pilot, "LISTENER")


async def test_the_mouse_selects_opens_and_presses() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        rows = (await until(pilot, "haproxy  ")).splitlines()
        y = next(y for y, row in enumerate(rows) if row.startswith("│ ✗ haproxy"))
        await pilot.click(offset=(6, y))
        await until(pilot, "WHY haproxy")
        await pilot.click(offset=(6, y))
        await until(pilot, "h back")
        await pilot.click(offset=(rows[23].index("f fix") + 9, 23))
        await until(pilot, "all of the proof")
        await pilot.click(offset=(2, 23))
        await until(pilot, "FIX A01")


async def test_a_group_folds() -> None:
    app = SampleApp("many_vips")
    async with app.run_test(size=WIDE) as pilot:
        rows = (await until(pilot, "▾✗ tkc-pay")).splitlines()
        y = next(y for y, row in enumerate(rows) if "▾✗ tkc-pay" in row)
        await pilot.click(offset=(10, y))
        await until(pilot, "48 in all, worst first")
        await pilot.press("space")
        await until(pilot, "▾✗ tkc-pay", gone=True)


async def test_selection_follows_the_root_until_moved() -> None:
    app = SampleApp("healthy")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "HEALTHY")
        app.main.snapshot = sample("article")
        await until(pilot, "▸ ✗ anyip-routes")
        await pilot.press("j")
        app.main.snapshot = sample("article_by_jump")
        await until(pilot, "▸ ✗ haproxy")
        app.main.snapshot = sample("empty_table")
        await until(pilot, "▸ ✓ haproxy")


async def test_footer_never_holds_more_than_its_share() -> None:
    app = SampleApp(snapshot(samples.article(), can_undo=True))
    async with app.run_test(size=NARROW) as pilot:
        footer = (await until(pilot, "u undo")).splitlines()[-1]
        assert len(footer.split("  ")) >= 7 and footer.count("  ") < 80
        keys = [part for part in footer.split("  ") if part.strip()]
        assert len(keys) <= 7
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        keys = [part for part in screen_text(app).splitlines()[-1].split("  ") if part.strip()]
        assert 7 < len(keys) <= 11


async def test_a_capture_is_read_only() -> None:
    origin = replace(ORIGIN, kind=SourceKind.CAPTURE, read_only=True)
    app = SampleApp(snapshot(samples.capture(), origin=origin, phase=Phase.STILL))
    async with app.run_test(size=WIDE) as pilot:
        text = await until(pilot, "capture 2020-11-20 15:33")
        assert "f plan" in text and "f fix" not in text
        await pilot.press("f")
        text = await until(pilot, "FIX A01")
        assert "y run it" not in text


async def test_before_anything_is_read_and_when_it_failed() -> None:
    nothing = Diagnosis(Verdict.INCOMPLETE, "Nothing is known yet", counts=Counts())
    app = SampleApp(snapshot(nothing, phase=Phase.CONNECTING, read_at=None, evidence=None))
    async with app.run_test(size=NARROW) as pilot:
        text = await until(pilot, "CONNECTING")
        assert "▸ jump01" in text
        app.main.snapshot = snapshot(nothing, phase=Phase.FAILED, read_at=None, detail="port 22 refuses: \x1b[2J")
        text = await until(pilot, "NOT REACHED")
        assert "port 22 refuses: \\x1b[2J" in text


async def test_pages_open_and_close() -> None:
    app = SampleApp("article")
    async with app.run_test(size=WIDE) as pilot:
        for key, words in (("w", "JOURNAL"), ("t", "anyip-routes failed"), ("e", "range-host-bits")):
            await pilot.press(key)
            await until(pilot, words)
            await pilot.press("q")
            await until(pilot, "BROKEN")


async def test_ascii_screen_is_ascii() -> None:
    app = SampleApp("article", ascii=True)
    async with app.run_test(size=NARROW) as pilot:
        text = await until(pilot, "x BROKEN")
    assert text.isascii()


async def test_a_toast_is_ascii_too() -> None:
    app = SampleApp("article", ascii=True)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await until(pilot, "x BROKEN")
        app.notify("an ✗ here")
        assert (await until(pilot, "an x here")).isascii()


async def test_copy_says_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = SampleApp("article")
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("c")
        await until(pilot, "clipboard")
    assert "10.10.18.18/28" in app.clipboard


async def test_what_is_masked_is_copied_masked() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await until(pilot, "10.10.18.18/28")
        await pilot.press("m")
        await until(pilot, "10.20.20.18/28")
        for opening, there in (("", "WHY"), ("f", "FIX A01"), ("enter", "anyip-routes")):
            if opening:
                await pilot.press(opening)
            await until(pilot, there)
            app.copy_to_clipboard("")
            await pilot.press("c")
            await pilot.pause()
            assert "10.20.20." in app.clipboard and "10.10." not in app.clipboard, opening
            if opening:
                await pilot.press("q")


async def test_recheck_asks_the_session() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("r")
        await pilot.pause()
    assert app.scripted.asked == ["recheck"]


async def test_only_the_changed_node_is_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = SampleApp("healthy")
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, "HEALTHY")
        await pilot.pause()
        painted: list[tuple[str, tuple[Region, ...]]] = []
        refresh = Widget.refresh

        def note(widget: Widget, *regions: Region, **how: bool) -> Widget:
            painted.append((widget.id or type(widget).__name__, regions))
            return refresh(widget, *regions, **how)

        monkeypatch.setattr(Widget, "refresh", note)
        before = samples.healthy()
        nodes = tuple(replace(node, word="failed") if node.id == "unit:haproxy" else node for node in before.nodes)
        app.main.snapshot = replace(app.main.snapshot, diagnosis=replace(before, nodes=nodes))
        await pilot.pause()
        rows = screen_text(app).splitlines()
    assert [(name, len(regions)) for name, regions in painted] == [("map", 1)]
    row = next(row for row in rows if "✓ haproxy " in row)
    left = painted[0][1][0].x + 1
    assert painted[0][1][0].height == 1 and row[left : left + painted[0][1][0].width] == "failed"


async def test_a_tick_paints_the_age_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "live 2 s")
        await pilot.pause()
        painted: list[Region] = []
        refresh = Widget.refresh

        def note(widget: Widget, *regions: Region, **how: bool) -> Widget:
            painted.extend(regions or (widget.region,))
            return refresh(widget, *regions, **how)

        monkeypatch.setattr(Widget, "refresh", note)
        app.main.clock = lambda: NOW + timedelta(seconds=1)
        await until(pilot, "live 3 s")
    assert [region.size for region in painted] == [(1, 1)]


async def test_a_failure_is_said_whole_beside_the_map() -> None:
    why = "appliance 127.0.0.1 (root@127.0.0.1:2222): permission denied; the host allows publickey, password"
    app = SampleApp(snapshot(samples.unknown(), phase=Phase.FAILED, read_at=None, detail=why))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "NOT REACHED")
        panel = "".join(row[49:].strip() + " " for row in screen_text(app).splitlines()[2:-1])
    assert why in " ".join(panel.split())


async def test_where_nothing_is_said_nothing_is_copied() -> None:
    app = SampleApp(snapshot(replace(samples.unknown(), findings=()), phase=Phase.CONNECTING, read_at=None))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await until(pilot, "CONNECTING")
        await pilot.press("c")
        await until(pilot, "nothing to copy here")
    assert not app.clipboard


async def test_what_was_checked_is_readable_in_the_narrow_panel() -> None:
    seen = Check("servers:Supervisor", State.UNKNOWN, "haproxy was not asked for its servers")
    before = samples.healthy()
    nodes = tuple(replace(n, checks=(seen,)) if n.id == "unit:haproxy" else n for n in before.nodes)
    app = SampleApp(snapshot(replace(before, nodes=nodes)))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "HEALTHY")
        app.main.select("unit:haproxy")
        await until(pilot, "? Supervisor")
        panel = " ".join(row[49:].strip() for row in screen_text(app).splitlines()[2:-1])
    assert seen.detail in " ".join(panel.split())


@pytest.mark.parametrize("size", (NARROW, WIDE), ids=lambda size: f"{size[0]}")
async def test_a_consequence_is_named_and_names_what_to_repair(size: tuple[int, int]) -> None:
    article = samples.article()
    consequence = next(finding for finding in article.findings if finding.explained_by and not finding.fix)
    app = SampleApp("article")
    async with app.run_test(size=size) as pilot:
        await until(pilot, "all of the proof" if size == NARROW else "ALSO FOUND")
        app.main.select(consequence.node, consequence.id)
        await pilot.pause()
        rows = screen_text(app).splitlines()
    panel = " ".join(" ".join(row[49 if size == NARROW else 67 :] for row in rows[2:-1]).split())
    assert consequence.code in panel
    assert ("explained by A01: repair that first" if size == NARROW else "TO DO repair A01 first") in panel


async def test_a_key_is_offered_where_it_explains_something() -> None:
    app = SampleApp(
        "article",
    )
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        assert "e explain" in (await until(pilot, "ALSO FOUND")).splitlines()[-1]
        app.main.select("unit:route-tables")
        await pilot.pause()
        assert "e explain" not in screen_text(app).splitlines()[-1]
        await pilot.press("e")
        await until(pilot, "nothing here has a code or an address")


async def test_a_node_without_a_finding_explains_what_was_looked_for_there() -> None:
    before = samples.healthy()
    looked = (Check("C01:haproxy", State.OK), Check("C02:haproxy", State.OK), Check("C01:again", State.OK))
    nodes = tuple(replace(n, checks=looked) if n.id == "unit:haproxy" else n for n in before.nodes)
    app = SampleApp(snapshot(replace(before, nodes=nodes)))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, "HEALTHY")
        app.main.select("unit:haproxy")
        assert "e explain" in (await until(pilot, "LOOKED FOR, NOT FOUND")).splitlines()[-1]
        await pilot.press("e")
        assert "C01 IN GENERAL" in await until(pilot, "first of 2 that were looked for here")


async def test_during_the_first_reading_no_key_says_that_nothing_was_read() -> None:
    app = SampleApp(snapshot(samples.checking(), phase=Phase.READING, read_at=None, evidence=None))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await until(pilot, "the first reading is not at its end yet")


async def test_the_place_whose_answers_count_is_said_once() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press("p", "p")
        text = await until(pilot, "VIPs count as seen from")
    assert len(app.scripted.asked) == 2 and text.count("VIPs count as seen from") == 1


@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 50), (47, 24)])
async def test_another_machine_is_drawn_without_an_appliance(size: tuple[int, int]) -> None:
    why = "jumped to haproxy.jarvis.lab, and it is not the HAProxy appliance"
    app = SampleApp(snapshot(replace(samples.unknown(), nodes=(), edges=()), phase=Phase.STRANGER, detail=why))
    async with app.run_test(size=size, notifications=True) as pilot:
        text = await until(pilot, "NOT THE APPLIANCE")
        assert "✓ ssh  logged in" in text and "✗ another machine, not the appliance" in text
        for word in ("anyip-routes", "probed", "probes", "✓ 0", "? ", "None of"):
            assert word not in text.replace("? help", "")
        await pilot.press("f")
        await until(pilot, "nothing is known here")


async def test_what_is_unknown_is_not_said_to_be_well() -> None:
    app = SampleApp(snapshot(samples.unknown(), phase=Phase.DENIED, read_at=None, detail="permission denied"))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, "NOT LOGGED IN")
        for node in (None, "unit:haproxy"):
            app.clear_notifications()
            app.main.select(node)
            await pilot.press("f")
            assert "nothing is wrong" not in await until(pilot, "nothing is known here")


async def test_a_narrow_panel_that_is_cut_says_how_much_of_it_is_shown() -> None:
    before = samples.healthy()
    looked = tuple(Check(f"{known.code}:haproxy", State.OK) for known in entries()[:12])
    nodes = tuple(replace(n, checks=looked) if n.id == "unit:haproxy" else n for n in before.nodes)
    app = SampleApp(snapshot(replace(before, nodes=nodes)))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, "HEALTHY")
        app.main.select("unit:haproxy")
        text = await until(pilot, " rows shown")
        shown, total = re.search(r"enter (\d+) of (\d+) rows shown", text).groups()  # type: ignore[union-attr]
        assert 0 < int(shown) < int(total)
        app.main.select("unit:route-tables")
        await until(pilot, " rows shown", gone=True)


async def test_a_page_moves_on_by_what_is_in_sight_less_one_row() -> None:
    app = SampleApp("many_vips")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        await pilot.press("w")
        await until(pilot, "JOURNAL")
        page = app.screen
        assert isinstance(page, FramedScreen)
        lines = Picture(tuple((Span(f"row {at}."),) for at in range(60)))
        page.content = lambda width, room: lines  # type: ignore[method-assign]
        page.redraw()
        first = re.findall(r"row \d+\.", await until(pilot, "row 0."))
        await pilot.press("pagedown")
        assert re.findall(r"row \d+\.", await until(pilot, "row 0.", gone=True))[0] == first[-1]
        await pilot.press("pageup")
        await until(pilot, "row 0.")
