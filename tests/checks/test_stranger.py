"""A machine that is no appliance is told so, and an appliance that lacks a file is not."""

from __future__ import annotations

import getpass
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from checks.collector import Collector, not_an_appliance
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.section import Ending, Reading, Section
from checks.model import Verdict
from checks.prompts import NeverAsk
from checks.refusal import DENIED, KEY_CHANGED, STRANGER, Refusal
from checks.session import open_session
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.sources.host_keys import fingerprint
from checks.sources.target import Target
from screens.connecting_view import draw_connecting
from screens.findings_list import draw_findings_list
from screens.heading import draw_top
from screens.picture.cells import plain
from tests.checks.fixtures import base
from tests.required import missing
from tests.screens.site import NOW
from tests.sources.sshd import sshd, why_not
from tui.report.outcome import exit_code
from tui.report.text import report

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


async def test_a_look_at_another_machine_tells_only_that(tmp_path: Path) -> None:
    """A real sshd whose machine has neither: no finding, no node in red, one sentence and exit 3."""
    if why_not():
        missing(why_not())
    with sshd(tmp_path / "sshd") as server:
        target = Target(
            "127.0.0.1",
            getpass.getuser(),
            server.port,
            identities=(str(server.client_key),),
            config_files=(),
            accept_host_keys=frozenset({fingerprint(server.host_key)}),
        )
        origin = Origin(SourceKind.LIVE, str(target.place))
        async with open_session(target, origin, asker=NeverAsk(), state=tmp_path) as session:
            snapshot = await session.once()
    if snapshot.phase is Phase.LIVE:
        pytest.skip("systemctl answers nothing here")
    assert (snapshot.phase, snapshot.shut) == (Phase.STRANGER, True)
    assert snapshot.detail == snapshot.diagnosis.sentence
    assert "it is not the HAProxy appliance" in snapshot.detail
    assert (snapshot.diagnosis.verdict, snapshot.diagnosis.findings) == (Verdict.INCOMPLETE, ())
    assert (snapshot.diagnosis.counts.failed, snapshot.diagnosis.counts.warning) == (0, 0)
    assert exit_code(snapshot) == 3
    assert not snapshot.diagnosis.nodes and not snapshot.diagnosis.edges
    said = "\n".join("".join(span.text for span in row) for row in report(snapshot, 3, lambda *words: ""))
    assert "NOT THE APPLIANCE" in said and "nothing is known: " in said
    assert "not checked" not in said


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


@pytest.mark.parametrize(
    ("code", "phase"),
    [
        (STRANGER, Phase.STRANGER),
        (DENIED, Phase.DENIED),
        ("H01", Phase.DENIED),
        (KEY_CHANGED, Phase.KEY_CHANGED),
        ("", Phase.FAILED),
    ],
)
async def test_at_the_next_look_nothing_stays_of_what_the_last_one_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, phase: Phase
) -> None:
    said = "haproxy.lab: that is not the door"
    sizes = ((80, 24), (120, 36))

    async def look(*args: object, **options: object) -> None:
        raise Refusal(said, 3, code=code)

    monkeypatch.setattr(Collector, "look", look)
    origin = Origin(SourceKind.LIVE, "root@haproxy.lab")
    async with (
        open_session(Target("haproxy.lab", "root"), origin, asker=NeverAsk(), state=tmp_path) as session,
        aclosing(session.snapshots()) as snapshots,  # type: ignore[type-var]
    ):
        at_first = session.snapshot
        async for moment in snapshots:
            if moment.phase is phase:
                break
        session.recheck()
        again = await anext(snapshots)
    assert said in drawn(moment, sizes[0]) and f"✗ {phase.value.upper()} " in drawn(moment, sizes[0])
    assert moment.shut and bool(moment.diagnosis.nodes) is (phase is not Phase.STRANGER)
    assert again.phase is Phase.CONNECTING and again.evidence is None
    assert [drawn(again, size) for size in sizes] == [drawn(at_first, size) for size in sizes]


def drawn(snapshot: Snapshot, size: tuple[int, int]) -> str:
    """Heading and what stands below it."""
    width, height = size
    shown = [draw_top(snapshot, NOW, size, None), draw_connecting(snapshot, width)]
    also = draw_findings_list(snapshot.diagnosis, width, height, every=True)
    return "\n".join(plain(picture.rows) for picture in (*shown, also))
