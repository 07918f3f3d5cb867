"""From raw sections to facts: whatever an appliance prints, nothing raises and nothing unknown is called known."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, Login, read
from checks.evidence.manifest import ANYIP_CFG, FILES, HAPROXY_CFG, REDACTED_FILES
from checks.evidence.section import Ending, Reading, Section
from tests.checks.fixtures import base

HEALTHY = base().reading.sections
NAMES = sorted(HEALTHY)
NESTED = b"[" * 990 + b"]" * 990
HUGE = b"9" * 5000


def with_bytes(name: str, out: bytes) -> Evidence:
    sections = {**HEALTHY, name: Section(name, name, out)}
    return read(replace(base().reading, sections=sections), base().probes)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_random_bytes_never_raise(name: str, out: bytes) -> None:
    diagnose(with_bytes(name, out))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_damaged_output_never_raises(name: str, data: st.DataObject) -> None:
    """The real bytes with a hole, a repetition and a foreign piece."""
    out = HEALTHY[name].out
    at, end = sorted((data.draw(st.integers(0, len(out))), data.draw(st.integers(0, len(out)))))
    piece = data.draw(
        st.one_of(st.binary(max_size=20), st.sampled_from([HUGE, b"\r", b"\0", b"null", b"[]", b"1e999", b'"']))
    )
    diagnose(with_bytes(name, out[:at] + piece + out[end:]))


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("file:/etc/systemd/network/")])
def test_a_number_without_end_in_a_network_file_never_raises(name: str) -> None:
    out = HEALTHY[name].out
    for number in re.finditer(rb"[0-9]+", out):
        diagnose(with_bytes(name, out[: number.start()] + HUGE + out[number.end() :]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "ifname",
                    "addr_info",
                    "family",
                    "local",
                    "prefixlen",
                    "flags",
                    "dst",
                    "table",
                    "gateway",
                    "state",
                    "src",
                    "srclen",
                    "priority",
                    "MESSAGE",
                    "UNIT",
                    "PRIORITY",
                    "__REALTIME_TIMESTAMP",
                    "dev",
                    "type",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["addresses", "links", "routes", "rules", "neighbours", "journal:haproxy"]), JSON)
def test_json_of_any_shape_never_raises(name: str, value: object) -> None:
    diagnose(with_bytes(name, json.dumps(value).encode()))
    diagnose(with_bytes(name, json.dumps([value]).encode()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("out", [b"", b"\n", b"\0", b"\xff\xfe", HUGE, NESTED, b"\r" * 9, b"{}", b"[[]]", b"a=b"])
def test_the_usual_suspects_never_raise(name: str, out: bytes) -> None:
    diagnose(with_bytes(name, out))


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("files", HUGE + b" 1 1 644 root:root /etc/vmware/anyip-routes.cfg\n"),
        ("files", b"1 1 99999999999999999 644 root:root /x\n"),
        ("clock", b"99999999999999999\nUTC\n1.0 1.0\n"),
        ("clock", b"67768036191676800\nUTC\n1.0 1.0\n"),
        ("show-stat", b"# pxname,svname,status\na,b\rc,UP\n"),
        ("show-stat", b"# pxname,svname,status\n" + b"a" * 200_000 + b",b,UP\n"),
        ("journal:haproxy", b'{"MESSAGE": ' + NESTED + b"}\n"),
        ("journal:haproxy", b'{"MESSAGE": [[[[1]]]], "PRIORITY": ["3", "4"], "UNIT": [1, 300]}\n'),
        ("journal:haproxy", b'{"MESSAGE": "\\ud800", "__REALTIME_TIMESTAMP": "99999999999999999"}\n'),
        ("routes", b'[{"dst": "default", "table": {"a": 1}, "gateway": ["x"]}]'),
        (
            "addresses",
            b'[{"ifname": "management", "addr_info": [{"family": "inet", "local": "x", "prefixlen": 1e400}]}]',
        ),
        ("disk", "F 1 1 ² 1% /\n".encode()),
        (
            f"file:{HAPROXY_CFG}",
            "listen x\n bind ١.١.١.١:٤٤٣\n bind 10.10.18.19:99999\n server s 10.1.1.1:99999\n".encode(),
        ),
        (
            f"file:{ANYIP_CFG}",
            b"10.10.18.30-10.10.18.17\n0.0.0.0/0\n255.255.255.255/1\n10.0.0.0/255.0.0.255\n,\n#\n-\n/\n",
        ),
        (f"file:{ANYIP_CFG}", b"\xff" * 100),
    ],
)
def test_what_once_could_raise(name: str, out: bytes) -> None:
    diagnose(with_bytes(name, out))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", [Ending.TIMED_OUT, Ending.CUT, Ending.LOST])
def test_a_section_that_did_not_end_well_is_missing_with_the_reason(name: str, ending: Ending) -> None:
    section = replace(HEALTHY[name], ending=ending, code=None, limit=7, what="the thing")
    evidence = read(replace(base().reading, sections={**HEALTHY, name: section}), base().probes)
    if name.startswith("journal:") and section.out:
        return  # half a journal is still a journal
    healthy = read(base().reading, base().probes)
    if name in evidence.missing:
        assert "the thing" in evidence.missing[name]
    else:
        # No fact of its own: nothing typed may change by it either, beyond what hangs on its bytes.
        assert evidence.units == healthy.units and evidence.routes == healthy.routes


def test_what_was_not_read_is_missing_and_says_so() -> None:
    evidence = read(Reading())
    assert evidence.units is None and evidence.routes is None and evidence.ranges is None and evidence.files == {}
    assert evidence.missing["units"] == "not in the evidence" and evidence.missing["probes"]
    assert read(Reading(), pending=True).missing["units"] == "not read yet"
    refused = read(Reading(), login=Login(False, "the password was refused"))
    assert refused.missing["units"] == "the password was refused"
    assert evidence.why_missing(("probes", "units")) == evidence.missing["probes"]
    assert read(base().reading, base().probes).why_missing(("units", "routes", f"file:{ANYIP_CFG}")) == ""


def test_a_command_that_fails_without_a_word_is_missing_and_one_that_speaks_is_not() -> None:
    silent = replace(HEALTHY["routes"], out=b"", err=b"Cannot open netlink socket\nmore", code=1)
    evidence = read(replace(base().reading, sections={**HEALTHY, "routes": silent}))
    assert evidence.routes is None
    assert evidence.missing["routes"] == "ip -j route show table all: exit 1, Cannot open netlink socket"
    partly = replace(HEALTHY["files"], code=1, err=b"stat: cannot statx")
    evidence = read(replace(base().reading, sections={**HEALTHY, "files": partly}))
    assert evidence.files[ANYIP_CFG].stat is not None


def test_an_absent_journal_is_unknown_and_an_empty_one_is_known() -> None:
    name = "journal:haproxy"
    empty = read(replace(base().reading, sections={**HEALTHY, name: Section(name, "j")}))
    assert name not in empty.missing and empty.lines_of("haproxy") == ()
    failed = read(replace(base().reading, sections={**HEALTHY, name: Section(name, "j", b"half\n", b"no", code=1)}))
    assert name in failed.missing
    assert "certificate-names" in read(Reading()).missing


def test_a_file_that_could_not_be_read_is_missing_even_where_it_printed_something() -> None:
    name = f"file:{ANYIP_CFG}"
    for section in (
        Section(name, ANYIP_CFG, b"10.10", b"", code=1),
        Section(name, ANYIP_CFG, b"10.10", ending=Ending.LOST),
    ):
        evidence = read(replace(base().reading, sections={**HEALTHY, name: section}))
        assert evidence.ranges is None and ANYIP_CFG not in evidence.files and ANYIP_CFG in evidence.missing[name]


@given(st.binary(max_size=300))
@example(b"")
@example(b"no end")
def test_a_file_keeps_its_bytes(data: bytes) -> None:
    file = with_bytes(f"file:{ANYIP_CFG}", data).files[ANYIP_CFG]
    assert file.content == data
    assert b"".join(line + b"\n" for line in file.lines) == (data if file.ended else data + b"\n")
    assert file.ended is (not data or data.endswith(b"\n"))


@pytest.mark.parametrize("path", [path for path in FILES if path not in REDACTED_FILES])
def test_a_file_of_more_lines_than_any_appliance_has_is_not_judged(path: str) -> None:
    def found(lines: int) -> Evidence:
        section = Section(f"file:{path}", path, b"10.10.18.16/28\n" * lines, code=0)
        return read(Reading({section.name: section}))

    assert path in found(1000).files and f"file:{path}" not in found(1000).missing
    assert path not in found(1001).files
    assert "more than 1000 lines, which no appliance has" in found(1001).missing[f"file:{path}"]


def test_the_configuration_of_many_vips_is_judged() -> None:
    section = Section(f"file:{HAPROXY_CFG}", HAPROXY_CFG, b"# a comment\n" * 5000, code=0)
    assert HAPROXY_CFG in read(Reading({section.name: section})).files
