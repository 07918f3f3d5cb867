"""What is secret or hostile, followed through the whole product: reports, records, captures, the picture."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checks.evidence.manifest import HAPROXY_CFG, OVF_LOG
from checks.evidence.section import Reading
from checks.model import Vantage
from checks.prompts import Asker, NeverAsk
from checks.session import Session, open_session
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.sources.capture import save
from tests.screens.site import screen_text
from tui.app import NorouteApp
from tui.demo.site import Demo, simulated
from tui.report import json as json_report
from tui.report import text as text_report
from tui.report.ansi import painted
from tui.session_opening import demo_target

SECRETS = ("Kestrel-4711-hash", "Plover-0815-clear", "Osprey-2020-typed")
HOSTILE = "haproxy[1234]: [/b] \x1b[2J\x9b31m \u202e [red]x[/red] <b>&amp;"
ORIGIN = Origin(SourceKind.DEMO, "root@192.168.100.10", client_vantage=Vantage.JUMP, user="root")


def _plant(demo: Demo) -> None:
    disk = demo.model.disk
    users = f"\nuserlist more\n  user eve password {SECRETS[0]}\n  user bob insecure-password {SECRETS[1]}\n"
    disk.append(HAPROXY_CFG, users.encode())
    disk.plant(OVF_LOG, f"+ publishUserdata\n+ echo root:{SECRETS[1]} | chpasswd\n+ writeNetPostConfig\n".encode())
    demo.model.plant_in_journal(HOSTILE)


@asynccontextmanager
async def _session(state: Path, asker: Asker | None = None) -> AsyncIterator[Session]:
    async with simulated("no-route-to-host", clock=20.0) as demo:
        _plant(demo)
        target = replace(demo_target(demo), password=SECRETS[2])
        async with open_session(target, ORIGIN, asker=asker or NeverAsk(), state=state) as session:
            yield session


def _all_text(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


def _reports(snapshot: Snapshot) -> str:
    rows = text_report.report(snapshot, 1, lambda command, *words: " ".join(("noroute", command, *words)))
    return json_report.report(snapshot) + painted(rows, io.StringIO())


async def test_no_secret_reaches_a_report_a_record_or_a_capture(tmp_path: Path) -> None:
    state, capture = tmp_path / "state", tmp_path / "capture"
    state.mkdir()
    async with _session(state) as session:
        snapshot = await session.once()
        assert snapshot.phase is Phase.LIVE and snapshot.evidence is not None
        prepared = await session.prepare_fix("A01:10.10.18.18/28")
        async for moment in session.carry_out(prepared):
            last = moment
        evidence = session.snapshot.evidence
        assert evidence is not None
        reading = Reading(dict(evidence.sections), evidence.taken_at, evidence.complete, evidence.remarks)
        save(capture, reading, evidence.probes, evidence.login)
        shown = [_reports(snapshot), _reports(session.snapshot), repr(last), repr(session.snapshot), repr(prepared)]
        shown += [_all_text(state), _all_text(capture), repr(vars(session))]
    assert "writeNetPostConfig" in shown[-2], "the log's steps were read"
    for secret in SECRETS:
        assert not any(secret in text for text in shown), secret


async def test_no_secret_and_no_control_reaches_the_picture(tmp_path: Path) -> None:
    app = NorouteApp(lambda asker: _session(tmp_path, asker), origin=ORIGIN)
    async with app.run_test(size=(120, 36)) as pilot:
        async with asyncio.timeout(30):
            while app.main.snapshot.phase is not Phase.LIVE:
                await pilot.pause(0.05)
        pictures = []
        for key in ("w", "G", "q", "f", "q", "enter"):
            await pilot.press(key)
            await pilot.pause()
            pictures.append(app.export_screenshot())
            assert all(row.isprintable() for row in screen_text(app).splitlines())
        assert any("\\u202e" in picture for picture in pictures), "the hostile line was shown"
        for picture in pictures:
            ElementTree.fromstring(picture)
            assert not any(bad in picture for bad in (*SECRETS, "\x1b", "\x9b", "\u202e"))


async def test_a_traceback_says_where_and_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect while the password is at hand: one line for the person, places without values for the log."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    @asynccontextmanager
    async def defect(asker: Asker) -> AsyncIterator[Session]:
        password = SECRETS[2]
        assert asker is None, f"a defect that quotes {password}"
        async with _session(tmp_path) as session:
            yield session

    app = NorouteApp(defect, origin=ORIGIN)
    async with app.run_test(size=(80, 24)) as pilot:
        async with asyncio.timeout(30):
            while app.main.snapshot.phase is not Phase.FAILED or "errors.log" not in screen_text(app):
                await pilot.pause(0.05)
        text = screen_text(app)
    assert SECRETS[2] not in text + _all_text(tmp_path)
