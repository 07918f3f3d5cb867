"""Without a probe the map shows the doors where the appliance has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, read
from checks.model import NodeKind, State
from tests.checks.fixtures import base

CONFIG = "file:/etc/ssh/sshd_config"
API = "file:/etc/haproxy/dataplaneapi.cfg"


def changed(*changes: tuple[str, bytes, bytes]) -> Evidence:
    """The healthy site that nobody probed, with texts replaced in its sections."""
    loaded = base()
    sections = dict(loaded.reading.sections)
    for name, old, new in changes:
        assert old in sections[name].out
        sections[name] = replace(sections[name], out=sections[name].out.replace(old, new))
    return read(replace(loaded.reading, sections=sections))


LISTENS = ("listeners", b"192.168.100.10:22 ", b"192.168.100.10:2222 ")


@pytest.mark.parametrize(
    ("changes", "port", "state"),
    [
        ((), 22, State.OK),
        ((LISTENS, (CONFIG, b"ListenAddress", b"Port 2222\nListenAddress")), 2222, State.OK),
        ((LISTENS, (CONFIG, b"192.168.100.10", b"192.168.100.10:2222")), 2222, State.OK),
        ((LISTENS,), 2222, State.OK),  # the setting stands in a file that is not read
        ((("listeners", b"192.168.100.10:22 ", b"127.0.0.1:9 "), ("listeners", b"sshd", b"other")), 22, State.FAILED),
    ],
    ids=["usual", "port", "address", "elsewhere", "down"],
)
def test_ssh_is_shown_at_its_own_port(changes: tuple[tuple[str, bytes, bytes], ...], port: int, state: State) -> None:
    doors = {node.label: node for node in diagnose(changed(*changes)).of_kind(NodeKind.LISTENER)}
    assert doors["ssh"].id == f"listener:192.168.100.10:{port}"
    assert doors["ssh"].state is state


def test_the_api_is_shown_at_its_own_port() -> None:
    e = changed((API, b"TLS_PORT=5556", b"TLS_PORT=6000"), ("listeners", b":5556 ", b":6000 "))
    doors = {node.label: node for node in diagnose(e).of_kind(NodeKind.LISTENER)}
    assert doors["dataplane API"].id == "listener:192.168.100.10:6000"
    assert doors["dataplane API"].state is State.OK
