"""Socket checks from any vantage: what a client would see at an address, in the client's words."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from checks.evidence.probes import Answer, Kind, Probe
from checks.model import Vantage
from checks.sources.dialers import Dialer, NoStream
from checks.sources.streams import Stream
from checks.sources.tls import TlsEnded, TlsStream, describe

LOGIN_BANNER = "/wcp/loginbanner"
DATAPLANE_INFO = "/v2/info"
# More than fifty dead addresses at a time run into the kernel's own limit for ICMP, and then the same fault shows
# as two different errors.
AT_ONCE = 50
_LISTEN_SECONDS = 1.0
_HEAD_LIMIT = 16_384
# What a connection that is dead, and carries the probe, looks like too.
_SILENT = frozenset({Answer.TIMED_OUT, Answer.CLOSED})
_SAID_LIMIT = 300
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")


@dataclass(frozen=True)
class Job:
    """One probe to make. ``path`` is asked for where ``kind`` is HTTP or WEB (the same without TLS). Where it is not
    ``strict``, nobody knows what should answer: what speaks otherwise is no failure, and proves nothing."""

    vantage: Vantage
    address: str
    port: int
    kind: Kind
    path: str = LOGIN_BANNER
    strict: bool = True


@dataclass(frozen=True)
class _Seen:
    answer: Answer
    said: str = ""
    status: int | None = None
    done: float | None = None
    told: bool = False  # in words, by whoever dialled


async def probe(
    dialer: Dialer,
    address: str,
    port: int,
    kind: Kind,
    *,
    seconds: float,
    path: str = LOGIN_BANNER,
    strict: bool = True,
) -> Probe:
    """Make one socket check, within ``seconds``; then whoever carried it has to show that it is alive, where that was
    silence or an end. Never raises for what the network does."""
    at = datetime.now(UTC)
    carrier = dialer.carrier()
    start = time.monotonic()
    stream: Stream | None = None
    # What has been reached so far decides what a timeout means.
    state = [_Seen(Answer.TIMED_OUT, f"no answer in {seconds:g} s")]
    try:
        async with asyncio.timeout(seconds):
            stream = await dialer.connect(address, port)
            state[0] = _Seen(Answer.MUTE, f"connected, then nothing for {seconds:g} s")
            seen = await _converse(stream, kind, address, path, start + seconds, state)
    except TimeoutError:
        seen = state[0]
    except NoStream as problem:
        seen = _Seen(problem.answer, problem.said, told=True)
    finally:
        if stream is not None:
            stream.close()
    seen = replace(seen, done=seen.done or time.monotonic())
    if carrier is not None and not seen.told and seen.answer in _SILENT and not await carrier.held():
        seen = replace(seen, answer=Answer.OTHER, said=f"nothing is known: {dialer.via} itself did not answer")
    if not strict and seen.answer in (Answer.TLS, Answer.WRONG):
        seen = replace(seen, answer=Answer.OTHER, said=f"connected; what is there speaks otherwise: {seen.said}")
    ms = round(((seen.done or start) - start) * 1000, 1)
    said = seen.said[:_SAID_LIMIT]
    return Probe(dialer.vantage, address, port, kind, seen.answer, said, seen.status, ms, at, dialer.via)


async def probe_all(
    jobs: Iterable[Job], dialers: Mapping[Vantage, Dialer], *, seconds: float, at_once: int = AT_ONCE
) -> AsyncGenerator[Probe, None]:
    """Make many, at most ``at_once`` at a time and each within ``seconds``; each is yielded as it ends. Every
    vantage of a job must have its dialer. Closing it early stops what is under way."""
    listed = list(jobs)
    waiting = iter(listed)
    results: asyncio.Queue[Probe | None] = asyncio.Queue()

    async def work() -> None:
        try:
            for job in waiting:
                made = await probe(
                    dialers[job.vantage],
                    job.address,
                    job.port,
                    job.kind,
                    seconds=seconds,
                    path=job.path,
                    strict=job.strict,
                )
                results.put_nowait(made)
        finally:
            results.put_nowait(None)

    workers = [asyncio.create_task(work()) for _ in range(min(at_once, len(listed)))]
    running = len(workers)
    try:
        while running:
            result = await results.get()
            if result is None:
                running -= 1
            else:
                yield result
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _converse(stream: Stream, kind: Kind, address: str, path: str, end: float, state: list[_Seen]) -> _Seen:
    try:
        if kind is Kind.SSH:
            return await _ssh(stream)
        if kind is Kind.TCP:
            return await _listen(stream, end)
        if kind is Kind.WEB:
            state[0] = _Seen(Answer.MUTE, "connected, HTTP says nothing")
            seen = await _http(stream, address, path, "no TLS")
            # Whatever a web server of somebody's own says, it is there.
            return _Seen(Answer.OK, seen.said, seen.status) if seen.status is not None else seen
        tls = TlsStream(stream)
        try:
            await tls.handshake()
            facts = ", ".join(part for part in (tls.version, describe(tls.certificate)) if part)
            if kind is Kind.TLS:
                return await _after_handshake(tls, facts, end)
            state[0] = _Seen(Answer.MUTE, f"TLS answers ({facts}), HTTP says nothing")
            return await _http(tls, address, path, facts)
        except TlsEnded:
            return _Seen(Answer.CLOSED, f"connected, then closed {'after' if tls.agreed else 'in'} the TLS handshake")
    except ssl.SSLError as problem:
        return _Seen(Answer.TLS, _alert(problem))
    except OSError as problem:
        return _Seen(Answer.CLOSED, f"connected, then cut off: {problem.strerror or problem}")


async def _ssh(stream: Stream) -> _Seen:
    data = b""
    # Lines before the version line are allowed.
    while b"\n" not in data.partition(b"SSH-")[2] and len(data) < _HEAD_LIMIT:
        chunk = await stream.read()
        if not chunk:
            break
        data += chunk
    line = next((line for line in data.splitlines() if line.startswith(b"SSH-")), b"")
    if line:
        return _Seen(Answer.OK, line.decode("utf-8", "replace"))
    if not data:
        return _Seen(Answer.CLOSED, "connected, then closed before a word was said")
    return _Seen(Answer.WRONG, f"not SSH: {_words(data)}")


async def _listen(stream: Stream, end: float) -> _Seen:
    try:
        async with asyncio.timeout(min(_LISTEN_SECONDS, max(0.0, end - time.monotonic()))):
            data = await stream.read()
    except TimeoutError:
        return _Seen(Answer.MUTE, "connected; a connection alone proves no service")
    if not data:
        return _Seen(Answer.CLOSED, "connected, then closed before a word was said")
    return _Seen(Answer.OK, _words(data))


async def _after_handshake(tls: TlsStream, facts: str, end: float) -> _Seen:
    done = time.monotonic()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(_LISTEN_SECONDS / 2, max(0.0, end - done))):
            await tls.settle()
    return _Seen(Answer.OK, facts, done=done)


async def _http(tls: TlsStream | Stream, address: str, path: str, facts: str) -> _Seen:
    request = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    await tls.write(request.encode())
    data = b""
    try:
        while b"\r\n\r\n" not in data and len(data) < _HEAD_LIMIT:
            chunk = await tls.read()
            if not chunk:
                break
            data += chunk
    except (TlsEnded, ConnectionError):
        if not data:
            raise
    if not data:
        return _Seen(Answer.CLOSED, f"connected ({facts}), then closed without an HTTP answer")
    return _judge(data, path, facts)


def _judge(data: bytes, path: str, facts: str) -> _Seen:
    found = _STATUS.match(data)
    if found is None:
        return _Seen(Answer.WRONG, f"not HTTP: {_words(data)} ({facts})")
    status = int(found[1])
    head, _, body = data.partition(b"\r\n\r\n")
    html = b"text/html" in head.lower() or body.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))
    said = f"HTTP {status}, {facts}"
    if path == DATAPLANE_INFO:
        # It asks for credentials, and that is an answer.
        good = status in (200, 401)
        return _Seen(Answer.OK if good else Answer.WRONG if status == 404 else Answer.OTHER, said, status)
    if status == 200 and not html:
        return _Seen(Answer.OK, said, status)
    if (html and status == 200) or status in (301, 302, 303, 307, 308, 404, 405, 410):
        return _Seen(Answer.WRONG, f"{said}: no Supervisor answers {path} like this", status)
    return _Seen(Answer.OTHER, said, status)


def _alert(problem: ssl.SSLError) -> str:
    reason = problem.reason or "unknown"
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        return f"{reason}: what answers does not speak TLS"
    return reason


def _words(data: bytes) -> str:
    return data[:120].decode("utf-8", "replace").strip()
