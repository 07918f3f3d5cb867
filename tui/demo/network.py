"""Who answers a connection, as seen from the jump host or from the appliance itself: derived from the state."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address

from tui.demo import world
from tui.demo.appliance import Appliance
from tui.demo.supervisor import App, Reply, Request, supervisor

# Three ARP requests, one a second, and a little: as long as the kernel waits. A silent peer takes SYNs for longer.
ARP_SECONDS, SYN_SECONDS = 3.06, 127.0

DATAPLANE_VERSION = "v2.1.0 7e563e1"


class Fate(StrEnum):
    """How a TCP connect ends, in the words that OpenSSH hands on."""

    CONNECTED = "connected"
    REFUSED = "Connection refused"
    NO_ROUTE = "No route to host"
    TIMED_OUT = "Connection timed out"
    NO_NAME = "Name or service not known"


class Vantage(StrEnum):
    """Where a connection starts."""

    JUMP = "jump"
    APPLIANCE = "appliance"


@dataclass(frozen=True)
class Answer:
    """What a connection meets: its fate after so many ``seconds``; where it connects, SSH, or TLS with an
    application, or (both missing) somebody who closes at once."""

    fate: Fate
    seconds: float = 0.0
    ssh: bool = False
    app: App | None = None
    supervisor: bool = False


_REFUSED = Answer(Fate.REFUSED)
_SILENT = Answer(Fate.NO_ROUTE, ARP_SECONDS)


class Network:
    """The site's networks around an appliance."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self.api_password = secrets.token_urlsafe(12)

    def connect(self, host: str, port: int, vantage: Vantage) -> Answer:
        """What a connection to that host and port meets."""
        self._appliance.settle()
        try:
            address = IPv4Address(host)
        except AddressValueError:
            return Answer(Fate.NO_NAME)
        if vantage is Vantage.APPLIANCE:
            if self._appliance.kernel.is_local(address):
                return self._on_appliance(address, port)
        elif self._appliance.answers_arp(address):
            return self._on_appliance(address, port)
        if not self._appliance.world.there(host):
            return _SILENT if self._appliance.world.on_site(address) else Answer(Fate.TIMED_OUT, SYN_SECONDS)
        if not self._appliance.world.answers(host, port):
            return _REFUSED
        return Answer(Fate.CONNECTED, app=supervisor((host, port)), supervisor=True)

    def alive(self, host: str, vantage: Vantage) -> bool:
        """Whether it answers a ping."""
        self._appliance.settle()
        try:
            address = IPv4Address(host)
        except AddressValueError:
            return False
        if vantage is Vantage.APPLIANCE and self._appliance.kernel.is_local(address):
            return True
        return self._appliance.answers_arp(address) or self._appliance.world.there(host)

    def unreachable_from(self, host: str, vantage: Vantage) -> str:
        """Who tells the sender of a ping that nobody has the address: its own address on that network, else the
        gateway; "" for what is not on the site, where nobody tells anything."""
        address = IPv4Address(host)
        if not self._appliance.world.on_site(address):
            return ""
        appliance = (text.partition("/")[0] for text in (world.MANAGEMENT, world.WORKLOAD, world.FRONTEND))
        own = world.JUMP if vantage is Vantage.JUMP else tuple(appliance)
        near = (text for net in world.NETWORKS if address in net for text in own if IPv4Address(text) in net)
        return next(near, world.MANAGEMENT_GATEWAY)

    def _on_appliance(self, address: IPv4Address, port: int) -> Answer:
        for host, number, process, *_ in self._appliance.listeners():
            if (host, number) != (str(address), port):
                continue
            if process == "sshd":
                return Answer(Fate.CONNECTED, ssh=True)
            if process == "dataplaneapi":
                return Answer(Fate.CONNECTED, app=self._dataplane)
            behind = self._appliance.haproxy.behind(host, port)
            return Answer(Fate.CONNECTED, app=supervisor(behind) if behind else None, supervisor=True)
        return _REFUSED

    def _dataplane(self, request: Request) -> Reply:
        expected = base64.b64encode(f"admin:{self.api_password}".encode()).decode()
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if not secrets.compare_digest(given.encode(), expected.encode()):
            words = '{"code":401,"message":"unauthorized"}'
            return Reply(401, words, (("WWW-Authenticate", 'Basic realm="API"'),))
        if request.path.partition("?")[0] != "/v2/info":
            return Reply(404, '{"code":404,"message":"path was not found"}')
        about = {"build_date": "2020-11-10T15:51:22.000Z", "version": DATAPLANE_VERSION}
        return Reply(200, json.dumps({"api": about, "system": {}}))
