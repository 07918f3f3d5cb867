"""What can stand in the way of a repair: somebody else, a file that cannot be written, a unit that hangs, a restart in
the middle, an appliance that stays away. Each is said in words, and nothing is lost."""

import subprocess
from pathlib import Path

import pytest

from checks import remote_actions
from checks.session import Session
from checks.transaction import Left, Outcome, Transaction
from tests.lab.addresses import BANNER_URL
from tests.lab.bench import Bench
from tests.lab.box import PROJECT
from tests.lab.faults.ranges import ANYIP, HOST_BITS
from tests.lab.faults.services import HAPROXY, MISSPELT_FRONTEND
from tests.lab.product.doctor import PATIENCE, carried_out, command, noroute, surroundings, visit
from tests.lab.product.gate import Gate
from tests.lab.product.traces import backups

DOTTED = "A10:10.10.18.16/255.255.255.240"
OUTSIDE = "A06:10.10.18.40"


async def fix(session: Session, finding: str, *, reboot: bool = False) -> Transaction:
    await session.once()
    return await carried_out(session, await session.prepare_fix(finding, reboot=reboot))


async def undo(session: Session) -> Transaction:
    return await carried_out(session, await session.prepare_undo())


def answers(lab: Bench) -> bool:
    return lab.client_http("far", BANNER_URL).status == 200


def kept_here(state: Path) -> str:
    """All that is recorded of fixes on this machine."""
    return "".join(path.read_text() for path in state.rglob("*.json"))


def pids(lab: Bench) -> str:
    return lab.box.must("systemctl show -p MainPID --value haproxy")


async def test_the_last_known_good_configuration_is_put_back_and_taken_back(healthy_lab: Bench, state: Path) -> None:
    lab = healthy_lab
    good = lab.box.read(HAPROXY)
    lab.box.must(f"cp -p {HAPROXY} {HAPROXY}.lkg")
    lab.box.append(HAPROXY, MISSPELT_FRONTEND)
    lab.reboot()
    broken = lab.box.read(HAPROXY)
    assert not answers(lab)
    async with visit(lab, state) as session:
        [found] = (await session.once()).diagnosis.roots
        assert found.startswith("C11:")
        ended = await fix(session, found)
        assert ended.outcome is Outcome.FIXED, (ended.sentence, ended.log)
        assert lab.box.read(HAPROXY) == good and answers(lab)
        ended = await undo(session)
        assert ended.outcome is Outcome.UNDONE, (ended.sentence, ended.log)
        assert lab.box.read(HAPROXY) == broken
        assert session.snapshot.diagnosis.finding(found) is not None
    assert "frontend" not in kept_here(state), "a file with credentials never leaves the appliance"


def test_two_at_once(lab: Bench, state: Path, tmp_path: Path) -> None:
    lab.apply("dotted-mask")
    gate = Gate(lab, {"systemctl": "restart*"})
    with subprocess.Popen(
        command(lab, "fix", DOTTED, "--yes"), cwd=PROJECT, env=surroundings(state), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        try:
            gate.reached()
            other = tmp_path / "other"
            other.mkdir()
            assert "is under way" in noroute(lab, other, "check").out
            for words in (("fix", DOTTED, "--yes"), ("undo", "--yes"), ("fix", "--resume", "--yes")):
                second = noroute(lab, other, *words)
                assert second.code in (1, 2), second
                assert not second.out.count("WRITTEN")
            gate.open()
            out, err = first.communicate(timeout=PATIENCE)
        finally:
            first.kill()
            gate.open()
    assert first.returncode == 0, (out, err)
    assert len(backups(lab)) == 1 and answers(lab)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f"chattr +i {ANYIP}", f"chattr -i {ANYIP}", id="immutable"),
        pytest.param(
            "mount --bind /etc/vmware /etc/vmware && mount -o remount,bind,ro /etc/vmware",
            "umount /etc/vmware",
            id="read-only file system",
        ),
        pytest.param(
            "mount --bind /var/lib/vmware /var/lib/vmware && mount -o remount,bind,ro /var/lib/vmware",
            "umount /var/lib/vmware",
            id="read-only journal",
        ),
    ],
)
def test_what_cannot_be_written(lab: Bench, state: Path, before: str, after: str) -> None:
    lab.apply("dotted-mask")
    old = lab.box.read(ANYIP)
    lab.box.must(before)
    refused = noroute(lab, state, "fix", DOTTED, "--yes")
    lab.box.must(after)
    told = " ".join((refused.out + refused.err).split())
    assert refused.code == 1 and "read-only" in told and "othing was written" in told, refused
    assert lab.box.read(ANYIP) == old and backups(lab) == []
    assert "was cut off" not in noroute(lab, state, "check").out
    assert noroute(lab, state, "fix", DOTTED, "--yes").code == 0
    assert noroute(lab, state, "undo", "--yes").code == 0


