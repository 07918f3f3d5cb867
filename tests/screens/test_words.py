"""The small words of the views: where something was read, what was not checked, how the target is reached."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from checks.model import Check, Excerpt, ExcerptKind, NotChecked, State, Vantage
from checks.snapshot import Origin, SourceKind
from screens.findings_list import draw_findings_list
from screens.fix_plan import draw_plan
from screens.heading import draw_header, target_words
from screens.picture.cells import plain
from screens.picture.excerpt import draw_excerpts
from screens.prose import sentences, until_clause
from screens.unchecked import about_words
from screens.vantage_heads import heads_of
from tests import samples
from tests.screens.picture.pictures import draw_map
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
        ("probe:appliance:10.10.18.19:443", "10.10.18.19:443 from the appliance"),
        ("gateway:frontend", "frontend gateway"),
        ("A01", "range-host-bits"),
        ("C10:10.10.18.19:443", "10.10.18.19:443"),
        ("Z99", "Z99"),
    ],
)
def test_what_was_not_checked(check: str, words: str) -> None:
    assert about_words(check) == words
    assert about_words(check, 40) == f"{words}, 40 more"


def test_the_list_says_what_was_not_checked_and_never_a_part_of_an_id() -> None:
    why = "haproxy's statistics socket gave no answer within the ten seconds"
    rows = (
        NotChecked(("probe:jump:10.10.18.19:443",), why),
        NotChecked(("servers:Supervisor",), "haproxy is not running"),
    )
    text = plain(draw_findings_list(replace(samples.article(), not_checked=rows), 61, 7).rows)
    assert "10.10.18.19:443 from the.." in text or "10.10.18.19:443 from the jump host" in text
    assert "Supervisor: haproxy is not running" in text
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


@pytest.mark.parametrize("width", [47, 61, 65])
def test_no_joint_stands_in_the_name_of_a_gateway(width: int) -> None:
    diagnosis = samples.article()
    far = Check("gateway", State.UNKNOWN, "10.10.188.101", mark="gateway")
    nodes = tuple(
        replace(node, checks=(far, *(check for check in node.checks if check.mark != "gateway")))
        if node.id == "network:frontend"
        else node
        for node in diagnosis.nodes
    )
    heads = heads_of(snapshot(diagnosis).origin, diagnosis)
    rows = plain(draw_map(replace(diagnosis, nodes=nodes), heads, width, 30).rows).splitlines()
    (lane,) = (row for row in rows if " frontend " in row)
    assert re.search(r"━ \? gw( \S+)?  ?✓ NIC( \.5)? ━$", lane.rstrip())
    assert "┻" in lane.partition("? gw")[0][8:] or "┷" in lane.partition("? gw")[0][8:]


def test_a_sentence_too_long_ends_with_a_clause_that_fits() -> None:
    first = "10.10.18.18 lies inside a block of 16 addresses, it does not start one: the kernel refuses it."
    text = f"{first} Much more is said then."
    assert sentences(text, 30, 4).endswith("refuses it.")
    assert sentences(text, 30, 3) == "10.10.18.18 lies inside a block of 16 addresses, it does not start one."
    assert sentences("nothing that could be parted anywhere", 10, 2) == "nothing that could be parted anywhere"


def test_a_reason_too_long_ends_with_a_clause_that_fits() -> None:
    why = "show stat on the haproxy socket: exit 1, connection refused"
    assert [until_clause(why, room) for room in (59, 50, 31)] == [
        why,
        "show stat on the haproxy socket: exit 1",
        "show stat on the haproxy socket",
    ]
