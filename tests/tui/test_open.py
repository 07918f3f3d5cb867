"""``noroute open``: the same findings from the folder as from the appliance, and a word on everything that is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.capture_session import recorded
from checks.diagnosis import diagnose
from checks.evidence.evidence import Login, read
from checks.evidence.section import Reading
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.sources import capture
from tests.checks.fixtures import CAPTURES
from tui import screen_state
from tui.cli import main
from tui.save_capture import keep

BROKEN, HEALTHY = CAPTURES / "a-hostbits-boot", CAPTURES / "healthy"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.mark.parametrize("form", [(), ("--format", "text"), ("--format", "json")])
@pytest.mark.parametrize(
    ("folder", "words", "code"), [(BROKEN, (), 1), (HEALTHY, (), 0), (HEALTHY, ("--fail-on-unknown",), 3)]
)
def test_a_report_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], form: tuple[str, ...], folder: Path, words: tuple[str, ...], code: int
) -> None:
    assert main(["open", str(folder), *form, *words]) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    if "json" in form:
        report = json.loads(printed.out)
        assert report["source"]["kind"] == "capture"
        assert report["roots"] == (["A01:10.10.18.18/28"] if folder is BROKEN else [])
    else:
        assert "capture root@192.168.100.10 via jump" in printed.out
        assert printed.out.endswith(f"exit {code}\n")
        assert "noroute fix" not in printed.out


def _nothing(folder: Path) -> Path:
    return folder / "not-there"


def _file(folder: Path) -> Path:
    (folder / "a-file").write_text("x")
    return folder / "a-file"


def _empty(folder: Path) -> Path:
    return folder


def _garbled(folder: Path) -> Path:
    (folder / "capture.json").write_text("{")
    return folder


def _of_another_schema(folder: Path) -> Path:
    (folder / "capture.json").write_text('{"schema": "noroute/capture/2"}')
    return folder


def _with_a_hole(folder: Path) -> Path:
    shutil.copytree(BROKEN, folder / "hole")
    (folder / "hole" / "commands" / "units").unlink()
    return folder / "hole"


def _that_leads_out(folder: Path) -> Path:
    index = {"schema": "noroute/capture/1", "sections": [{"name": "id", "path": "../../etc/passwd"}]}
    (folder / "capture.json").write_text(json.dumps(index))
    return folder


@pytest.mark.parametrize(
    ("made", "said"),
    [(_nothing, "is not there"), (_file, "is a file"), (_empty, "no capture.json"), (_garbled, "not JSON"),
     (_of_another_schema, "noroute/capture/2"), (_with_a_hole, "commands/units is missing"),
     (_that_leads_out, "outside of the capture")],
)  # fmt: skip
def test_what_is_no_capture_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, made: Callable[[Path], Path], said: str
) -> None:
    assert main(["open", str(made(tmp_path))]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err and printed.err.count("\n") == 1
    assert screen_state.captures() == ()


@pytest.mark.parametrize("words", [(), ("a", "b"), ("-J", "x", "a"), ("--format", "xml", "a"), ("--demo", "healthy")])
def test_what_cannot_be_meant_is_wrong_usage(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert main(["open", *words]) == 2
    assert "noroute open --help" in capsys.readouterr().err


def test_an_appliance_that_was_not_reached_is_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    login = Login(False, "port 22: connection refused")
    capture.save(tmp_path / "refused", Reading({}, datetime(2026, 1, 2, tzinfo=UTC), complete=False), login=login)
    assert main(["open", str(tmp_path / "refused")]) == 3
    assert capsys.readouterr().err == "noroute: port 22: connection refused\n"


def test_a_terminal_gets_the_screen_and_the_same_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui import terminal
    from tui.app import NorouteApp

    shown: list[Origin] = []
    monkeypatch.setattr(terminal, "why_no_screen", lambda: "")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr(NorouteApp, "run", lambda self, **_: shown.append(self.main.snapshot.origin))
    assert main(["open", str(BROKEN)]) == 1
    assert [origin.kind for origin in shown] == [SourceKind.CAPTURE]
    assert main(["open", str(BROKEN), "--format", "json"]) == 1
    assert len(shown) == 1


def test_what_was_kept_gives_what_was_seen(tmp_path: Path) -> None:
    loaded = capture.load(BROKEN)
    vips = ("10.10.18.27:443",)
    evidence = read(
        loaded.reading,
        loaded.probes,
        login=loaded.login,
        client_vantage=loaded.origin.client_vantage,
        asked_vips=vips,
    )
    origin = replace(loaded.origin, kind=SourceKind.LIVE)
    seen = Snapshot(origin, Phase.LIVE, diagnose(evidence, Site()), evidence, read_at=datetime.now(UTC))
    keep(tmp_path / "kept", seen)
    again = recorded(tmp_path / "kept", Site())
    assert again.diagnosis == seen.diagnosis
    assert again.evidence is not None and again.evidence.asked_vips == vips
    assert again.origin.kind is SourceKind.CAPTURE and again.origin.read_only
    assert screen_state.captures() == (str(tmp_path / "kept"),)


def test_a_site_file_is_compared_with_a_capture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('name = "jarvis"\n[[ignore]]\ncode = "A01"\nreason = "known"\nuntil = 2099-01-01\n')
    main(["open", str(BROKEN), "--site", str(site)])
    out = capsys.readouterr().out
    assert "jarvis" in out and "ignored by the site file" in out


async def test_nobody_can_be_asked_to_act(tmp_path: Path) -> None:
    del tmp_path
    from checks.capture_session import CaptureSession

    recording = CaptureSession(recorded(BROKEN, Site()), Site())
    plan = await recording.prepare_fix("A01:10.10.18.18/28")
    assert plan.fix.commands and [check.detail for check in plan.preconditions] == [
        "this is a capture of root@192.168.100.10 of 2026-11-22 23:50: nothing can be changed"
    ]
    with pytest.raises(Refusal, match="nothing can be changed"):
        await recording.prepare_undo()
    with pytest.raises(Refusal, match="nothing can be changed"):
        async for _ in recording.carry_out(plan):
            pass
