"""What a connection asks, and an application whose session asks it while it is opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from checks.prompts import Asker, ChangedHostKey, HostKey, Secret
from tests.screens.fake_session import FakeSession
from tests.screens.site import ORIGIN, sample
from tui.app import NorouteApp

NEW = HostKey("jump host jump01", "jump01.lab", 22, "ssh-ed25519", "SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
CHANGED = ChangedHostKey(
    "appliance haproxy.lab",
    "192.168.100.10",
    22,
    "ssh-ed25519",
    "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
    ("SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",),
    ("~/.ssh/known_hosts",),
    "ssh-keygen -R 192.168.100.10",
)
PASSWORD = Secret("appliance haproxy.lab", "root", "root@192.168.100.10's password: \x1b[2J[/b]\u202e", "password")


def asking(question: HostKey | ChangedHostKey | Secret, **options: Any) -> tuple[NorouteApp, list[object]]:
    """An application whose session asks one thing while it is opened, and the list that takes the answer."""
    answers: list[object] = []

    async def ask(asker: Asker) -> None:
        # A task of its own, as a connection's callbacks are.
        match question:
            case HostKey():
                answers.append(await asker.host_key(question))
            case ChangedHostKey():
                await asker.changed_host_key(question)
                answers.append("read")
            case Secret():
                answers.append(await asker.secret(question))

    @asynccontextmanager
    async def open_session(asker: Asker) -> AsyncIterator[FakeSession]:
        await asyncio.create_task(ask(asker))
        yield FakeSession(sample("article"))

    return NorouteApp(open_session, origin=ORIGIN, **options), answers
