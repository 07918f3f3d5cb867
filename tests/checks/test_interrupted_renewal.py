"""A renewal of the certificate whose end is not known: found and said at each of its steps, brought to its end or taken
back, and never at the price of a certificate that a person has made since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks import fix_planning
from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence
from checks.evidence.section import Section
from checks.evidence.system import Clock, Reader
from checks.fix_journal import entry_of
from checks.interrupted_fix import unfinished
from checks.ledger import Record
from checks.model import State, Vantage
from checks.plan import Fix
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.transaction import Left, Prepared, Unfinished
from tests.checks.fixtures import RULES, rule_case

ORIGIN = Origin(SourceKind.LIVE, "root@192.168.100.10", client_vantage=Vantage.JUMP)
CASE = replace(rule_case(RULES / "D04-ended").evidence, reader=Reader(0, "root"))
assert CASE.certificate is not None and CASE.clock is not None
OLD, OTHER = CASE.certificate.fingerprint, ":".join(["CC"] * 32)
ROOT = "D04:/etc/haproxy/server.crt"


def snapshot(e: Evidence, found: Unfinished | None = None) -> Snapshot:
    return Snapshot(ORIGIN, Phase.LIVE, diagnose(e), e, unfinished=found)


PREPARED = fix_planning.fix(snapshot(CASE), Site(), ROOT, reboot=False)
RECORD = fix_planning.record(PREPARED, "SHA256:key")
COMMANDS = PREPARED.fix.commands
(MAKING,) = [number for number, command in enumerate(COMMANDS) if "new-cert.sh" in command]
BACK = PREPARED.fix.back
KEPT = tuple(f"/etc/haproxy/server.{end}.noroute-{'c' * 12}" for end in ("crt", "key"))


def now(fingerprint: str) -> Evidence:
    """The evidence with that certificate, "" with none that can be read."""
    assert CASE.certificate is not None
    return replace(CASE, certificate=replace(CASE.certificate, fingerprint=fingerprint) if fingerprint else None)


def cut_off(step: str, fingerprint: str, record: Record = RECORD) -> Snapshot:
    """As the next start finds it."""
    assert CASE.clock is not None
    entry = replace(entry_of(PREPARED), fix_id=record.fix_id, kind=record.kind, step=step, process="")
    stamp = f"{int((CASE.clock.now - timedelta(hours=1)).timestamp())}\n".encode()
    sections = {**CASE.sections, "fix-journal": Section("fix-journal", "journal", stamp + entry.text())}
    clock = Clock(CASE.clock.now, 1_000_000.0)
    e = replace(now(fingerprint), sections=sections, clock=clock)
    found = unfinished(e, record, None)
    assert found is not None and found.left is Left.COMMANDS
    return snapshot(e, found)


def words(shown: Snapshot) -> str:
    assert shown.unfinished is not None
    return shown.unfinished.sentence


def go_on(shown: Snapshot, record: Record = RECORD) -> Fix:
    return fix_planning.go_on(shown, Site(), record, frozenset()).fix


def taken_back(shown: Snapshot, record: Record = RECORD) -> Fix:
    return fix_planning.take_back(shown, Site(), record, frozenset()).fix


@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_with_the_certificate_from_before_all_is_done_again_and_only_what_was_done_is_taken_back(number: int) -> None:
    shown = cut_off(f"act {COMMANDS[number]}", OLD)
    assert "server.crt is the one from before" in words(shown) and "writes no file" not in words(shown)
    assert go_on(shown).commands == COMMANDS
    assert taken_back(shown).steps == (BACK if number >= MAKING else ())


@pytest.mark.parametrize("number", range(MAKING, len(COMMANDS)))
def test_another_certificate_is_not_made_once_more_and_is_kept_before_the_old_one_comes_back(number: int) -> None:
    shown = cut_off(f"act {COMMANDS[number]}", OTHER)
    assert "server.crt is another one than before" in words(shown)
    assert go_on(shown).commands == COMMANDS[MAKING + 1 :]
    commands = taken_back(shown).commands
    assert commands[-len(BACK) :] == tuple(step.command for step in BACK if hasattr(step, "command"))
    first = commands[: -len(BACK)]
    assert all(any(command.endswith(f".new {copy}") for command in first) for copy in KEPT)


@pytest.mark.parametrize("step", ["precondition", *(f"act {command}" for command in COMMANDS[:MAKING])])
def test_a_certificate_that_somebody_made_before_it_came_to_its_own_is_left_alone(step: str) -> None:
    shown = cut_off(step, OTHER)
    assert shown.unfinished is not None and not shown.unfinished.can_go_on
    with pytest.raises(Refusal):
        go_on(shown)
    assert taken_back(shown).steps == ()


def test_half_a_certificate_is_made_anew_or_taken_back() -> None:
    shown = cut_off(f"act {COMMANDS[MAKING]}", "")
    assert "server.crt cannot be read" in words(shown)
    assert go_on(shown).commands == COMMANDS
    assert taken_back(shown).steps == BACK


def test_where_only_the_proof_was_missing_nothing_is_done() -> None:
    assert go_on(cut_off("verify", OTHER)).steps == ()


def undo(fingerprint: str, record: Record = RECORD) -> Prepared:
    return fix_planning.undo(snapshot(now(fingerprint)), Site(), record)


def test_an_undo_without_a_known_end_keeps_what_is_there_first() -> None:
    assert undo(OLD).fix.steps == BACK
    kept = undo(OTHER)
    assert kept.fix.steps[-len(BACK) :] == BACK and kept.fix.commands[0].endswith(f"{KEPT[0]}.new")
    assert [check.state for check in kept.preconditions if check.id == "precondition:certificate"] == [State.OK]
    with pytest.raises(Refusal, match="cannot be read"):
        fix_planning.check(undo(""))


def test_an_undo_that_was_cut_off_goes_on_without_losing_what_a_person_made_since() -> None:
    made = ":".join(["BB"] * 32)
    back = fix_planning.record(undo(made, replace(RECORD, left=made)), "SHA256:key")
    assert back.replaced == made and back.kind == "undo"
    for fingerprint, keeps in ((made, False), (OLD, False), (OTHER, True), ("", False)):
        shown = cut_off(f"act {BACK[0].command}", fingerprint, back)  # type: ignore[union-attr]
        plan = go_on(shown, back)
        assert plan.steps[-len(BACK) :] == BACK and (plan.steps != BACK) is keeps
        assert taken_back(shown, back).steps == ()
