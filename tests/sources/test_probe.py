"""Socket checks against real sockets: what a client would see, and the limits of what follows from it."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks.evidence.probes import Answer, Kind, Probe
from checks.model import Vantage
from checks.sources.connection import connect
from checks.sources.dialers import ChannelDialer, Dialer, HereDialer
from checks.sources.probe import DATAPLANE_INFO, Job, probe, probe_all
from tests.sources.askers import Person
from tests.sources.sshd import Sshd, needs_sshd, sshd
from tests.sources.test_connecting import at

HERE = HereDialer()
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def certificate(folder: Path, days: int) -> ssl.SSLContext:
    """A server's context with a self-signed certificate that ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "supervisor.lab")])
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - datetime.timedelta(days=10))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"certificate{days}.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@asynccontextmanager
async def serving(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return  # the client had seen enough
        finally:
            writer.transport.abort() if context is None else writer.close()

    server = await asyncio.start_server(whole, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def http(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def ask(
    port: int, kind: Kind, dialer: Dialer = HERE, seconds: float = 5, path: str = "/wcp/loginbanner"
) -> Probe:
    return await probe(dialer, "127.0.0.1", port, kind, seconds=seconds, path=path)


async def test_refused() -> None:
    made = await ask(1, Kind.TCP)
    assert (made.answer, made.said, made.via) == (Answer.REFUSED, "Connection refused", "this machine")
    assert made.ms is not None
    assert made.ms < 1000


async def test_a_name_that_is_not_known() -> None:
    made = await probe(HERE, "nowhere.invalid", 443, Kind.TLS, seconds=5)
    assert made.answer is Answer.NO_NAME


@pytest.mark.parametrize("kind", list(Kind))
async def test_closed_before_a_word(kind: Kind) -> None:
    async with serving(hang_up) as port:
        made = await ask(port, kind)
    assert made.answer is Answer.CLOSED
    assert not made.says_nothing


@pytest.mark.parametrize("kind", list(Kind))
async def test_reset_after_connecting(kind: Kind) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with serving(reset) as port:
        assert (await ask(port, kind)).answer is Answer.CLOSED


@pytest.mark.parametrize("kind", list(Kind))
async def test_connected_and_then_nothing_proves_nothing(kind: Kind) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        made = await ask(mute.getsockname()[1], kind, seconds=0.3)
    assert made.answer is Answer.MUTE
    assert made.says_nothing


@contextmanager
def swallowing() -> Iterator[int]:
    """A port whose queue is full: the kernel drops what comes."""
    with socket.socket() as full, socket.socket() as parked, socket.socket() as parked2:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (parked, parked2):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()[1]


async def test_no_answer_at_all_is_timed_out() -> None:
    with swallowing() as port:
        made = await ask(port, Kind.TCP, seconds=0.3)
    assert (made.answer, made.said) == (Answer.TIMED_OUT, "no answer in 0.3 s")


async def test_ssh_and_what_is_not() -> None:
    async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Welcome\r\nSSH-2.0-OpenSSH_8.4\xff\r\n")
        await writer.drain()

    async with serving(banner) as port:
        made = await ask(port, Kind.SSH)
        assert (made.answer, made.said) == (Answer.OK, "SSH-2.0-OpenSSH_8.4\ufffd")
        assert (await ask(port, Kind.TCP)).answer is Answer.OK

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n")
        await writer.drain()

    async with serving(other) as port:
        made = await ask(port, Kind.SSH)
        assert (made.answer, made.said) == (Answer.WRONG, "not SSH: 220 mail ready")


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        ("200 OK", b"text/plain\r\n\r\nWelcome to the Supervisor", Answer.OK),
        ("200 OK", b"application/json\r\n\r\n{}", Answer.OK),
        ("200 OK", b"text/html; charset=utf-8\r\n\r\n<p>", Answer.WRONG),
        ("200 OK", b"x\r\n\r\n <!DOCTYPE html>", Answer.WRONG),
        ("404 Not Found", b"text/plain\r\n\r\n", Answer.WRONG),
        ("302 Found", b"text/plain\r\n\r\n", Answer.WRONG),
        ("503 Service Unavailable", b"text/html\r\n\r\n<html>", Answer.OTHER),
        ("401 Unauthorized", b"text/plain\r\n\r\n", Answer.OTHER),
    ],
)
async def test_http_over_tls(tmp_path: Path, status: str, body: bytes, answer: Answer) -> None:
    reply = b"HTTP/1.1 " + status.encode() + b"\r\nContent-Type: " + body
    async with serving(http(reply), certificate(tmp_path, 5)) as port:
        made = await ask(port, Kind.HTTP)
    assert (made.answer, made.status) == (answer, int(status[:3]))
    assert made.said.startswith(f"HTTP {status[:3]}, TLSv1.3, certificate of supervisor.lab, self-signed, valid until")


async def test_the_dataplane_api_answers_by_asking_for_credentials(tmp_path: Path) -> None:
    reply = b"HTTP/1.1 401 Unauthorized\r\n\r\n"
    async with serving(http(reply), certificate(tmp_path, 5)) as port:
        made = await ask(port, Kind.HTTP, path=DATAPLANE_INFO)
    assert (made.answer, made.status) == (Answer.OK, 401)


async def test_what_speaks_tls_but_not_http(tmp_path: Path) -> None:
    context = certificate(tmp_path, 5)
    async with serving(http(b"\x00\x01 nothing like it\r\n\r\n"), context) as port:
        assert (await ask(port, Kind.HTTP)).answer is Answer.WRONG
    async with serving(http(b""), context) as port:
        assert (await ask(port, Kind.HTTP)).answer is Answer.CLOSED
    async with serving(silence, context) as port:
        made = await ask(port, Kind.HTTP, seconds=0.5)
    assert made.answer is Answer.MUTE
    assert made.said.startswith("TLS answers (TLSv1.3")


async def test_an_endless_answer_is_not_read_to_its_end(tmp_path: Path) -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with serving(flood, certificate(tmp_path, 5)) as port:
        made = await ask(port, Kind.HTTP)
    assert made.answer is Answer.WRONG
    assert len(made.said) <= 300


async def test_a_certificate_that_has_expired_is_said_and_no_reason_to_see_nothing(tmp_path: Path) -> None:
    async with serving(silence, certificate(tmp_path, -3)) as port:
        made = await ask(port, Kind.TLS)
    assert made.answer is Answer.OK
    assert "expired 20" in made.said


async def test_plain_http_on_a_tls_port() -> None:
    async with serving(http(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        made = await ask(port, Kind.TLS, seconds=0.5)
    # It waits for the end of a request line that never comes.
    assert made.answer is Answer.MUTE

    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with serving(at_once) as port:
        made = await ask(port, Kind.TLS)
    assert made.answer is Answer.TLS
    assert "does not speak TLS" in made.said


@contextmanager
def blocking_tls(context: ssl.SSLContext) -> Iterator[int]:
    """asyncio's own server drops its alerts, so these come from a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()

    def serve() -> None:
        raw, _ = listener.accept()
        with raw:
            try:
                with context.wrap_socket(raw, server_side=True) as secured:
                    secured.recv(100)
            except (ssl.SSLError, OSError):
                # The alert is out; wait for the client to go, so that no reset overtakes it.
                raw.settimeout(5)

    done = loop.run_in_executor(None, serve)
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        done.cancel()


async def test_a_client_certificate_is_demanded_only_after_the_handshake(tmp_path: Path) -> None:
    context = certificate(tmp_path, 5)
    context.verify_mode = ssl.CERT_REQUIRED
    with blocking_tls(context) as port:
        made = await ask(port, Kind.TLS)
    assert (made.answer, made.said) == (Answer.TLS, "TLSV13_ALERT_CERTIFICATE_REQUIRED")


async def test_many_at_once_come_as_they_end(tmp_path: Path) -> None:
    open_now = most = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        writer.write(b"SSH-2.0-x\r\n")
        await reader.read()
        open_now -= 1

    async with serving(count) as port:
        jobs = [Job(Vantage.HERE, "127.0.0.1", port if n % 2 else 1, Kind.SSH) for n in range(60)]
        made = [one async for one in probe_all(jobs, {Vantage.HERE: HERE}, seconds=5, at_once=7)]
        stopped = probe_all(jobs, {Vantage.HERE: HERE}, seconds=5, at_once=2)
        await anext(stopped)
        await stopped.aclose()
    assert sorted(one.answer for one in made) == [Answer.OK] * 30 + [Answer.REFUSED] * 30
    assert most <= 7


@needs_sshd
async def test_through_a_host_of_the_way(server: Sshd, tmp_path: Path) -> None:
    connection = await connect(at(server), Person(), tmp_path / "state")
    dialer = ChannelDialer(connection, Vantage.APPLIANCE)
    reply = b"HTTP/1.1 200 OK\r\n\r\nhello"
    async with serving(http(reply), certificate(tmp_path, 5)) as port, serving(hang_up) as closing:
        made = await ask(port, Kind.HTTP, dialer)
        assert (made.answer, made.status, made.vantage, made.via) == (
            Answer.OK,
            200,
            Vantage.APPLIANCE,
            "127.0.0.1",
        )
        assert (await ask(closing, Kind.TLS, dialer)).answer is Answer.CLOSED
    assert (await ask(server.port, Kind.SSH, dialer)).answer is Answer.OK
    refused = await ask(1, Kind.TLS, dialer)
    assert (refused.answer, refused.said) == (Answer.REFUSED, "Connection refused")
    unknown = await probe(dialer, "nowhere.invalid", 443, Kind.TLS, seconds=5)
    assert unknown.answer is Answer.NO_NAME
    await connection.close()
    lost = await ask(1, Kind.TCP, dialer)
    assert (lost.answer, "was lost" in lost.said, lost.says_nothing) == (Answer.OTHER, True, True)


@needs_sshd
async def test_silence_of_who_carries_a_probe_says_nothing_of_its_target(tmp_path: Path) -> None:
    """A connection that is dead and does not know it yet: its real sshd is stopped."""
    with sshd(tmp_path / "sshd") as server, swallowing() as port:
        connection = await connect(at(server), Person(), tmp_path / "state")
        dialer = ChannelDialer(connection, Vantage.APPLIANCE)
        assert (await ask(port, Kind.TLS, dialer, seconds=0.5)).answer is Answer.TIMED_OUT
        with server.silent():
            dead = await ask(port, Kind.TLS, dialer, seconds=0.5)
        assert (dead.answer, dead.said) == (Answer.OTHER, "nothing is known: 127.0.0.1 itself did not answer")
        assert (await ask(port, Kind.TLS, dialer, seconds=0.5)).answer is Answer.TIMED_OUT
        slow = asyncio.create_task(ask(port, Kind.TLS, dialer, seconds=2.5))
        with server.silent():
            await asyncio.sleep(2)
        assert (await slow).answer is Answer.OTHER, "it had no fair time"
        await connection.close()


@needs_sshd
async def test_what_ends_with_its_carrier_was_not_closed_by_its_target(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.transport.abort()
        ended.set()

    with sshd(tmp_path / "sshd") as server:
        connection = await connect(at(server), Person(), tmp_path / "state")
        async with serving(mute) as port:
            asked = asyncio.create_task(ask(port, Kind.SSH, ChannelDialer(connection, Vantage.APPLIANCE)))
            await asyncio.sleep(0.5)
            await connection.drop_appliance()
            assert (await asked).answer is Answer.OTHER
            await ended.wait()
            await asyncio.sleep(0)


@needs_sshd
@pytest.mark.parametrize("setting", ["AllowTcpForwarding no", "PermitOpen 127.0.0.1:9", "AllowTcpForwarding remote"])
async def test_not_allowed_is_not_down(tmp_path: Path, setting: str) -> None:
    with sshd(tmp_path / "closed", setting) as closed:
        connection = await connect(at(closed), Person(), tmp_path / "state")
        made = await ask(1, Kind.TCP, ChannelDialer(connection, Vantage.APPLIANCE))
        await connection.close()
    assert made.answer is Answer.NOT_ALLOWED
    assert made.says_nothing
    assert "127.0.0.1 does not forward to 127.0.0.1:1" in made.said
    assert "AllowTcpForwarding" in made.said
    assert "PermitOpen 127.0.0.1:1" in made.said
