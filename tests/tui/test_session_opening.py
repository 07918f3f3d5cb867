"""Where a command line leads, before anything is connected."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from checks.model import Vantage
from checks.refusal import Refusal
from checks.snapshot import SourceKind
from checks.sources.target import Place, Target
from tui.arguments import parse
from tui.cli import main
from tui.command_typos import suspect
from tui.questions import HeadlessAsker
from tui.session_opening import Way, _configured, way_of


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def led(line: str) -> Way:
    return way_of(parse(shlex.split(line)))


def test_a_target_through_a_jump_host() -> None:
    origin = led("check -J me@jump01:2222 root@haproxy.lab").origin
    assert (origin.kind, origin.target, origin.via) == (SourceKind.LIVE, "root@haproxy.lab", ("me@jump01:2222",))
    assert origin.client_vantage is Vantage.JUMP
    assert led("check -J jump01 haproxy.lab --from here").origin.client_vantage is Vantage.HERE
    assert led("check haproxy.lab -l admin").origin.target == "admin@haproxy.lab"


def test_the_demo_says_so() -> None:
    origin = led("check --demo healthy").origin
    assert (origin.kind, origin.site, origin.via) == (SourceKind.DEMO, "healthy", ("demo@demo-jump",))
    assert led("demo").origin.site == "no-route-to-host"


@pytest.mark.parametrize("line", ["check --demo nothing", "demo nothing", "demo nothing --serve"])
def test_an_unknown_scenario_names_those_that_there_are(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)) == 2
    said = capsys.readouterr().err
    assert "there is no scenario nothing; there are: no-route-to-host, " in said
    assert "healthy" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("check h -i /nope/key", "-i /nope/key: No such file"),
        ("check h --site missing.toml", "missing.toml: No such file"),
        ("check h --password-file missing", "--password-file missing: No such file"),
    ],
)
def test_a_file_that_is_not_there(line: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        led(line)
    assert refused.value.exit_code == 2
    assert said in refused.value.sentence


def test_what_is_no_key_is_told_before_anything_is_connected(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("remember the milk\n")
    os.mkfifo(tmp_path / "pipe")
    for name, why in (
        (tmp_path / "notes", "it holds no key"),
        (tmp_path / "pipe", "it is no file"),
        (tmp_path, "it is no file"),
        ("'~nosuchuser/key'", "No such file"),
    ):
        with pytest.raises(Refusal) as refused:
            led(f"check h -i {name}")
        assert refused.value.exit_code == 2
        assert why in refused.value.sentence
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAA me@here\n")
    led(f"check h -i {tmp_path}/id.pub")


def test_a_site_file_gives_its_name(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('name = "jarvis"\nlab = true\n')
    way = led(f"check h --site {file}")
    assert way.origin.site == "jarvis"
    assert way.site is not None
    assert way.site.lab


async def test_the_configuration_adds_its_hops(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Host appliance\n HostName 127.0.0.1\n User root\n ProxyJump me@127.0.0.2:2222\n")
    async with led(f"check -F {config} appliance").open(HeadlessAsker()) as session:
        origin = session.snapshot.origin
    assert origin.via == ("me@127.0.0.2:2222",)
    assert (origin.client_vantage, origin.user) == (Vantage.JUMP, "root")


async def test_from_jump_needs_a_jump_host() -> None:
    with pytest.raises(Refusal, match=r"no jump host leads to haproxy\.lab"):
        async with led("check haproxy.lab --from jump").open(HeadlessAsker()):
            pass


def test_a_state_folder_that_cannot_be_made_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(Refusal, match="XDG_STATE_HOME names another folder"):
        led("check haproxy.lab")


def test_a_closed_port_is_3_with_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "root@127.0.0.1:1"]) == 3
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "127.0.0.1" in printed.err
    assert "refused" in printed.err
    assert printed.out.endswith("exit 3\n")


def test_without_a_target_it_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "`noroute demo`" in capsys.readouterr().err


def test_without_a_terminal_there_is_no_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.__stdin__", None)
    assert main(["demo"]) == 2
    assert "noroute check" in capsys.readouterr().err


def test_a_command_that_is_misspelled_is_no_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc"]) == 2
    said = capsys.readouterr().err
    assert "chekc is no command" in said and "did you mean check?" in said and "noroute -- chekc" in said


@pytest.mark.parametrize(("word", "meant"), [("version", "--version"), ("help", "--help"), ("hlep", "--help")])
def test_what_other_programs_have_as_a_command_is_no_host(
    capsys: pytest.CaptureFixture[str], word: str, meant: str
) -> None:
    assert main([word]) == 2
    said = capsys.readouterr().err
    assert f"{word} is no command" in said and f"did you mean {meant}?" in said


@pytest.mark.parametrize("line", ["root@chekc", "chekc.lab", "-J jump chekc", "-- chekc", "localhost", "chekc"])
def test_what_may_be_a_host_is_one(line: str, tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host chekc\n  HostName 192.0.2.7\n")
    suspect(parse(shlex.split(line)))


def test_a_jump_host_goes_by_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "ssh_config"
    file.write_text("Host demo-jump\n  HostName 127.0.0.1\n  Port 2222\n  User demo\nHost box\n  ProxyJump demo-jump\n")
    target = Target("box", config_files=(str(file),))
    assert _configured(led(f"check -F {file} box").origin, target, None).via == ("demo@demo-jump",)
    typed = replace(target, jumps=(Place("demo-jump", "me", 2200),))
    assert _configured(led(f"check -F {file} box").origin, typed, None).via == ("me@demo-jump:2200",)
