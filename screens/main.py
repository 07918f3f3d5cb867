"""The main screen: who and how many, is it broken, what to repair; where on the left, why on the right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from checks.model import Diagnosis, Finding, Verdict
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from screens import main_keys
from screens.base_app import BaseApp
from screens.body import Body, Sight
from screens.controls import Controls
from screens.copying import copy
from screens.cursor import hop, next_finding, step
from screens.fix_controller import FixController
from screens.footer import draw_footer
from screens.frame import too_small
from screens.heading import draw_top, top_height
from screens.headline import Headline
from screens.key_availability import Present
from screens.page_opener import PageOpener
from screens.picture.cells import plain
from screens.picture_view import PictureView
from screens.selection import Selection
from screens.too_small import draw_too_small

_ALONG, _FARTHEST = 16, 480


def _now() -> datetime:
    return datetime.now(UTC)


def unread(origin: Origin) -> Snapshot:
    """The moment before anything was read."""
    phase = Phase.READING if origin.kind is SourceKind.CAPTURE else Phase.CONNECTING
    return Snapshot(origin, phase, Diagnosis(Verdict.INCOMPLETE, "Nothing is known yet"))


class MainScreen(Screen[None]):
    """Shows ``snapshot``. What a key needs from the session it asks of ``controls``, once there are any."""

    CSS_PATH = "main.tcss"
    app = getters.app(BaseApp)
    body = getters.query_one("#body", Body)
    BINDINGS: ClassVar[list[BindingType]] = main_keys.BINDINGS

    snapshot: reactive[Snapshot] = reactive(lambda: unread(Origin(SourceKind.LIVE, "")), init=False, repaint=False)

    def __init__(self, snapshot: Snapshot, clock: Callable[[], datetime] = _now) -> None:
        super().__init__()
        self.set_reactive(MainScreen.snapshot, snapshot)
        self.repair = FixController(self)
        self.errands = PageOpener(self)
        self.clock = clock
        self._selection = Selection()
        self._drilled = False
        self._turned: frozenset[str] = frozenset()
        self._scroll = 0
        self.listed = False
        """Whether it was chosen from a list, to which q leads back."""

    def compose(self) -> ComposeResult:
        """Header, verdict and roots, body, footer; or the page that says why there is none of it."""
        yield Headline()
        yield PictureView(id="top")
        yield Body(id="body")
        yield PictureView(id="footer")
        yield PictureView(id="small")

    @property
    def controls(self) -> Controls | None:
        """Whom the keys ask, once the session is open."""
        return self.repair.controls

    @controls.setter
    def controls(self, controls: Controls | None) -> None:
        self.repair.controls = controls

    def on_mount(self) -> None:
        """The first picture."""
        self._selection.follow(self.snapshot.diagnosis)
        self.app.mask.learn(self.snapshot)
        self.repair.look(self.snapshot)
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        """Another size: everything is computed for it."""
        del event
        self.draw()

    def on_screen_suspend(self) -> None:
        """Behind a page."""
        self.query_one(Headline).stop()

    def on_screen_resume(self) -> None:
        """Back from a dialog."""
        self.draw()

    def watch_snapshot(self) -> None:
        """A new moment: one picture of it."""
        if self.is_mounted:
            self.app.mask.learn(self.snapshot)
            self._selection.follow(self.snapshot.diagnosis)
            with self.app.batch_update():
                self.draw()
            self.repair.look(self.snapshot)
            self.errands.look(self.snapshot)

    @property
    def selected(self) -> str | None:
        """The node that the cursor is on."""
        return self._selection.node

    @property
    def chosen(self) -> str | None:
        """The id of the finding that was gone to by itself, not by its node."""
        return self._selection.chosen

    @property
    def finding(self) -> Finding | None:
        """What the panel is about."""
        return self._selection.finding(self.snapshot.diagnosis)

    @property
    def repairable(self) -> Finding | None:
        """What f is about."""
        return self._selection.repairable(self.snapshot.diagnosis)

    def on_changed(self) -> None:
        """A fix that runs out of sight went on."""
        self._draw_header()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A fix is through, or failed in a way nobody foresaw."""
        if event.worker.is_finished:
            error = event.worker.error if event.state is WorkerState.ERROR else None
            self.repair.ended(event.worker, "" if error is None else self.app.failed(error))
            self.draw()

    @property
    def now(self) -> datetime:
        """The present; in a capture that is when it was taken."""
        still = self.snapshot.read_at if self.snapshot.phase is Phase.STILL else None
        return still or self.clock()

    @property
    def running(self) -> str:
        """How far a fix is that runs."""
        return self.repair.words

    # Drawing

    def draw(self) -> None:
        """Everything; a row that is as before costs nothing."""
        width, height = self.size
        # Nor does anything change behind a page; back from there all is drawn.
        if not width or not self.is_mounted or not self.is_active:
            return
        small = too_small(width, height)
        self.set_class(small, "-too-small")
        if small:
            self.query_one("#small", PictureView).show(draw_too_small(width, height))
            return
        self._draw_header()
        rows = top_height(self.snapshot, (width, height))
        top = self.query_one("#top", PictureView)
        top.styles.height = rows
        chosen, running = self.repairable or self.finding, self.repair.kind
        top.show(draw_top(self.snapshot, self.now, (width, height), chosen.id if chosen is not None else None, running))
        sight = Sight(
            self.snapshot,
            self.now,
            self._selection.node,
            self.finding,
            self._turned,
            self._drilled,
            self._scroll,
            running,
        )
        self.body.show(sight, width, height, height - rows - 2)
        pressed = self.app.keymap.pressed(type(self), type(self.app))
        self.query_one("#footer", PictureView).show(draw_footer(self._present.footer(), width, pressed))

    def _draw_header(self) -> None:
        if self.is_active:
            self.query_one(Headline).show(self)

    @property
    def _present(self) -> Present:
        return Present(
            self.snapshot,
            self.controls,
            self._selection.node,
            self.finding,
            self.repairable,
            running=self.repair.kind,
            drilled=self._drilled,
            folded=self._selection.folded,
            keeps=self.errands.keep is not None,
            listed=self.listed,
        )

    def key_word(self, binding: Binding) -> str:
        """What one of the keys here does now."""
        return self._present.word(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hides the keys that would do nothing now."""
        del parameters
        return self._present.available(action)

    def on_key(self, event: events.Key) -> None:
        """A key that is hidden now says why."""
        for binding in self.app.keymap.applied(main_keys.BINDINGS):
            if isinstance(binding, Binding) and event.key in binding.key.split(","):
                why = self._present.why_not(binding.action.partition("(")[0])
                if why:
                    self.notify(why, markup=False)

    # Moving

    def action_move(self, by: int) -> None:
        """Along the path."""
        current = self.body.row_for(self._sight_of_selection())
        self.select(step(self.body.stops, current, by))

    def _sight_of_selection(self) -> Sight:
        return Sight(self.snapshot, self.now, self._selection.node)

    def action_hop(self, number: int) -> None:
        """To a hop of the path."""
        self.select(hop(self.snapshot.diagnosis, number))

    def action_finding(self, by: int) -> None:
        """To the next or previous finding."""
        found = next_finding(self.snapshot.diagnosis, self.finding, by)
        if found is not None:
            self.select(found.node, found.id)

    def select(self, node: str | None, finding: str | None = None) -> None:
        """Put the cursor on a node, and the panel on a finding there."""
        if node is None:
            return
        self._selection.put(node, finding)
        self._scroll = 0
        self.draw()

    def action_open(self) -> None:
        """All of the panel; long lines move when it is open already."""
        if self._selection.folded:
            self.action_space()
            return
        if self._drilled:
            self._scroll = min(self._scroll + _ALONG, _FARTHEST)
        self._drilled = True
        self.draw()

    def action_back(self) -> None:
        """Back along the lines, then to the map."""
        self._drilled = self._scroll > 0
        self._scroll = max(self._scroll - _ALONG, 0)
        self.draw()

    def action_leave(self) -> None:
        """Back, and from the map out."""
        if self._drilled:
            self.action_back()
        else:
            self.app.back()

    def action_space(self) -> None:
        """Page the open panel, else fold or unfold."""
        if self._drilled:
            self.body.panel.page()
        elif self._selection.node is not None:
            self._turned = self._turned ^ {self._selection.node}
            self.draw()

    def action_page(self, direction: int) -> None:
        """Page the panel, open or not."""
        self.body.panel.page(direction)

    def on_picture_view_picked(self, event: PictureView.Picked) -> None:
        """A click selects, one more opens."""
        event.stop()
        if event.node == self._selection.node or event.twice:
            self._selection.put(event.node)
            self.action_open()
        else:
            self.select(event.node)

    # Doing

    def action_fix(self) -> None:
        """The plan of the fix, or the one that runs."""
        found = self.repairable
        if self.repair.running:
            self.repair.show()
        elif found is not None:
            self.repair.plan(found.id)

    def action_undo(self) -> None:
        """The plan of the way back."""
        self.repair.plan(None)

    def action_go_on(self) -> None:
        """The plan of what is left to do of a fix that was cut off."""
        self.repair.plan(None, resume=True)

    def action_recheck(self) -> None:
        """Read again now."""
        if self.controls is not None:
            self.controls.recheck()

    def action_journal(self) -> None:
        """What the journal says."""
        self.errands.journal()

    def action_timeline(self) -> None:
        """What changed since the start."""
        self.errands.timeline()

    def action_addresses(self) -> None:
        """Who lives in the networks."""
        self.errands.addresses()

    def action_explain(self) -> None:
        """What the selected finding or address means."""
        self.errands.explain()

    def action_find(self) -> None:
        """Go to a node or a finding by words."""
        self.errands.find()

    def action_find_next(self) -> None:
        """To the next that holds the same words."""
        self.errands.find_next()

    def action_save(self) -> None:
        """A capture of what was read."""
        self.errands.save()

    def action_probe_from(self) -> None:
        """Another place whose answer counts."""
        self.errands.probe_from()

    async def action_copy(self) -> None:
        """What the panel says."""
        said = plain(self.app.shown(self.body.panel.text().rows))
        self.notify(await copy(self.app, said) if said.strip() else "nothing to copy here", markup=False)

    def action_mask(self) -> None:
        """Other addresses and names, for a picture that is to be shown around."""
        self.app.masked = not self.app.masked
        said = "other addresses and names stand here now; m shows the true ones" if self.app.masked else "true again"
        # What was said before stands there in the other names.
        self.app.clear_notifications()
        self.notify(said, markup=False)
        for view in self.query(PictureView):
            view.dress()
