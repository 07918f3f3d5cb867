"""The application: opens the session once the first picture stands, shows what it sees, asks what it asks."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from checks.empty_topology import outline
from checks.refusal import Refusal
from checks.snapshot import Origin, Phase, Snapshot, SourceKind, shut_by
from screens.base_app import BaseApp
from screens.keymap import DRAWN, Keymap, bindings_of
from screens.main import MainScreen, unread
from screens.masking import Mask
from screens.picture.cells import Row
from tui import terminal
from tui.dialogs import Asked, ScreenAsker, open_dialog
from tui.error_log import noted
from tui.promptness import collect_by_the_clock
from tui.protocols import Habits, OpenSession
from tui.save_capture import keep

if TYPE_CHECKING:
    from tui.palette import Searched

_UNREACHABLE = 3


class Seen(Message):
    """A new moment of the site; an older one that was not drawn yet is left out."""

    def __init__(self, main: MainScreen, snapshot: Snapshot) -> None:
        super().__init__()
        self.main = main
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Only the newest moment counts."""
        return isinstance(message, Seen)


def _searched() -> type[Searched]:
    from tui.palette import Searched

    return Searched


class NorouteApp(BaseApp[int]):
    """Runs until it is left; its result and return code are 0, 128+n after a signal, or what kept it from the site."""

    TITLE = "noroute"
    # Read with Textual's own styles: a screen's file that comes later has all of them read again.
    CSS_PATH = Path(__file__).parents[1] / "screens" / "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", show=False, id="app.help", tooltip="keys and glyphs"),
        Binding("colon,ctrl+p", "command_palette", "command palette", show=False, id="app.palette"),
        Binding("ctrl+q", "quit", "quit from anywhere", show=False, priority=True, id="app.quit"),
    ]

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_searched}

    def __init__(
        self,
        open_session: OpenSession | None = None,
        *,
        origin: Origin | None = None,
        habits: Habits | None = None,
        theme: str | None = None,
        ascii: bool = False,
        keymap: Keymap = DRAWN,
    ) -> None:
        super().__init__(theme=theme, ascii=ascii, keymap=keymap)
        self._open_session, self._habits = open_session, habits
        self._code = 0
        self._reached = self._listed = False
        self._arrive(origin or Origin(SourceKind.LIVE, ""))

    def _arrive(self, origin: Origin) -> None:
        self._origin = origin
        # What every appliance has is on the first picture already: it is all that can be looked at meanwhile.
        self.main = MainScreen(replace(unread(origin), diagnosis=outline(origin.client_vantage)))
        self.main.errands.keep = keep

    def get_default_screen(self) -> Screen[Any]:
        """The site itself where one is known: an empty screen below it would be laid out and painted for nobody."""
        return super().get_default_screen() if self._open_session is None else self.main

    def on_mount(self) -> None:
        """Show the empty site and open the session; without a target ask for one."""
        terminal.watch(self, self.leave)
        collect_by_the_clock(self)
        if self._open_session is None and self._habits is not None:
            self._choose(self._habits)
        else:
            self.call_after_refresh(self._look)

    def _choose(self, habits: Habits) -> None:
        from screens.start import StartScreen

        self._listed = True
        self.push_screen(StartScreen(habits.choices(), habits.objection), self._chosen)

    def back(self) -> None:
        """To the list, where the site was chosen from it; a fix that runs is asked about first."""
        if not self._listed or self._habits is None or self.main.repair.running:
            self.leave()
            return
        self.workers.cancel_group(self, "session")
        self._code, self._reached, self.mask = 0, False, Mask()
        self.pop_screen()
        self._choose(self._habits)

    def _chosen(self, words: tuple[str, ...] | None) -> None:
        if words is None or self._habits is None:
            self.leave()
            return
        try:
            visit = self._habits.visit(words)
        except Refusal as refusal:
            self.exit(refusal.exit_code, refusal.exit_code, Text(refusal.sentence))
            return
        self._open_session = visit.open
        self._arrive(visit.origin)
        self.main.listed = True
        self.push_screen(self.main)
        self.call_after_refresh(self._look)

    @work(name="session", group="session", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        if self._origin.kind in (SourceKind.LIVE, SourceKind.DEMO):
            # In the loop the import would hold up the screen for a tenth of a second.
            await asyncio.to_thread(importlib.import_module, "asyncssh")
        main = self.main
        assert self._open_session is not None
        try:
            async with self._open_session(ScreenAsker(self)) as session:
                # All that is imported by now stays: looked through for garbage, it would hold up a key.
                gc.freeze()
                main.controls = session
                async for snapshot in session.snapshots():
                    self.post_message(Seen(main, snapshot))
        except Refusal as refusal:
            self._give_up(refusal.sentence, refusal.exit_code, shut_by(refusal.code))
        finally:
            main.controls = None

    def on_seen(self, message: Seen) -> None:
        """Draw it, unless its site was left meanwhile."""
        snapshot = message.snapshot
        if message.main is not self.main or not self.main.is_mounted:
            return
        self._code = _UNREACHABLE if snapshot.shut else 0
        self.main.snapshot = snapshot
        if snapshot.read_at is not None and not self._reached:
            self._reached = True
            if self._habits is not None:
                self._habits.reached()

    def _give_up(self, why: str, code: int, phase: Phase = Phase.FAILED) -> None:
        self._code = code
        last = self.main.snapshot if self.main.snapshot.phase is not Phase.CONNECTING else unread(self._origin)
        self.main.snapshot = replace(last, phase=phase, detail=why)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The session ended in a way nobody foresaw."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._give_up(self.failed(event.worker.error), _UNREACHABLE)

    def on_asked(self, message: Asked) -> None:
        """The connection asks something."""
        open_dialog(self, message)

    def about_address(self, text: str, width: int) -> tuple[Row, ...]:
        """The page of ``noroute explain ADDRESS``."""
        from tui import explain

        return explain.address_page(text, width)

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:
        """The command palette's."""
        from tui import palette

        yield from palette.commands(self, screen, self._themed)

    def _themed(self, theme: str) -> None:
        self.theme = theme
        if self._habits is not None:
            self._habits.themed(theme)

    # Leaving

    def action_help(self) -> None:
        """All keys."""
        from textual.widgets import Input

        from screens.help import HelpScreen
        from screens.secret import SecretScreen

        if isinstance(self.screen, (HelpScreen, SecretScreen)):
            return
        # Into a field letters are typed: there only keys that come before it, and enter, do anything.
        field = isinstance(self.focused, Input)
        here = [
            key
            for key in bindings_of(type(self.screen))
            if key.id and (key.priority or key.key == "enter" or not field)
        ]
        groups: list[tuple[str, Sequence[BindingType]]] = [("HERE", here), ("EVERYWHERE", type(self).BINDINGS)]
        if self.screen is not self.main and self.main in self.screen_stack:
            groups.insert(1, ("ON THE MAP", MainScreen.BINDINGS))
        self.push_screen(HelpScreen((caption, self.keymap.applied(bindings)) for caption, bindings in groups))

    def action_command_palette(self) -> None:
        """Commands, themes, and the way to any node or finding."""
        from tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    async def action_quit(self) -> None:
        """From anywhere."""
        self.leave()

    def action_help_quit(self) -> None:
        """Pressed by habit, it loses nothing."""
        if self.main.repair.running:
            self.leave()
        else:
            self.notify("ctrl+q quits", markup=False)

    def leave(self, code: int | None = None) -> None:
        """End with a code, by default with what the session came to. Without one a fix that runs is asked about first;
        asked again, it is left."""
        from screens.leaving import LeaveScreen

        repair = self.main.repair
        asked = any(isinstance(screen, LeaveScreen) for screen in self.screen_stack)
        if code is None and repair.running and not asked:
            self.push_screen(LeaveScreen(repair, gone=self._origin.kind is SourceKind.DEMO), self._answered)
        else:
            self._end(self._code if code is None else code)

    def _answered(self, leave: bool | None) -> None:
        repair = self.main.repair
        if leave:
            self._end(self._code)
        elif repair.unwell and repair.dialog is None:
            repair.show()

    def _end(self, code: int) -> None:
        repair, said = self.main.repair, None
        if repair.running:
            from screens.leaving import what_is_left

            on = "" if self._origin.kind is SourceKind.DEMO else "; the next start, or noroute fix --resume, goes on"
            said = Text(f"noroute: left while {what_is_left(repair.transaction)}{on}")
        self.exit(result=code, return_code=code, message=said)

    def failed(self, error: BaseException) -> str:
        """Keep where it happened in the log file, without any value; returns the sentence that says so."""
        log = noted(error)
        sentence = super().failed(error)
        return sentence if log is None else f"{sentence}; where, is in {log}"
