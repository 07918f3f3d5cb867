"""A fix that is cut off at each of its steps in turn, noroute killed or the connection lost.

Never a mixed file, never a lost backup, always a next start that explains, goes on or takes back.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import fix_journal, fix_planning, remote_actions
from checks.evidence.manifest import FILES, Item
from checks.plan import Restore, Run
from checks.refusal import Refusal
from checks.sources.remote_exec import Ran
from checks.transaction import Left, Outcome
from tests.checks.local_appliance import ROOT, Cut, LocalAppliance, Noroute, in_a_process

SHELLS = [shell for shell in (["dash"], ["busybox", "sh"]) if shutil.which(shell[0])]


Make = Callable[[str, list[str]], LocalAppliance]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes appliances, each in its folder; noroute's fixed places lie in there too."""

    def made(name: str, shell: list[str]) -> LocalAppliance:
        appliance = LocalAppliance(tmp_path / name, shell)
        page, cfg = str(appliance.journal), str(appliance.cfg)
        monkeypatch.setattr(remote_actions, "FIX_JOURNAL", page)
        monkeypatch.setattr(remote_actions, "_PAGE", (Item("page", f"cat {page}", "journal"),))
        monkeypatch.setattr(remote_actions, "_DIGESTS", (Item("sha256", f"sha256sum {cfg}", "sha256sum"),))
        monkeypatch.setattr(fix_journal, "FILES", (cfg,))
        monkeypatch.setattr(fix_planning, "FILES", (cfg,))
        return appliance

    return made


def whole(appliance: LocalAppliance) -> bytes:
    """The file's bytes, which are the old ones or the new ones; with the new ones there is a whole backup."""
    now = appliance.cfg.read_bytes()
    assert now in (appliance.write.before, appliance.write.after)
    contents = {path.read_bytes() for path in appliance.backups}
    assert contents <= {appliance.write.before, appliance.write.after}
    assert now == appliance.write.before or appliance.write.before in contents
    return now


def clean(appliance: LocalAppliance) -> None:
    assert not appliance.journal.exists() and not (appliance.root / "lock").exists()
    assert not list(appliance.root.glob("**/*.new"))
    assert Noroute.look(appliance.noroute()).unfinished is None


def begin(appliance: LocalAppliance, what: str, cut: Cut) -> bool:
    """Fix or undo up to the cut; whether the cut came before the end."""
    noroute = appliance.noroute(cut)
    work = noroute.fix if what == "fix" else noroute.undo
    if cut.what == "kill":
        return in_a_process(work) != 0
    work()
    return noroute.connection.scripts >= cut.at


def cases(what: str) -> list[tuple[int, str]]:
    return [(at, when) for at in range(1, 14) for when in ("before", "after")]


@pytest.mark.parametrize("how", ["kill", "cut"])
@pytest.mark.parametrize("what", ["fix", "undo"])
def test_cut_off_at_each_step(make: Make, what: str, how: str) -> None:
    seen: set[Left | None] = set()
    for number, (at, when) in enumerate(cases(what)):
        appliance = make(f"{at}-{when}", SHELLS[number % len(SHELLS)])
        if what == "undo":
            assert appliance.noroute().fix().outcome is Outcome.FIXED
        if not begin(appliance, what, Cut(at, how, when)):
            break
        now = whole(appliance)
        noroute = appliance.noroute()
        found = noroute.look().unfinished
        seen.add(found.left if found else None)
        if found is None:
            # Before its first word on the appliance, or after its last.
            assert at == 1 or noroute.repairs.can_undo("SHA256:local") is (what == "fix")
            assert at != 1 or now == (appliance.write.before if what == "fix" else appliance.write.after)
            continue
        assert found.can_undo and found.can_go_on and found.code == "A01" and found.kind == what
        is_old = now == (appliance.write.before if what == "fix" else appliance.write.after)
        assert "was cut off" in found.sentence and ("old bytes" if is_old else "new bytes") in found.sentence
        if number % 4 < 2:
            ended = noroute.resume()
            assert ended.outcome is (Outcome.FIXED if what == "fix" else Outcome.UNDONE)
            assert appliance.cfg.read_bytes() == (appliance.write.after if what == "fix" else appliance.write.before)
            if what == "fix" and at in (2, 5):
                assert appliance.noroute().undo().outcome is Outcome.UNDONE
                assert appliance.cfg.read_bytes() == appliance.write.before
        else:
            ended = noroute.undo()
            assert ended.outcome is Outcome.UNDONE and ended.proven, ended.sentence
            assert appliance.cfg.read_bytes() == (appliance.write.before if what == "fix" else appliance.write.after)
        assert appliance.running, f"{at} {when}: units stay stopped"
        whole(appliance)
        clean(appliance)
    assert {Left.OLD, Left.NEW} <= seen


