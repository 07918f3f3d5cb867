"""What the next start makes of a journal, by evidence alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checks.evidence.evidence import Evidence
from checks.evidence.files import File
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.section import Section
from checks.evidence.system import Clock
from checks.fix_journal import Entry, not_understood
from checks.interrupted_fix import page_of, to_the_end, unfinished
from checks.ledger import Record
from checks.plan import Reboot, Run, Write
from checks.process_identity import mine
from checks.transaction import Left

NOW = 1_800_000_000
WRITE = Write(ANYIP_CFG, b"old\n", b"new\n")
ENTRY = Entry(
    "20260102-030405-A01", "A01:x", "A01", "fix", "anna@desk 4711", "2026-01-02T03:04:05+00:00", "act x", ANYIP_CFG,
    f"{ANYIP_CFG}.noroute-20260102-030405", WRITE.before_sha256, WRITE.after_sha256,
    process="0123456789abcdef boot 1 4711 5", boot="first-boot",
)  # fmt: skip
RECORD = Record(
    ENTRY.fix_id, "SHA256:key", "root@haproxy", "A01:x", "A01", "s", ENTRY.backup, "begun",
    steps=(WRITE, Run("systemctl restart anyip-routes"), Reboot()),
)  # fmt: skip


def evidence(
    entry: Entry | bytes, age: float | bytes = 10, *, sha256: str = WRITE.after_sha256, boot: str = "first-boot"
) -> Evidence:
    stamp = age if isinstance(age, bytes) else str(int(NOW - age)).encode()
    text = entry if isinstance(entry, bytes) else entry.text()
    return Evidence(
        files={ANYIP_CFG: File(ANYIP_CFG, b"", None, sha256)} if sha256 else {},
        sections={"fix-journal": Section("fix-journal", "journal", stamp + b"\n" + text)},
        clock=Clock(datetime.fromtimestamp(NOW, UTC), 5000.0),
        boot_id=boot,
    )


@pytest.mark.parametrize("stamp", [b"9" * 400, b"-1", b"", b"x", b" 12", "²".encode(), b"9" * 5000])
def test_no_stamp_of_an_appliance_raises(stamp: bytes) -> None:
    text, age = page_of(evidence(ENTRY, stamp))
    assert (text, age) == (ENTRY.text(), None)
    found = unfinished(evidence(ENTRY, stamp), None, None)
    assert found is not None and found.in_doubt


def test_by_age_whoever_is_elsewhere_is_at_it_or_gone() -> None:
    running, gone = (unfinished(evidence(ENTRY, age), None, None) for age in (10, 1000))
    assert running is not None and (running.left, running.in_doubt) == (Left.RUNNING, False)
    assert gone is not None and (gone.left, gone.in_doubt) == (Left.NEW, False) and "was cut off" in gone.sentence


@pytest.mark.parametrize("age", [-3600, 6000], ids=["set back", "set forward"])
def test_a_clock_that_was_set_leaves_it_in_doubt_and_that_is_said(age: float) -> None:
    found = unfinished(evidence(ENTRY, age), None, None)
    assert found is not None and (found.in_doubt, found.left, found.age) == (True, Left.NEW, None)
    assert "/var/lib/vmware/noroute.journal" in found.sentence and "Ask anna@desk before you take it" in found.sentence
    assert found.can_undo and not found.can_go_on


def test_an_old_one_of_an_earlier_boot_is_old() -> None:
    found = unfinished(evidence(ENTRY, 6000, boot="second-boot"), None, None)
    assert found is not None and not found.in_doubt


def test_a_process_of_this_machine_that_is_gone_is_gone_whatever_the_clock_says() -> None:
    words = mine().split(" ")
    before = replace(ENTRY, process=" ".join([words[0], "earlier-boot", *words[2:]]))
    found = unfinished(evidence(before, b"?"), RECORD, None)
    assert found is not None and (found.left, found.in_doubt, found.can_go_on) == (Left.NEW, False, True)


def test_a_file_that_was_not_read_was_edited_by_nobody() -> None:
    found = unfinished(evidence(ENTRY, 1000, sha256=""), RECORD, None)
    assert found is not None and found.left is Left.UNREAD and "could not be read" in found.sentence
    assert not found.can_go_on and not found.can_undo


def test_a_newer_journal_and_what_is_none_are_named() -> None:
    newer = ENTRY.text().replace(b"journal/1", b"journal/2")
    assert "(noroute/journal/2)" in not_understood(newer) and "remove the file there" in not_understood(newer)
    assert "cannot be read" in not_understood(b"\xff{") and "cannot be read" in not_understood(b"[]")
    assert not_understood(b"") == not_understood(ENTRY.text()) == ""
    more = ENTRY.text().replace(b'"kind"', b'"later": [1], "kind"')
    assert not_understood(more) == ""


@pytest.mark.parametrize(
    ("step", "boot", "left"),
    [
        ("act x", "first-boot", RECORD.steps[1:]),
        ("reboot", "first-boot", RECORD.steps[1:]),
        ("reboot", "second-boot", RECORD.steps[1:2]),
        ("verify", "second-boot", ()),
    ],
)
def test_what_was_done_is_not_done_again(step: str, boot: str, left: tuple[object, ...]) -> None:
    found = unfinished(evidence(replace(ENTRY, step=step), 1000, boot=boot), RECORD, None)
    assert found is not None and found.can_go_on and to_the_end(Evidence(), RECORD, found) == left
