"""What is not proven in the lab is not offered as a repair: each code and each form of a repair that fixtures and
recordings show is carried out there on a broken appliance, verified and taken back.

These tests need no lab: they hold the tables by which :mod:`tests.lab.product.test_faults` judges.
"""

from checks.diagnosis import diagnose
from checks.rules.entries import entries
from tests.checks.fixtures import CAPTURES, RULES, capture_case, folders, rule_case
from tests.lab.product.expected import EXPECTED, OF_BUILDS, WITHOUT_REPAIR, repaired_code
from tests.lab.product.forms import REPAIRED, form, form_in

CARRIED_OUT = [fault for faults in REPAIRED.values() for fault in faults]


def test_every_code_that_is_offered_a_repair_is_proven() -> None:
    proven = {repaired_code(fault) for fault in CARRIED_OUT}
    assert {entry.code for entry in entries() if entry.fixable} - proven == set()


def test_every_form_of_a_repair_is_proven() -> None:
    cases = [*map(rule_case, folders(RULES)), *map(capture_case, folders(CAPTURES))]
    found = (finding for case in cases for finding in diagnose(case.evidence, case.site).findings)
    assert {form(one.fix) for one in found if one.fix is not None} - set(REPAIRED) == set()


def test_every_fault_is_repaired_or_says_why_not() -> None:
    assert len(CARRIED_OUT) == len(set(CARRIED_OUT))
    everything = {*EXPECTED, *(f"{version} {name}" for version, name in OF_BUILDS)}
    assert set(CARRIED_OUT) <= everything
    repairable = {fault for fault in everything if repaired_code(fault)}
    assert repairable == set(CARRIED_OUT) | set(WITHOUT_REPAIR)
    assert [fault for fault in WITHOUT_REPAIR if form_in(fault)] == []
