"""The page that says that a host's key is not the known one. There is nothing to accept."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from checks.model import State
from checks.prompts import ChangedHostKey
from screens.copying import copy
from screens.footer import FooterKey
from screens.framed import FramedScreen
from screens.lines import BOLD, put_paragraph
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role
from screens.question import put_facts


class ChangedKeyScreen(FramedScreen[None]):
    """Both fingerprints, where the old one stands, and the command that would forget it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "copy the command", id="key.copy"),
        Binding("q,n,escape", "leave", "leave", id="key.leave"),
    ]
    fills = False

    def __init__(self, key: ChangedHostKey) -> None:
        super().__init__()
        self._key = key

    def title_words(self) -> tuple[str, str]:
        """Which host it is."""
        return f"HOST KEY HAS CHANGED  {self._key.hop}", "not connected"

    def role(self) -> Role:
        """Red."""
        return Role.ERROR

    def hop(self) -> tuple[str, State]:
        """Who asks."""
        return self._key.hop, State.FAILED

    def content(self, width: int, room: int) -> Picture:
        """What was known, what was offered, what a person who knows why may type."""
        del room
        key, canvas = self._key, Canvas(width)
        canvas.put(0, 0, " ✗ REFUSED ", Pen(Role.ERROR, bold=True, badge=True))
        y = put_paragraph(canvas, 0, 2, "Either the host was made anew, or somebody answers in its place.", width) + 1
        y = put_facts(
            canvas,
            y,
            (
                ("host", f"{key.host} port {key.port}", BOLD),
                ("type", key.type, Role.TEXT),
                ("offered", key.fingerprint, Pen(Role.ERROR, bold=True)),
                *(("known" if not at else "", known, BOLD) for at, known in enumerate(key.known)),
                *(("in" if not at else "", name, Role.DIM) for at, name in enumerate(key.files)),
            ),
        )
        if key.remove:
            said = "Who knows why it changed may forget the old one by this, and start noroute again:"
            y = put_paragraph(canvas, 0, y + 1, said, width)
            canvas.put(0, y, "$ ", Role.DIM)
            put_paragraph(canvas, 2, y, key.remove, width - 2, pen=BOLD)
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """No key accepts."""
        return [FooterKey("q", "leave"), FooterKey("c", "copy the command")]

    async def action_copy(self) -> None:
        """The command."""
        self.notify(await copy(self.app, self._key.remove), markup=False)

    def action_leave(self) -> None:
        """Read."""
        self.dismiss(None)