def test_begun_elsewhere_only_the_bytes_are_put_back(make: Make) -> None:
    appliance = make("a", SHELLS[0])
    assert begin(appliance, "fix", Cut(3, "kill", "after"))
    shutil.rmtree(appliance.state / "fixes")
    page = appliance.journal.read_text()
    appliance.journal.write_text(page.replace('"owner": "', '"owner": "anna-').replace('"process": "', '"process": "x'))
    noroute = appliance.noroute()
    found = noroute.look().unfinished
    assert found is not None and found.left is Left.RUNNING and not found.can_undo
    os.utime(appliance.journal, (1, 1))
    found = noroute.look().unfinished
    assert found is not None and found.left is Left.NEW and not found.can_go_on
    assert "anna-" in found.sentence and "after the write" in found.sentence
    assert noroute.undo().outcome is Outcome.UNDONE
    assert appliance.cfg.read_bytes() == appliance.write.before and appliance.units == []
    clean(appliance)


def test_torn_inside_the_write(make: Make) -> None:
    for here in (True, False):
        appliance = make(f"torn-{here}", SHELLS[-1])
        assert begin(appliance, "fix", Cut(3, "kill", "after"))
        torn = appliance.write.after[:9] + appliance.write.before[9:20]
        appliance.cfg.write_bytes(torn)
        if not here:
            shutil.rmtree(appliance.state / "fixes")
            os.utime(appliance.journal, (1, 1))
        noroute = appliance.noroute()
        found = noroute.look().unfinished
        assert found is not None and found.left is Left.TORN and found.can_undo and not found.can_go_on
        assert "inside the write" in found.sentence and found.backup in found.sentence
        assert noroute.undo().outcome is Outcome.UNDONE
        assert appliance.cfg.read_bytes() == appliance.write.before
        assert torn in {path.read_bytes() for path in appliance.backups}
        clean(appliance)


def test_a_person_edited_it_since(make: Make) -> None:
    appliance = make("edited", SHELLS[0])
    assert begin(appliance, "fix", Cut(5, "kill", "before"))
    appliance.cfg.write_bytes(b"10.10.18.32/28\n")
    noroute = appliance.noroute()
    found = noroute.look().unfinished
    assert found is not None and found.left is Left.EDITED and not found.can_go_on
    noroute.undo()
    assert appliance.cfg.read_bytes() == b"10.10.18.32/28\n" and appliance.units == []
    clean(appliance)


def test_one_at_a_time(make: Make) -> None:
    appliance = make("two", SHELLS[0])
    first = appliance.noroute()

    async def meanwhile() -> None:
        second = appliance.noroute()
        other = second.look().unfinished
        assert other is not None and other.left is Left.RUNNING and "is under way" in other.sentence
        with pytest.raises(Refusal, match="is under way") as refused:
            await second.carry_out(await second.repairs.prepare_fix(ROOT))
        assert refused.value.exit_code == 1

    async def both() -> Outcome | None:
        prepared = await first.repairs.prepare_fix(ROOT)
        real, times = first.connection.run, 0

        async def run(script: str, *, seconds: float, limit: int) -> Ran:
            nonlocal times
            times += 1
            if times == 3:
                await meanwhile()
            return await real(script, seconds=seconds, limit=limit)

        first.connection.run = run  # type: ignore[method-assign]
        return (await first.carry_out(prepared)).outcome

    assert asyncio.run(both()) is Outcome.FIXED
    clean(appliance)


