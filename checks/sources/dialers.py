"""Where a probe starts: this machine, or a host of the way that dials for us."""

from __future__ import annotations

import errno
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

import asyncssh

from checks.evidence.probes import Answer
from checks.model import Vantage
from checks.sources.connection import Connection
from checks.sources.failures import CONNECT_FAILED, FORWARDING_REFUSED, errno_in, forwarding_advice, is_name_error
from checks.sources.pulse import Carrier
from checks.sources.streams import SocketStream, Stream
from checks.sources.tcp_connect import DialError, dial

_ANSWERS = {
    errno.ECONNREFUSED: Answer.REFUSED,
    errno.EHOSTUNREACH: Answer.NO_ROUTE,
    errno.EHOSTDOWN: Answer.NO_ROUTE,
    errno.ENETUNREACH: Answer.UNREACHABLE,
    errno.ENETDOWN: Answer.UNREACHABLE,
    # What local blackhole and prohibit routes give.
    errno.EINVAL: Answer.UNREACHABLE,
    errno.EACCES: Answer.UNREACHABLE,
    errno.ETIMEDOUT: Answer.TIMED_OUT,
    errno.ECONNRESET: Answer.CLOSED,
}


class NoStream(Exception):
    """A connection that did not come about: the answer that this is, and the raw words."""

    def __init__(self, answer: Answer, said: str) -> None:
        super().__init__(said)
        self.answer = answer
        self.said = said


class Dialer(Protocol):
    """A place to connect from."""

    @property
    def vantage(self) -> Vantage:
        """Which of the places it is."""
        ...

    @property
    def via(self) -> str:
        """Its name, for words."""
        ...

    def carrier(self) -> Carrier | None:
        """What carries a probe from there to us, watched from now on; None where nothing does."""
        ...

    async def connect(self, address: str, port: int) -> Stream:
        """A connected stream. NoStream where there is none; the caller bounds the time."""
        ...


class HereDialer:
    """Connects from this machine; ``connect`` gives the sockets."""

    vantage = Vantage.HERE
    via = "this machine"

    def __init__(self, connect: Callable[[str, int], Awaitable[socket.socket]] = dial) -> None:
        self._connect = connect

    def carrier(self) -> None:
        """See :class:`Dialer`."""

    async def connect(self, address: str, port: int) -> Stream:
        """See :class:`Dialer`."""
        try:
            return SocketStream(await self._connect(address, port))
        except DialError as problem:
            raise NoStream(_ANSWERS.get(problem.errno or 0, Answer.OTHER), problem.said) from None
        except socket.gaierror as problem:
            raise NoStream(Answer.NO_NAME, problem.strerror or str(problem)) from None


class ChannelDialer:
    """Lets the last jump host or the appliance connect, and believes what it reports."""

    def __init__(self, connection: Connection, vantage: Vantage) -> None:
        self._connection = connection
        self._vantage = vantage

    @property
    def vantage(self) -> Vantage:
        """See :class:`Dialer`."""
        return self._vantage

    @property
    def via(self) -> str:
        """See :class:`Dialer`."""
        jump = self._vantage is Vantage.JUMP
        return self._connection.jump_name if jump else self._connection.appliance.typed

    def carrier(self) -> Carrier | None:
        """See :class:`Dialer`."""
        return self._connection.carrier(self._vantage)

    async def connect(self, address: str, port: int) -> Stream:
        """See :class:`Dialer`."""
        try:
            return await self._connection.open(self._vantage, address, port)
        except asyncssh.ChannelOpenError as problem:
            raise self._no_stream(problem, f"{address}:{port}") from None
        except (asyncssh.DisconnectError, OSError) as problem:
            raise NoStream(Answer.OTHER, f"the connection to {self.via} was lost: {problem}") from None

    def _no_stream(self, problem: asyncssh.ChannelOpenError, target: str) -> NoStream:
        reason = problem.reason.strip()
        if not self._connection.is_up(self._vantage):
            return NoStream(Answer.OTHER, f"the connection to {self.via} was lost")
        if problem.code == CONNECT_FAILED:
            number = errno_in(reason)
            if number is not None:
                return NoStream(_ANSWERS[number], reason)
            if is_name_error(reason):
                return NoStream(Answer.NO_NAME, reason)
        if problem.code in (CONNECT_FAILED, FORWARDING_REFUSED):
            return NoStream(Answer.NOT_ALLOWED, f"{forwarding_advice(self.via, target)} ({reason})")
        return NoStream(Answer.OTHER, f"{self.via} opens no channel: {reason}")
