"""The first screen where no target was given: what was looked at before, hosts, the demo; or an address typed."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from checks.inert import inert
from screens.footer import FooterKey
from screens.framed import INPUT, FramedScreen
from screens.lines import BOLD, HOTKEY, put_paragraph
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role, Tint
from screens.picture_view import PictureView
from screens.start_choice import StartChoice

_NAME, _LEAST_TOLD = 30, 20


class StartScreen(FramedScreen[tuple[str, ...] | None]):
    """The words of what was chosen or typed; None to quit. ``objection`` says what is wrong with words, or nothing; it
    is called in a thread of its own, as it may wait."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # The field takes enter, after all that was typed or pasted before it, and says so.
        Binding("enter", "open", "open", id="start.open", tooltip="what is chosen or typed"),
        Binding("down,tab", "pick(1)", "next", id="start.down", priority=True),
        Binding("up,shift+tab", "pick(-1)", "previous", show=False, id="start.up", priority=True),
        Binding("escape", "clear", "clear", show=False, id="start.clear", priority=True, tooltip="clear what is typed"),
        Binding("ctrl+d", "leave", "quit", id="start.leave", priority=True),
    ]

    def __init__(self, choices: tuple[StartChoice, ...], objection: Callable[[str], str]) -> None:
        super().__init__()
        self._choices = choices
        self._objection = objection
        self._trouble = ""
        self._picked = 0 if choices else -1

    def compose(self) -> ComposeResult:
        """The frame and the field."""
        yield from super().compose()
        field = Input(id="target", compact=True)
        field.cursor_blink = False
        yield field

    def on_mount(self) -> None:
        """Typing goes into the field at once."""
        super().on_mount()
        self.query_one(Input).focus()

    @property
    def _typed(self) -> str:
        return self.query_one(Input).value.strip()

    @property
    def _shown(self) -> list[StartChoice]:
        """The choices that hold what was typed, and all of them where that is no part of any."""
        typed = self._typed.casefold()
        found = [choice for choice in self._choices if typed in f"{choice.label} {choice.told}".casefold()]
        return found if typed else list(self._choices)

    def title_words(self) -> tuple[str, str]:
        """What the program is for."""
        return "noroute  which appliance does not answer?", "nothing is open yet"

    def content(self, width: int, room: int) -> Picture:
        """The field, then what could be opened, by groups; the list moves under the cursor."""
        canvas = Canvas(width)
        canvas.put(0, 0, "Type [-J JUMP] [USER@]HOST[:PORT], or a capture's folder, or choose:", BOLD)
        canvas.put(0, 1, ">", HOTKEY)
        canvas.hit(1, 2, min(width, 70), INPUT)
        y = 3
        if self._trouble:
            y = put_paragraph(canvas, 2, 2, self._trouble, width - 2, lines=3, pen=Pen(Role.ERROR, bold=True)) + 1
        shown = self._shown
        rows = list(_rows(shown))
        at = next((i for i, (_, number) in enumerate(rows) if number == self._picked), 0)
        high = max(room - y, 3)
        top = min(max(at - high + 2, 0), max(len(rows) - high, 0))
        for line, (text, number) in enumerate(rows[top : top + high], y):
            if number is None:
                canvas.put(0, line, text, Role.DIM)
            else:
                self._draw(canvas, line, shown[number], number)
        if not shown:
            canvas.put(0, y, "enter opens what you typed", Role.DIM)
        below = y + len(rows) + 1
        if 0 <= self._picked < len(shown) and below + 2 < room:
            told = shown[self._picked].told
            if len(inert(told)) > width - self._column(width):
                put_paragraph(canvas, 2, below, told, width - 4, lines=room - below)
        return canvas.picture()

    def _draw(self, canvas: Canvas, y: int, choice: StartChoice, number: int) -> None:
        chosen = number == self._picked
        canvas.put(0, y, "▸" if chosen else " ", Role.ACCENT)
        left = self._column(canvas.width)
        canvas.put(2, y, choice.label, BOLD if chosen else Role.TEXT, left - 4)
        if canvas.width - left >= _LEAST_TOLD:
            canvas.put(left, y, choice.told, Role.DIM)
        canvas.hit(y, 0, canvas.width, f"choice:{number}")
        if chosen:
            canvas.tint(y, 0, canvas.width, Tint.SELECTED)

    def _column(self, width: int) -> int:
        """Where what is told of the choices begins."""
        longest = max(len(inert(shown.label)) for shown in self._choices)
        return 2 + min(max(_NAME, longest), width // 2) + 2

    def frame_keys(self) -> list[FooterKey]:
        """Open, move, leave; a question mark after other words is one of them."""
        move = [FooterKey("enter", "open"), FooterKey("down", "next")]
        if self.query_one(Input).value:
            return [*move, FooterKey("escape", "clear"), FooterKey("ctrl+d", "quit"), FooterKey("f1", "help")]
        return [*move, FooterKey("escape", "quit"), FooterKey("question_mark", "help")]

    async def on_input_changed(self, event: Input.Changed) -> None:
        """Other words, another list: what is typed wins unless the arrows point at something. A question mark alone
        asks for the keys: no target begins with one."""
        event.stop()
        if event.value == "?":
            event.input.value = ""
            await self.app.run_action("help")
            return
        self._trouble = ""
        self._picked = -1 if self._typed or not self._choices else 0
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open it."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """What the arrow points at, else what is typed."""
        shown = self._shown
        if 0 <= self._picked < len(shown):
            self.dismiss(shown[self._picked].words)
        elif self._typed:
            self.run_worker(self._try(self._typed), name="try", group="try", exclusive=True)

    async def _try(self, typed: str) -> None:
        trouble = await asyncio.to_thread(self._objection, typed)
        if typed != self._typed or self not in self.app.screen_stack:
            return
        if trouble:
            self._trouble = trouble
            self.redraw()
        else:
            self.dismiss(tuple(shlex.split(typed)))

    def on_picture_view_picked(self, event: PictureView.Picked) -> None:
        """A click selects, one more opens."""
        event.stop()
        kind, _, number = event.node.partition(":")
        if kind != "choice":
            return
        again = self._picked == int(number)
        self._picked = int(number)
        if again or event.twice:
            self.action_open()
        else:
            self.redraw()

    def action_pick(self, by: int) -> None:
        """Along the list."""
        last = len(self._shown) - 1
        self._picked = min(max(self._picked + by, -1 if self._typed else min(0, last)), last)
        self.redraw()

    def action_clear(self) -> None:
        """Take back what was typed; where nothing is, leave."""
        field = self.query_one(Input)
        if field.value:
            field.value = ""
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Nothing is opened."""
        self.dismiss(None)


def _rows(choices: list[StartChoice]) -> list[tuple[str, int | None]]:
    """Captions and the numbers of choices below them, with a blank row between groups."""
    rows: list[tuple[str, int | None]] = []
    group = ""
    for number, choice in enumerate(choices):
        if choice.group != group:
            if rows:
                rows.append(("", None))
            rows.append((choice.group, None))
            group = choice.group
        rows.append((choice.label, number))
    return rows