def test_a_second_one_takes_over_only_what_is_stale_and_the_first_then_stops(make: Make) -> None:
    """A laptop slept for an hour in the middle of a fix, and somebody else repaired the site meanwhile."""
    appliance = make("slept", SHELLS[0])
    first, second = appliance.noroute(), appliance.noroute()

    async def both() -> tuple[Outcome | None, Outcome | None]:
        prepared = await first.repairs.prepare_fix(ROOT)
        real, times, others = first.connection.run, 0, []

        async def run(script: str, *, seconds: float, limit: int) -> Ran:
            nonlocal times
            times += 1
            if times == 2:
                os.utime(appliance.journal, (1, 1))
                fix_journal._UNDER_WAY.clear()  # the second one is another process, and knows nothing of the first
                others.append((await second.carry_out(await second.repairs.prepare_fix(ROOT))).outcome)
            return await real(script, seconds=seconds, limit=limit)

        first.connection.run = run  # type: ignore[method-assign]
        return (await first.carry_out(prepared)).outcome, others[0]

    assert asyncio.run(both()) == (Outcome.REFUSED, Outcome.FIXED)
    assert "was changed by somebody else" in first.log[-1].sentence and first.log[-1].wrote is False
    assert appliance.units.count("restart anyip-routes") == 1
    clean(appliance)


def test_a_script_that_begins_after_it_was_given_up_writes_nothing(make: Make) -> None:
    """The connection goes when the script was handed over and has not begun; it begins when all is said and done."""
    appliance = make("late", SHELLS[0])
    noroute = appliance.noroute()
    late: list[str] = []

    async def losing() -> Outcome | None:
        prepared = await noroute.repairs.prepare_fix(ROOT)
        real = noroute.connection.run

        async def run(script: str, *, seconds: float, limit: int) -> Ran:
            if "conv=notrunc" in script and not late:
                late.append(script)
                return Ran(b"", b"", None, "the connection was lost")
            return await real(script, seconds=seconds, limit=limit)

        noroute.connection.run = run  # type: ignore[method-assign]
        return (await noroute.carry_out(prepared)).outcome

    assert asyncio.run(losing()) is Outcome.REFUSED and noroute.log[-1].wrote is False
    ended = asyncio.run(appliance.noroute().connection.run(late[0], seconds=10, limit=1000))
    assert b"result superseded" in ended.out
    assert appliance.cfg.read_bytes() == appliance.write.before and appliance.backups == []
    clean(appliance)


def test_a_plan_that_is_another_by_now_is_refused(make: Make) -> None:
    appliance = make("stale", SHELLS[0])
    noroute = appliance.noroute()

    async def changed() -> None:
        prepared = await noroute.repairs.prepare_fix(ROOT)
        steps = (*appliance.plan.steps, Run("systemctl restart dataplaneapi"))
        appliance.plan = replace(appliance.plan, steps=steps)
        await noroute.carry_out(prepared)

    with pytest.raises(Refusal, match=r"the plan is [0-9a-f]{16} by now, not") as refused:
        asyncio.run(changed())
    assert refused.value.exit_code == 1 and appliance.units == [] and not appliance.journal.exists()


def test_a_session_that_reads_only_writes_nothing(make: Make) -> None:
    noroute = make("reads", SHELLS[0]).noroute()

    async def reading() -> None:
        prepared = await noroute.repairs.prepare_fix(ROOT)
        noroute.snapshot = replace(noroute.snapshot, origin=replace(noroute.snapshot.origin, read_only=True))
        await noroute.carry_out(prepared)

    with pytest.raises(Refusal, match="reads only"):
        asyncio.run(reading())


def test_a_journal_that_cannot_be_written_refuses_the_fix(make: Make) -> None:
    appliance = make("full", SHELLS[0])
    appliance.journal.with_name("noroute.journal.new").mkdir()
    ended = appliance.noroute().fix()
    assert ended.outcome is Outcome.REFUSED and "no room, or its disk is read-only" in ended.sentence
    assert appliance.cfg.read_bytes() == appliance.write.before and not appliance.units


@pytest.mark.parametrize(
    ("page", "words"),
    [('{"schema": "noroute/journal/2"}', "newer noroute's (noroute/journal/2)"), ("\0", "cannot be read as noroute's")],
)
def test_a_journal_that_is_not_understood_is_never_overwritten(make: Make, page: str, words: str) -> None:
    appliance = make("newer", SHELLS[0])
    appliance.journal.write_text(page)
    with pytest.raises(Refusal, match=words.partition(" (")[0]) as refused:
        appliance.noroute().fix()
    assert words in refused.value.sentence and refused.value.exit_code == 1
    assert appliance.journal.read_text() == page and appliance.units == []


