"""The whole application on a session that shows one sample and then waits: ``python -m tests.screens.fake_session``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from checks.prompts import Asker
from checks.snapshot import Snapshot
from tests.screens.site import ORIGIN, ScriptedControls, sample
from tui.app import NorouteApp


class FakeSession(ScriptedControls):
    """Scripted controls that also show moments, from the queue ``moments``."""

    def __init__(self, first: Snapshot) -> None:
        super().__init__()
        self.moments: asyncio.Queue[Snapshot] = asyncio.Queue()
        self.moments.put_nowait(first)

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """Whatever was put into the queue."""
        while True:
            yield await self.moments.get()


def application(
    name: str = "article", steps: int | None = None, **options: Any
) -> tuple[NorouteApp, list[FakeSession]]:
    """The application, and a list that will hold its session once it is open; ``steps`` is how far a fix gets."""
    opened: list[FakeSession] = []

    @asynccontextmanager
    async def open_session(asker: Asker) -> AsyncIterator[FakeSession]:
        del asker
        opened.append(FakeSession(sample(name)))
        if steps is not None:
            opened[-1].stop_after(steps)
        yield opened[-1]

    return NorouteApp(open_session, origin=ORIGIN, **options), opened


if __name__ == "__main__":
    program, _ = application(next(iter(sys.argv[1:]), "article"))
    result = program.run()
    sys.exit(program.return_code if result is None else result)
