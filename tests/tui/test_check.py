"""``noroute check`` from the command line to its exit code, on a scripted session."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from checks.evidence.evidence import Evidence
from checks.model import Severity
from checks.refusal import Refusal
from checks.snapshot import Snapshot
from tests import samples
from tests.tui.stand_ins import DEMO, READ_AT, ScriptedSession, snapshot, unreached, way
from tui import session_opening
from tui.cli import main

BROKEN = snapshot(samples.article())
CUT = snapshot(samples.article(), evidence=Evidence(taken_at=READ_AT, complete=False))
UNREACHED = unreached("haproxy.lab port 22: connection refused")
WARNED = snapshot(
    replace(samples.healthy(), findings=(samples.finding("B22", "x", "appliance", "a fact", Severity.WARNING),))
)


def check(monkeypatch: pytest.MonkeyPatch, moment: Snapshot, *words: str) -> int:
    monkeypatch.setattr(session_opening, "way_of", way(ScriptedSession(moment)))
    return main(["check", "root@haproxy.lab", *words])


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("moment", "words", "code"),
    [
        (BROKEN, (), 1),
        (BROKEN, ("--min-severity", "failed"), 1),
        (BROKEN, ("--fail-on-unknown",), 1),
        (snapshot(samples.healthy()), (), 0),
        (snapshot(samples.healthy()), ("--fail-on-unknown",), 0),
        (WARNED, (), 1),
        (WARNED, ("--min-severity", "failed"), 0),
        (snapshot(samples.unknown()), (), 0),
        (snapshot(samples.unknown()), ("--fail-on-unknown",), 3),
        (UNREACHED, (), 3),
        (CUT, (), 3),
        (CUT, ("--min-severity", "failed"), 3),
    ],
)
def test_the_exit_code_is_the_same_in_every_format(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: str,
    moment: Snapshot,
    words: tuple[str, ...],
    code: int,
) -> None:
    assert check(monkeypatch, moment, "--format", form, *words) == code
    printed = capsys.readouterr()
    if form == "json":
        assert json.loads(printed.out)["schema"] == "noroute/report/1"
    else:
        assert printed.out.endswith(f"exit {code}\n")


def test_why_it_could_not_be_read_is_one_line_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(monkeypatch, UNREACHED, "--format", "json") == 3
    printed = capsys.readouterr()
    assert printed.err == "noroute: haproxy.lab port 22: connection refused\n"
    assert json.loads(printed.out)["verdict"] == "incomplete"


def test_standard_error_is_silent_where_all_went_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check(monkeypatch, BROKEN)
    assert capsys.readouterr().err == ""


def test_the_fix_that_the_report_names_is_for_the_same_way_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check(monkeypatch, BROKEN, "-J", "me@jump01")
    shown = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
    assert "noroute fix -J me@jump01 root@haproxy.lab A01:10.10.18.18/28" in shown


def test_a_refusal_is_its_sentence_its_code_and_what_the_other_side_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise Refusal("jump01: the key is not known", 3, said="\x1b[2J no\nway")

    monkeypatch.setattr(session_opening, "way_of", refuse)
    assert main(["check", "host"]) == 3
    assert capsys.readouterr().err == (
        "noroute: jump01: the key is not known\n  it says: \\x1b[2J no\n  it says: way\n"
    )


def test_wrong_usage_is_one_line_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "host", "--colour"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "noroute: check: there is no option --colour (see `noroute check --help`)\n"


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["fix", "-h"], ["--version"], ["-V"]])
def test_help_and_version_go_to_standard_output(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 0
    printed = capsys.readouterr()
    assert "noroute" in printed.out
    assert printed.err == ""


def test_explain_says_what_could_have_been_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "A01"]) == 0
    assert main(["explain", "10.10.18.18/28"]) == 0
    assert main(["explain", "nonsense"]) == 2
    assert "'nonsense' is neither a code (`noroute rules`" in capsys.readouterr().err


def test_a_demo_names_no_undo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(session_opening, "way_of", way(ScriptedSession(snapshot(samples.article(), DEMO))))
    assert main(["check", "--demo", "no-route-to-host"]) == 1
    shown = capsys.readouterr().out
    assert "noroute fix --demo no-route-to-host A01:10.10.18.18/28" in shown
    assert "noroute undo" not in shown
