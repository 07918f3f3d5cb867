"""The screens that are held by pictures: how each is reached from which sample."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from checks.snapshot import Snapshot
from tests import samples
from tests.screens.network import mapped
from tests.screens.site import SampleApp, sample, until

SIZES = ((80, 24), (120, 36), (200, 50))


@dataclass(frozen=True)
class KeyScreen:
    """A sample, the keys that lead from it, and words that stand there then."""

    name: str
    sample: str
    keys: tuple[str, ...]
    words: str
    addressed: bool = False

    @property
    def moment(self) -> Snapshot:
        """The site."""
        return mapped(getattr(samples, self.sample)()) if self.addressed else sample(self.sample)


KEY_SCREENS = (
    KeyScreen("broken", "article", (), "BROKEN", addressed=True),
    KeyScreen("healthy", "healthy", (), "HEALTHY"),
    KeyScreen("empty-table", "empty_table", (), "? help"),
    KeyScreen("many-vips", "many_vips", (), "? help"),
    KeyScreen("unknown", "unknown", (), "? help"),
    KeyScreen("capture", "capture", (), "? help"),
    KeyScreen("two-nics", "two_nics", (), "? help"),
    KeyScreen("cursor", "article", ("j",), "▸ ✗ haproxy"),
    KeyScreen("open", "article", ("enter",), "anyip-routes"),
    KeyScreen("fix", "article", ("f",), "✓ may write"),
    KeyScreen("fixed", "article", ("f", "y"), "FIXED"),
    KeyScreen("addresses", "article", ("a",), "ADDRESSES", addressed=True),
    KeyScreen("find", "article", ("slash", "v", "i", "p"), "found"),
    KeyScreen("explain", "article", ("e",), "range-host-bits"),
    KeyScreen("journal", "article", ("w",), "newest first"),
    KeyScreen("timeline", "article", ("t",), "newest first"),
    KeyScreen("help", "article", ("question_mark",), "HELP"),
)


@asynccontextmanager
async def reached(screen: KeyScreen, size: tuple[int, int], **options: Any) -> AsyncIterator[Pilot[int]]:
    """The application on that screen."""
    app = SampleApp(screen.moment, **options)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for at, key in enumerate(screen.keys):
            if key == "y":
                await until(pilot, "✓ may write")
            if key == "question_mark":
                app.push_screen(helped(app))
            else:
                await pilot.press(key)
            if at == 0:
                await pilot.pause()
        await until(pilot, screen.words if not options.get("ascii") else screen.words.replace("✓", "o"))
        yield pilot


def helped(app: SampleApp) -> Any:
    """The page of keys, as the application makes it."""
    from screens.help import HelpScreen

    return HelpScreen([("HERE", type(app.main).BINDINGS)])
