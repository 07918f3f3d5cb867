"""No command of a fix can be more than it seems, whatever an appliance says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.evidence.manifest import FILES, ITEMS
from checks.evidence.section import Reading, Section
from checks.interrupted_fix import unfinished
from checks.model import Diagnosis
from checks.plan import Restore, Run, Step, Write
from checks.quoting import plain
from tests.checks.fixtures import CAPTURES, RULES, base, capture_case, folders, rule_case

UNIT = r"[a-z]+(?:-[a-z]+)*(?:\.service)?"
ADDRESS = r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?"
DEVICE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}"
KEYS = r"/etc/haproxy/server\.(?:crt|key)"
HOST = r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}"
# All that a fix may run. Whoever needs more adds it here, with the form of each value.
COMMANDS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"systemctl (?:start|stop|restart|reload|reset-failed|enable|unmask|try-restart)(?: --now)?(?: {UNIT})*",
        rf"ip route (?:add|del) local {ADDRESS} dev lo(?: table local)?",
        rf"ip rule (?:add|del) priority \d{{1,10}} (?:from|to) {ADDRESS} lookup \d{{1,3}}",
        r"ip route flush table \d{1,10}",
        r"ip link set (?:workload|frontend) (?:up|down)",
        r"/usr/lib/systemd/systemd-networkd-wait-online --timeout=20 --interface=(?:workload|frontend)",
        rf"ip route replace {ADDRESS} dev {DEVICE}(?: [a-z]+ [a-z0-9._]+)*",
        rf"cp -p {KEYS} {KEYS}\.noroute-[0-9a-f]{{12}}\.new",
        r"sync",
        rf"ln {KEYS}\.noroute-[0-9a-f]{{12}}\.new {KEYS}\.noroute-[0-9a-f]{{12}}",
        rf"rm -f {KEYS}\.noroute-[0-9a-f]{{12}}\.new",
        rf"openssl (?:x509|pkey) -noout -in {KEYS}\.noroute-[0-9a-f]{{12}}",
        rf"cp -p {KEYS}\.noroute-[0-9a-f]{{12}} {KEYS}",
        rf"/usr/local/bin/new-cert\.sh -1 /etc/haproxy/ca\.crt -2 /etc/haproxy/ca\.key -3 {ADDRESS}(?:,{ADDRESS})*"
        rf"(?: -4 {HOST}(?:,{HOST})*)? {HOST} /etc/haproxy",
        r"openssl verify -CAfile /etc/haproxy/ca\.crt /etc/haproxy/server\.crt",
        r"chmod 755 /var/lib/vmware/[a-z]+\.sh",
        r"haproxy -c -f /etc/haproxy/haproxy\.cfg(?:\.lkg)?",
        r"/usr/sbin/sshd -t",
    )
)
HOSTILE = (
    b"$(reboot)", b"`reboot`", b";reboot", b"x reboot", b"-h", b"--help", b"a'b", b'a\\"b', b"|reboot", b"&reboot",
    b"\\n", b"../../../etc/shadow", b"%s%n", b"\xe2\x80\xae", b"\x1b[2J", b"\xff\xfe", b"0x7f000001", b"1e9",
    b"99999999999999999999", b"\xd9\xa3", b"*", b"~", b"", b"lo table main", b"all",
)  # fmt: skip


def steps(diagnosis: Diagnosis) -> Iterator[Step]:
    for finding in diagnosis.findings:
        if finding.fix is not None:
            yield from (*finding.fix.steps, *finding.fix.back)


def judge(diagnosis: Diagnosis) -> int:
    count = 0
    for step in steps(diagnosis):
        if isinstance(step, Run):
            assert plain(step.command), step.command
            assert any(form.fullmatch(step.command) for form in COMMANDS), step.command
            count += 1
        elif isinstance(step, Write | Restore):
            assert step.path in FILES
    return count


@pytest.mark.parametrize(
    "capture", sorted(path for path in CAPTURES.iterdir() if path.is_dir()), ids=lambda at: at.name
)
def test_recorded_appliances_lead_to_known_commands_only(capture: Path) -> None:
    judge(diagnose(capture_case(capture).evidence))


@pytest.mark.parametrize("folder", folders(RULES), ids=lambda at: at.name)
def test_every_situation_of_a_rule_leads_to_known_commands_only(folder: Path) -> None:
    case = rule_case(folder)
    judge(diagnose(case.evidence, case.site))


BROKEN = [
    (case.evidence.sections, case.evidence.probes)
    for case in (
        *map(capture_case, (CAPTURES / name for name in ("a-hostbits-boot", "j2-mac-changed-boot"))),
        *map(rule_case, (RULES / name for name in ("C05b-old", "C09-networks", "D04-ended", "B23-names"))),
    )
]
TOKEN = re.compile(rb"[A-Za-z0-9_./:-]+")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_hostile_words_anywhere_lead_to_no_other_command(data: st.DataObject) -> None:
    sections, probes = data.draw(st.sampled_from(BROKEN))
    changed = dict(sections)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(sections)))
        section = changed[name]
        tokens = list(TOKEN.finditer(section.out))
        if not tokens:
            continue
        token = data.draw(st.sampled_from(tokens))
        word = data.draw(st.sampled_from(HOSTILE))
        every = data.draw(st.booleans())
        out = (
            section.out.replace(token[0], word)
            if every
            else section.out[: token.start()] + word + section.out[token.end() :]
        )
        changed[name] = replace(section, out=out)
    judge(diagnose(read(Reading(changed), probes)))


@pytest.mark.parametrize("name", sorted({item.name for item in ITEMS} | set(base().reading.sections)))
def test_a_megabyte_of_anything_as_any_section_breaks_nothing(name: str) -> None:
    sections = dict(base().reading.sections)
    for data in (Random(name).randbytes(1_000_000), b"9" * 400 + b"\n" + b"9" * 999_600):
        sections[name] = Section(name, name, data)
        evidence = read(Reading(sections), base().probes)
        judge(diagnose(evidence))
        found = unfinished(evidence, None, None)
        assert found is None or name == "fix-journal"
