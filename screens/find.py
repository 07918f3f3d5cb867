"""The dialog of ``/``: words typed, and the nodes and findings that hold them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from checks.model import Diagnosis
from screens.footer import FooterKey
from screens.framed import INPUT, FramedScreen
from screens.lines import HOTKEY, put_right
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role, Tint
from screens.picture_view import PictureView
from screens.search import Match, matches

_LIST = 2


class FindScreen(FramedScreen[tuple[str, Match] | None]):
    """The words and the match that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "pick(1)", "down", show=False, id="find.down", priority=True),
        Binding("up", "pick(-1)", "up", show=False, id="find.up", priority=True),
        Binding("escape,ctrl+d", "leave", "leave", id="find.leave", priority=True),
    ]

    def __init__(self, diagnosis: Diagnosis, words: str = "") -> None:
        super().__init__()
        self._diagnosis = diagnosis
        self._first = words
        self._picked = 0

    def compose(self) -> ComposeResult:
        """The frame and the field."""
        yield from super().compose()
        field = Input(self._first, id="find", compact=True)
        field.cursor_blink = False
        yield field

    def on_mount(self) -> None:
        """Typing goes into the field at once."""
        super().on_mount()
        self.query_one(Input).focus()

    @property
    def _words(self) -> str:
        return self.query_one(Input).value

    @property
    def _found(self) -> tuple[Match, ...]:
        return matches(self._diagnosis, self._words)

    def title_words(self) -> tuple[str, str]:
        """What is looked through."""
        return "FIND", "findings and nodes"

    def content(self, width: int, room: int) -> Picture:
        """The field, then what holds the words; the list moves under the cursor."""
        canvas, found = Canvas(width), self._found
        canvas.put(0, 0, "/", HOTKEY)
        canvas.hit(0, 2, min(width, 50), INPUT)
        self._picked = min(self._picked, max(len(found) - 1, 0))
        rows = max(room - _LIST, 1)
        top = max(self._picked - rows + 1, 0)
        shown = f", {top + 1} to {top + rows} shown" if len(found) > rows else ""
        put_right(canvas, width, 0, f"{len(found)} found{shown}")
        for at, match in enumerate(found[top : top + rows], top):
            y = _LIST + at - top
            canvas.put(0, y, "▸" if at == self._picked else " ", Role.ACCENT)
            canvas.put(2, y, match.sign, match.role)
            end = canvas.put(4, y, match.label, Role.TEXT, width - 4)
            if end + len(match.told) + 2 <= width:
                put_right(canvas, width, y, match.told)
            canvas.hit(y, 0, width, f"match:{at}")
            if at == self._picked:
                canvas.tint(y, 0, width, Tint.SELECTED)
        if not found:
            canvas.put(2, _LIST, "nothing holds these words", Role.DIM)
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """Go there, or not."""
        return [FooterKey("enter", "go there"), FooterKey("down", "next"), FooterKey("escape", "leave")]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Other words, another list."""
        event.stop()
        self._picked = 0
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there."""
        event.stop()
        self._choose()

    def _choose(self) -> None:
        found = self._found
        if found:
            self.dismiss((self._words, found[self._picked]))

    def on_picture_view_picked(self, event: PictureView.Picked) -> None:
        """A click goes there."""
        event.stop()
        kind, _, number = event.node.partition(":")
        if kind == "match" and int(number) < len(self._found):
            self._picked = int(number)
            self._choose()

    def action_pick(self, by: int) -> None:
        """Along the list."""
        self._picked = min(max(self._picked + by, 0), max(len(self._found) - 1, 0))
        self.redraw()

    def action_leave(self) -> None:
        """Nothing chosen."""
        self.dismiss(None)
