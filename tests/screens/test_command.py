"""The command that opens the screen: flags, the configuration file, a capture of what is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.evidence.section import Section
from checks.refusal import Refusal
from checks.snapshot import SourceKind
from checks.sources import capture
from tests.screens.site import evidence, sample
from tui.app import NorouteApp
from tui.arguments import parse
from tui.commands import screen
from tui.save_capture import keep


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[NorouteApp, bool]]:
    """A home of its own and a terminal; the list takes the application that would run, and whether with a mouse."""
    opened: list[tuple[NorouteApp, bool]] = []
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("tui.terminal.why_no_screen", lambda: "")
    monkeypatch.setattr(NorouteApp, "run", lambda app, *, mouse: opened.append((app, mouse)))
    (tmp_path / "config" / "noroute").mkdir(parents=True)
    return opened


def configure(folder: Path, text: str) -> None:
    (folder / "config" / "noroute" / "config.toml").write_text(text)


def test_flags_outweigh_the_file(started: list[tuple[NorouteApp, bool]], tmp_path: Path) -> None:
    configure(tmp_path, '[screen]\ntheme = "noroute-light"\nascii = false\n[keys]\n"map.fix" = "x"\n')
    assert screen.run(parse(["demo", "--theme", "noroute-mono", "--ascii", "--no-mouse"])) == 0
    app, mouse = started[0]
    assert (app.theme, app.ascii, mouse) == ("noroute-mono", True, False)
    assert app.keymap.chosen == {"map.fix": "x"}


def test_the_file_holds_without_flags(started: list[tuple[NorouteApp, bool]], tmp_path: Path) -> None:
    configure(tmp_path, '[screen]\ntheme = "noroute-light"\nascii = true\nmouse = false\n')
    screen.run(parse([]))
    app, mouse = started[0]
    assert (app.theme, app.ascii, mouse) == ("noroute-light", True, False)


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (["demo", "--theme", "nope"], "", "--theme: there is no theme nope; there are: "),
        (["demo"], '[screen]\ntheme = "nope"\n', "config.toml: [screen] theme: there is no theme nope"),
        (["demo"], '[keys]\n"x" = "y"\n', "nothing is called x"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    started: list[tuple[NorouteApp, bool]], tmp_path: Path, words: list[str], text: str, said: str
) -> None:
    configure(tmp_path, text)
    with pytest.raises(Refusal) as refused:
        screen.run(parse(words))
    assert refused.value.exit_code == 2 and said in refused.value.sentence and not started


def test_no_terminal_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.terminal.why_no_screen", lambda: "standard input is no terminal")
    with pytest.raises(Refusal) as refused:
        screen.run(parse([]))
    said = refused.value.sentence
    assert refused.value.exit_code == 2
    assert said.startswith("no target") and "noroute demo" in said and said.endswith("standard input is no terminal")


def test_a_capture_of_the_screen_can_be_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = Section("hostname", "the host's name", b"haproxy\n", code=0)
    moment = replace(sample("article"), evidence=replace(evidence(), sections={"hostname": section}))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    keep(tmp_path / "kept", moment)
    loaded = capture.load(tmp_path / "kept")
    assert loaded.reading.sections["hostname"].out == b"haproxy\n"
    assert loaded.origin.kind is SourceKind.CAPTURE and loaded.origin.target == moment.origin.target
    with pytest.raises(Refusal):
        keep(tmp_path / "kept", moment)
    with pytest.raises(Refusal):
        keep(tmp_path / "nothing", sample("article"))
