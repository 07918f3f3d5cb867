"""Opening a TCP connection from this machine, and who said no where it fails.

On Linux the socket's error queue names the host that sent the ICMP error, so that a firewall's answer can be told
from an address that nobody answers for; elsewhere the error's number has to do.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import sys
import time
from dataclasses import dataclass

_IP_RECVERR = 11
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_FROM_ICMP = 2
_UNREACHABLE = 3
_HOST_UNREACHABLE = 1
_PROHIBITED = {
    9: "network prohibited",
    10: "host prohibited",
    13: "administratively prohibited",
}
_CODES = {0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable"}


@dataclass(frozen=True, slots=True)
class Icmp:
    """An ICMP error: its type and code, and the address of the one who sent it."""

    type: int
    code: int
    sender: str


class DialError(OSError):
    """A connection that did not come about. ``errno`` as the kernel gave it (None: no answer in time),
    ``said`` in words, ``icmp`` who answered, where that is known."""

    def __init__(self, number: int | None, said: str, icmp: Icmp | None = None) -> None:
        super().__init__(number, said)
        self.said = said
        self.icmp = icmp

    def __str__(self) -> str:
        return self.said


async def dial(host: str, port: int, *, family: int = 0, bind: str = "") -> socket.socket:
    """A connected, non-blocking socket. ``host`` is an address or a name, whose addresses are tried in turn;
    ``bind`` the local address to use. DialError where none answers, socket.gaierror where the name is unknown;
    the caller bounds the time."""
    loop = asyncio.get_running_loop()
    try:
        infos = [_literal(host, port)]
    except OSError:
        infos = list(await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM))
    problem: DialError | None = None
    for kind, _, _, _, address in infos:
        try:
            return await _connect(kind, address, bind)
        except DialError as this:
            problem = problem or this
    raise problem or DialError(errno.EADDRNOTAVAIL, f"{host} has no address")


_Info = tuple[int, int, int, str, tuple[object, ...]]


def _literal(host: str, port: int) -> _Info:
    socket.inet_pton(socket.AF_INET, host)
    return (socket.AF_INET, 0, 0, "", (host, port))


async def _connect(kind: int, address: tuple[object, ...], bind: str) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock = socket.socket(kind, socket.SOCK_STREAM)
    started = time.monotonic()
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watched = sys.platform == "linux" and kind == socket.AF_INET
        if watched:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        if bind:
            sock.bind((bind, 0))
        await loop.sock_connect(sock, address)
    except OSError as problem:
        icmp = _who_said_no(sock) if watched else None
        mine = _own_address(address) if icmp is not None else ""
        sock.close()
        said = _in_words(problem, icmp, mine, time.monotonic() - started)
        raise DialError(problem.errno, said, icmp) from None
    except BaseException:
        sock.close()
        raise
    if watched:
        # Only the connecting phase wants early errors: an established connection survives a passing ICMP.
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 0)
    return sock


def _who_said_no(sock: socket.socket) -> Icmp | None:
    try:
        _, ancillary, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_RECVERR and len(data) >= _EXTENDED_ERROR.size + 8:
            _, origin, icmp_type, code, _, _, _ = _EXTENDED_ERROR.unpack_from(data)
            if origin == _FROM_ICMP:
                sender = socket.inet_ntoa(data[_EXTENDED_ERROR.size + 4 : _EXTENDED_ERROR.size + 8])
                return Icmp(icmp_type, code, sender)
    return None


def _own_address(towards: tuple[object, ...]) -> str:
    # Connecting a datagram socket sends nothing; it only asks the routing table.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(towards)
            return str(asking.getsockname()[0])
        except OSError:
            return ""


def _in_words(problem: OSError, icmp: Icmp | None, mine: str, seconds: float) -> str:
    words = os.strerror(problem.errno) if problem.errno else str(problem)
    if icmp is None:
        return words
    if icmp.type == _UNREACHABLE and icmp.code in _PROHIBITED:
        return f"{words}: a firewall answered, {icmp.sender} ({_PROHIBITED[icmp.code]})"
    if icmp.type == _UNREACHABLE and icmp.code == _HOST_UNREACHABLE and icmp.sender == mine:
        return f"{words}: nobody answers ARP for it on our own network ({seconds:.1f} s)"
    what = _CODES.get(icmp.code, f"code {icmp.code}") if icmp.type == _UNREACHABLE else f"ICMP type {icmp.type}"
    return f"{words}: said by {icmp.sender} ({what}, {seconds:.1f} s)"
