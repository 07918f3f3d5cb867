"""The small words of the views: where something was read, what was not checked, how the target is reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.model import Excerpt, ExcerptKind, NotChecked, Vantage
from checks.snapshot import Origin, SourceKind
from screens.also import draw_also
from screens.fix_plan import draw_plan
from screens.heading import draw_header, target_words
from screens.picture.cells import plain
from screens.picture.excerpt import draw_excerpts
from screens.unchecked import about_words
from tests import samples
from tests.screens.site import FIX, NOW, prepared, snapshot


def test_a_journal_is_named_by_its_unit() -> None:
    line = Excerpt("journal:anyip-routes", "adding route", ExcerptKind.JOURNAL)
    assert plain(draw_excerpts([line], 40)).splitlines()[0] == "journal, anyip-routes"
    odd = Excerpt("journal is a file:x", "adding route", ExcerptKind.FILE)
    assert plain(draw_excerpts([odd], 40)).splitlines()[0] == "journal is a file:x"


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("servers:Supervisor", "Supervisor"),
        ("server:10.10.17.11:6443", "10.10.17.11:6443"),
        ("probe:jump:10.10.18.19:443", "10.10.18.19:443 from the jump host"),
        ("probe:appliance:10.10.18.19:443 and 2 more", "10.10.18.19:443 itself, 2 more"),
        ("gateway:frontend", "frontend gateway"),
        ("A01", "range-host-bits"),
        ("A01 and 40 more", "range-host-bits, 40 more"),
        ("C10:10.10.18.19:443", "10.10.18.19:443"),
        ("Z99", "Z99"),
    ],
)
def test_what_was_not_checked(check: str, words: str) -> None:
    assert about_words(check) == words


def test_the_list_says_what_was_not_checked_and_never_a_part_of_an_id() -> None:
    why = "haproxy's statistics socket gave no answer within the ten seconds"
    rows = (NotChecked("probe:jump:10.10.18.19:443", why), NotChecked("servers:Supervisor", "haproxy is not running"))
    text = plain(draw_also(replace(samples.article(), not_checked=rows), 61, 7).rows)
    assert "10.10.18.19:443 from the.." in text or "10.10.18.19:443 from the jump host" in text
    assert any(row.endswith("Supervisor") for row in text.splitlines())
    assert not any(row.endswith(" 443") for row in text.splitlines())


DEMO = Origin(SourceKind.DEMO, "root@192.168.100.10", ("demo@demo-jump",), Vantage.JUMP, "no-route-to-host", "root")


@pytest.mark.parametrize("width", [100, 120, 160, 200])
def test_the_way_outweighs_the_words_of_the_counts(width: int) -> None:
    moment = snapshot(samples.article(), origin=DEMO)
    row = plain(draw_header(moment, NOW, width).rows)
    assert "192.168.100.10 via demo-jump" in row and "✗ 5" in row
    assert len(row) <= width


def test_the_way_names_hosts_alone() -> None:
    origin = replace(DEMO, target="root@haproxy.lab", via=("me@jump01.lab:2222", "10.0.0.1:22"))
    assert target_words(origin, 60) == "root@haproxy.lab via jump01, 10.0.0.1"
    assert target_words(origin, 30) == "haproxy via jump01, 10.0.0.1"


def test_the_way_back_is_told_even_where_no_key_leads_it() -> None:
    by_hand = replace(FIX, back=(), undone="the backup beside the file holds the old bytes")
    assert "the backup beside the file holds" in plain(draw_plan(prepared(by_hand), 90, True).rows)
    assert "it cannot be undone" in plain(draw_plan(prepared(replace(by_hand, undone="")), 90, True).rows)
