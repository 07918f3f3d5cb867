"""The command palette: every key's command by name, themes, and the way to any node or finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import SystemCommand
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from screens.base_app import BaseApp
from screens.key_names import key_name
from screens.keymap import bindings_of
from screens.main import MainScreen
from screens.page import PageScreen
from screens.search import Match, everything, matches
from screens.themes import THEMES

# Moving is what the arrows are for.
_QUIET = ("move", "hop", "page", "scroll_by", "pick")
_SHOWN_AT_ONCE = 5


def commands(app: BaseApp[Any], screen: Screen[Any], chosen: Callable[[str], None]) -> Iterator[SystemCommand]:
    """What can be done on ``screen`` now, then the themes."""
    for holder in (type(screen), type(app)):
        seen: set[str] = set()
        for binding in bindings_of(holder):
            action = binding.action.partition("(")[0]
            node = screen if holder is type(screen) else app
            if action in _QUIET or binding.action in seen or not hasattr(node, f"action_{action}"):
                continue
            seen.add(binding.action)
            if binding.description and action != "command_palette" and node.check_action(action, ()):
                run = partial(app.run_action, binding.action, node)
                keys = app.keymap.chosen.get(binding.id or "", binding.key).split(",")
                # A key is found by pressing it here too: only titles are searched.
                word = node.key_word(binding) if isinstance(node, MainScreen) else binding.description
                told = binding.tooltip if word == binding.description else ""
                yield SystemCommand(f"{word}  {key_name(keys[0])}", told or word, run)
    for theme in THEMES:
        yield SystemCommand(f"theme {theme.name}", "the colours, kept for the next start", partial(chosen, theme.name))


class Palette(CommandPalette):
    """Textual's own, framed as the pages are: what it is above, its keys below."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search for commands, nodes, findings", id="--command-palette")

    def on_mount(self) -> None:
        """Say both."""
        frame = self.query_one("#--input")
        frame.border_title, frame.border_subtitle = "COMMANDS, NODES, FINDINGS", "enter go, run   down next   esc leave"


class Searched(SystemCommandsProvider):
    """Findings and nodes of the site that is on the screen, or below the pages that are open, then the commands. One
    provider of all of them, as Textual asks several at once and shows first whoever answers first."""

    @property
    def _main(self) -> MainScreen | None:
        for screen in reversed(self.app.screen_stack):
            if isinstance(screen, MainScreen):
                return screen
            # From a question that waits for its answer nothing leads away.
            if not isinstance(screen, (PageScreen, CommandPalette)):
                return None
        return None

    async def discover(self) -> Hits:
        """The first findings, before anything is typed."""
        main = self._main
        for match, _ in everything(main.snapshot.diagnosis)[:_SHOWN_AT_ONCE] if main is not None else ():
            if main is not None and match.finding is not None:
                yield DiscoveryHit(self._shown(match), partial(self._go, main, match), match.label)
        async for command in super().discover():
            yield command

    async def search(self, query: str) -> Hits:
        """What holds all the words, in reading order: a code that is typed is that code and no other."""
        main = self._main
        for at, match in enumerate(matches(main.snapshot.diagnosis, query) if main is not None else ()):
            if main is not None:
                yield Hit(1 / (1 + at), self._shown(match), partial(self._go, main, match), match.label)
        async for command in super().search(query):
            yield command

    def _go(self, main: MainScreen, match: Match) -> None:
        for screen in reversed(self.app.screen_stack):
            if screen is main:
                break
            screen.dismiss(None)
        main.select(match.node, match.finding)

    def _shown(self, match: Match) -> Text:
        # A text of its own class, so that nothing an appliance said is taken for markup.
        said = f"{match.sign} {match.label}  {match.told}".rstrip()
        return Text(self.app.shown_text(said) if isinstance(self.app, BaseApp) else said)