def test_what_nobody_can_tell_is_taken_over_only_by_a_person_who_asks_for_that(make: Make) -> None:
    appliance = make("doubt", SHELLS[0])
    assert begin(appliance, "fix", Cut(3, "kill", "before"))
    shutil.rmtree(appliance.state / "fixes")
    appliance.journal.write_text(appliance.journal.read_text().replace('"process": "', '"process": "x'))
    ahead = time.time() + 3600
    os.utime(appliance.journal, (ahead, ahead))
    with pytest.raises(Refusal, match="before you take it over"):
        appliance.noroute().fix()
    assert appliance.noroute().undo().outcome is Outcome.UNDONE
    assert appliance.cfg.read_bytes() == appliance.write.before
    clean(appliance)


def test_two_fixes_in_one_second_have_names_of_their_own_that_people_can_read(make: Make) -> None:
    appliance = make("names", SHELLS[0])
    for _ in range(3):
        assert appliance.noroute().fix().outcome is Outcome.FIXED
        assert appliance.noroute().undo().outcome is Outcome.UNDONE
    names = sorted(path.name for path in appliance.backups)
    assert len(names) == 6
    assert all(re.fullmatch(r"anyip-routes\.cfg\.noroute-\d{8}-\d{6}(\.\d)?", name) for name in names)
    assert not appliance.noroute().look().can_undo


PAGES = st.from_regex(r'\{"schema": "noroute/journal/1", "[a-z_]+": ".{0,20}"\}', fullmatch=True).map(str.encode)


@given(st.binary(max_size=300) | PAGES)
def test_no_page_of_an_appliance_raises_or_names_a_file_that_noroute_does_not_write(page: bytes) -> None:
    entry = fix_journal.parse(page)
    assert entry is None or entry.path in (*FILES, "")


@pytest.mark.parametrize(
    "lie",
    [
        {"path": "/etc/shadow"}, {"backup": "/etc/vmware/anyip-routes.cfg.noroute-x/../../shadow"},
        {"backup": "/etc/shadow"}, {"before_sha256": "$(reboot)"}, {"after_sha256": "0" * 63},
        {"backup": "/etc/vmware/anyip-routes.cfg.noroute-20260102-030405;reboot"},
    ],
)  # fmt: skip
def test_a_page_that_lies_names_no_file_at_all(lie: dict[str, str]) -> None:
    path = "/etc/vmware/anyip-routes.cfg"
    entry = fix_journal.Entry(
        "id", ROOT, "A01", "fix", "anna@desk 1", "2026-01-02T03:04:05+00:00", "write",
        path, f"{path}.noroute-20260102-030405", "0" * 64, "1" * 64,
    )  # fmt: skip
    assert fix_journal.parse(entry.text()) == entry
    read = fix_journal.parse(replace(entry, **lie).text())
    assert read is not None and (read.path, read.backup, read.before_sha256) == ("", "", "")


def test_words_of_a_page_are_inert() -> None:
    entry = fix_journal.Entry("id", ROOT, "\x1b[2J\u202e", "fix", "o" * 5000, "", "s")
    read = fix_journal.parse(entry.text())
    assert read is not None and read.code.isprintable() and len(read.owner) <= 200


def test_bytes_that_never_leave_the_appliance_are_put_back_and_taken_back(make: Make) -> None:
    appliance = make("restore", SHELLS[0])
    good = appliance.cfg.with_name("copy.lkg")
    good.write_bytes(appliance.write.after)
    old, new = appliance.write.before_sha256, appliance.write.after_sha256
    start = Run("systemctl start haproxy")
    restore = Restore(str(appliance.cfg), str(good), old, new)
    way_back = (Restore(str(appliance.cfg), "", new, old),)
    appliance.plan = replace(appliance.plan, steps=(restore, start), back=way_back)
    noroute = appliance.noroute()
    assert noroute.fix().outcome is Outcome.FIXED and appliance.cfg.read_bytes() == appliance.write.after
    assert noroute.undo().outcome is Outcome.UNDONE and appliance.cfg.read_bytes() == appliance.write.before
    clean(appliance)
    good.write_bytes(b"other bytes by now\n")
    ended = appliance.noroute().fix()
    assert ended.outcome is Outcome.REFUSED and "the file to copy from" in ended.sentence


