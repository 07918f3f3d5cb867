"""What will want attention later: only what is known, each thing counted once."""

from __future__ import annotations

import pytest

from checks.evidence import ranges
from checks.evidence.evidence import Evidence
from checks.evidence.files import File
from checks.evidence.system import PasswordAge
from screens.upcoming import coming
from tests import samples
from tests.screens.site import NOW


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (b"10.10.18.16/28\n10.10.18.64/28\n", "30 of 32"),
        (b"10.10.18.16/28\n10.10.18.16/29\n", "14 of 16"),
        (b"10.10.18.0/26\n10.10.18.16/28\n10.10.18.32/27\n", "62 of 64"),
    ],
)
def test_an_address_in_two_ranges_is_one_address(lines: bytes, left: str) -> None:
    evidence = Evidence(ranges=ranges.parse(File("/etc/vmware/anyip-routes.cfg", lines)))
    (addresses,) = coming(evidence, samples.healthy(), NOW)
    assert (addresses.brief, addresses.when) == ("addresses left", left)


def test_a_password_that_must_be_changed_is_not_one_that_never_expires() -> None:
    (age,) = coming(Evidence(password_age=PasswordAge(None, must_change=True)), samples.healthy(), NOW)
    assert age.when == "now"
