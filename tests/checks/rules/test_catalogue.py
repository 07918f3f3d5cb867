"""The catalogue: whole, current, and silent on what is harmless."""

from __future__ import annotations

import inspect
import json
import re

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, read
from checks.model import Severity
from checks.rules.benign import Benign, benign
from checks.rules.catalogue import rules
from checks.rules.entries import FILE, entries, entry
from tests.catalogue import TABLE, as_json, as_table, made
from tests.checks.fixtures import base, with_lines

# Every way to fail that is known to begin with, by letter and number; what has parts of its own is named below.
_UP_TO = {"A": 29, "B": 26, "C": 29, "D": 11, "E": 16, "F": 10, "G": 14, "H": 6}
KNOWN = {f"{letter}{number:02}" for letter, last in _UP_TO.items() for number in range(1, last + 1)}
KNOWN = KNOWN - {"C05"} | {"C05a", "C05b", "C05c", "C05d"}
CODES = {entry.code for entry in entries()}

# Reproduced with the vendor's scripts: the lab has no first boot.
NOT_REPEATED = {"B15"}


def test_every_code_has_its_entry() -> None:
    assert len(entries()) == len(CODES)
    assert KNOWN <= CODES


def test_further_codes_follow_without_a_gap() -> None:
    for letter in _UP_TO:
        numbers = {int(code[1:3]) for code in CODES if code.startswith(letter)}
        assert numbers == set(range(1, len(numbers) + 1))


def test_what_is_written_is_what_the_rules_say() -> None:
    found = made()
    assert FILE.read_text("utf-8") == as_json(found), "python -m tests.catalogue"
    assert TABLE.read_text("utf-8") == as_table(found), "python -m tests.catalogue"


def test_every_name_is_given_once() -> None:
    names = [entry.name for entry in entries()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_entry_is_whole(code: str) -> None:
    found = entry(code)
    assert found is not None
    assert found.title and found.what
    assert found.repair or found.severity == "info"
    assert found.sources or found.grade == "REASON"
    assert bool(found.why_no_rule) is (found.kind == "elsewhere")
    assert found.severity == "info" or found.grade != "REASON"
    assert set(re.findall(r"\b[A-H][0-9]{2}[a-d]?\b", found.see_also)) <= CODES - {code}


def test_what_is_graded_lab_is_seen_in_a_recording_or_a_fault() -> None:
    rows = [entry for entry in entries() if entry.kind == "rule" and entry.grade == "LAB"]
    assert {entry.code for entry in rows if not entry.proven} == NOT_REPEATED


def test_a_rule_that_can_offer_a_repair_is_listed_with_it() -> None:
    """Offered is what a fixture or a recording shows: a repair that none of them shows would go unlisted."""
    able = {rule.code for rule in rules() if re.search(r"\bfix=(?!None,)", inspect.getsource(rule.function))}
    assert able - {entry.code for entry in entries() if entry.fixable} == set()


def test_the_file_that_is_read_is_plain_data() -> None:
    assert {row["kind"] for row in json.loads(FILE.read_bytes())} == {"rule", "elsewhere"}


@pytest.mark.parametrize("row", benign(), ids=lambda row: row.lines[0][:30])
def test_no_rule_speaks_of_what_is_harmless(row: Benign) -> None:
    diagnosis = diagnose(_having(row))
    assert [finding.id for finding in diagnosis.findings if finding.severity is not Severity.INFO] == []
    assert diagnosis.counts.unknown == 0


def _having(row: Benign) -> Evidence:
    """The healthy site whose unit has said these lines; what a command prints is in the healthy site already."""
    loaded = base()
    reading = with_lines(loaded, row.where, row.lines) if f"journal:{row.where}" in loaded.reading.sections else None
    return read(reading or loaded.reading, loaded.probes, client_vantage=loaded.origin.client_vantage)
