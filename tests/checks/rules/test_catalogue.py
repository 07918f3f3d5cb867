"""The catalogue: whole, current, and silent on what is harmless."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, read
from checks.evidence.section import Section
from checks.model import Severity
from checks.rules.benign import Benign, benign
from checks.rules.catalogue import rules
from checks.rules.entries import FILE, also, entries, entry
from tests.catalogue import TABLE, as_json, as_table, made
from tests.checks.fixtures import CAPTURES, base, folders, with_lines
from tests.lab.faults import FAULTS
from tests.lab.product import test_access, test_faults
from tests.lab.product.expected import OF_BUILDS, fires
from tui.cli import main

# Every way to fail that is known to begin with, by letter and number; what has parts of its own is named below.
_UP_TO = {"A": 29, "B": 26, "C": 29, "D": 11, "E": 16, "F": 10, "G": 14, "H": 6}
KNOWN = {f"{letter}{number:02}" for letter, last in _UP_TO.items() for number in range(1, last + 1)}
KNOWN = KNOWN - {"C05"} | {"C05a", "C05b", "C05c", "C05d"}
# Those of them that were reproduced on a running appliance.
SEEN_TO_HAPPEN = set(
    re.findall(
        r"\S+",
        """
        A01 A02 A03 A05 A08 A09 A10 A11 A12 A13 A14 A15 A16 A17 B08 B09 B10 C01 C02 C03 C04 C05a C05b C05c C05d C06
        C07 C08 C10 C11 C21 C22 C23 C24 C25 C26 C27 C28 C29 E01 E13 E14 E15 E16 F02 F03 F05 G08 H01
        """,
    )
)
CODES = {entry.code for entry in entries()}


def test_every_code_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "json"]) == 0
    listed = [row["code"] for row in json.loads(capsys.readouterr().out)["entries"]]
    assert len(KNOWN) == 144
    assert sorted(KNOWN - set(listed)) == []
    assert len(listed) == len(set(listed))


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
    assert set(found.also) <= CODES - {code}
    assert found.recognise and found.why
    assert found.undo or not found.fixable


def test_what_is_graded_lab_fires_in_a_test_of_the_lab() -> None:
    rows = {found.code: found for found in entries() if found.grade == "LAB"}
    assert set(rows) >= SEEN_TO_HAPPEN
    tested = {
        *_cases(test_faults.test_a_fault_has_its_root_and_its_repair),
        *_cases(test_faults.test_a_fault_of_an_older_build_has_its_root_and_its_repair),
        *_cases(test_access.test_a_shut_door_is_named),
    }
    for code, found in rows.items():
        proofs = [proof.removeprefix("lab:") for proof in found.proven if proof.startswith("lab:")]
        assert proofs, f"{code} in no fault of the lab"
        assert set(proofs) <= tested, code
        # What no rule can tell is only there to be seen.
        assert found.kind == "elsewhere" or all(code in _found(proof) for proof in proofs)


def _cases(test: Callable[..., object]) -> set[str]:
    """The cases of a test as the catalogue names them: FAULT, or BUILD:FAULT."""
    [mark] = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return {case if isinstance(case, str) else ":".join(case) for case in mark.args[1]}


def _found(proof: str) -> frozenset[str]:
    """The codes that the lab's tests have to find for a proof."""
    build, _, fault = proof.rpartition(":")
    roots = OF_BUILDS[build, fault].roots if build else ()
    return frozenset(root.partition(":")[0] for root in roots) or fires(fault)


def test_what_an_entry_leads_to_leads_back_to_it() -> None:
    assert all(found.code in {one.code for one in also(other)} for found in entries() for other in found.also)


@pytest.mark.parametrize("code", [found.code for found in entries() if found.kind == "elsewhere"])
def test_what_no_rule_can_tell_is_reached_from_a_finding(code: str) -> None:
    """By as many steps as it takes: each page names the next."""
    reached, edge = {code}, [code]
    while edge:
        edge += (further := {one.code for one in also(edge.pop())} - reached)
        reached |= further
    assert {found.code for found in entries() if found.kind == "rule"} & reached


@pytest.mark.parametrize(
    ("symptom", "causes"),
    [
        ("F01", {"A01", "C03", "E06", "E07", "E12"}),
        ("F03", {"E01", "E02", "E03", "E06", "E07", "E10", "E12"}),
        ("F05", {"E02", "G11"}),
        ("G08", {"E10", "G11"}),
        ("D02", {"B16", "G04", "G06"}),
        ("D07", {"G04"}),
    ],
)
def test_a_symptom_leads_to_what_may_be_behind_it(symptom: str, causes: set[str]) -> None:
    assert causes <= {one.code for one in also(symptom)}


def test_what_is_said_to_be_proven_elsewhere_is_a_recording_or_a_fault() -> None:
    known = {folder.name for folder in folders(CAPTURES)} | {f"lab:{fault}" for fault in FAULTS}
    said = {proof for found in entries() if found.kind == "elsewhere" for proof in found.proven}
    assert said and said <= known


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
    """The healthy site on which this was said or stands."""
    loaded = base()
    sections = dict(loaded.reading.sections)
    if f"journal:{row.where}" in sections:
        reading = with_lines(loaded, row.where, row.lines)
    else:
        sections.update(_STANDING[row.where](sections, row.lines))
        reading = replace(loaded.reading, sections=sections)
    assert reading != loaded.reading or row.where in _NOT_READ
    return read(reading, loaded.probes, client_vantage=loaded.origin.client_vantage)


def _named_again(sections: Mapping[str, Section], lines: tuple[str, ...]) -> dict[str, Section]:
    """The file with exactly these names of tables, twice over those that it has."""
    file = sections["file:/etc/iproute2/rt_tables"]
    return {file.name: replace(file, out=file.out + "".join(f"{line}\n" for line in lines).encode())}


def _ruled_again(sections: Mapping[str, Section], lines: tuple[str, ...]) -> dict[str, Section]:
    """The rules with these, as ``ip -j rule`` prints them."""
    rows = [re.fullmatch(r"(\d+): from ([\d.]+)/(\d+) lookup (\w+)", line) for line in lines]
    more = [
        {"priority": int(row[1]), "src": row[2], "srclen": int(row[3]), "table": row[4]}
        for row in rows
        if row is not None
    ]
    assert len(more) == len(lines)
    others = [
        row for row in json.loads(sections["rules"].out) if row["priority"] not in {row["priority"] for row in more}
    ]
    return {"rules": replace(sections["rules"], out=json.dumps([*more, *others]).encode())}


# What no section holds cannot mislead a rule: no ping is ever sent.
_NOT_READ = {"ping"}
_STANDING: dict[str, Callable[[Mapping[str, Section], tuple[str, ...]], dict[str, Section]]] = {
    "/etc/iproute2/rt_tables": _named_again,
    "ip rule": _ruled_again,
    "ping": lambda sections, lines: {},
}
