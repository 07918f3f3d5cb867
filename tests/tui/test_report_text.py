"""The report for people, row by row."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from checks.evidence.evidence import Evidence
from checks.evidence.system import Certificate, Clock, PasswordAge
from checks.model import Diagnosis, NotChecked, Severity
from checks.snapshot import Snapshot
from screens.picture.cells import plain
from tests import samples
from tests.tui.stand_ins import DEMO, LIVE, READ_AT, snapshot, unreached
from tui.arguments import parse
from tui.command_line import retyped
from tui.report.ansi import painted
from tui.report.outcome import exit_code
from tui.report.text import last_line, report

_OPTIONS = parse(["check", "-J", "me@jump01", "root@haproxy.jarvis.lab"])


def text_of(moment: Snapshot) -> str:
    return plain(report(moment, exit_code(moment), lambda command, *words: retyped(_OPTIONS, command, *words)))


SAMPLES: tuple[Callable[[], Diagnosis], ...] = (
    samples.article,
    samples.healthy,
    samples.empty_table,
    samples.many_vips,
    samples.two_nics,
    samples.unknown,
    samples.capture,
    samples.hostile,
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.__name__))
def test_every_report_fits_80_columns_and_ends_in_its_exit_code(sample: Callable[[], Diagnosis]) -> None:
    moment = snapshot(sample())
    rows = text_of(moment).splitlines()
    assert max(map(len, rows)) <= 80
    assert all(row == row.rstrip() for row in rows)
    assert "\n\n\n" not in "\n".join(rows)
    assert rows[-1].endswith(f"exit {exit_code(moment)}")


def test_the_article() -> None:
    shown = text_of(snapshot(samples.article()))
    assert shown.startswith(
        "noroute 0.1.0   jarvis   root@haproxy.jarvis.lab via me@jump01\n"
        "read 2020-11-20 15:33:12 UTC in 3.5 s\n\n"
        "BROKEN   No VIP answers: no route to host. Since 15:30:07, 3 min ago.\n\n"
        "  ✗ client ━━━ ✓ frontend ━✗╌ ✗ VIPs ╌╌╌ ✗ HAProxy ╌╌╌ "
    )
    for part in (
        "✗ A01  10.10.18.18/28 is not a network address\n       A01:10.10.18.18/28\n",
        "       A01:10.10.18.18/28\n       /etc/vmware/anyip-routes.cfg, line 9 of 9\n",
        "         ✗ 9 │ 10.10.18.18/28\n             │          ^^ host bits set: 18 = 16 + 2\n",
        "         + 9 │ 10.10.18.16/28\n",
        "╰ .16 starts the block: write 10.10.18.16/28",
        "       journal   15:30:07 adding route for 10.10.18.18/28\n",
        "       explains  C10  haproxy cannot bind 3 addresses\n",
        "                 noroute fix -J me@jump01 root@haproxy.jarvis.lab \\\n                   A01:10.10.18.18/28\n",
        "! B22  no time source, the clock may drift\n",
        "VIPs                            this machine    jump01          the appliance\n",
        "  ✗ 10.10.18.19:443  Supervisor no route        no route        no route\n",
        "not checked\n  ? servers of Supervisor and tkc-1: haproxy is not running\n",
    ):
        assert part in shown
    assert shown.endswith("5 checks failed, 1 warning, 2 not checked, 41 ok.  1 root cause.  exit 1")


def test_what_a_root_explains_has_no_block_of_its_own() -> None:
    assert not re.search(r"^✗ (C10|F01)", text_of(snapshot(samples.article())), re.MULTILINE)


def test_where_nothing_is_to_be_repaired_here_it_says_what_else_to_look_at() -> None:
    finding = samples.finding("F01", "10.10.18.19:443", "client", "10.10.18.19:443: no route to host", Severity.FAILED)
    shown = text_of(snapshot(replace(samples.healthy(), findings=(finding,))))
    assert "       see also  C03  A bad line waits for the next edit\n" in shown
    assert "                 E12  The client itself has no route\n" in shown
    assert "see also" not in text_of(snapshot(samples.article()))


def test_a_healthy_site_says_how_much_was_checked_and_what_comes() -> None:
    evidence = Evidence(
        taken_at=READ_AT,
        clock=Clock(READ_AT, 1000.0),
        password_age=PasswordAge(date(2021, 1, 21), False),
        certificate=Certificate(READ_AT, datetime(2030, 11, 18, tzinfo=UTC), "", "", ""),
    )
    shown = text_of(snapshot(samples.healthy(), evidence=evidence))
    assert "HEALTHY  3 of 3 VIPs answer" in shown
    assert "  root password expires         in 62 days\n" in shown
    assert "  dataplane certificate ends    2030-11-18\n" in shown
    assert shown.endswith("nothing wrong, 49 checks ran, 0 could not.  exit 0")


def test_what_could_not_be_read_is_said_and_not_called_well() -> None:
    shown = text_of(unreached("haproxy.lab port 22: connection refused"))
    assert "INCOMPLETE" in shown
    assert "haproxy.lab port 22: connection refused" in shown
    assert "nothing wrong" not in shown
    assert shown.endswith("nothing is known: 49 of 49 checks could not be made.  exit 3")


def test_very_many_vips_show_those_in_trouble() -> None:
    shown = text_of(snapshot(samples.many_vips()))
    assert shown.count("tkc-pay    closed") == 3
    assert "  ✓ 296 others answer" in shown


def test_the_demo_is_called_so() -> None:
    assert text_of(snapshot(samples.healthy(), DEMO)).splitlines()[0].endswith("demo no-route-to-host via me@jump01")


def test_nothing_that_an_appliance_says_reaches_the_terminal_as_it_is() -> None:
    bad = "[/b] \x1b[2J\u202e\x9b\u2028\r\n\u200b"
    moment = snapshot(samples.hostile(), replace(LIVE, target=bad, site=bad, via=(bad,)))
    spoilt = tuple(
        replace(one, title=bad, explanation=bad, remedy=bad, excerpts=tuple(replace(e, text=bad) for e in one.excerpts))
        for one in moment.diagnosis.findings
    )
    diagnosis = replace(moment.diagnosis, findings=spoilt, not_checked=(NotChecked((bad,), bad),))
    shown = text_of(replace(moment, diagnosis=diagnosis))
    assert shown.replace("\n", "").isprintable()
    assert "\\x1b[2J" in shown
    assert "\\u202e" in shown


class _Stream(io.StringIO):
    def __init__(self, encoding: str, terminal: bool) -> None:
        super().__init__()
        self._encoding, self._terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    rows = report(snapshot(samples.article()), 1, lambda *words: "noroute")
    assert "\x1b[" not in painted(rows, _Stream("utf-8", terminal=False))
    coloured = painted(rows, _Stream("utf-8", terminal=True))
    assert "\x1b[91;1mBROKEN" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain(rows) + "\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted(rows, _Stream("utf-8", terminal=True)) == plain(rows) + "\n"


def test_a_stream_without_the_glyphs_gets_their_twins() -> None:
    rows = report(snapshot(samples.article()), 1, lambda *words: "noroute")
    shown = painted(rows, _Stream("latin-1", terminal=False))
    assert shown.isascii()
    assert "x A01  10.10.18.18/28" in shown


@pytest.mark.parametrize(
    ("severity", "at_least", "code"),
    [
        (Severity.FAILED, Severity.FAILED, 1),
        (Severity.WARNING, Severity.FAILED, 0),
        (Severity.WARNING, Severity.WARNING, 1),
        (Severity.INFO, Severity.WARNING, 0),
        (Severity.INFO, Severity.INFO, 1),
    ],
)
def test_the_exit_code_follows_the_severity(severity: Severity, at_least: Severity, code: int) -> None:
    finding = samples.finding("B22", "x", "appliance", "a fact", severity)
    moment = snapshot(replace(samples.healthy(), findings=(finding,)))
    assert exit_code(moment, at_least) == code


def test_unknown_checks_alone_leave_0_unless_asked() -> None:
    moment = snapshot(samples.unknown())
    assert exit_code(moment) == 0
    assert exit_code(moment, fail_on_unknown=True) == 3
    assert exit_code(snapshot(samples.article()), fail_on_unknown=True) == 1
    assert exit_code(snapshot(samples.healthy()), fail_on_unknown=True) == 0


def test_evidence_without_its_end_is_3_even_with_findings() -> None:
    moment = snapshot(samples.article(), evidence=Evidence(taken_at=READ_AT, complete=False))
    assert exit_code(moment) == 3
    assert "not read" in text_of(moment)


def test_the_last_line_counts_in_words() -> None:
    diagnosis = replace(samples.article(), roots=("A01:a", "A01:b"))
    assert last_line(diagnosis, 1) == "5 checks failed, 1 warning, 2 not checked, 41 ok.  2 root causes.  exit 1"


def test_what_was_not_checked_is_named_in_plain_words() -> None:
    left = (
        NotChecked(("client:probes",), "no VIP is known to probe"),
        NotChecked(("probe:here:nosuch.invalid:22",), "no such name"),
        NotChecked(("A01", "A02"), "no right to read"),
    )
    shown = text_of(snapshot(replace(samples.article(), not_checked=left)))
    assert "? probes: no VIP is known to probe\n" in shown
    assert "? nosuch.invalid:22 from here: no such name\n" in shown
    assert "? A01 and 1 more: no right to read\n" in shown


def test_what_is_only_information_is_a_note() -> None:
    finding = samples.finding("C09", "ip-rule", "appliance", "rules stand there twice", Severity.INFO)
    diagnosis = replace(samples.healthy(), findings=(finding,), roots=(finding.id,))
    assert last_line(diagnosis, 0).endswith("  1 note.  exit 0")


def test_why_nothing_was_read_is_said_once() -> None:
    why = "haproxy.lab port 22: connection refused"
    moment = unreached(why)
    left = (NotChecked(("A01", "A02"), why),)
    shown = text_of(replace(moment, diagnosis=replace(moment.diagnosis, not_checked=left)))
    assert shown.count(why) == 1
    assert "  ? all that is read from the appliance\n" in shown
