"""The application every screen here runs in: its themes, its inks, and how rows are shown in this terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Generic, TypeVar

from rich.segment import Segments
from rich.text import Text
from textual.app import App
from textual.notifications import SeverityLevel

from checks.inert import inert
from screens.keymap import DRAWN, Keymap
from screens.masking import Mask
from screens.picture.ascii_glyphs import ascii_rows, ascii_text
from screens.picture.cells import Row
from screens.roles import Inks, missing_roles
from screens.themes import DARK, MONO, THEMES

R = TypeVar("R")

# Characters: a whole sentence or two. More would hide the screen.
_TOAST = 400


class BaseApp(App[R], Generic[R]):
    """Knows the roles of the theme that is on. ``ascii`` writes every glyph as its twin from ASCII, ``masked`` shows
    what ``mask`` puts in place of addresses and names."""

    PAUSE_GC_ON_SCROLL = True
    # Textual's own palette and toasts draw characters two cells wide or of no twin in ASCII, let what lies behind them
    # shine through, and are pale. A toast is rows of its own above the last one, so that nothing is left beside it.
    CSS = Path(__file__).with_name("base_app.tcss").read_text(encoding="utf-8")

    def __init__(self, *, theme: str | None = None, ascii: bool = False, keymap: Keymap = DRAWN) -> None:
        colourless = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if colourless else None)
        self.ascii = ascii
        self.set_class(ascii, "-ascii")
        self.keymap = keymap
        self.set_keymap(keymap.chosen)
        self.masked = False
        self.mask = Mask()
        self.animation_level = "none"
        for own in THEMES:
            self.register_theme(own)
        wanted = MONO if colourless else theme or DARK
        self.theme = wanted if wanted in self.available_themes else DARK

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables, and the two roles that only the own themes name."""
        variables = super().get_css_variables()
        variables = missing_roles(variables) | variables
        self.inks = Inks(variables, self.current_theme.name)
        return variables

    def shown(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """Rows as this terminal can show them."""
        if self.masked:
            rows = tuple(map(self.mask.row, rows))
        return ascii_rows(rows) if self.ascii else rows

    def shown_text(self, text: str) -> str:
        """Words outside of any picture as this terminal can show them."""
        if self.masked:
            text = self.mask.text(text)
        return ascii_text(text) if self.ascii else text

    def about_address(self, text: str, width: int) -> tuple[Row, ...]:
        """What an address in any spelling means, in rows of at most ``width`` cells; none where it is no address."""
        del text, width
        return ()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A toast. Untrusted words become inert here, whoever says them; ``markup`` is never read."""
        del markup
        said, head = self.shown_text(inert(message, _TOAST)), self.shown_text(inert(title, _TOAST))
        super().notify(said, title=head, severity=severity, timeout=timeout, markup=False)

    def failed(self, error: BaseException) -> str:
        """An error that nobody foresaw, in one sentence without any value of the program in it."""
        return f"noroute failed unexpectedly: {type(error).__name__}"

    def leave(self, code: int | None = None) -> None:
        """End the program."""
        self.exit(return_code=code or 0)

    def back(self) -> None:
        """From the site to where it was chosen; by default out."""
        self.leave()

    def _fatal_error(self) -> None:
        # Textual's own would print every local variable, and with them what was typed as a password.
        error = self._exception
        sentence = "noroute failed unexpectedly" if error is None else self.failed(error)
        self._exit_renderables.append(Segments(self.console.render(Text(sentence), self.console.options)))
        self._close_messages_no_wait()