def test_a_disk_of_this_machine_that_is_full_refuses_a_fix_before_it_begins(make: Make) -> None:
    appliance = make("full-here", SHELLS[0])
    (appliance.state / "fixes").write_text("in the way")
    with pytest.raises(Refusal, match="without a record there is no way back") as refused:
        appliance.noroute().fix()
    assert refused.value.exit_code == 1 and appliance.units == [] and not appliance.journal.exists()
    assert appliance.cfg.read_bytes() == appliance.write.before


def audited(appliance: LocalAppliance) -> list[str]:
    rows = [json.loads(row) for row in (appliance.state / "audit.log").read_text().splitlines()]
    return [row["result"] for row in rows]


def test_what_cannot_be_kept_here_is_not_taken_over_and_stays_as_it_was(make: Make) -> None:
    appliance = make("full-between", SHELLS[0])
    assert begin(appliance, "fix", Cut(5, "kill", "before"))
    [old] = (appliance.state / "fixes").glob("*.json")
    in_the_way, page, units = old.with_suffix(".new"), appliance.journal.read_text(), appliance.units
    in_the_way.mkdir()
    an_hour_ago = int(time.time()) - 3600
    os.utime(appliance.journal, (an_hour_ago, an_hour_ago))
    ended = appliance.noroute().resume()
    assert ended.outcome is Outcome.REFUSED and "cannot be taken over. Nothing was written" in ended.sentence
    assert appliance.journal.read_text() == page and appliance.units == units
    assert int(appliance.journal.stat().st_mtime) == an_hour_ago, "its age tells others whether its owner may be at it"
    in_the_way.rmdir()
    found = appliance.noroute().look().unfinished
    assert found is not None and found.can_go_on
    assert appliance.noroute().resume().outcome is Outcome.FIXED
    clean(appliance)


def test_taking_over_is_in_the_log(make: Make) -> None:
    for here in (True, False):
        appliance = make(f"audit-{here}", SHELLS[0])
        assert begin(appliance, "fix", Cut(5, "kill", "before"))
        if not here:
            shutil.rmtree(appliance.state)
            appliance.state.mkdir()
        assert appliance.noroute().undo().outcome is Outcome.UNDONE
        log = audited(appliance)
        assert any(row.startswith("given up: " if here else "took over ") for row in log), log


def test_an_end_by_a_signal_is_in_the_log(make: Make) -> None:
    appliance = make("signal", SHELLS[0])
    noroute = appliance.noroute()

    async def ended() -> None:
        prepared = await noroute.repairs.prepare_fix(ROOT)
        real = noroute.connection.run

        async def run(script: str, *, seconds: float, limit: int) -> Ran:
            if "conv=notrunc" in script:
                raise asyncio.CancelledError
            return await real(script, seconds=seconds, limit=limit)

        noroute.connection.run = run  # type: ignore[method-assign]
        with pytest.raises(asyncio.CancelledError):
            await noroute.carry_out(prepared)

    asyncio.run(ended())
    assert audited(appliance) == ["begun", "cut off: noroute was ended in the middle of it"]
    found = appliance.noroute().look().unfinished
    assert found is not None and found.left is Left.OLD


def test_a_disk_of_this_machine_that_is_full_later_stops_nothing_half_way(make: Make) -> None:
    appliance = make("full-later", SHELLS[0])
    noroute = appliance.noroute()

    async def filling() -> Outcome | None:
        prepared = await noroute.repairs.prepare_fix(ROOT)
        real = noroute.connection.run

        async def run(script: str, *, seconds: float, limit: int) -> Ran:
            for record in (appliance.state / "fixes").glob("*.json"):
                record.with_suffix(".new").mkdir(exist_ok=True)
            return await real(script, seconds=seconds, limit=limit)

        noroute.connection.run = run  # type: ignore[method-assign]
        return (await noroute.carry_out(prepared)).outcome

    assert asyncio.run(filling()) is Outcome.FIXED
    assert appliance.cfg.read_bytes() == appliance.write.after and appliance.running
    for path in (appliance.state / "fixes").glob("*.new"):
        path.rmdir()
    clean(appliance)
    assert appliance.noroute().undo().outcome is Outcome.UNDONE
    assert appliance.cfg.read_bytes() == appliance.write.before
