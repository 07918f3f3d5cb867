"""The kernel's refusals: its words and exit codes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from tests.demo.way import appliance_of, said, shell_of
from tui.demo.kernel import LOCAL, Refused, prefix


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("10.10.18.18/28", 2, "RTNETLINK answers: Invalid argument"),
        ("10.10.18.17-10.10.18.30", 1, "any valid prefix is expected rather than"),
        ("10.10.18.16/28 ", 1, 'rather than "10.10.18.16/28 "'),
        ("10.10.18.16/28\r", 1, "any valid prefix"),
        ("10.10.18.16/33", 1, "any valid prefix"),
        ("null", 1, "any valid prefix"),
        ("10.10.18.16/28,10.10.18.32/28", 1, "any valid prefix"),
        ("10.10.18.16/", 1, "any valid prefix"),
        ("10.10.18.16/0.0.0.15", 1, "any valid prefix"),
        ("10.10.18.09/32", 1, "any valid prefix"),
        ("10.10.18.256", 1, "any valid prefix"),
        ("10..18.16/28", 1, "any valid prefix"),
        ("10.10.18.16.0/28", 1, "any valid prefix"),
        ("9" * 5000, 1, "any valid prefix"),
        ("", 1, "any valid prefix"),
    ],
)
def test_refuses_what_is_no_network(text: str, code: int, words: str) -> None:
    with pytest.raises(Refused) as refused:
        prefix(text)
    assert refused.value.code == code
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["10.10.18.16/28", " 10.10.18.16/28", "10.10.18.16", "10.10.18.16/255.255.255.240"])
def test_takes_what_the_real_one_takes(text: str) -> None:
    assert prefix(text).network_address == IPv4Address("10.10.18.16")


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("010.010.010.010", "8.8.8.8/32"),
        ("0x0a.10.18.020/28", "10.10.18.16/28"),
        ("10.20/28", "10.20.0.0/28"),
        ("10/8", "10.0.0.0/8"),
        ("10.10.18.32/033", "10.10.18.32/27"),
        ("10.10.18.16/ 28", "10.10.18.16/28"),
        ("0/0", "0.0.0.0/0"),
    ],
)
def test_reads_numbers_as_the_real_one_does(text: str, network: str) -> None:
    assert prefix(text) == IPv4Network(network)


def test_a_host_route_is_shown_without_its_mask() -> None:
    box = appliance_of()
    box.kernel.add_local("10.10.18.40/32")
    assert "local 10.10.18.40 dev lo scope host " in [route.text for route in box.kernel.in_table(LOCAL)]
    with pytest.raises(Refused, match="File exists"):
        box.kernel.add_local("10.10.18.40")


async def test_a_nic_that_flaps_loses_its_policy_table() -> None:
    session = shell_of(appliance_of())
    await session.run("ip link set frontend down && ip link set frontend up")
    assert await said(session, "ip route show table rtctl_frontend") == ""
    assert "from 10.10.18.5/24 lookup rtctl_frontend" in await said(session, "ip rule")
    assert "10.10.18.5/24" in await said(session, "ip addr show frontend")
    await session.run("systemctl restart route-tables")
    assert "default via 10.10.18.1 dev frontend" in await said(session, "ip route show table rtctl_frontend")


async def test_route_get_follows_rules() -> None:
    session = shell_of(appliance_of())
    assert (await said(session, "ip route get 10.10.18.19")).startswith("local 10.10.18.19 dev lo table local")
    routed = await said(session, "ip route get 10.10.99.10 from 10.10.18.5")
    assert routed.startswith("10.10.99.10 from 10.10.18.5 via 10.10.18.1 dev frontend table rtctl_frontend")


async def test_routes_are_shown_as_the_recorded_appliance_shows_them() -> None:
    session = shell_of(appliance_of())
    assert await said(session, "ip route show table local") == (
        "local 10.10.17.2 dev workload proto kernel scope host src 10.10.17.2 \n"
        "broadcast 10.10.17.255 dev workload proto kernel scope link src 10.10.17.2 \n"
        "local 10.10.18.5 dev frontend proto kernel scope host src 10.10.18.5 \n"
        "local 10.10.18.16/28 dev lo scope host \n"
        "broadcast 10.10.18.255 dev frontend proto kernel scope link src 10.10.18.5 \n"
        "local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \n"
        "local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 \n"
        "broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 \n"
        "local 192.168.100.10 dev management proto kernel scope host src 192.168.100.10 \n"
        "broadcast 192.168.100.255 dev management proto kernel scope link src 192.168.100.10 \n"
    )
    assert '{"type":"local","dst":"10.10.18.16/28","dev":"lo","table":"local","scope":"host","flags":[]}' in await said(
        session, "ip -j route show table all"
    )
