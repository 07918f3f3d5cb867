"""What can be typed, and the one line that answers what cannot."""

from __future__ import annotations

import shlex

import pytest

from checks.refusal import Refusal
from tui.arguments import SCREEN, parse
from tui.command_line import retyped
from tui.help_pages import COMMANDS, overview, page

_KEY = "SHA256:" + "a" * 43


def parsed(line: str):  # type: ignore[no-untyped-def]
    return parse(shlex.split(line))


@pytest.mark.parametrize(
    ("line", "command", "expected"),
    [
        ("", SCREEN, {"target": ""}),
        ("root@haproxy.lab", SCREEN, {"target": "root@haproxy.lab"}),
        ("-- demo", SCREEN, {"target": "demo"}),
        ("-J me@jump -- check", SCREEN, {"target": "check", "jump": "me@jump"}),
        ("demo", "demo", {"scenario": "", "serve": False}),
        ("demo --read-only --every 5", "demo", {"scenario": "", "read_only": True, "every": 5.0}),
        ("root@haproxy.lab --every 60", SCREEN, {"target": "root@haproxy.lab", "every": 60.0}),
        ("demo healthy --serve --port 2222", "demo", {"scenario": "healthy", "serve": True, "port": 2222}),
        ("check host", "check", {"target": "host", "format": "text", "min_severity": "warning"}),
        ("check -- fix", "check", {"target": "fix"}),
        ("check --demo healthy --format json", "check", {"target": "", "scenario": "healthy", "format": "json"}),
        ("check host -J a,b -p 2222 --from here", "check", {"jump": "a,b", "ssh_port": 2222, "probe_from": "here"}),
        ("check -i a -i b -l me -F x host", "check", {"identities": ["a", "b"], "user": "me", "config": "x"}),
        ("check h --vip 10.0.0.1 --vip 10.0.0.2:443", "check", {"vips": ["10.0.0.1", "10.0.0.2:443"]}),
        (f"check h --accept-host-key {_KEY}", "check", {"accepted_keys": [_KEY]}),
        ("fix host A01:10.10.18.18/28 --yes", "fix", {"target": "host", "subject": "A01:10.10.18.18/28", "yes": True}),
        ("fix host -J jump A01 --reboot", "fix", {"target": "host", "subject": "A01", "reboot": True}),
        ("fix --demo healthy A01", "fix", {"target": "", "scenario": "healthy", "subject": "A01"}),
        ("fix host A01 --plan 0123456789abcdef", "fix", {"plan": "0123456789abcdef"}),
        ("undo host", "undo", {"target": "host", "subject": ""}),
        ("undo host 20201120-153314 --dry-run", "undo", {"subject": "20201120-153314", "dry_run": True}),
        ("explain A01", "explain", {"subject": "A01"}),
        ("explain 10.10.18.16/28, 10.10.18.64/28", "explain", {"subject": "10.10.18.16/28, 10.10.18.64/28"}),
    ],
)
def test_what_is_typed_is_what_is_meant(line: str, command: str, expected: dict[str, object]) -> None:
    options = parsed(line)
    assert options.command == command
    assert {name: getattr(options, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("check", "check: TARGET is missing (or --demo SCENARIO)"),
        ("check a b", "b is one word too many"),
        ("check host --frmat json", "there is no option --frmat, did you mean --format?"),
        ("check host --form json", "there is no option --form"),
        ("check host --format xml", "--format: 'xml' is none of text, json"),
        ("check host --format", "--format needs a value"),
        ("host --every 1", "--every: '1' is no number of seconds from 2 to 3600"),
        ("demo --every nan", "--every: 'nan' is no number of seconds"),
        ("check host --every 5", "there is no option --every"),
        ("check host --min-severity bad", "'bad' is none of failed, warning, info"),
        ("check host -p 0", "-p: '0' is no port"),
        ("check host --vip haproxy", "--vip: 'haproxy' is not ADDRESS or ADDRESS:PORT"),
        ("check host --accept-host-key MD5:aa", "is no fingerprint"),
        ("check host --ascii", "NOROUTE_ASCII=1 in the environment"),
        ("check host --format markdown", "fix --report FILE"),
        ("check --demo healthy -J jump", "-J jump is for a real target, not for --demo"),
        ("check root@", "is no host: write [user@]host[:port]"),
        ("check -- -oProxyCommand=x", "is no host"),
        ("check ''", "a word is empty"),
        ("fix host", "ID is missing"),
        ("fix A01 --demo healthy extra", "extra is one word too many"),
        ("fix host A01 --yes --dry-run", "not allowed with"),
        ("fix host A01 --plan 12", "'12' is not the digest of a plan"),
        ("demo --port 22", "--port is for --serve"),
        ("-J jump demo", "demo is a command and comes first; a host of that name follows `--`"),
        ("--ascii demo", "demo is a command and comes first: write `noroute demo --ascii`;"),
        ("--site 'a b' check root@h", "write `noroute check --site 'a b' root@h`;"),
        ("check --demo", "--demo needs a value, one of all-green, dead-after-deployment, dead-after-restart, healthy,"),
        ("chekc root@haproxy", "there is no command chekc, did you mean check?"),
        ("root@a root@b", "root@b is one word too many"),
        ("--color host", "there is no option --color"),
        ("explain", "CODE|ADDRESS is missing"),
    ],
)
def test_wrong_usage_is_one_clear_line(line: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        parsed(line)
    assert refused.value.exit_code == 2
    assert said in refused.value.sentence
    assert "\n" not in refused.value.sentence


def test_what_was_typed_cannot_write_to_the_terminal() -> None:
    with pytest.raises(Refusal) as refused:
        parse(["check", "host", "--\x1b]0;owned\x07"])
    assert refused.value.sentence.isprintable()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_page(command: str) -> None:
    assert parse([command, "--help"]).help
    text = page(command)
    assert text.startswith(f"usage: noroute {command}")
    assert all(len(line) <= 118 for line in text.splitlines())
    assert f"noroute {command}" in overview()


@pytest.mark.parametrize("command", ["check", "fix", "undo"])
def test_the_connection_is_the_same_everywhere(command: str) -> None:
    for flag in ("-J", "-p", "-l", "-i", "-F", "--site", "--vip", "--from", "--password-file", "--accept-host-key"):
        assert f"  {flag} " in page(command)


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("check root@h -J me@j,b", "noroute fix -J me@j,b root@h A01:1"),
        (
            "check h -p 22 -i 'a b' --vip 10.0.0.1 --from jump",
            "noroute fix -p 22 -i 'a b' --vip 10.0.0.1 --from jump h A01:1",
        ),
        (f"check h --accept-host-key {_KEY}", "noroute fix h A01:1"),
        ("check --demo healthy", "noroute fix --demo healthy A01:1"),
    ],
)
def test_the_command_to_type_next_is_one_that_can_be_typed(line: str, again: str) -> None:
    assert retyped(parsed(line), "fix", "A01:1") == again
    options = parsed(again.removeprefix("noroute "))
    assert options.subject == "A01:1"
