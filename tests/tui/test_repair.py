"""``noroute fix`` and ``noroute undo`` on a scripted session: what is printed, asked and refused."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.model import Check, State
from checks.transaction import STEPS, Outcome, Prepared, StepState, Transaction, TransactionStep
from screens.fix_progress import draw_progress
from screens.picture.cells import plain
from tests import samples
from tests.tui.stand_ins import DEMO, LIVE, READ_AT, ScriptedSession, snapshot, unreached, way
from tui import session_opening
from tui.cli import main
from tui.commands import repair
from tui.report.incident import incident

PLAN = Prepared(
    fix_id="20201120-153314-A01",
    finding_id=samples.A01,
    code="A01",
    title="FIX A01",
    target="root@haproxy.jarvis.lab",
    audit="/home/anna/.local/state/noroute/audit.log",
    fix=replace(samples.FIX, back=tuple(write.swapped() for write in samples.FIX.writes)),
    file_facts="0644 root, 477 bytes",
    backup="/etc/vmware/anyip-routes.cfg.noroute-20201120-153314",
    preconditions=(Check("precondition:user", State.OK, "may write: root"),),
)
BACK = replace(PLAN, title="UNDO A01", undo=True, fix=replace(samples.FIX, summary="brings A01 back"))


def moments(outcome: Outcome, wrote: bool | None, done: int = 7) -> list[Transaction]:
    """A transaction step by step, up to its outcome."""
    begun = datetime(2020, 11, 20, 15, 33, 14, tzinfo=UTC)
    found = []
    for at in range(done + 1):
        steps = tuple(
            TransactionStep(name, StepState.DONE if i < at else StepState.PLANNED, f"detail {i}", 0.1 * i)
            for i, name in enumerate(STEPS)
        )
        found.append(Transaction(PLAN, steps, begun))
    last = replace(found[-1], outcome=outcome, sentence="A01 is gone, 3 of 3 VIPs answer", wrote=wrote)
    return [*found, last]


@pytest.fixture
def session() -> ScriptedSession:
    return ScriptedSession(snapshot(samples.article(), DEMO), {samples.A01: PLAN}, BACK, moments(Outcome.FIXED, True))


Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, session: ScriptedSession) -> Run:
    monkeypatch.setattr(session_opening, "way_of", way(session))
    return lambda *words: main(list(words))


def test_the_dry_run_prints_the_plan_and_changes_nothing(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("fix", "host", samples.A01, "--dry-run") == 0
    shown = capsys.readouterr().out
    for part in (
        "FIX A01   root@haproxy.jarvis.lab, nothing has been changed yet\n",
        "change      /etc/vmware/anyip-routes.cfg, 0644 root, 477 bytes\n",
        "│ 10.10.18.18/28\n",
        "│ 10.10.18.16/28\n",
        "backup beside it: anyip-routes.cfg.noroute-20201120-153314\n",
        "run         $ systemctl reset-failed haproxy\n            $ systemctl restart anyip-routes\n",
        "about 12 s, no reboot\n",
        "interrupts  nothing more: 0 of 3 VIPs answer now.",
        "verified    ∙ 10.10.18.16/28 is in the local routing table\n",
        "undone      u puts the backup in place",
        "✓ may write: root\n",
        f"digest      {samples.FIX.digest}\n",
    ):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert not session.carried_out


def test_yes_carries_it_out_and_prints_each_step_as_it_ends(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("fix", "host", samples.A01, "--yes") == 0
    shown = capsys.readouterr().out
    for number, name in enumerate(STEPS, 1):
        assert shown.count(f"✓ {number} {name}") == 1
    assert "✓ FIXED     A01 is gone, 3 of 3 VIPs answer. The file was changed.\n" in shown
    assert f"Written to the audit log {PLAN.audit}: who, when, what, result." in " ".join(shown.split())
    assert session.carried_out == [PLAN]


def test_a_step_that_was_not_needed_says_so(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    last = session.moments[-1]
    steps = tuple(
        TransactionStep(step.name, StepState.SKIPPED) if step.name == "come back" else step for step in last.steps
    )
    session.moments = [replace(last, steps=steps)]
    assert run("fix", "host", samples.A01, "--yes") == 0
    assert "- 5 come back     not needed\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "wrote", "code", "said"),
    [
        (Outcome.NOT_FIXED, True, 1, "! NOT FIXED  "),
        (Outcome.NOT_FIXED, False, 1, "Nothing was written."),
        (Outcome.WORSE, True, 1, "✗ WORSE  "),
        (Outcome.REFUSED, False, 1, "! REFUSED  "),
        (Outcome.LOST, None, 3, "? LOST"),
        (Outcome.LOST, None, 3, "Whether the file was written is not known; it is whole either way."),
    ],
)
def test_how_it_ended_is_said_and_told_by_the_exit_code(
    run: Run,
    session: ScriptedSession,
    capsys: pytest.CaptureFixture[str],
    outcome: Outcome,
    wrote: bool | None,
    code: int,
    said: str,
) -> None:
    session.moments = moments(outcome, wrote, 3)
    assert run("fix", "host", samples.A01, "--yes") == code
    printed = capsys.readouterr()
    assert said in printed.out.replace("\n            ", " ")
    assert ("noroute undo host" in printed.err) is bool(wrote)


BEGUN = datetime(2020, 11, 20, 15, 33, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("running", "wrote", "log", "said"),
    [
        (1, False, (), "stopped in step 1 of 7. Nothing was written; see what is so now:"),
        (1, False, ((BEGUN, "$ systemctl stop haproxy"),), "No file was written; commands were begun"),
        (2, False, (), "Whether the file was written is not known"),
        (4, True, (), "stopped in step 4 of 7. What was written is whole"),
    ],
)
def test_a_signal_says_what_was_written_so_far(
    run: Run,
    session: ScriptedSession,
    capsys: pytest.CaptureFixture[str],
    running: int,
    wrote: bool,
    log: tuple[tuple[datetime, str], ...],
    said: str,
) -> None:
    states = [StepState.DONE] * (running - 1) + [StepState.RUNNING] + [StepState.PLANNED] * (7 - running)
    steps = tuple(map(TransactionStep, STEPS, states))
    moment = Transaction(PLAN, steps, BEGUN, wrote=wrote, log=log)

    async def carry_out(prepared: Prepared) -> AsyncIterator[Transaction]:
        del prepared
        yield moment
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)

    session.carry_out = carry_out  # type: ignore[method-assign]
    assert run("fix", "host", samples.A01, "--yes") == 128 + signal.SIGTERM
    assert said in capsys.readouterr().err


def test_a_plan_is_carried_out_exactly_or_not_at_all(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("fix", "host", samples.A01, "--plan", "0" * 16) == 1
    assert f"the plan is {samples.FIX.digest} now, not {'0' * 16}. Nothing was written" in capsys.readouterr().err
    assert not session.carried_out
    assert run("fix", "host", samples.A01, "--plan", samples.FIX.digest) == 0
    assert run("fix", "host", samples.A01, "--plan", samples.FIX.digest, "--reboot") == 1
    assert len(session.carried_out) == 1


def test_an_added_range_is_the_one_that_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "--demo", "dead-after-restart", "A06", "--dry-run"]) == 0
    plan = capsys.readouterr().out
    assert "add line 8" in plan
    assert "10.10.18.40/32 is in the local routing table" in plan
    assert "10.10.18.40:443 answers" in plan


def test_the_report_has_one_block_for_a_journal_and_names_the_backup_that_stays(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    assert main(["fix", "--demo", "no-route-to-host", "A01", "--yes", "--report", str(report)]) == 0
    text = report.read_text()
    assert text.count("`journal:anyip-routes`:") == 1
    assert re.search(r"\| audit log \| `\S+/audit\.log` \|", text)
    left = text.partition("## What is left")[2]
    assert "/etc/vmware/anyip-routes.cfg.noroute-" in left


def test_consequences_name_the_root_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    for subject in ("C01", "C10", "C12:haproxy"):
        assert main(["fix", "--demo", "no-route-to-host", subject, "--dry-run"]) == 2
        said = capsys.readouterr().err
        assert "repair A01:10.10.18.18/28 first" in said, said


def test_a_code_will_do_where_only_one_finding_has_it(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("fix", "host", "a01", "--dry-run") == 0
    assert run("fix", "host", "F01", "--dry-run") == 2
    assert f"F01 has nothing to repair of its own; repair {samples.A01} first" in capsys.readouterr().err
    assert run("fix", "host", "A06", "--yes") == 2
    assert f"A06: not found now: nothing to repair; to repair here: {samples.A01}" in capsys.readouterr().err
    assert run("fix", "host", "Z99", "--yes") == 2
    assert f"no finding Z99; to repair here: {samples.A01}" in capsys.readouterr().err
    session.snapshot = unreached("connection refused")
    assert run("fix", "host", "A01", "--yes") == 3


def test_what_cannot_be_repaired_here_is_2(run: Run) -> None:
    assert run("fix", "host", "C10:10.10.18.19:443", "--yes") == 2


def test_without_a_terminal_nothing_asks(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "at_terminal", lambda: False)
    assert run("fix", "host", samples.A01) == 2
    assert "Without a terminal nothing asks: add --yes, or --plan" in capsys.readouterr().err
    assert not session.carried_out


@pytest.mark.parametrize(("typed", "code"), [("y", 0), ("Yes", 0), ("n", 1), ("", 1), (None, 1)])
def test_at_a_terminal_a_person_is_asked(
    run: Run, session: ScriptedSession, monkeypatch: pytest.MonkeyPatch, typed: str | None, code: int
) -> None:
    async def confirmed(question: str) -> bool:
        assert question == "Carry it out?"
        return (typed or "").lower() in ("y", "yes")

    monkeypatch.setattr(repair, "at_terminal", lambda: True)
    monkeypatch.setattr(repair, "confirmed", confirmed)
    assert run("fix", "host", samples.A01) == code
    assert bool(session.carried_out) is (code == 0)


def test_a_production_site_wants_more_than_yes(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session.plans[samples.A01] = replace(PLAN, production="jarvis")
    assert run("fix", "host", samples.A01, "--yes") == 2
    assert f"--yes is not enough, --plan {samples.FIX.digest} is" in capsys.readouterr().err

    async def answer(prompt: str) -> str:
        assert "Type its name" in prompt
        return names.pop()

    names = ["jarvis", "y"]
    monkeypatch.setattr(repair, "at_terminal", lambda: True)
    monkeypatch.setattr(repair, "answer", answer)
    assert run("fix", "host", samples.A01) == 1
    assert run("fix", "host", samples.A01) == 0
    assert run("fix", "host", samples.A01, "--plan", samples.FIX.digest) == 0
    assert len(session.carried_out) == 2


def test_a_real_site_needs_no_more_than_the_demo(run: Run, session: ScriptedSession) -> None:
    session.snapshot = snapshot(samples.article(), LIVE)
    assert run("fix", "host", samples.A01, "--yes") == 0


def test_read_only_shows_and_never_writes(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("fix", "host", samples.A01, "--read-only", "--dry-run") == 0
    for how in (["--yes"], ["--plan", samples.FIX.digest], []):
        assert run("fix", "host", samples.A01, "--read-only", *how) == 2
        assert "--read-only writes nothing" in capsys.readouterr().err
    assert not session.carried_out


@pytest.mark.parametrize("outcome", [Outcome.NOT_FIXED, Outcome.UNDONE])
def test_done_but_not_verified_is_1(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str], outcome: Outcome, tmp_path: Path
) -> None:
    last = moments(outcome, True)[-1]
    session.moments = [replace(last, sentence="done; no VIP exists", unverified="no VIP exists")]
    report = tmp_path / "incident.md"
    assert run("fix", "host", samples.A01, "--yes", "--report", str(report)) == 1
    assert "? NOT VERIFIED  done; no VIP exists." in capsys.readouterr().out
    assert "| outcome | **? not verified**. done; no VIP exists |" in report.read_text()


def test_going_on_needs_no_id(run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]) -> None:
    session.rest = replace(PLAN, title="GO ON A01", resumes=PLAN.fix_id)
    assert run("fix", "host", "--resume", "--yes") == 0
    assert "GO ON A01" in capsys.readouterr().out and session.carried_out == [session.rest]
    assert run("fix", "host", "A01", "--resume") == 2
    assert run("fix", "host", "--resume", "--reboot") == 2
    session.rest = None
    assert run("fix", "host", "--resume", "--yes") == 2


def test_the_report_of_the_incident(
    run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "incident.md"
    assert run("fix", "host", samples.A01, "--dry-run", "--report", str(file)) == 0
    assert not file.exists()
    assert run("fix", "host", samples.A01, "--yes", "--report", str(file)) == 0
    text = file.read_text()
    for part in (
        "# A01: ", "## What was seen", "## Why", "## What was done", "## Before and after", "## What is left",
        "| outcome | **fixed**. A01 is gone, 3 of 3 VIPs answer |", "```diff\n--- /etc/vmware/anyip-routes.cfg",
        "-10.10.18.18/28\n", "+10.10.18.16/28\n", "Ran `systemctl restart anyip-routes`",
    ):  # fmt: skip
        assert part in text, part
    assert run("fix", "host", samples.A01, "--yes", "--report", str(file)) == 2
    assert "File exists" in capsys.readouterr().err and file.read_text() == text
    assert len(session.carried_out) == 1


@pytest.mark.parametrize("wrote", [True, False, None])
@pytest.mark.parametrize("ran", [True, False, None])
def test_screen_command_line_and_report_say_the_same_of_what_became_of_the_appliance(
    run: Run,
    session: ScriptedSession,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    wrote: bool | None,
    ran: bool | None,
) -> None:
    ended = replace(moments(Outcome.NOT_FIXED, wrote)[-1], ran=ran)
    session.moments = [ended]
    report = tmp_path / "incident.md"
    run("fix", "host", samples.A01, "--yes", "--report", str(report))
    printed = capsys.readouterr()
    for text in (printed.out, report.read_text(), plain(draw_progress(ended, 78, 1.0, True).rows)):
        assert ended.became in " ".join(text.split())
    way_back = wrote is True or ran is True
    assert ("the way back: " in printed.err) is ("takes it back" in report.read_text()) is ended.undoable is way_back


def test_no_text_of_an_appliance_leaves_its_place_in_the_report() -> None:
    before = snapshot(samples.hostile())
    evil = "`x` | <script>alert(1)</script> [a](http://b) **c** ```\n# d\x1b[2J\u202e"
    last = replace(moments(Outcome.FIXED, True)[-1], sentence=evil, log=((READ_AT, evil), (READ_AT, "```````")))
    finding = replace(samples.article().findings[0], title=evil, explanation=evil)
    before = replace(before, diagnosis=replace(before.diagnosis, findings=(finding,)))
    text = incident(before, before, last)
    outside = re.sub(r"(?ms)^(```+)\w*\n.*?^\1$", "", text)
    assert "alert(1)" in text and "<" not in re.sub(r"`[^`\n]*`", "", outside)
    assert "\x1b" not in text and "\u202e" not in text and "\n# d" not in text
    excerpt = replace(finding.excerpts[0], text="``````` end of the block?")
    before = replace(before, diagnosis=replace(before.diagnosis, findings=(replace(finding, excerpts=(excerpt,)),)))
    assert "\n````````\n``````` end of the block?\n````````\n" in incident(before, before, last)


def test_undo_is_the_same_kind_of_plan(run: Run, session: ScriptedSession, capsys: pytest.CaptureFixture[str]) -> None:
    session.moments = moments(Outcome.UNDONE, True)
    assert run("undo", "host", "--dry-run") == 0
    assert "UNDO A01" in capsys.readouterr().out
    assert run("undo", "host", BACK.fix_id, "--yes") == 0
    assert "UNDONE" in capsys.readouterr().out
    assert session.carried_out == [BACK]
    assert run("undo", "host", "another", "--yes") == 2
