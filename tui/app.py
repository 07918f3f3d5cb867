"""The application: opens the session once the first picture stands, shows what it sees, asks what it asks."""

from __future__ import annotations

import asyncio
import importlib
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from checks.asking import Asker, ChangedHostKey, HostKey, Secret
from checks.model import NodeKind
from checks.refusal import Refusal
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from screens.changed_key import ChangedKeyScreen
from screens.controls import Controls
from screens.help import HelpScreen
from screens.host_key import HostKeyScreen
from screens.inked import InkedApp
from screens.main import MainScreen, unread
from screens.picture.cells import Row
from screens.secret import SecretScreen
from tui import explain, terminal
from tui.keeping import keep
from tui.settings import prepared_state_folder

A = TypeVar("A")
_UNREACHABLE = 3


class LiveSession(Controls, Protocol):
    """What the screen needs of a session."""

    def snapshots(self) -> AsyncIterator[Snapshot]:
        """Every moment from now on."""
        ...


class Seen(Message):
    """A new moment of the site; an older one that was not drawn yet is left out."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Only the newest moment counts."""
        return isinstance(message, Seen)


class Asked(Message):
    """The connection waits for a person's answer."""

    def __init__(self, screen: Screen[Any], answer: asyncio.Future[Any]) -> None:
        super().__init__()
        self.screen = screen
        self.answer = answer


class NorouteApp(InkedApp[int]):
    """Runs until it is left; its result and return code are 0, 128+n after a signal, or what kept it from the site."""

    TITLE = "noroute"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", show=False, id="app.help"),
        Binding("colon", "command_palette", "command palette", show=False, id="app.palette"),
        Binding("ctrl+q", "quit", "quit from anywhere", show=False, priority=True, id="app.quit"),
    ]

    def __init__(
        self,
        open_session: Callable[[Asker], AbstractAsyncContextManager[LiveSession]],
        *,
        origin: Origin,
        theme: str | None = None,
        ascii: bool = False,
    ) -> None:
        super().__init__(theme=theme, ascii=ascii)
        self._open_session = open_session
        self._code = 0
        self._origin = origin
        self.main = MainScreen(unread(origin))
        self.main.errands.keep = keep

    def on_mount(self) -> None:
        """Show the empty site, then open the session."""
        terminal.watch(self, self.leave)
        self.push_screen(self.main)
        self.call_after_refresh(self._look)

    @work(name="session", group="session", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        if self._origin.kind in (SourceKind.LIVE, SourceKind.DEMO):
            # In the loop the import would hold up the screen for a tenth of a second.
            await asyncio.to_thread(importlib.import_module, "asyncssh")
        try:
            async with self._open_session(self) as session:
                self.main.controls = session
                async for snapshot in session.snapshots():
                    self.post_message(Seen(snapshot))
        except Refusal as refusal:
            self._give_up(refusal.sentence, refusal.exit_code)
        finally:
            self.main.controls = None

    def on_seen(self, message: Seen) -> None:
        """Draw it."""
        snapshot = message.snapshot
        self._code = _UNREACHABLE if snapshot.phase is Phase.FAILED else 0
        nodes = (*snapshot.diagnosis.of_kind(NodeKind.APPLIANCE), *snapshot.diagnosis.of_kind(NodeKind.CLUSTER))
        own = (snapshot.origin.site, snapshot.origin.target.rpartition("@")[2], *snapshot.origin.via)
        self.names = tuple(name for name in (*own, *(node.label for node in nodes)) if name)
        self.main.snapshot = snapshot

    def _give_up(self, why: str, code: int) -> None:
        self._code = code
        self.main.snapshot = replace(self.main.snapshot, phase=Phase.FAILED, detail=why)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The session ended in a way nobody foresaw."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._give_up(self.failed(event.worker.error), _UNREACHABLE)

    # What the connection asks

    async def host_key(self, key: HostKey) -> bool:
        """Whether to trust a new key from now on."""
        return await self._ask(HostKeyScreen(key))

    async def changed_host_key(self, key: ChangedHostKey) -> None:
        """Show that a key changed."""
        await self._ask(ChangedKeyScreen(key))

    async def secret(self, question: Secret) -> str | None:
        """What was typed."""
        return await self._ask(SecretScreen(question))

    async def _ask(self, screen: Screen[A]) -> A:
        # A connection's callbacks run in no worker of ours, where no screen may be waited for: a message carries it.
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self.post_message(Asked(screen, answer))
        return await answer

    def on_asked(self, message: Asked) -> None:
        """Open the dialog; who gave up waiting meanwhile is not answered."""

        def answered(result: object) -> None:
            if not message.answer.done():
                message.answer.set_result(result)

        self.push_screen(message.screen, answered)

    def about_address(self, text: str) -> tuple[Row, ...]:
        """The page of ``noroute explain ADDRESS``."""
        return explain.address_page(text)

    # Leaving

    def action_help(self) -> None:
        """All keys."""
        if isinstance(self.screen, (HelpScreen, SecretScreen)):
            return
        groups = [("HERE", type(self.screen).BINDINGS), ("EVERYWHERE", type(self).BINDINGS)]
        if self.screen is not self.main:
            groups.insert(1, ("ON THE MAP", MainScreen.BINDINGS))
        self.push_screen(HelpScreen(groups))

    async def action_quit(self) -> None:
        """From anywhere."""
        self.leave()

    def leave(self, code: int | None = None) -> None:
        """End with a code, by default with what the session came to."""
        code = self._code if code is None else code
        self.exit(result=code, return_code=code)

    def failed(self, error: BaseException) -> str:
        """Keep where it happened in the log file, without any value; returns the sentence that says so."""
        sentence = super().failed(error)
        try:
            log = prepared_state_folder() / "errors.log"
            with log.open("a", encoding="utf-8") as file:
                log.chmod(0o600)
                stack = "".join(traceback.format_tb(error.__traceback__))
                file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {type(error).__name__}\n{stack}\n")
        except OSError:
            return sentence
        return f"{sentence}; where, is in {log}"
