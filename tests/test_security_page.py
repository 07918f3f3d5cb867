"""The page about security names the test that holds each claim: they all have to be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests/|test_)[\w/]*(?:\.py)?)`", PAGE)))
FUNCTIONS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("named", NAMED)
def test_what_is_named_is_there(named: str) -> None:
    assert (ROOT / named).is_file() if named.startswith("tests/") else named in FUNCTIONS


def test_every_claim_about_a_hostile_appliance_names_a_test() -> None:
    table = PAGE.partition("### The appliance")[2].partition("### The network")[0]
    rows = [row for row in table.splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 10
    assert [row for row in rows if "`test" not in row] == []


@pytest.mark.parametrize("case", re.findall(r"\b([A-H]\d\d-[a-z-]+)\b", PAGE))
def test_named_cases_are_there(case: str) -> None:
    assert (ROOT / "tests/fixtures/rules" / case / "expected.toml").is_file()
