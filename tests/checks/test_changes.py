"""What the timeline tells of two diagnoses."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.changes import changes
from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.evidence.section import Reading
from checks.model import State
from tests.checks.fixtures import CAPTURES, base, capture_case

AT = datetime(2026, 1, 2, tzinfo=UTC)
BROKEN = diagnose(capture_case(CAPTURES / "a-hostbits-boot").evidence)
HEALTHY = diagnose(read(base().reading, base().probes, client_vantage=base().origin.client_vantage))
PENDING = diagnose(read(Reading(), pending=True))


def test_the_first_reading_is_one_line() -> None:
    (line,) = changes(None, BROKEN, AT)
    assert line.text == f"first read: broken, {BROKEN.sentence}" and line.state is State.FAILED and line.at == AT


def test_nothing_changed() -> None:
    assert changes(BROKEN, BROKEN, AT) == ()


def test_a_repair_is_told_once_for_each_unit_and_once_for_all_vips() -> None:
    lines = changes(BROKEN, HEALTHY, AT)
    texts = [line.text for line in lines]
    assert "2 of 2 VIPs answer" in texts and texts.count("2 of 2 VIPs answer") == 1
    assert texts[-1] == "broken -> healthy" and lines[-1].state is State.OK
    assert {"unit:anyip-routes", "unit:haproxy"} <= {line.node for line in lines}
    back = [line.text for line in changes(HEALTHY, BROKEN, AT)]
    assert "0 of 2 VIPs answer" in back and back[-1] == "healthy -> broken"


def test_what_is_still_being_read_is_no_change() -> None:
    assert [line.node for line in changes(PENDING, HEALTHY, AT) if line.node] == []
