"""A path that falls silent: what it carried is unknown from then on, and nothing on the site was ever broken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from checks.model import NodeKind, State, Vantage, Verdict
from checks.prompts import NeverAsk
from checks.session import open_session
from checks.snapshot import Origin, Phase, SourceKind
from checks.sources import ssh_connect
from checks.sources.target import Target
from tui.demo.site import Demo, simulated
from tui.session_opening import demo_target

_SECONDS = 40.0


@dataclass
class Wire:
    """Carries bytes between noroute and the demo's jump host while it is ``open``."""

    port: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def wire_to(demo: Demo) -> AsyncIterator[Wire]:
    """A wire that neither closes nor refuses anything: what is silent takes every byte and passes none on."""
    wire = Wire()
    wire.open.set()
    ways: set[asyncio.Task[None]] = set()

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await wire.open.wait()
                sink.write(data)
                await sink.drain()
        sink.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(demo.jump_host, demo.jump_port)
        ways.update(asyncio.create_task(carry(*way)) for way in ((reader, here), (there, writer)))

    server = await asyncio.start_server(both, "127.0.0.1", 0)
    async with server:
        wire.port = server.sockets[0].getsockname()[1]
        yield wire
        wire.open.set()
        server.close()
        await asyncio.gather(*ways)


def by_way_of(wire: Wire, target: Target) -> Target:
    """The same target over that wire."""
    assert target.pinned is not None
    dial = dict.fromkeys(target.pinned.dial, ("127.0.0.1", wire.port))
    return replace(target, pinned=replace(target.pinned, dial=dial))


async def test_a_silent_path_is_no_dead_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_connect, "_KEEPALIVE_SECONDS", 2)
    origin = Origin(SourceKind.DEMO, "demo", via=("demo-jump",), client_vantage=Vantage.JUMP, user="root")
    seen: list[tuple[Phase, Verdict]] = []
    async with (
        asyncio.timeout(_SECONDS),
        simulated("healthy", clock=20.0) as demo,
        wire_to(demo) as wire,
        open_session(
            by_way_of(wire, demo_target(demo)), origin, asker=NeverAsk(), state=tmp_path, every=600.0
        ) as session,
        aclosing(session.snapshots()) as snapshots,  # type: ignore[type-var]
    ):
        async for snapshot in snapshots:
            seen.append((snapshot.phase, snapshot.diagnosis.verdict))
            if snapshot.phase is Phase.LIVE and wire.open.is_set():
                if any(phase is Phase.LOST for phase, _ in seen):
                    break
                wire.open.clear()
                session.recheck()
            elif snapshot.phase is Phase.LOST and not wire.open.is_set():
                states = {node.state for node in snapshot.diagnosis.of_kind(NodeKind.VIP)}
                assert State.FAILED not in states
                wire.open.set()
                session.recheck()
        told = [change.text for change in snapshot.timeline]
    assert {verdict for _, verdict in seen} <= {Verdict.HEALTHY, Verdict.INCOMPLETE}, seen
    assert told[0].startswith("first read: healthy") and told[1].startswith("lost: ")
    assert told[2:] == ["connected again"]
