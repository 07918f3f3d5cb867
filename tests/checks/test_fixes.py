"""The machine that carries out a fix, against hands that do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.fixes import Execution
from checks.hands import Ran
from checks.model import Diagnosis, NodeKind, Vantage
from checks.plan import Change, Fix, Reboot, Run
from checks.refusal import Refusal
from checks.transaction import Outcome, Prepared, StepState, Transaction, WriteResult, Written
from tests.checks.fixtures import CAPTURES, base, capture_case

PATH = "/etc/vmware/anyip-routes.cfg"
BACKUP = f"{PATH}.noroute-20260102-030405"
ROOT = "A01:10.10.18.18/28"
DONE, FAILED, SKIPPED, PLANNED = StepState.DONE, StepState.FAILED, StepState.SKIPPED, StepState.PLANNED

BROKEN = diagnose(capture_case(CAPTURES / "a-hostbits-boot").evidence)
HEALTHY = diagnose(read(base().reading, base().probes, client_vantage=base().origin.client_vantage))
HAPROXY_DOWN = diagnose(capture_case(CAPTURES / "u1-fixed-restart-anyip-only").evidence)
OTHER = diagnose(capture_case(CAPTURES / "j2-mac-changed-boot").evidence)
UNPROBED = diagnose(replace(read(base().reading), client_vantage=base().origin.client_vantage))
REAL = BROKEN.finding(ROOT)
assert REAL is not None and REAL.fix is not None
FIX: Fix = REAL.fix
(WRITE,) = FIX.writes


WELL = Written(WriteResult.WRITTEN, "", 4711, True)
ASKED = Ran(0)


@dataclass
class Script:
    """What the appliance does; ``did`` is what was asked of it, in order."""

    written: Written = WELL
    now: str = ""
    codes: dict[str, int | None] = field(default_factory=dict)
    boots: Sequence[str] = ("old-boot",)
    comes_back: str | Refusal = "new-boot"
    rebooted: Ran = ASKED
    reads: list[Diagnosis] = field(default_factory=lambda: [HEALTHY])
    did: list[str] = field(default_factory=list)

    async def write(self, step: Change, backup: str, page: str) -> Written:
        self.did.append(f"write {step.path} {backup}")
        return self.written

    async def digest(self, path: str) -> str:
        self.did.append(f"digest {path}")
        return self.now

    async def run(self, command: str) -> Ran:
        self.did.append(command)
        return Ran(self.codes.get(command, 0), "some words\nof the command\n")

    async def reboot(self) -> Ran:
        self.did.append("reboot")
        return self.rebooted

    async def come_back(self, say: Callable[[str], None]) -> str:
        say("it still answers with the old boot id")
        if isinstance(self.comes_back, Refusal):
            raise self.comes_back
        return self.comes_back

    async def boot_id(self) -> str:
        return self.boots[0]

    async def read_again(self) -> Diagnosis:
        self.did.append("read")
        return self.reads.pop(0) if len(self.reads) > 1 else self.reads[0]


async def no_time(seconds: float) -> None:
    assert seconds >= 0


def prepared(fix: Fix = FIX, *, undo: bool = False) -> Prepared:
    return Prepared("20260102-030405-A01", ROOT, "A01", "FIX A01", "root@haproxy", fix, backup=BACKUP, undo=undo)


async def carry_out(
    hands: Script, fix: Fix = FIX, *, before: Diagnosis = BROKEN, undo: bool = False
) -> tuple[Transaction, list[Transaction]]:
    """As the service does it: a refusal of the hands ends it."""
    seen: list[Transaction] = []
    execution = Execution(prepared(fix, undo=undo), hands, before, seen.append, no_time)
    try:
        ended = await execution.run()
    except Refusal as refusal:
        ended = execution.stopped(refusal)
    assert seen[-1] == ended and ended.outcome is not None and ended.sentence
    assert all(transaction.outcome is None for transaction in seen[:-1])
    if ended.outcome in (Outcome.FIXED, Outcome.UNDONE):
        assert all(step.state is not StepState.RUNNING for step in ended.steps)
    return ended, seen


def states(transaction: Transaction) -> list[StepState]:
    return [step.state for step in transaction.steps]


async def test_all_goes_well() -> None:
    hands = Script()
    ended, seen = await carry_out(hands)
    assert (ended.outcome, ended.sentence, ended.wrote) == (Outcome.FIXED, "2 of 2 VIPs answer", True)
    assert states(ended) == [DONE, DONE, DONE, DONE, SKIPPED, DONE, DONE]
    assert hands.did == [
        f"write {PATH} {BACKUP}",
        "systemctl reset-failed haproxy",
        "systemctl restart anyip-routes",
        "systemctl start haproxy",
        "read",
    ]
    assert [step.name for step in ended.steps][3] == "act"
    assert ended.steps[2].detail == "anyip-routes.cfg, same inode 4711, synced, read back"
    assert ended.steps[6].detail == "A01 is gone, nothing new is red, 2 of 2 VIPs answer"
    assert [text for _, text in ended.log][:2] == ["$ systemctl reset-failed haproxy", "  some words"]
    currents = [transaction.current for transaction in seen]
    assert currents == sorted(currents) and currents[0] == 1


async def test_a_slow_haproxy_is_given_time() -> None:
    hands = Script(reads=[HAPROXY_DOWN, HAPROXY_DOWN, HEALTHY])
    ended, _ = await carry_out(hands)
    assert ended.outcome is Outcome.FIXED and hands.did.count("read") == 3


@pytest.mark.parametrize(
    ("written", "words", "step"),
    [
        (Written(WriteResult.CHANGED), "the file no longer has the bytes that were shown", 2),
        (Written(WriteResult.LOCKED, "otto@laptop"), "another fix is under way (otto@laptop)", 2),
        (Written(WriteResult.NO_BACKUP), "the backup could not be written", 2),
        (Written(WriteResult.NO_ROOM), "no room in /run for the new bytes", 2),
        (Written(WriteResult.RESTORED, backup=True), "the write failed and the old bytes are back", 3),
    ],
)
async def test_a_refused_write_changes_nothing_and_says_so(written: Written, words: str, step: int) -> None:
    hands = Script(written=written)
    ended, _ = await carry_out(hands)
    assert ended.outcome is Outcome.REFUSED and ended.wrote is False
    assert words in ended.sentence and ended.sentence.endswith("Nothing was written")
    assert ended.steps[step - 1].state is FAILED and ended.steps[3].state is PLANNED
    assert hands.did == [f"write {PATH} {BACKUP}"]


async def test_a_torn_file_names_the_backup() -> None:
    hands = Script(written=Written(WriteResult.TORN, backup=True))
    ended, _ = await carry_out(hands)
    assert (ended.outcome, ended.wrote) == (Outcome.WORSE, True)
    assert PATH in ended.sentence and BACKUP in ended.sentence and ended.steps[2].state is FAILED
    assert len(hands.did) == 1


async def test_lost_while_writing_the_new_bytes_are_there() -> None:
    hands = Script(written=Written(WriteResult.UNKNOWN), now=WRITE.after_sha256)
    ended, _ = await carry_out(hands)
    assert (ended.outcome, ended.wrote) == (Outcome.FIXED, True)
    assert hands.did[:3] == [f"write {PATH} {BACKUP}", f"digest {PATH}", "systemctl reset-failed haproxy"]


async def test_lost_while_writing_the_old_bytes_are_there() -> None:
    ended, _ = await carry_out(Script(written=Written(WriteResult.UNKNOWN), now=WRITE.before_sha256))
    assert (ended.outcome, ended.wrote) == (Outcome.REFUSED, False)


async def test_an_unheard_write_is_called_off_before_anybody_says_that_nothing_was_written() -> None:
    hands = Script(written=Written(WriteResult.UNKNOWN), now=WRITE.before_sha256)

    async def note(step: str) -> str:
        hands.did.append(f"note {step}")
        if step.endswith("unheard"):
            hands.now = WRITE.after_sha256  # it had begun in this very moment
        return ""

    ended = await Execution(prepared(), hands, BROKEN, lambda _: None, no_time, note).run()
    assert (ended.outcome, ended.wrote) == (Outcome.FIXED, True)
    assert hands.did[2:5] == [f"digest {PATH}", f"note write {PATH}, unheard", f"digest {PATH}"]


async def test_an_unheard_write_that_cannot_be_called_off_is_not_said_to_have_written_nothing() -> None:
    async def note(step: str) -> str:
        if step.endswith("unheard"):
            raise Refusal("another fix is writing on this appliance at this moment: otto@laptop 12, for 2 s", 1)
        return ""

    hands = Script(written=Written(WriteResult.UNKNOWN), now=WRITE.before_sha256)
    execution = Execution(prepared(), hands, BROKEN, lambda _: None, no_time, note)
    with pytest.raises(Refusal) as refused:
        await execution.run()
    ended = execution.stopped(refused.value)
    assert (ended.outcome, ended.wrote) == (Outcome.LOST, None) and "Nothing was written" not in ended.sentence


async def test_lost_while_writing_and_the_file_is_torn() -> None:
    ended, _ = await carry_out(Script(written=Written(WriteResult.UNKNOWN), now="f" * 64))
    assert (ended.outcome, ended.wrote) == (Outcome.WORSE, True) and BACKUP in ended.sentence


async def test_lost_while_writing_and_nothing_can_be_told() -> None:
    ended, _ = await carry_out(Script(written=Written(WriteResult.UNKNOWN), now=""))
    assert (ended.outcome, ended.wrote) == (Outcome.LOST, None)
    assert "the old bytes or the new ones, whole" in ended.sentence and ended.steps[2].state is FAILED


async def test_a_command_that_fails_is_judged_by_what_is_read() -> None:
    hands = Script(codes={"systemctl restart anyip-routes": 1})
    ended, _ = await carry_out(hands)
    assert ended.outcome is Outcome.FIXED and ended.steps[3].state is FAILED
    assert ended.steps[3].detail == "systemctl restart anyip-routes failed"
    assert "systemctl start haproxy" not in hands.did


async def test_not_fixed_says_what_is_left_and_that_something_was_written() -> None:
    ended, _ = await carry_out(Script(reads=[BROKEN]))
    assert (ended.outcome, ended.wrote) == (Outcome.NOT_FIXED, True)
    assert ended.sentence == f"{ROOT} is still there; 0 of 2 VIPs answer" and ended.steps[6].state is FAILED


async def test_a_consequence_that_stays_is_not_fixed() -> None:
    ended, _ = await carry_out(Script(reads=[HAPROXY_DOWN]))
    assert ended.outcome in (Outcome.NOT_FIXED, Outcome.WORSE) and ended.wrote is True
    assert "C12:haproxy" in ended.sentence or "new: F02" in ended.sentence


async def test_something_new_is_red() -> None:
    ended, _ = await carry_out(Script(reads=[OTHER]))
    assert ended.outcome is Outcome.WORSE and ended.sentence.startswith("new: ")
    assert "route-tables" in ended.sentence or "C28" in ended.sentence


async def test_without_a_word_from_clients_it_is_not_verified() -> None:
    ended, _ = await carry_out(Script(reads=[UNPROBED]))
    assert ended.outcome is not Outcome.FIXED and "could not be checked" in ended.sentence


async def test_by_reboot() -> None:
    hands = Script()
    ended, seen = await carry_out(hands, FIX.by_reboot())
    assert (ended.outcome, ended.wrote) == (Outcome.FIXED, True)
    assert states(ended) == [DONE] * 7
    assert hands.did == [f"write {PATH} {BACKUP}", "reboot", "read"]
    assert ended.steps[3].name == "reboot"
    assert ended.steps[4].notes == ("boot id before  old-boot", "boot id now     new-boot")
    waiting = [transaction for transaction in seen if transaction.remaining is not None]
    assert waiting and ended.remaining is None
    assert "it still answers with the old boot id" in [text for _, text in ended.log]


async def test_it_never_comes_back() -> None:
    refusal = Refusal("the appliance did not come back within 180 s", 3)
    ended, _ = await carry_out(Script(comes_back=refusal), FIX.by_reboot())
    assert (ended.outcome, ended.wrote) == (Outcome.LOST, True)
    assert ended.sentence == "the appliance did not come back within 180 s; the new bytes are in place"
    assert ended.steps[4].state is FAILED and ended.steps[5].state is PLANNED


async def test_without_a_boot_id_nothing_is_written_and_nothing_restarted() -> None:
    hands = Script(boots=("",))
    ended, _ = await carry_out(hands, FIX.by_reboot())
    assert (ended.outcome, ended.changed, hands.did) == (Outcome.REFUSED, False, [])
    assert ended.sentence == "the boot id cannot be read, so that no reboot could be proven. Nothing was written"


async def test_a_reboot_that_is_refused_is_told_with_its_words() -> None:
    hands = Script(rebooted=Ran(1, "Operation denied due to active block inhibitor\x1b[2J\n"))
    ended, _ = await carry_out(hands, FIX.by_reboot())
    assert (ended.outcome, ended.wrote) == (Outcome.NOT_FIXED, True) and ended.steps[3].state is FAILED
    assert ended.sentence.startswith("systemctl reboot was refused: Operation denied due to active block inhibitor")
    assert ended.sentence.endswith("; the new bytes are in place") and ended.sentence.isprintable()


async def test_an_appliance_that_goes_on_with_its_old_boot_has_not_restarted() -> None:
    refusal = Refusal("the appliance never restarted: after 180 s it still answers with its old boot id", 1)
    ended, _ = await carry_out(Script(comes_back=refusal), FIX.by_reboot())
    assert (ended.outcome, ended.wrote, ended.unverified) == (Outcome.NOT_FIXED, True, "")
    assert ended.sentence.startswith("the appliance never restarted") and ended.steps[4].state is FAILED


async def test_what_commands_changed_is_a_fact_of_its_own() -> None:
    commands = replace(FIX, steps=(Run("systemctl enable haproxy"),), back=(Run("systemctl disable haproxy"),))
    ended, _ = await carry_out(Script(reads=[BROKEN]), commands)
    assert (ended.wrote, ended.changed, ended.undoable) == (False, True, True)
    ended, _ = await carry_out(Script(codes={"systemctl enable haproxy": None}, reads=[BROKEN]), commands)
    assert (ended.wrote, ended.changed, ended.undoable) == (False, None, False), "the next reading tells"
    ended, _ = await carry_out(Script(reads=[BROKEN]), replace(commands, back=()))
    assert (ended.changed, ended.undoable) == (True, False)
    ended, _ = await carry_out(Script(written=Written(WriteResult.CHANGED)))
    assert (ended.changed, ended.undoable) == (False, False)


async def test_lost_before_anything_was_done() -> None:
    class Gone(Script):
        async def write(self, step: Change, backup: str, page: str) -> Written:
            raise Refusal("the jump host cannot be reached", 3)

    fix = replace(FIX, steps=(Run("systemctl stop haproxy"), *FIX.steps))
    execution = Execution(prepared(fix), Script(), BROKEN, lambda _: None, no_time)
    ended = execution.lost("the jump host cannot be reached")
    assert (ended.outcome, ended.wrote) == (Outcome.LOST, False) and "nothing was written" in ended.sentence
    assert (await carry_out(Gone()))[0].outcome is Outcome.LOST


async def test_a_fix_without_a_write() -> None:
    before = HAPROXY_DOWN
    start = before.finding("C12:haproxy")
    assert start is not None and start.fix is not None and not start.fix.undoable
    hands = Script()
    execution = Execution(
        Prepared("id", "C12:haproxy", "C12", "FIX C12", "root@haproxy", start.fix),
        hands,
        before,
        lambda _: None,
        no_time,
    )
    ended = await execution.run()
    assert (ended.outcome, ended.wrote) == (Outcome.FIXED, False)
    assert states(ended) == [DONE, SKIPPED, SKIPPED, DONE, SKIPPED, DONE, DONE]
    assert hands.did == ["systemctl reset-failed haproxy", "systemctl start haproxy", "read"]


def way_back() -> Fix:
    return Fix("back", FIX.back, "brings A01 back", (), "f", 12)


async def test_the_way_back_brings_the_fault_back() -> None:
    hands = Script(reads=[BROKEN], codes={"systemctl start anyip-routes": 1, "systemctl start haproxy": 1})
    ended, _ = await carry_out(hands, way_back(), before=HEALTHY, undo=True)
    assert (ended.outcome, ended.wrote) == (Outcome.UNDONE, True)
    assert ended.sentence == "the old bytes are back, A01 too: 0 of 2 VIPs answer"
    assert hands.did == [
        "systemctl stop haproxy anyip-routes",
        f"write {PATH} {BACKUP}",
        "systemctl start anyip-routes",
        "systemctl start haproxy",
        "read",
    ]


STARTED = ["systemctl start anyip-routes", "systemctl start haproxy"]


async def test_the_way_back_stops_before_it_writes_where_its_first_command_fails() -> None:
    hands = Script(codes={"systemctl stop haproxy anyip-routes": 1})
    ended, _ = await carry_out(hands, way_back(), before=HEALTHY, undo=True)
    assert (ended.outcome, ended.wrote) == (Outcome.NOT_FIXED, False)
    assert ended.sentence == (
        "systemctl stop haproxy anyip-routes failed; nothing was written; what had been stopped was started again"
    )
    assert hands.did == ["systemctl stop haproxy anyip-routes", *STARTED]


async def test_what_was_stopped_for_a_write_that_is_refused_is_started_again() -> None:
    hands = Script(written=Written(WriteResult.CHANGED))
    ended, _ = await carry_out(hands, way_back(), before=HEALTHY, undo=True)
    assert (ended.outcome, ended.wrote) == (Outcome.REFUSED, False)
    assert ended.sentence.endswith("Nothing was written; what had been stopped was started again")
    assert hands.did == ["systemctl stop haproxy anyip-routes", f"write {PATH} {BACKUP}", *STARTED]


async def test_what_was_stopped_is_started_again_where_the_journal_is_refused() -> None:
    async def note(step: str) -> str:
        if step.startswith("write"):
            raise Refusal("otto@laptop has begun a fix of A01 here", 1)
        return ""

    hands = Script()
    execution = Execution(prepared(way_back(), undo=True), hands, HEALTHY, lambda _: None, no_time, note)
    with pytest.raises(Refusal) as refused:
        await execution.run()
    ended = execution.stopped(refused.value)
    assert (ended.outcome, ended.wrote) == (Outcome.REFUSED, False)
    assert "otto@laptop" in ended.sentence and "started again. Nothing was written" in ended.sentence
    assert hands.did == ["systemctl stop haproxy anyip-routes", *STARTED]


async def test_what_cannot_be_started_again_is_named() -> None:
    fix = replace(way_back(), steps=tuple(replace(s, may_fail=False) if isinstance(s, Run) else s for s in FIX.back))
    hands = Script(written=Written(WriteResult.CHANGED), codes={"systemctl start haproxy": 1})
    ended, _ = await carry_out(hands, fix, before=HEALTHY, undo=True)
    assert ended.sentence.endswith("could not be started again: systemctl start haproxy failed")


async def test_each_step_is_written_down_before_it_begins() -> None:
    hands = Script()

    async def note(step: str) -> str:
        hands.did.append(f"note {step}")
        return ""

    await Execution(prepared(), hands, BROKEN, lambda _: None, no_time, note).run()
    assert hands.did == [
        f"note write {PATH}", f"write {PATH} {BACKUP}",
        "note act systemctl reset-failed haproxy", "systemctl reset-failed haproxy",
        "note act systemctl restart anyip-routes", "systemctl restart anyip-routes",
        "note act systemctl start haproxy", "systemctl start haproxy",
        "note verify", "read",
    ]  # fmt: skip


async def test_an_undo_that_brings_nothing_back_is_not_verified() -> None:
    ended, _ = await carry_out(Script(reads=[HEALTHY]), way_back(), before=HEALTHY, undo=True)
    assert (ended.outcome, ended.unverified) == (Outcome.UNDONE, "A01 did not come back")


async def test_done_but_not_verified_says_why() -> None:
    ended, _ = await carry_out(Script(reads=[UNPROBED]))
    assert ended.outcome is Outcome.NOT_FIXED and ended.sentence.startswith("done; whether ")
    bare = replace(HEALTHY, nodes=tuple(node for node in HEALTHY.nodes if node.kind is not NodeKind.VIP))
    ended, _ = await carry_out(Script(reads=[bare]))
    assert ended.unverified.startswith("no VIP exists") and ended.outcome is Outcome.NOT_FIXED


async def test_only_where_clients_are_counts() -> None:
    execution = Execution(prepared(), Script(), BROKEN, lambda _: None, no_time, client=Vantage.HERE)
    assert (await execution.run()).unverified.startswith("whether ")
    execution = Execution(prepared(), Script(), BROKEN, lambda _: None, no_time, client=base().origin.client_vantage)
    assert (await execution.run()).outcome is Outcome.FIXED


async def test_a_second_write_that_is_refused_does_not_hide_the_first() -> None:
    class Second(Script):
        async def write(self, step: Change, backup: str, page: str) -> Written:
            self.did.append(f"write {step.path} {backup}")
            return WELL if len(self.did) == 1 else Written(WriteResult.CHANGED)

    other = replace(WRITE, path="/etc/vmware/route-tables.cfg")
    hands = Second()
    ended, _ = await carry_out(hands, replace(FIX, steps=(WRITE, other, *FIX.steps[1:])))
    assert (ended.outcome, ended.wrote) == (Outcome.NOT_FIXED, True) and "Nothing was written" not in ended.sentence
    assert hands.did[1] == f"write {other.path} {other.path}.noroute-20260102-030405-2"


async def test_words_of_the_appliance_are_bounded() -> None:
    class Loud(Script):
        async def run(self, command: str) -> Ran:
            return Ran(0, "x\n" * 1000)

    ended, _ = await carry_out(Loud())
    assert len(ended.log) == 3 * 6


def test_reboot_steps_stand_at_the_end() -> None:
    assert isinstance(FIX.by_reboot().steps[-1], Reboot) and FIX.by_reboot().reboot and not FIX.reboot


async def test_a_command_that_hangs_leaves_it_unverified() -> None:
    class Hanging(Script):
        async def run(self, command: str) -> Ran:
            return Ran(124, "no end after 90 s", hung=True) if "restart" in command else await super().run(command)

    ended, _ = await carry_out(Hanging())
    assert (ended.outcome, ended.wrote) == (Outcome.NOT_FIXED, True)
    assert ended.unverified == "systemctl restart anyip-routes has not come to its end"
    assert ended.unverified in ended.sentence
    ended, _ = await carry_out(Hanging(reads=[BROKEN]), undo=True)
    assert ended.outcome is Outcome.UNDONE and "systemctl restart anyip-routes has not come" in ended.sentence
