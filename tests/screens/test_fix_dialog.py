"""From the key to the plan, from the plan to the end, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from checks.model import Check, State
from checks.refusal import Refusal
from checks.snapshot import Phase, SourceKind, captured_words
from checks.transaction import Outcome, StepState, TransactionStep
from screens.fix_progress import badge, draw_progress
from screens.frame import LEAST_HEIGHT, LEAST_WIDTH
from screens.picture.cells import plain
from tests import samples
from tests.screens.site import SampleApp, prepared, sample, transaction, until
from tui.report.plan_page import outcome_rows

NARROW = (80, 24)
CARRIED = "carry out 20201120-153314-A01"


async def test_f_y_q_make_the_site_healthy() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        text = await until(pilot, "may write: root")
        for words in ("-  9 │ 10.10.18.18/28", "+  9 │ 10.10.18.16/28", "systemctl restart anyip-routes", "y run it"):
            assert words in text
        assert "5 how it is undone" in text and "nothing has been changed yet" in text
        assert "✗ client ━━━ ✓ frontend ━✗╌ ✗ VIPs" in text
        await pilot.press("y")
        text = await until(pilot, "✓ FIXED")
        assert "kubectl vsphere login --server=10.10.18.19" in text and "✓ 7  verify" in text
        await pilot.press("q")
        assert "▸" not in await until(pilot, "✓ HEALTHY")
    assert app.scripted.asked == ["fix A01:10.10.18.18/28", CARRIED]


async def test_y_before_the_preconditions_are_known_holds_for_the_plan_that_stands_there() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        app.scripted.ready.clear()
        await pilot.press("f", "y")
        await until(pilot, "checking whether this can be done now, then it runs")
        app.scripted.ready.set()
        await until(pilot, "✓ FIXED")
    assert app.scripted.asked == ["fix A01:10.10.18.18/28", CARRIED]


async def test_y_does_not_hold_for_another_plan_than_the_one_shown() -> None:
    old = replace(samples.FIX, steps=samples.FIX.steps[:2])
    shown = samples.article()
    findings = tuple(replace(f, fix=old) if f.id == samples.A01 else f for f in shown.findings)
    app = SampleApp(replace(sample("article"), diagnosis=replace(shown, findings=findings)))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        app.scripted.ready.clear()
        await pilot.press("f", "y")
        await until(pilot, "then it runs")
        app.scripted.ready.set()
        await until(pilot, "the plan is another one now")
        await until(pilot, "12.4 GB free")
        assert app.scripted.asked == ["fix A01:10.10.18.18/28"]


async def test_u_opens_the_same_kind_of_plan_for_the_way_back() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        await until(pilot, "FIXED")
        await pilot.press("q")
        await until(pilot, "u undo")
        await pilot.press("u")
        text = await until(pilot, "UNDO A01")
        assert "brings A01 back: 3 VIPs stop answering" in text and "-  9 │ 10.10.18.16/28" in text
        assert "b reboot instead" in text and "systemctl reboot" not in text
        await pilot.press("y")
        await until(pilot, "✓ UNDONE")
        await pilot.press("q")
        await until(pilot, "✗ BROKEN")
    assert app.scripted.asked[2:] == ["undo", CARRIED + " undo"]


async def test_steps_show_while_it_runs_and_it_goes_on_hidden() -> None:
    app = SampleApp("article")
    app.scripted.pause = True
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        for _ in range(5):
            app.scripted.go.release()
        text = await until(pilot, "◌ 5  come back")
        assert "step 5 of 7" in text and "✓ 4  act" in text and "h hide, it goes on" in text
        assert "about 5 s left" in text and "━━" in text
        await pilot.press("h")
        assert "fixing, step 5 of 7" in (await until(pilot, "BROKEN")).splitlines()[0]
        app.scripted.go.release()
        await until(pilot, "fixing, step 6 of 7")
        await pilot.press("f")
        await until(pilot, "◌ 6  read again")
        await pilot.press("y")
        app.scripted.go.release()
        await until(pilot, "✓ FIXED")
    assert app.scripted.asked == ["fix A01:10.10.18.18/28", CARRIED]


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("size", [NARROW, (120, 36)])
async def test_while_a_fix_runs_out_of_sight_f_opens_it_and_says_so(size: tuple[int, int], steps: int) -> None:
    app = SampleApp("article")
    app.scripted.stop_after(steps)
    async with app.run_test(size=size) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        await until(pilot, "◌ 3" if steps else "hide, it goes on")
        await pilot.press("h")
        # Root's row, panel and footer.
        text = await until(pilot, "f running fix")
        assert text.count("f running fix") == 3 and "f fix" not in text and "show, run" not in text
        await pilot.press("f")
        await until(pilot, "◌ 3" if steps else "◌ starting")
        for _ in range(8):
            app.scripted.go.release()
        await until(pilot, "✓ FIXED")


async def test_b_plans_a_reboot_and_b_goes_back() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("b")
        text = await until(pilot, "$ systemctl reboot")
        assert "FIX A01  by reboot" in text
        await until(pilot, "may write")
        await pilot.press("b")
        await until(pilot, "systemctl restart anyip-routes")
    assert app.scripted.asked[1] == "fix A01:10.10.18.18/28 reboot"


async def test_b_before_the_preconditions_are_known_plans_the_reboot() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW) as pilot:
        app.scripted.ready.clear()
        await pilot.press("f")
        await until(pilot, "checking whether this can be done now")
        await pilot.press("b")
        await until(pilot, "$ systemctl reboot")
        await pilot.press("y")
        await until(pilot, "then it runs")
        app.scripted.ready.set()
        await until(pilot, "✓ FIXED")
    assert app.scripted.asked[-2:] == ["fix A01:10.10.18.18/28 reboot", CARRIED]


async def test_a_refusal_is_said_in_its_place() -> None:
    app = SampleApp("article")
    app.scripted.refusal = Refusal("another fix holds the lock since 15:30", 1, said="lock \x1b[31m[/b]")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        text = await until(pilot, "another fix holds the lock")
        assert "lock \\x1b[31m[/b]" in text and "Nothing was written." in text and "y run it" not in text
        app.scripted.refusal = None
        await pilot.press("r")
        await until(pilot, "may write")
        await pilot.press("q")
        await until(pilot, "BROKEN")


async def test_what_nobody_foresaw_is_said_without_its_values() -> None:
    app = SampleApp("article")
    app.scripted.error = ValueError("hunter2")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        text = await until(pilot, "NOT POSSIBLE")
        assert "ValueError" in text and "hunter2" not in text


async def test_a_fix_that_stops_in_a_way_nobody_foresaw_says_where() -> None:
    app = SampleApp("article")
    app.scripted.breaks = True
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        text = await until(pilot, "RuntimeError")
        assert "hunter2" not in text and "stopped" in text and "✓ 2  backup" in text
        await pilot.press("q")
        await until(pilot, "BROKEN")


OTHER = Refusal("the plan is 5d1e by now \x1b[2J: look at it again. Nothing was written", 1)


async def test_what_was_confirmed_and_then_refused_says_why_and_is_asked_for_again() -> None:
    app = SampleApp("article")
    app.scripted.declines = OTHER
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        text = await until(pilot, "NOT POSSIBLE")
        assert "the plan is 5d1e by now \\x1b[2J: look at it again" in text and "unexpectedly" not in text
        assert text.count("Nothing was written") == 1
        assert "r try again" in text and "y run it" not in text
        await pilot.press("y")
        app.scripted.declines = None
        await pilot.press("r")
        await until(pilot, "may write")
        await pilot.press("y")
        await until(pilot, "✓ FIXED")
    assert app.scripted.asked.count(CARRIED) == 2


@pytest.mark.parametrize("page", ["", "w", "e"])
async def test_what_is_refused_out_of_sight_is_said_wherever_one_is(page: str) -> None:
    app = SampleApp("article")
    app.scripted.declines, app.scripted.pause = OTHER, True
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y", "h")
        await until(pilot, "BROKEN")
        if page:
            await pilot.press(page)
        app.scripted.go.release()
        text = await until(pilot, "the plan is 5d1e by now")
        assert "unexpectedly" not in text and all(row.isprintable() for row in text.splitlines())
        assert not app.main.repair.running


async def test_a_production_site_wants_its_name() -> None:
    app = SampleApp("article")
    app.scripted.production = "jarvis"
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        await until(pilot, "type its name")
        await pilot.press("q", "enter")
        await until(pilot, "that is not jarvis")
        await pilot.press(*"jarvis", "enter")
        await until(pilot, "✓ FIXED")


async def test_a_failed_precondition_leaves_no_way_to_run() -> None:
    app = SampleApp("article")

    async def prepare(finding_id: str, *, reboot: bool = False) -> object:
        del finding_id, reboot
        return prepared(preconditions=(Check("room", State.FAILED, "the disk is full"),))

    app.scripted.prepare_fix = prepare  # type: ignore[method-assign, assignment]
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        text = await until(pilot, "the disk is full")
        assert "y run it" not in text
        await pilot.press("y")
        await pilot.pause()
    assert app.scripted.asked == []


async def test_worse_offers_undo_first() -> None:
    app = SampleApp("article")
    app.scripted.outcome = Outcome.WORSE
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        text = await until(pilot, "✗ WORSE")
        assert "The file was changed." in text
        assert text.splitlines()[-1].startswith("┗━━ u undo ━ q back to the map")
        await pilot.press("u")
        await until(pilot, "UNDO A01")


@pytest.mark.parametrize("outcome", [Outcome.NOT_FIXED, Outcome.UNDONE, Outcome.FIXED])
async def test_done_but_never_seen_to_work_is_no_success(outcome: Outcome) -> None:
    app = SampleApp("article")
    app.scripted.outcome, app.scripted.unverified = outcome, "no VIP exists"
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "may write")
        await pilot.press("y")
        text = await until(pilot, "? NOT VERIFIED  done; no VIP exists")
        assert "FIXED" not in text and "✓ UNDONE" not in text and "Try it" not in text
        assert "The file was changed." in text
        assert text.splitlines()[-1].startswith("┗━━ q back to the map ━ u undo")


@pytest.mark.parametrize("width", [70, 190])
def test_the_end_says_where_the_audit_log_lies(width: int) -> None:
    audit = "/home/anna/.local/state/noroute/audit.log"
    ended = transaction(prepared(audit=audit), 7, Outcome.FIXED)
    text = " ".join(plain(draw_progress(ended, width, 8.0, True).rows).split())
    assert f"Written to the audit log {audit}: who, when, what, result." in text


def test_a_step_that_was_not_needed_says_so_and_no_key_stands_in_the_command() -> None:
    steps = transaction(prepared(), 7, Outcome.FIXED).steps
    steps = (*steps[:4], TransactionStep("come back", StepState.SKIPPED), *steps[5:])
    shown = draw_progress(transaction(prepared(), 7, Outcome.FIXED, steps=steps), 70, 8.0, True, "kubectl " + "x " * 50)
    rows = plain(shown.rows).splitlines()
    assert any(row.split() == ["-", "5", "come", "back", "not", "needed"] for row in rows)
    at = next(number for number, row in enumerate(rows) if row.startswith("Try it:"))
    assert rows[at].rstrip() == "Try it:  c copies it" and set(rows[at + 2].split()) == {"x"}


@pytest.mark.parametrize(("ran", "said"), [(True, "No file was written; commands were run."), (False, "Nothing was")])
def test_commands_that_were_run_are_told_where_no_file_was_written(ran: bool, said: str) -> None:
    ended = transaction(prepared(), 7, Outcome.NOT_FIXED, wrote=False, ran=ran)
    assert said in plain(draw_progress(ended, 70, 8.0, True).rows)
    assert ended.undoable is ran


def test_refused_has_one_glyph_on_the_screen_and_on_paper() -> None:
    ended = transaction(prepared(), 2, Outcome.REFUSED, wrote=False)
    assert badge(ended)[0] == "! REFUSED" == "".join(span.text for span in outcome_rows(ended)[1])[:9]


async def test_the_plan_fits_and_scrolls_at_every_size() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f")
        text = await until(pilot, "12.4 GB free")
        assert "more rows" not in text
        await pilot.resize_terminal(60, 18)
        text = await until(pilot, "more rows")
        await pilot.press("G")
        await until(pilot, "12.4 GB free")


async def test_a_plan_that_is_too_small_to_be_read_is_not_run() -> None:
    app = SampleApp("article")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await pilot.press("f")
        await until(pilot, "may write: root")
        await pilot.resize_terminal(LEAST_WIDTH - 1, LEAST_HEIGHT)
        await pilot.press("y")
        await pilot.pause()
        assert app.scripted.asked == ["fix A01:10.10.18.18/28"]
        await pilot.resize_terminal(*NARROW)
        await until(pilot, "nothing has been changed yet")
        await pilot.press("y")
        await until(pilot, "✓ FIXED")


async def test_a_small_frame_keeps_its_title() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.press("f")
        row = next(row for row in (await until(pilot, "changed yet")).splitlines() if "┏" in row)
    assert " FIX A01 " in row and " nothing has been changed yet " in row and ".." not in row


async def test_the_keys_below_the_name_of_a_production_site_are_not_typed_into_it() -> None:
    app = SampleApp("article")
    app.scripted.production = "jarvis"
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f")
        await until(pilot, "✓ may write")
        await pilot.press("y")
        keys = (await until(pilot, "type its name")).splitlines()[-1]
        assert "enter run it" in keys and "esc leave" in keys
        assert not [letter for letter in ("q leave", "c copy", "y run", "b reboot") if letter in keys]
        await pilot.press("q", "escape")
        assert "q leave" in await until(pilot, "type its name", gone=True)
        await pilot.press("y")
        await until(pilot, "type its name")
        assert app.screen.query_one(Input).value == ""
    assert app.scripted.asked == ["fix A01:10.10.18.18/28"]


@pytest.mark.parametrize("size", [NARROW, (120, 36)])
async def test_the_plan_of_a_capture_says_whole_that_it_cannot_run_and_so_does_y(size: tuple[int, int]) -> None:
    moment = sample("article")
    target = "root@haproxy-of-a-long-name.management.jarvis.lab"
    origin = replace(moment.origin, kind=SourceKind.CAPTURE, target=target, read_only=True)
    moment = replace(moment, phase=Phase.STILL, origin=origin)
    said = captured_words(moment)
    app = SampleApp(moment)

    async def prepare(finding_id: str, *, reboot: bool = False) -> object:
        del finding_id, reboot
        return prepared(preconditions=(Check("capture", State.UNKNOWN, said),))

    app.scripted.prepare_fix = prepare  # type: ignore[method-assign, assignment]
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press("f")
        text = await until(pilot, "? this is a capture")
        assert said in " ".join(text.replace("┃", " ").split())
        assert not list(app._notifications)
        await pilot.press("y")
        await pilot.pause()
        assert [notice.message for notice in app._notifications] == [said]
