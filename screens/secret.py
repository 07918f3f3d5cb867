"""The dialog for a password, a passphrase or a one-time code. What was typed leaves it once and stays in no field."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from checks.inert import inert
from checks.model import State
from checks.prompts import Secret
from screens.footer import FooterKey
from screens.framed import INPUT, FramedScreen
from screens.lines import BOLD, put_paragraph
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role
from screens.question import put_facts

_LONGEST_PROMPT = 200
_KEPT = "It is kept in memory until noroute ends, for reconnecting, and never on disk. Refused once, it is forgotten."
_COMES_BACK = ("password", "passphrase")
_ONCE = "It is used once, and kept nowhere."


class SecretScreen(FramedScreen[str | None]):
    """What was typed, or None to give up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+d", "give_up", "give up", id="secret.leave", priority=True),
    ]
    fills = False

    def __init__(self, question: Secret) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The frame and the field."""
        yield from super().compose()
        field = Input(id="secret", password=not self._question.echo, compact=True)
        field.cursor_blink = False
        yield field

    def on_mount(self) -> None:
        """Typing goes into the field at once."""
        super().on_mount()
        self.query_one(Input).focus()

    def title_words(self) -> tuple[str, str]:
        """What is asked by whom."""
        return f"{self._question.kind.upper()}  {self._question.hop}", "not logged in yet"

    def hop(self) -> tuple[str, State]:
        """Who asks."""
        return self._question.hop, State.CHECKING

    def content(self, width: int, room: int) -> Picture:
        """Who asks, in its own words, made inert."""
        del room
        question, canvas = self._question, Canvas(width)
        y = put_facts(canvas, 0, (("host", question.hop, BOLD), ("user", question.user or "-", Role.TEXT))) + 1
        y = put_paragraph(canvas, 0, y, inert(question.prompt.strip(), _LONGEST_PROMPT) or f"{question.kind}:", width)
        if question.before:
            y = put_paragraph(canvas, 0, y, f"{inert(question.before)}.", width, pen=Role.WARNING)
        canvas.hit(y, 0, min(48, width), INPUT)
        canvas.put(0, y, "")
        put_paragraph(canvas, 0, y + 2, _KEPT if question.kind in _COMES_BACK else _ONCE, width, pen=Role.DIM)
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """Send or give up."""
        return [FooterKey("enter", "send"), FooterKey("escape", "give up")]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand it over and empty the field."""
        event.stop()
        typed = event.value
        event.input.value = ""
        event.value = ""
        self.dismiss(typed)

    def action_give_up(self) -> None:
        """No answer."""
        self.query_one(Input).value = ""
        self.dismiss(None)
