"""Who sent the ICMP: the kernel's own answers in network namespaces made for it, with a router between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from checks.evidence.probes import Answer
from tests.required import missing

CLIENT, ROUTER = f"nr-client-{os.getpid()}", f"nr-router-{os.getpid()}"
_ASK = """
import asyncio, json, sys
from checks.evidence.probes import Kind
from checks.sources.dialers import HereDialer
from checks.sources.probe import probe
made = asyncio.run(probe(HereDialer(), sys.argv[1], 443, Kind.TLS, seconds=8))
print(json.dumps([made.answer.value, made.said, made.ms]))
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *" ".join(words).split()], check=True, capture_output=True)


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    try:
        ip("netns add", CLIENT)
        ip("netns add", ROUTER)
    except (OSError, subprocess.CalledProcessError) as problem:
        missing(f"network namespaces cannot be made here: {problem}")
    try:
        ip("-n", CLIENT, "link add up0 type veth peer name down0 netns", ROUTER)
        for name, link, address in ((CLIENT, "up0", "10.77.0.2/24"), (ROUTER, "down0", "10.77.0.1/24")):
            ip("-n", name, "address add", address, "dev", link)
            ip("-n", name, "link set", link, "up")
            # The kernel tells its own sockets of failed ARP by an ICMP over loopback.
            ip("-n", name, "link set lo up")
        ip("-n", ROUTER, "link add far0 type veth peer name nobody0")
        ip("-n", ROUTER, "address add 10.78.0.1/24 dev far0")
        ip("-n", ROUTER, "link set far0 up")
        ip("-n", ROUTER, "link set nobody0 up")
        ip("-n", ROUTER, "route add prohibit 10.79.0.0/24")
        ip("-n", ROUTER, "route add unreachable 10.80.0.0/24")
        ip("-n", CLIENT, "route add default via 10.77.0.1")
        ip("-n", CLIENT, "route add prohibit 10.81.0.0/24")
        ip("-n", CLIENT, "route add blackhole 10.82.0.0/24")
        ip("netns exec", ROUTER, "sysctl -q net.ipv4.ip_forward=1")
        for name, link in ((CLIENT, "up0"), (ROUTER, "far0")):
            # A tenth of the usual second between two ARP requests.
            ip("netns exec", name, f"sysctl -q net.ipv4.neigh.{link}.retrans_time_ms=100")
        yield
    finally:
        for name in (CLIENT, ROUTER):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


@pytest.mark.parametrize(
    ("address", "answer", "says"),
    [
        ("10.77.0.1", Answer.REFUSED, "Connection refused"),
        ("10.77.0.99", Answer.NO_ROUTE, "No route to host: nobody answers ARP for it on our own network"),
        ("10.78.0.99", Answer.NO_ROUTE, "No route to host: said by 10.77.0.1 (host unreachable"),
        (
            "10.79.0.1",
            Answer.NO_ROUTE,
            "No route to host: a firewall answered, 10.77.0.1 (administratively",
        ),
        ("10.80.0.1", Answer.NO_ROUTE, "No route to host: said by 10.77.0.1 (host unreachable"),
        ("10.81.0.1", Answer.UNREACHABLE, "Permission denied"),
        ("10.82.0.1", Answer.UNREACHABLE, "Invalid argument"),
    ],
)
def test_the_one_who_answered_is_named(network: None, address: str, answer: Answer, says: str) -> None:
    del network
    command = ["ip", "netns", "exec", CLIENT, sys.executable, "-c", _ASK, address]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen, said, _ = json.loads(done.stdout)
    assert seen == answer.value
    assert said.startswith(says)
