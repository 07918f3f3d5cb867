"""What a connection asks, asked on the screen. Each dialog is imported when it is opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App
from textual.message import Message
from textual.screen import Screen

from checks.inert import inert
from checks.prompts import accepted_words

if TYPE_CHECKING:
    from checks.prompts import ChangedHostKey, HostKey, Secret

A = TypeVar("A")


class Asked(Message):
    """The connection waits for a person's answer."""

    def __init__(self, screen: Screen[Any], answer: asyncio.Future[Any]) -> None:
        super().__init__()
        self.screen = screen
        self.answer = answer


class ScreenAsker:
    """Opens a dialog in an application that hands each :class:`Asked` to :func:`open_dialog`."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    async def host_key(self, key: HostKey) -> bool:
        """Whether to trust a new key from now on."""
        from screens.host_key import HostKeyScreen

        return await self._ask(HostKeyScreen(key))

    async def accepted_host_key(self, key: HostKey) -> None:
        """Tell it, and go on."""
        self._app.notify(inert(accepted_words(key)), markup=False)

    async def changed_host_key(self, key: ChangedHostKey) -> None:
        """Show that a key changed."""
        from screens.changed_key import ChangedKeyScreen

        await self._ask(ChangedKeyScreen(key))

    async def secret(self, question: Secret) -> str | None:
        """What was typed."""
        from screens.secret import SecretScreen

        return await self._ask(SecretScreen(question))

    async def _ask(self, screen: Screen[A]) -> A:
        # A connection's callbacks run in no worker of ours, where no screen may be waited for: a message carries it.
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._app.post_message(Asked(screen, answer))
        return await answer


def open_dialog(app: App[Any], asked: Asked) -> None:
    """Show the dialog; who gave up waiting meanwhile is not answered."""

    def answered(result: object) -> None:
        if not asked.answer.done():
            asked.answer.set_result(result)

    app.push_screen(asked.screen, answered)