@pytest.mark.parametrize("power", ["reboot", "power cut"])
def test_it_goes_on_after_the_appliance_restarted_in_the_middle(lab: Bench, state: Path, power: str) -> None:
    lab.apply("host-bits")
    gate = Gate(lab, {"systemctl": "restart*"})
    with subprocess.Popen(
        command(lab, "fix", f"A01:{HOST_BITS}", "--yes"), cwd=PROJECT, env=surroundings(state),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        try:
            gate.reached()
        finally:
            running.kill()
    boot = lab.box.boot_id()
    if power == "reboot":
        lab.reboot()
    else:
        lab.box.cut_power()
        lab.box.power_on()
    gate.remove()
    assert lab.box.boot_id() != boot
    told = noroute(lab, state, "check").out
    assert "was cut off" in told and "has the new bytes" in " ".join(told.split()) and "--resume" in told
    on = noroute(lab, state, "fix", "--resume", "--yes")
    assert on.code == 0, on
    assert HOST_BITS.encode() not in lab.box.read(ANYIP) and answers(lab)
    back = noroute(lab, state, "undo", "--yes")
    assert back.code == 0, back
    assert HOST_BITS.encode() in lab.box.read(ANYIP)


async def test_an_appliance_that_never_comes_back(lab: Bench, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.apply("dotted-mask")
    old = lab.box.read(ANYIP)
    program = lab.box.path("/usr/local/bin/systemctl")
    program.write_text('#!/bin/sh\n[ "$1" = reboot ] && set poweroff\nexec /usr/bin/systemctl "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(remote_actions, "_REBOOT_SECONDS", 8.0)
    async with visit(lab, state) as session:
        ended = await fix(session, DOTTED, reboot=True)
    assert ended.outcome is Outcome.LOST and ended.wrote is True
    assert "did not come back within 8 s: open its console in vCenter" in ended.sentence
    assert "the new bytes are in place" in ended.sentence
    program.unlink()
    lab.box.power_off()
    lab.box.power_on()
    [kept] = backups(lab)
    assert lab.box.read(f"/etc/vmware/{kept}") == old
    async with visit(lab, state) as session:
        found = (await session.once()).unfinished
        assert found is not None and found.left is Left.NEW and "while the appliance restarted" in found.sentence
        ended = await carried_out(session, await session.prepare_undo())
        assert ended.outcome is Outcome.UNDONE, (ended.sentence, ended.log)
    assert lab.box.read(ANYIP) == old


async def test_a_unit_that_hangs_in_its_start(lab: Bench, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.apply("dotted-mask")
    old = lab.box.read(ANYIP)
    hangs = lab.box.path("/etc/systemd/system/anyip-routes.service.d/hangs.conf")
    hangs.parent.mkdir()
    hangs.write_text("[Service]\nExecStartPre=/bin/sleep 600\n")
    lab.box.must("systemctl daemon-reload")
    monkeypatch.setattr(remote_actions, "_COMMAND_SECONDS", 4)
    async with visit(lab, state) as session:
        ended = await fix(session, DOTTED)
        assert (ended.outcome, ended.wrote) == (Outcome.NOT_FIXED, True)
        assert any("no end after 4 s" in text for _, text in ended.log)
        assert ended.unverified == "systemctl restart anyip-routes has not come to its end"
        hangs.unlink()
        lab.box.must("systemctl daemon-reload; systemctl restart anyip-routes")
        assert session.snapshot.can_undo
        ended = await undo(session)
        assert ended.outcome is Outcome.UNDONE, (ended.sentence, ended.log)
    assert lab.box.read(ANYIP) == old


@pytest.mark.parametrize("fails", ["restart*", "reload*"])
async def test_a_range_that_could_not_be_added_is_taken_back_under_a_running_haproxy(
    healthy_lab: Bench, state: Path, fails: str
) -> None:
    lab = healthy_lab
    lab.apply("reload-refused-in-silence")
    old, running = lab.box.read(ANYIP), pids(lab)
    program = lab.box.path("/usr/local/bin/systemctl")
    program.write_text(f'#!/bin/sh\ncase "$1" in {fails}) exit 1 ;; esac\nexec /usr/bin/systemctl "$@"\n')
    program.chmod(0o755)
    async with visit(lab, state) as session:
        ended = await fix(session, OUTSIDE)
        assert ended.outcome in (Outcome.NOT_FIXED, Outcome.WORSE) and ended.wrote is True, ended.sentence
        assert answers(lab)
        program.unlink()
        ended = await undo(session)
        assert ended.outcome is Outcome.UNDONE, (ended.sentence, ended.log)
        assert session.snapshot.diagnosis.finding(OUTSIDE) is not None
    assert lab.box.read(ANYIP) == old and answers(lab)
    assert pids(lab) == running, "nobody's connections were cut"
    assert "10.10.18.40" not in lab.box.must("ip route show table local")
