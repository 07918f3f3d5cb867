"""The site file: typed as in the deployment form, refused with the place and what would be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.refusal import Refusal
from checks.site import Site, load

WHOLE = """\
name = "jarvis"
production = false
[appliance]
permit_root_login = true
[network]
hostname = "haproxy.jarvis.lab"
nameservers = ["192.168.100.1"]
management_ip = "192.168.100.10/24"
management_gateway = "192.168.100.1"
frontend_ip = "10.10.18.5/24"
additional_workload_networks = []
[loadbalance]
service_ip_range = "10.10.18.16/28, 10.10.18.66/28,"
dataplane_port = 5557
[wizard]
virtual_server_ranges = ["10.10.18.19-10.10.18.29"]
management_start_ip = "192.168.100.60"
services_cidr = "10.96.0.0/23"
[other]
addresses = { "vcenter" = "192.168.100.20" }
dhcp_scopes = ["10.10.18.200-10.10.18.250"]
[[ignore]]
code = "A19"
reason = "lab, one cluster"
until = 2027-06-30
"""


def written(folder: Path, text: str) -> Site:
    path = folder / "site.toml"
    path.write_text(text)
    return load(path, ["A19"])


def test_a_whole_site(tmp_path: Path) -> None:
    site = written(tmp_path, WHOLE)
    assert (site.name, site.production, site.permit_root_login, site.dataplane_port) == ("jarvis", False, True, 5557)
    assert [typed.text for typed in site.service_ip_range] == ["10.10.18.16/28", "10.10.18.66/28"]
    assert site.frontend_ip is not None and str(site.frontend_ip.address) == "10.10.18.5"
    assert site.others == {"vcenter": "192.168.100.20"} and site.workload_ip is None
    (ignored,) = site.ignores
    assert (ignored.code, ignored.until, ignored.subject) == ("A19", date(2027, 6, 30), "")


def test_everything_is_optional(tmp_path: Path) -> None:
    site = written(tmp_path, "")
    assert site == Site(path=site.path, others={})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nome = 1", ("nome", "known are")),
        ("[network]\ngateway = '1.2.3.4'", ("[network]", "gateway", "management_gateway")),
        ("production = 'yes'", ("production", "true or false")),
        ("[loadbalance]\ndataplane_port = true", ("dataplane_port", "whole number")),
        ("[loadbalance]\ndataplane_port = '5556'", ("dataplane_port", "whole number")),
        ("[network]\nmanagement_gateway = 'gw'", ("management_gateway", "IPv4 address")),
        ("[network]\nmanagement_ip = 'ten'", ("management_ip", "'ten'")),
        ("[loadbalance]\nservice_ip_range = [16]", ("service_ip_range", "list of texts")),
        ("[wizard]\nnode_ranges = ['x']", ("node_ranges", "'x'")),
        ("[other]\naddresses = { vcenter = 'vc.lab' }", ("addresses.vcenter", "vc.lab")),
        ("[loadbalance]\ndataplane_port = 99999", ("dataplane_port", "99999", "1 to 65535")),
        ("[loadbalance]\ndataplane_port = 0", ("dataplane_port", "1 to 65535")),
        ("[network]\nworkload_gateway = '10.10.17.1/24'", ("workload_gateway", "alone", ": 10.10.17.1")),
        ("[network]\nnameservers = ['1.1.1.1', 'dns.lab']", ("nameservers", "dns.lab", "IPv4 address")),
        ("[wizard]\nmanagement_start_ip = '192.168.100.60/24'", ("management_start_ip", ": 192.168.100.60")),
        ("[[ignore]]\ncode = 'A19'", ("code, reason and until",)),
        ("[[ignore]]\ncode = 'A19'\nreason = 'x'", ("code, reason and until", "2027-06-30")),
        ("[[ignore]]\ncode = 'A19'\nreason = 'x'\nuntil = '2027'", ("until", "2027-06-30")),
        ("[[ignore]]\ncode = 'Z99'\nreason = 'x'\nuntil = 2027-06-30", ("'Z99'", "noroute rules")),
        ("[ignore]\ncode = 'A19'", ("[[ignore]]",)),
        ("network = 3", ("[network]", "table")),
        ("ignore = [3]", ("ignore", "table")),
        ("name = ", ("not TOML",)),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        written(tmp_path, text)
    assert refused.value.exit_code == 2
    assert all(word in refused.value.sentence for word in ("site.toml", *words))
    assert "\n" not in refused.value.sentence


@pytest.mark.parametrize("typed", ["2027-06-30", "2027-06-30T00:00:00", "2027-06-30T10:00:00Z"])
def test_a_time_of_day_stands_for_its_day(tmp_path: Path, typed: str) -> None:
    site = written(tmp_path, f"[[ignore]]\ncode = 'a19'\nreason = 'x'\nuntil = {typed}")
    assert [type(row.until) for row in site.ignores] == [date] and site.ignores[0].until == date(2027, 6, 30)


def test_no_file_no_text(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "bytes.toml"):
        with pytest.raises(Refusal) as refused:
            load(path)
        assert refused.value.exit_code == 2 and str(path) in refused.value.sentence


@given(st.binary(max_size=80))
def test_any_bytes_load_or_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    try:
        load(path)
    except Refusal as refused:
        assert refused.exit_code == 2
