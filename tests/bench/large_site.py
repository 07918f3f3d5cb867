"""The application on a session whose appliance has 300 VIPs: ``python -m tests.bench.large_site``.

Everything from the session upwards is the product's own: reading, diagnosing at each result, publishing, drawing.
What answers is made up: a recorded appliance, its haproxy.cfg extended to 300 binds, and probe results that come in
at a steady rate. The stream begins when a key is pressed for the first time.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from checks import collector
from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG
from checks.evidence.probes import Answer, Probe
from checks.evidence.section import Reading
from checks.model import Vantage
from checks.prompts import Asker
from checks.session import Session, open_session
from checks.snapshot import Origin, SourceKind
from checks.sources.capture import load
from checks.sources.probe import Job
from checks.sources.target import Target
from tui.app import NorouteApp
from tui.promptness import kept_for_good

BASE = Path(__file__).parents[1] / "fixtures" / "base"
VIPS = 300
PER_SECOND = 50
_NAME = "domain-c8:5c1b7f0e-ns-{cluster}-tkc-{cluster}-control-plane-service-{at}"
_BIND = """
frontend {name}
  mode tcp
  bind {vip} name {name}
  default_backend {name}

backend {name}
  mode tcp
  server {name}-10.10.17.21:6443 10.10.17.21:6443 check weight 100 verify none
"""


def reading() -> Reading:
    """The recorded appliance with a second range and 300 binds, all of them as they should be."""
    whole = load(BASE).reading
    sections = dict(whole.sections)

    def longer(name: str, more: str) -> None:
        sections[name] = replace(sections[name], out=sections[name].out + more.encode())

    vips = [f"10.10.18.{129 + at % 100}:{(443, 6443, 8443)[at // 100]}" for at in range(VIPS - 2)]
    names = [_NAME.format(cluster=at % 10, at=at) for at in range(VIPS - 2)]
    longer(
        f"file:{HAPROXY_CFG}",
        "".join(_BIND.format(name=name, vip=vip) for name, vip in zip(names, vips, strict=True)),
    )
    longer(f"file:{ANYIP_CFG}", "10.10.18.128/25\n")
    longer("listeners", "".join(f'LISTEN 0 4000 {vip} 0.0.0.0:* users:(("haproxy",pid=107,fd=9))\n' for vip in vips))
    routes = json.loads(sections["routes"].out)
    routes.append(
        {"type": "local", "dst": "10.10.18.128/25", "dev": "lo", "table": "local", "scope": "host", "flags": []}
    )
    sections["routes"] = replace(sections["routes"], out=json.dumps(routes).encode())
    return replace(whole, sections=sections)


def application(per_second: float) -> NorouteApp:
    """The application; ``per_second`` results arrive."""
    begun = asyncio.Event()
    made = reading()

    async def answers(
        jobs: Iterable[Job], ways: Mapping[Vantage, object], *, seconds: float
    ) -> AsyncGenerator[Probe, None]:
        del ways, seconds
        for at, job in enumerate(jobs):
            await begun.wait()
            await asyncio.sleep(2 / per_second)  # two of these run side by side
            yield Probe(job.vantage, job.address, job.port, job.kind, Answer.OK, ms=1.0 + at % 7, at=datetime.now(UTC))

    async def recorded(connection: object) -> Reading:
        del connection
        return made

    async def connected(*given: object) -> object:
        del given
        return _Connection()

    # The three places where the session touches the network.
    stand_ins: dict[str, Any] = {"probe_all": answers, "read_appliance": recorded, "connect_jumps": connected}
    vars(collector).update(stand_ins)
    origin = Origin(SourceKind.LIVE, "root@10.10.17.2", ("jump",), Vantage.JUMP, user="root")

    @asynccontextmanager
    async def opened(asker: Asker) -> AsyncIterator[Session]:
        with TemporaryDirectory() as state:
            async with open_session(Target("10.10.17.2"), origin, asker=asker, state=Path(state)) as session:
                yield session

    app = _Begun(opened, origin=origin)
    app.begun = begun
    return app


class _Begun(NorouteApp):
    begun: asyncio.Event

    def on_key(self) -> None:
        """Let the results come."""
        self.begun.set()


class _Connection:
    """Up, and silent."""

    appliance = SimpleNamespace(host="10.10.17.2", port=22, user="root")
    fingerprint = ""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    async def open_jumps(self) -> None:
        """They are open."""

    async def follow(self, script: str) -> AsyncIterator[None]:
        """Nothing changes there."""
        del script
        await asyncio.Event().wait()
        yield

    async def close(self) -> None:
        """Nothing to end."""


if __name__ == "__main__":
    with kept_for_good():
        made = application(float(sys.argv[1]) if len(sys.argv) > 1 else PER_SECOND)
    made.run()
