"""The way to a target as the OpenSSH client configuration tells it."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from checks.refusal import Refusal
from checks.sources.ssh_route import Step, steps
from checks.sources.target import Pinned, Place, Target

CONFIG = """
Host appliance
  HostName 192.168.100.10
  User root
  Port 2222
  IdentityFile ~/keys/%r
  ProxyJump anna@outer,inner:24
  UserKnownHostsFile /tmp/one /tmp/two
  GlobalKnownHostsFile none
  ConnectTimeout 4
  IdentitiesOnly yes
  IdentityAgent none

Host outer
  HostName outer.example
  ProxyJump edge

Host inner
  User ignored-hop
  HostKeyAlias the-inner
  ProxyJump never

Host loop
  ProxyJump loop

Host *
  User everybody
"""


@pytest.fixture
def config(tmp_path: Path) -> tuple[str, ...]:
    path = tmp_path / "config"
    path.write_text(CONFIG)
    return (str(path),)


def way(target: Target) -> tuple[Step, ...]:
    return steps(target)


def test_every_step_has_what_the_configuration_says(config: tuple[str, ...]) -> None:
    edge, outer, inner, appliance = way(Target("appliance", config_files=config))
    assert [step.place for step in (edge, outer, inner, appliance)] == [
        "everybody@edge:22",
        "anna@outer.example:22",
        "ignored-hop@inner:24",
        "root@192.168.100.10:2222",
    ]
    assert [step.appliance for step in (edge, outer, inner, appliance)] == [False, False, False, True]
    assert appliance.identity_files == (str(Path("~/keys/root").expanduser()),)
    assert appliance.known_hosts_files == ("/tmp/one", "/tmp/two")
    assert (appliance.seconds, appliance.identities_only, appliance.agent) == (4.0, True, "")
    assert (inner.known_as, inner.key_port) == ("the-inner", 22)
    assert (appliance.known_as, appliance.key_port) == ("192.168.100.10", 2222)
    assert appliance.name == "appliance appliance"
    assert outer.name == "jump host outer"


def test_the_command_line_comes_before_the_configuration(config: tuple[str, ...]) -> None:
    target = Target("appliance", "me", 22, jumps=(Place("edge", "you"),), identities=("/k",), config_files=config)
    edge, appliance = way(target)
    assert (edge.place, appliance.place) == ("you@edge:22", "me@192.168.100.10:22")
    assert appliance.identity_files[0] == "/k"
    assert way(Target("appliance", jumps=(), config_files=config))[0].appliance


def test_no_configuration_at_all() -> None:
    for files in ((), ("none",)):
        (step,) = way(Target("appliance", config_files=files))
        assert step.place == f"{getpass.getuser()}@appliance:22"


def test_a_hop_that_leads_to_itself_ends(config: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="does a ProxyJump name itself") as refused:
        way(Target("loop", config_files=config))
    assert refused.value.exit_code == 2


def test_a_broken_configuration_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("Host x\n  Port many\n")
    with pytest.raises(Refusal, match="line 2"):
        way(Target("x", config_files=(str(path),)))
    with pytest.raises(Refusal, match="cannot be read"):
        way(Target("x", config_files=(str(tmp_path / "absent"),)))


def test_the_pinned_way_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    (step,) = way(Target("10.0.0.1", "root", pinned=Pinned((), "")))
    assert step.identity_files == ()
    assert step.known_hosts_files == ()
    assert step.config_files == ()
    assert step.agent == ""


def test_the_home_of_a_user_who_is_not_there_is_no_reason_to_stop(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Host *\n  IdentityFile ~no-such-user/key\n  UserKnownHostsFile ~no-such-user/hosts\n")
    (step,) = steps(Target("haproxy", config_files=(str(config),)))
    assert step.identity_files == ("~no-such-user/key",) and "~no-such-user/hosts" in step.known_hosts_files


def test_a_configuration_with_a_nul_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_bytes(b"Host *\n  IdentityFile ~\0/key\n")
    with pytest.raises(Refusal, match="a name in it holds a NUL byte") as refused:
        steps(Target("haproxy", config_files=(str(config),)))
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("line", ["=", "=yes", '""', "Host", "Match", "Port", "User =", '"'])
def test_a_line_that_makes_no_sense_is_refused_or_passed_over(tmp_path: Path, line: str) -> None:
    config = tmp_path / "config"
    config.write_text(f"{line}\n")
    try:
        steps(Target("haproxy", config_files=(str(config),)))
    except Refusal as refused:
        assert refused.exit_code == 2 and refused.sentence.startswith("the SSH configuration cannot be used: ")


def test_match_final_adds_to_what_holds(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(
        "Host short\n  HostName long.example\n  User anna\n"
        "Match final host *.example\n  User nobody\n  Port 2200\n  IdentityFile /k\n  ProxyJump gate\n"
    )
    gate, last = way(Target("short", config_files=(str(path),)))
    assert (last.place, last.identity_files) == ("anna@long.example:2200", ("/k",))
    assert gate.host == "gate"
