"""A page to read: a framed screen that is left by q."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.copying import copy
from screens.footer import FooterKey
from screens.framed import FramedScreen
from screens.picture.cells import plain


class PageScreen(FramedScreen[None]):
    """Subclasses say title and content."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "copy", id="page.copy", tooltip="copy the whole page"),
        Binding("q,h,left,escape", "leave", "back", id="page.leave"),
    ]

    def frame_keys(self) -> list[FooterKey]:
        """Back, copy."""
        return [FooterKey("q", "back"), FooterKey("c", "copy")]

    async def action_copy(self) -> None:
        """The whole page."""
        self.notify(await copy(self.app, plain(self.app.shown(self.content(76, 20).rows))), markup=False)

    def action_leave(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)
