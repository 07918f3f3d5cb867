"""The build of the appliance: recognised by its scripts, else by its habits, and never guessed."""

from __future__ import annotations

import pytest

from checks.evidence.builds import LATER, Appliance, appliance_of
from tests.checks.fixtures import CAPTURES, FIXTURES, capture_case, rule_case


@pytest.mark.parametrize(
    ("folder", "builds", "words"),
    [
        ("version-0.1.8", ("0.1.8",), "appliance 0.1.8, HAProxy 2.2.2, data plane API 2.1.0"),
        ("version-0.1.10", ("0.1.9", "0.1.10"), "appliance 0.1.9 or 0.1.10, HAProxy 2.2.2, data plane API 2.1.0"),
        ("version-0.2.0", ("0.2.0",), "appliance 0.2.0, HAProxy 2.2.2, data plane API 2.1.0"),
        ("rebooted", (LATER,), "appliance later than 0.2.0, HAProxy 2.6.12-1+deb12u3, data plane API 2.1.0"),
    ],
)
def test_the_scripts_tell_the_build(folder: str, builds: tuple[str, ...], words: str) -> None:
    found = appliance_of(rule_case(FIXTURES / "well" / folder).evidence)
    assert found.builds == builds
    assert found.words == words


def test_without_the_scripts_its_habits_leave_what_is_possible() -> None:
    found = appliance_of(capture_case(CAPTURES / "healthy").evidence)
    assert found.builds == ("0.2.0", LATER)
    assert found.words == "appliance 0.2.0 or later"
    assert "route-tables.cfg has lines of four fields" in found.signs


def test_where_nothing_tells_nothing_is_said() -> None:
    found = appliance_of(capture_case(CAPTURES / "q-root-password-expired").evidence)
    assert found == Appliance((), (), "", "")
    assert found.words == ""
