"""haproxy's socket asked over the connection: a whole answer, one that ends early, one without end, none."""

from dataclasses import dataclass

import pytest

from checks.evidence.section import Ending, Reading, Section
from checks.sources.stats_socket import STATISTICS, with_statistics

CONFIGURATION = "file:/etc/haproxy/haproxy.cfg"
NO_TOOL = Section(STATISTICS, "show stat", err=b"neither socat, nc -U nor python3", code=127)


@dataclass
class Socket:
    """What an appliance's socket says, piece by piece; the path and the words that reached it."""

    pieces: list[bytes]
    path: str = ""
    asked: bytes = b""

    async def open_unix(self, path: str) -> "Socket":
        self.path = path
        return self

    async def write(self, data: bytes) -> None:
        self.asked += data

    async def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        pass


def reading(
    section: Section = NO_TOOL, configuration: bytes = b"  stats socket /run/haproxy.sock mode 600\n"
) -> Reading:
    return Reading({STATISTICS: section, CONFIGURATION: Section(CONFIGURATION, "", configuration)})


async def asked(socket: Socket, before: Reading) -> Section:
    return (await with_statistics(socket, before)).sections[STATISTICS]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pieces", "ending", "code"),
    [
        ([b"# pxname,", b"svname\na,b\n\n"], Ending.EXITED, 0),
        ([b"# pxname,svname\na,"], Ending.LOST, None),
        ([b"x" * 1_500_000] * 2, Ending.CUT, None),
    ],
)
async def test_how_the_answer_ended_is_told(pieces: list[bytes], ending: Ending, code: int | None) -> None:
    socket = Socket(list(pieces))
    got = await asked(socket, reading())
    assert (got.ending, got.code, got.out) == (ending, code, b"".join(pieces)[:2_000_000])
    assert (socket.path, socket.asked) == ("/run/haproxy.sock", b"show stat\n")


@pytest.mark.parametrize(
    "before",
    [
        reading(Section(STATISTICS, "show stat", b"a,b\n")),
        reading(Section(STATISTICS, "show stat", code=1)),
        reading(configuration=b"defaults\n"),
        reading(configuration=b"stats socket ipv4@127.0.0.1:9999\n"),
    ],
)
async def test_nobody_is_asked_without_need_or_place(before: Reading) -> None:
    socket = Socket([b"a,b\n\n"])
    assert await asked(socket, before) == before.sections[STATISTICS]
    assert not socket.path


async def test_silence_leaves_what_the_script_said() -> None:
    assert await asked(Socket([]), reading()) == NO_TOOL
