"""The command palette: every key's command by name, themes, and the way to any node or finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from screens.base_app import BaseApp
from screens.key_names import key_name
from screens.keymap import bindings_of
from screens.main import MainScreen
from screens.picture.canvas import GLYPHS
from screens.search import Match, everything
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
                title = f"{binding.description}  {key_name(keys[0])}"
                yield SystemCommand(title, binding.tooltip or binding.description, run)
    for theme in THEMES:
        yield SystemCommand(f"theme {theme.name}", "the colours, kept for the next start", partial(chosen, theme.name))


class SiteSearch(Provider):
    """Nodes and findings of the site that is on the screen."""

    @property
    def _main(self) -> MainScreen | None:
        return self.screen if isinstance(self.screen, MainScreen) else None

    async def discover(self) -> Hits:
        """The first findings, before anything is typed."""
        main = self._main
        for match, _ in everything(main.snapshot.diagnosis)[:_SHOWN_AT_ONCE] if main is not None else ():
            if main is not None and match.finding is not None:
                yield DiscoveryHit(_shown(match), partial(main.select, match.node, match.finding), match.label)

    async def search(self, query: str) -> Hits:
        """Whatever holds the letters, the nearest first."""
        main, matcher = self._main, self.matcher(query)
        for match, _ in everything(main.snapshot.diagnosis) if main is not None else ():
            score = matcher.match(f"{match.label} {match.told}")
            if main is not None and score > 0:
                yield Hit(score, _shown(match), partial(main.select, match.node, match.finding), match.label)


def _shown(match: Match) -> Text:
    # A text of its own class, so that nothing an appliance said is taken for markup.
    return Text(f"{GLYPHS[match.state]} {match.label}  {match.told}".rstrip())
