"""A machine that is no appliance is told so, and an appliance that lacks a file is not."""

from __future__ import annotations

from dataclasses import replace

from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.section import Ending, Reading, Section
from checks.looking import not_an_appliance
from tests.checks.fixtures import base

FILE = f"file:{ANYIP_CFG}"
READING = base().reading
GONE = replace(READING.sections[FILE], out=b"", err=f"cat: {ANYIP_CFG}: No such file or directory\n".encode(), code=1)
UNITS = replace(READING.sections["units"], out=b"Id=anyip-routes.service\nLoadState=not-found\nActiveState=inactive\n")


def reading(*sections: Section) -> Reading:
    return replace(READING, sections={**READING.sections, **{section.name: section for section in sections}})


def test_neither_the_file_nor_the_unit() -> None:
    said = not_an_appliance(reading(GONE, UNITS))
    assert said.startswith("it is not the HAProxy appliance") and ANYIP_CFG in said
    assert not_an_appliance(reading(GONE, replace(UNITS, out=b"")))


def test_one_of_the_two_is_enough() -> None:
    assert not_an_appliance(READING) == ""
    assert not_an_appliance(reading(GONE)) == ""
    assert not_an_appliance(reading(UNITS)) == ""


def test_what_could_not_be_read_says_nothing() -> None:
    denied = replace(GONE, err=f"cat: {ANYIP_CFG}: Permission denied\n".encode())
    assert not_an_appliance(reading(denied, UNITS)) == ""
    assert not_an_appliance(replace(reading(GONE, UNITS), complete=False)) == ""
    assert not_an_appliance(reading(GONE, replace(UNITS, ending=Ending.TIMED_OUT))) == ""
    assert not_an_appliance(Reading()) == ""
