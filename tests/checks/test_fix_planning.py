"""From a finding to a plan: what is refused, what is checked, what is kept."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from checks import fix_planning
from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, DATAPLANE_CFG, HAPROXY_CFG, REDACTED_FILES
from checks.evidence.system import Disk, Reader
from checks.ledger import Record
from checks.model import NotChecked, State, Vantage
from checks.plan import Fix, Reboot, Write
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.transaction import Prepared
from tests.checks.fixtures import CAPTURES, RULES, base, capture_case, folders, rule_case

ROOT = "A01:10.10.18.18/28"
ORIGIN = Origin(SourceKind.LIVE, "root@192.168.100.10", client_vantage=Vantage.JUMP)


def snapshot(**changes: object) -> Snapshot:
    evidence: Evidence = replace(
        capture_case(CAPTURES / "a-hostbits-boot").evidence,
        reader=Reader(0, "root"),
        disks=(Disk("/", 2_000_000_000, 10),),
    )
    evidence = replace(evidence, **changes)  # type: ignore[arg-type]
    return Snapshot(ORIGIN, Phase.LIVE, diagnose(evidence), evidence)


def prepared(**changes: object) -> Prepared:
    return fix_planning.fix(snapshot(**changes), Site(), ROOT, reboot=False)


def test_a_plan_that_may_be_carried_out() -> None:
    plan = prepared()
    assert (plan.finding_id, plan.title, plan.target) == (ROOT, "FIX A01", "root@192.168.100.10")
    assert re.fullmatch(re.escape(ANYIP_CFG) + r"\.noroute-[0-9.-]+", plan.backup)
    assert [check.state for check in plan.preconditions] == [State.OK] * 3
    assert plan.fix_id.endswith("-A01") and not plan.undo and plan.production == ""
    fix_planning.check(plan)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reader": Reader(1000, "anna")}, "anna is not root"),
        ({"reader": None}, "unknown is not root"),
        ({"disks": (Disk("/", 2_000_000_000, 10), Disk("/var/log", 10, 100, 10))}, "/var/log is full"),
    ],
)
def test_what_does_not_hold_stops_it_before_anything_is_written(changes: dict[str, object], words: str) -> None:
    plan = prepared(**changes)
    with pytest.raises(Refusal) as refused:
        fix_planning.check(plan)
    assert refused.value.exit_code == 1
    assert words in refused.value.sentence and refused.value.sentence.endswith("Nothing was written")


@pytest.mark.parametrize(
    ("disk", "state", "words"),
    [
        (Disk("/", 0, 100, 1_000_000_000), State.OK, "1.0 GB free"),  # what is kept for root is there for a fix
        (Disk("/", 0, 100, 4096), State.FAILED, "/ is full"),
        (Disk("/", 0, 100), State.UNKNOWN, "room for root on / unknown"),
    ],
)
def test_the_room_is_what_root_may_write(disk: Disk, state: State, words: str) -> None:
    (room,) = (check for check in prepared(disks=(disk,)).preconditions if check.id == "precondition:room")
    assert (room.state, room.detail) == (state, words)


def test_a_file_whose_bytes_are_others_on_the_appliance_stops_it() -> None:
    files = dict(snapshot().evidence.files)  # type: ignore[union-attr]
    files[ANYIP_CFG] = replace(files[ANYIP_CFG], sha256="0" * 64)
    with pytest.raises(Refusal, match="other bytes"):
        fix_planning.check(prepared(files=files))


def test_what_cannot_be_repaired_here_says_what_to_do_instead() -> None:
    now = snapshot()
    with pytest.raises(Refusal, match=f"repair {ROOT} first") as consequence:
        fix_planning.fix(now, Site(), "C10:10.10.18.19:443", reboot=False)
    with pytest.raises(Refusal, match=ROOT) as unknown:
        fix_planning.fix(now, Site(), "A99:nothing", reboot=False)
    assert consequence.value.exit_code == unknown.value.exit_code == 2


def test_by_reboot_and_in_production() -> None:
    plan = fix_planning.fix(snapshot(), Site(name="jarvis", production=True), ROOT, reboot=True)
    assert plan.fix.reboot and plan.production == "jarvis"
    assert plan.fix.digest != prepared().fix.digest == prepared().fix.digest


def test_the_way_back_of_a_fix_on_a_production_site_asks_without_the_site_file_too() -> None:
    plan = fix_planning.fix(snapshot(), Site(name="jarvis", production=True), ROOT, reboot=False)
    record = fix_planning.record(plan, "SHA256:key")
    back = fix_planning.undo(snapshot(), Site(), record)
    assert back.production == "jarvis" and fix_planning.record(back, "SHA256:key").production == "jarvis"
    assert fix_planning.undo(snapshot(), Site(name="bishop", production=True), record).production == "bishop"
    assert fix_planning.undo(snapshot(), Site(), replace(record, production="")).production == ""


def test_the_record_leads_back_to_the_old_bytes() -> None:
    plan = prepared()
    record = fix_planning.record(plan, "SHA256:key")
    assert (record.status, record.appliance, record.backup) == ("begun", "SHA256:key", plan.backup)
    back = fix_planning.undo(snapshot(), Site(), record)
    (there,), (again,) = plan.fix.writes, back.fix.writes
    assert (again.before, again.after) == (there.after, there.before)
    assert back.undo and back.title == "UNDO A01" and fix_planning.record(back, "SHA256:key").back == ()


def test_a_fix_by_reboot_is_undone_by_its_units_unless_a_reboot_is_asked_for() -> None:
    plan = fix_planning.fix(snapshot(), Site(), ROOT, reboot=True)
    record = fix_planning.record(plan, "SHA256:key")
    back = fix_planning.undo(snapshot(), Site(), record)
    assert not back.fix.reboot and back.may_reboot and "systemctl start haproxy" in back.fix.commands
    other = fix_planning.undo(snapshot(), Site(), record, reboot=True)
    assert other.fix.commands == ("systemctl reboot",) and other.fix.writes == back.fix.writes
    assert other.fix.interrupts.startswith("brings A01 back: 2 VIPs stop answering; everything on the appliance")
    assert other.fix.verifies[0] == "the appliance is back with a new boot id"


def test_the_record_of_an_older_version_still_says_that_its_way_back_is_a_reboot() -> None:
    record = fix_planning.record(prepared(), "SHA256:key")
    old = replace(record, back=(prepared().fix.writes[0].swapped(), Reboot()))
    back = fix_planning.undo(snapshot(), Site(), old).fix
    assert "management" in back.interrupts and back.verifies[0].endswith("new boot id") and back.seconds == 60


def test_nothing_to_undo_is_said() -> None:
    empty = Record("id", "key", "t", ROOT, "A01", "s", "", "fixed")
    for record in (None, empty):
        with pytest.raises(Refusal) as refused:
            fix_planning.undo(snapshot(), Site(), record)
        assert refused.value.exit_code == 2
    for rest in (fix_planning.go_on, fix_planning.take_back):
        with pytest.raises(Refusal, match="no fix was cut off") as refused:
            rest(snapshot(), Site(), None, frozenset())
        assert refused.value.exit_code == 2


def test_of_a_known_fault_that_is_not_found_now_that_is_said() -> None:
    with pytest.raises(Refusal, match=f"^A06:10.0.0.1: not found now: nothing to repair; .*{ROOT}") as absent:
        fix_planning.fix(snapshot(), Site(), "A06:10.0.0.1", reboot=False)
    assert absent.value.exit_code == 2
    partly = snapshot()
    left = (NotChecked(("A05", "A06:10.10.18.40"), "line 8 may mean it"),)
    partly = replace(partly, diagnosis=replace(partly.diagnosis, not_checked=left))
    with pytest.raises(Refusal, match=r"not found now, but not all could be checked \(") as doubtful:
        fix_planning.fix(partly, Site(), "A06:10.0.0.1", reboot=False)
    assert doubtful.value.exit_code == 2


def test_the_healthy_site_has_nothing_to_fix() -> None:
    diagnosis = diagnose(capture_case(CAPTURES / "healthy").evidence)
    assert base().reading.complete
    with pytest.raises(Refusal, match="to repair here: nothing"):
        fix_planning.fix(Snapshot(ORIGIN, Phase.LIVE, diagnosis), Site(), ROOT, reboot=False)


@pytest.mark.parametrize("folder", [folder for folder in folders(RULES) if folder.name.startswith("A")], ids=str)
def test_what_is_promised_and_drawn_is_what_the_plan_writes(folder: Path) -> None:
    case = rule_case(folder)
    for finding in diagnose(case.evidence, case.site).findings:
        for write in finding.fix.writes if finding.fix is not None else ():
            written = write.after.decode().splitlines()
            assert finding.fix is not None and set(finding.fix.routed) <= {line.strip() for line in written}
            if finding.ruler is not None and finding.remedy.startswith("write "):
                assert set(finding.ruler.write[0].split(", ")) <= set(written)


EVERYTHING = [*folders(CAPTURES), *folders(RULES)]


# What a command leaves that no start of a unit makes anew.
STAYS = ("systemctl enable ", "systemctl unmask ", "chmod ")


def offered(folder: Path) -> list[Fix]:
    case = capture_case(folder) if folder.parent == CAPTURES else rule_case(folder)
    return [found.fix for found in diagnose(case.evidence, case.site).findings if found.fix is not None]


@pytest.mark.parametrize("folder", EVERYTHING, ids=lambda path: path.name)
def test_what_stays_is_said_and_all_findings_of_one_file_are_repaired_by_one_write(folder: Path) -> None:
    """To repair one of two bad lines would leave its unit as dead as before."""
    fixes = offered(folder)
    for fix in (*fixes, *(one.by_reboot() for one in fixes)):
        if fix.changes or any(command.startswith(STAYS) for command in fix.commands):
            assert "nothing is written" not in fix.undone and "nothing was written" not in fix.undone, fix.commands
    writes = {write for fix in fixes for write in fix.writes}
    assert len({write.path for write in writes}) == len(writes)


def test_two_bad_lines_are_one_plan() -> None:
    plans = offered(RULES / "A15-blank-before-comment")
    assert len(plans) == 2 and len({plan.digest for plan in plans}) == 1


@pytest.mark.parametrize("folder", EVERYTHING, ids=lambda path: path.name)
def test_a_file_that_is_read_masked_is_written_only_where_nothing_was_masked(folder: Path) -> None:
    case = capture_case(folder) if folder.parent == CAPTURES else rule_case(folder)
    for finding in diagnose(case.evidence, case.site).findings:
        for write in finding.fix.writes if finding.fix is not None else ():
            file = case.evidence.files[write.path]
            assert write.before == file.content
            assert write.path not in REDACTED_FILES or write.before_sha256 == file.sha256


def test_the_masked_copy_of_its_settings_is_no_repair_of_the_data_plane_api() -> None:
    case = rule_case(RULES / "C13-foreign-address")
    file = case.evidence.files[DATAPLANE_CFG]
    masked = {**case.evidence.files, DATAPLANE_CFG: replace(file, sha256="1" * 64)}
    for evidence, offered in ((case.evidence, True), (replace(case.evidence, files=masked), False)):
        finding = diagnose(evidence).finding("C13:dataplaneapi")
        assert finding is not None
        assert (finding.fix is not None) is offered
        assert "TLS_HOST=192.168.100.10" in finding.remedy


def test_bytes_that_were_masked_are_not_those_of_the_file() -> None:
    now = snapshot()
    assert now.evidence is not None
    masked = replace(now.evidence.files[HAPROXY_CFG], sha256="1" * 64)
    plan = Fix("s", (Write(HAPROXY_CFG, masked.content, b"new"),), "", (), "", 1)
    findings = tuple(replace(one, fix=plan) if one.id == ROOT else one for one in now.diagnosis.findings)
    shown = replace(
        now,
        diagnosis=replace(now.diagnosis, findings=findings),
        evidence=replace(now.evidence, files={**now.evidence.files, HAPROXY_CFG: masked}),
    )
    with pytest.raises(Refusal, match="other bytes by now"):
        fix_planning.check(fix_planning.fix(shown, Site(), ROOT, reboot=False))


def test_an_undo_of_a_renewal_is_refused_where_the_certificate_is_another_one_by_now() -> None:
    case = rule_case(RULES / "D04-ended")
    evidence = replace(case.evidence, reader=Reader(0, "root"))
    [found] = [one for one in diagnose(evidence).findings if one.code == "D04"]
    assert found.fix is not None and evidence.certificate is not None
    ours = evidence.certificate
    old, made, by_hand = (":".join([pair] * 32) for pair in ("AA", "BB", "CC"))
    before = Snapshot(ORIGIN, Phase.LIVE, diagnose(evidence), evidence)
    begun = fix_planning.record(fix_planning.fix(before, Site(), found.id, reboot=False), "SHA256:key")
    assert begun.replaced == ours.fingerprint and begun.left == ""
    record = replace(begun, replaced=old, left=made)

    def undo(fingerprint: str | None) -> Prepared:
        certificate = replace(ours, fingerprint=fingerprint) if fingerprint else None
        there = replace(evidence, certificate=certificate)
        return fix_planning.undo(Snapshot(ORIGIN, Phase.LIVE, diagnose(there), there), Site(), record)

    for fingerprint in (made, old):
        fix_planning.check(undo(fingerprint))
    for other, words in ((by_hand, "renewed since"), (None, "cannot be read")):
        with pytest.raises(Refusal, match=words) as refused:
            fix_planning.check(undo(other))
        assert refused.value.exit_code == 1
