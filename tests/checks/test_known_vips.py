"""Where haproxy.cfg cannot tell the VIPs they are still drawn, said to be known from elsewhere, and asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.collector import Collector
from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, read
from checks.evidence.probes import Answer, Kind, Probe
from checks.evidence.section import Reading
from checks.model import NodeKind, Vantage
from checks.probe_jobs import vip_owners
from checks.prompts import NeverAsk
from checks.site import Site
from checks.sources.target import Target
from tests.checks.fixtures import RULES, base, rule_case

BOTH = ["10.10.18.19:443", "10.10.18.19:6443"]


def drawn(e: Evidence) -> list[tuple[str, str, str]]:
    """Each VIP of the map with its cluster and what stands beside it."""
    return [(vip.label, vip.within, vip.note) for vip in diagnose(e).of_kind(NodeKind.VIP)]


def emptied() -> Evidence:
    """The file is empty, and there is no copy of it."""
    without_copy = rule_case(RULES / "C11-emptied").evidence
    return replace(without_copy, last_good=None)


def test_of_an_empty_file_the_last_good_copy_names_the_vips() -> None:
    evidence = rule_case(RULES / "C11-emptied").evidence
    assert drawn(evidence) == [(vip, "cluster:Supervisor", "in haproxy.cfg.lkg") for vip in BOTH]
    assert vip_owners(evidence) == dict.fromkeys(BOTH, "Supervisor")
    assert [cluster.label for cluster in diagnose(evidence).of_kind(NodeKind.CLUSTER)] == ["Supervisor"]


def test_of_an_empty_file_the_sockets_of_a_haproxy_that_runs_on_name_the_vips() -> None:
    evidence = rule_case(RULES / "C11-emptied-runs-on").evidence
    assert drawn(evidence) == [(vip, "", "haproxy listens") for vip in BOTH]
    assert vip_owners(evidence) == dict.fromkeys(BOTH, "")


def test_what_was_seen_before_stays() -> None:
    assert drawn(emptied()) == []
    assert drawn(replace(emptied(), asked_vips=tuple(BOTH))) == [(vip, "", "not in haproxy.cfg") for vip in BOTH]


def test_what_an_accepted_file_does_not_name_is_no_vip_any_more() -> None:
    evidence = rule_case(RULES / "D06-empty").evidence
    assert drawn(replace(evidence, last_good=rule_case(RULES / "C11-emptied").evidence.last_good)) == []


@pytest.mark.parametrize(("folder", "kept"), [("C11-emptied-runs-on", BOTH), ("D06-empty", [])])
def test_a_session_forgets_only_what_an_accepted_file_names_no_more(
    tmp_path: Path, folder: str, kept: list[str]
) -> None:
    looker = Collector(Target("10.0.0.5"), NeverAsk(), tmp_path, Site(), ())
    loaded = base()
    looker.remember(read(loaded.reading))
    assert looker.vips == dict.fromkeys(BOTH, "Supervisor")
    looker.remember(replace(rule_case(RULES / folder).evidence, listeners=()))
    assert looker.vips == dict.fromkeys(kept, "Supervisor")


def test_before_the_file_was_read_nobody_says_that_there_is_no_vip() -> None:
    loaded = base()
    door = Probe(Vantage.JUMP, "192.168.100.10", 22, Kind.SSH, Answer.OK)
    nothing = read(Reading(), (door,), pending=True, client_vantage=Vantage.JUMP)
    assert _why_no_client(nothing) == "not probed yet"
    sections = {name: section for name, section in loaded.reading.sections.items() if "haproxy.cfg" not in name}
    unread = read(replace(loaded.reading, sections=sections), (door,), client_vantage=Vantage.JUMP)
    assert _why_no_client(replace(unread, listeners=())) == "no VIP is known: not in the evidence"


def _why_no_client(e: Evidence) -> str:
    client = diagnose(e).node("client")
    assert client is not None
    return client.checks[0].detail
