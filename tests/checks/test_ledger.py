"""What is kept of fixes: whole or not at all, for nobody else, and readable after anything."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ledger import Ledger, Record, closed
from checks.plan import Reboot, Run, Write
from checks.refusal import Refusal

BACK = (Run("systemctl stop haproxy", "why", may_fail=True), Write("/etc/x", b"new\xff\0", b""), Reboot())
RECORD = Record(
    "20260102-030405-A01", "SHA256:key", "root@haproxy", "A01:10.10.18.18/28", "A01", "write line 9", "/etc/x.1",
    "begun", BACK, "0123456789abcdef",
)  # fmt: skip


def later(number: int, **changes: object) -> Record:
    return replace(RECORD, fix_id=f"20260102-0304{number:02d}-A01", **changes)  # type: ignore[arg-type]


def test_a_record_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    Ledger(tmp_path).save(RECORD)
    assert Ledger(tmp_path).last("SHA256:key") == RECORD
    assert Ledger(tmp_path).last("SHA256:key", RECORD.fix_id) == RECORD


@given(path=st.text(st.characters(exclude_categories=["Cs"]), max_size=20), before=st.binary(max_size=50))
def test_any_bytes_and_paths_come_back(path: str, before: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("state")
    record = replace(RECORD, back=(Write(path, before, before[::-1]), Run(path, path)), target=path)
    Ledger(state).save(record)
    assert Ledger(state).last("SHA256:key") == record


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        ledger = Ledger(tmp_path)
        ledger.save(RECORD)
        ledger.audit(RECORD, "fix", "begun")
    finally:
        os.umask(old)
    folder = tmp_path / "fixes"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "audit.log", *folder.iterdir())} == {0o600}


def test_the_last_one_that_can_be_undone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.last("SHA256:key") is None
    for record in (later(1), later(2), later(3, back=()), later(4, status="undone"), later(5, status="refused")):
        ledger.save(record)
    assert ledger.last("SHA256:key") == later(2)
    ledger.save(closed(later(2), "undone"))
    assert ledger.last("SHA256:key") == later(1)


def test_the_order_is_that_of_the_fixes_whatever_the_clock_says(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(later(9))
    ledger.save(later(3))  # the clock was set back meanwhile
    assert ledger.last("SHA256:key") == later(3)
    ledger.save(replace(later(9), status="fixed"))
    assert ledger.last("SHA256:key") == later(3), "how one ended does not make it a later one"
    ledger.save(closed(later(3), "undone"))
    assert ledger.last("SHA256:key") == later(9, status="fixed")


def test_records_without_a_number_are_older_than_those_with_one(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(later(9))
    path = tmp_path / "fixes" / f"{later(9).fix_id}.json"
    row = json.loads(path.read_text())
    for number in (None, "x", -1):
        path.write_text(
            json.dumps(
                {name: value for name, value in row.items() if name != "number"}
                | ({} if number is None else {"number": number})
            )
        )
        ledger.save(later(1))
        assert ledger.last("SHA256:key") == later(1)


def test_records_of_other_appliances_are_none_of_its_business(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(later(1))
    ledger.save(later(2, appliance="SHA256:other"))
    assert ledger.last("SHA256:key") == later(1)
    with pytest.raises(Refusal, match=later(1).fix_id) as refused:
        ledger.last("SHA256:key", later(2).fix_id)
    assert refused.value.exit_code == 2
    with pytest.raises(Refusal, match="known here: none"):
        ledger.last("SHA256:third", "x")


def test_saving_again_replaces_it_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(RECORD)
    ledger.save(closed(RECORD, "fixed"))
    assert [path.name for path in (tmp_path / "fixes").iterdir()] == [f"{RECORD.fix_id}.json"]
    assert ledger.last("SHA256:key") == closed(RECORD, "fixed")


def test_killed_while_saving_the_old_record_stays(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(RECORD)
    (tmp_path / "fixes" / f"{RECORD.fix_id}.new").write_text('{"schema": "noroute/fi')
    assert ledger.last("SHA256:key") == RECORD
    ledger.save(closed(RECORD, "fixed"))
    assert ledger.last("SHA256:key") == closed(RECORD, "fixed")


@pytest.mark.parametrize(
    "damage", ["", "{", "{}", '{"schema": "noroute/fix/2"}', "\0", "null"[:3], '"text', "0", "[]", "[" * 100_000]
)
def test_damaged_records_do_not_hide_the_others(tmp_path: Path, damage: str) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(RECORD)
    (tmp_path / "fixes" / "20990101-000000-A01.json").write_text(damage)
    assert ledger.last("SHA256:key") == RECORD


@pytest.mark.parametrize(
    ("key", "value"),
    [("back", 1), ("back", [1]), ("back", ["x"]), ("back", [{"do": "write", "path": "/x", "before": "=", "after": ""}]),
     ("back", [{"do": "run"}]), ("status", 3), ("code", None)],
)  # fmt: skip
def test_a_record_with_a_wrong_value_is_passed_over(tmp_path: Path, key: str, value: object) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(later(1))
    ledger.save(later(2))
    path = tmp_path / "fixes" / f"{later(2).fix_id}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert ledger.last("SHA256:key") == later(1)


def test_a_fix_id_cannot_leave_the_folder(tmp_path: Path) -> None:
    Ledger(tmp_path).save(replace(RECORD, fix_id="../../evil/.json"))
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "fixes"]


def test_the_audit_has_a_line_for_each_thing_done(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.audit(RECORD, "fix", "begun")
    ledger.audit(RECORD, "fix", 'fixed: "2 of 2"\nVIPs answer')
    rows = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert [row["result"] for row in rows] == ["begun", 'fixed: "2 of 2"\nVIPs answer']
    assert {row["fix"] for row in rows} == {RECORD.fix_id} and all(row["at"] and "@" in row["who"] for row in rows)
    assert rows[0]["finding"] == "A01:10.10.18.18/28" and rows[0]["digest"] == "0123456789abcdef"


def test_what_went_on_after_its_write_can_be_taken_back_and_what_never_wrote_cannot(tmp_path: Path) -> None:
    ledger, write = Ledger(tmp_path), Write("/etc/x", b"", b"new")
    ledger.save(closed(later(1, steps=(Run("systemctl restart haproxy"),)), "fixed", wrote=False))
    ledger.save(closed(later(2, steps=(write,)), "refused by the disk", wrote=False))
    last = ledger.last("SHA256:key")
    assert last is not None and last.fix_id == later(1).fix_id
