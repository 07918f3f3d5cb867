"""What the keys of the main screen open beside it: pages, the search, a capture; and what follows the site there.

A page is imported when it is opened: the first picture of the site does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from checks.model import Finding, Vantage
from checks.snapshot import Snapshot
from screens.base_app import BaseApp
from screens.controls import Controls, Vantages
from screens.explain_target import address_of, codes_of
from screens.framed import FramedScreen
from screens.live_page import LivePage

if TYPE_CHECKING:
    from screens.saving import Keep
    from screens.search import Match

_PLACES = {Vantage.HERE: "this machine", Vantage.JUMP: "the jump host", Vantage.APPLIANCE: "the appliance"}


class Site(Protocol):
    """The screen that shows the site."""

    snapshot: Snapshot

    @property
    def app(self) -> BaseApp[Any]:
        """Where pages are opened."""
        ...

    @property
    def controls(self) -> Controls | None:
        """Whom the keys ask."""
        ...

    @property
    def finding(self) -> Finding | None:
        """What the panel is about."""
        ...

    @property
    def selected(self) -> str | None:
        """The node that the cursor is on."""
        ...

    @property
    def chosen(self) -> str | None:
        """The id of the finding that was gone to by itself."""
        ...

    def select(self, node: str | None, finding: str | None = None) -> None:
        """Put the cursor there."""
        ...


class PageOpener:
    """Runs them for the screen that shows the site."""

    def __init__(self, screen: Site) -> None:
        self._screen = screen
        self._words = ""
        self.keep: Keep | None = None

    def look(self, snapshot: Snapshot) -> None:
        """A new moment, for the pages that are open."""
        for page in self._screen.app.screen_stack:
            if isinstance(page, LivePage):
                page.look(snapshot)
            elif isinstance(page, FramedScreen):
                page.redraw()

    def journal(self) -> None:
        """What the journal says."""
        from screens.journal import JournalScreen

        self._open(JournalScreen(self._screen.snapshot))

    def timeline(self) -> None:
        """What changed since the start."""
        from screens.timeline import TimelineScreen

        self._open(TimelineScreen(self._screen.snapshot))

    def addresses(self) -> None:
        """Who lives in the networks."""
        from screens.addresses import AddressScreen

        self._open(AddressScreen(self._screen.snapshot))

    def _open(self, page: LivePage) -> None:
        self._screen.app.push_screen(page)

    def explain(self) -> None:
        """What the selected finding means, and the address that it, or the node, is about; else what was looked for."""
        from screens.explanation import ExplanationScreen

        screen = self._screen
        finding, node = screen.finding, screen.snapshot.diagnosis.node(screen.selected or "")
        screen.app.push_screen(ExplanationScreen(finding, address_of(finding, node), codes_of(node)))

    def find(self) -> None:
        """Ask for words and go to what holds them."""
        from screens.find import FindScreen

        def found(result: tuple[str, Match] | None) -> None:
            if result is not None:
                self._words = result[0]
                self._go(result[1])

        self._screen.app.push_screen(FindScreen(self._screen.snapshot.diagnosis, self._words), found)

    def find_next(self) -> None:
        """To the next one that holds the same words."""
        screen = self._screen
        if not self._words:
            self.find()
            return
        from screens.search import following, matches

        found = matches(screen.snapshot.diagnosis, self._words)
        match = following(found, screen.selected, screen.chosen)
        if match is None:
            screen.app.notify(f"nothing holds {self._words}", markup=False)
        else:
            self._go(match)

    def _go(self, match: Match) -> None:
        self._screen.select(match.node, match.finding)

    def save(self) -> None:
        """Ask where to, and write what was read."""
        from screens.saving import SaveScreen

        screen = self._screen

        def saved(folder: str | None) -> None:
            if folder is not None:
                screen.app.notify(f"saved: {folder}", markup=False)

        if self.keep is not None and screen.snapshot.evidence is not None:
            screen.app.push_screen(SaveScreen(screen.snapshot, self.keep), saved)

    def probe_from(self) -> None:
        """The next place whose answer counts as what users see, where the session can change it."""
        screen = self._screen
        controls, origin = screen.controls, screen.snapshot.origin
        if not isinstance(controls, Vantages):
            return
        places = controls.vantages
        at = places.index(origin.client_vantage) if origin.client_vantage in places else -1
        wanted = places[(at + 1) % len(places)]
        controls.probe_from(wanted)
        screen.app.clear_notifications()
        screen.app.notify(f"VIPs count as seen from {_PLACES[wanted]} now", markup=False)
