"""A machine whose shell people use, and the form of its commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tui.demo.appliance import Appliance
from tui.demo.clock import Clock
from tui.demo.files import Disk
from tui.demo.network import Network, Vantage

Input = Callable[[], Awaitable[bytes]]


def from_bytes(data: bytes) -> Input:
    """Standard input that is there already."""

    async def read() -> bytes:
        return data

    return read


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int = 0
    out: bytes = b""
    err: bytes = b""


@dataclass(frozen=True)
class Call:
    """One command as it was typed: its words without the name, where it runs, and how to read standard input
    (which may wait for the client)."""

    name: str
    words: tuple[str, ...]
    stdin: Input
    machine: Machine

    def fail(self, text: str, code: int = 1) -> Result:
        """The usual form of an error."""
        return Result(code, b"", f"{self.name}: {text}\n".encode("utf-8", "surrogateescape"))


Command = Callable[[Call], Awaitable[Result]]


@dataclass(frozen=True)
class Machine:
    """Where a shell runs. ``appliance`` is None on the jump host."""

    hostname: str
    user: str
    clock: Clock
    disk: Disk
    network: Network
    vantage: Vantage
    commands: Mapping[str, Command]
    appliance: Appliance | None = None

    def settle(self) -> None:
        """Bring the state up to date."""
        self.clock.settle()


def text(result: str, code: int = 0) -> Result:
    """A result that is text on standard output."""
    return Result(code, result.encode("utf-8", "surrogateescape"))
