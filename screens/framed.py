"""A page in a heavy frame: title and state in its upper border, its keys in the lower one."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.screen import Screen

from checks.model import State
from screens.base_app import BaseApp
from screens.connecting_view import draw_way
from screens.footer import FooterKey
from screens.frame import LEAST_FOR_MAP
from screens.headline import Headline, ShowsSite
from screens.lines import BOLD, key_width, paste, put_key, put_right
from screens.picture.canvas import Canvas
from screens.picture.cells import Hit, Picture, Role
from screens.picture.strip import draw_strip
from screens.picture_view import PictureView
from screens.vantage_heads import heads_of

R = TypeVar("R")
SIDE = 3  # border and two blanks
INPUT = "input"
"""The node of the hit that keeps the place for an input."""
_WIDEST = 96
_TITLE = 12  # borders and blanks around the words of the upper border
_ROOMY = 100
_ABOVE = 2


class FramedScreen(Screen[R], Generic[R]):
    """Subclasses say what stands in it; :meth:`redraw` shows it. Content higher than the frame is scrolled."""

    CSS_PATH = "framed.tcss"
    app = getters.app(BaseApp)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_by(1)", "down", show=False, id="page.down"),
        Binding("k,up", "scroll_by(-1)", "up", show=False, id="page.up"),
        Binding("space,pagedown", "page(1)", "page on", show=False, id="page.on"),
        Binding("pageup", "page(-1)", "page back", show=False, id="page.back"),
        Binding("g,home", "scroll_by(-9999)", "first row", show=False, id="page.first"),
        Binding("G,end", "scroll_by(9999)", "last row", show=False, id="page.last"),
    ]
    AUTO_FOCUS = ""
    fills: ClassVar[bool] = True
    """Whether the frame is as high as the screen, whatever stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self._top = self._hidden = self._room = 0

    def compose(self) -> ComposeResult:
        """Header and strip of the site, and the frame."""
        yield Headline()
        yield PictureView(id="strip")
        yield PictureView(id="box")

    def hop(self) -> tuple[str, State]:
        """The host of the way that the page is about, and how it stands; "" where it is about none of them."""
        return "", State.CHECKING

    def title_words(self) -> tuple[str, str]:
        """Left and right in the upper border."""
        raise NotImplementedError

    def role(self) -> Role:
        """The frame's colour."""
        return Role.ACCENT

    def content(self, width: int, room: int) -> Picture:
        """What stands inside, in ``width`` columns; ``room`` rows are in sight at once."""
        raise NotImplementedError

    def frame_keys(self) -> list[FooterKey]:
        """The keys in the lower border."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """The first picture."""
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Another size."""
        del event
        self.redraw()

    def action_scroll_by(self, rows: int) -> None:
        """Move the content."""
        self._top = max(self._top + rows, 0)
        self.redraw()

    def action_page(self, direction: int) -> None:
        """Move it by what is in sight, less the row that one page has in common with the next."""
        self.action_scroll_by(direction * max(self._room - 1, 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        del event
        self.action_scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        del event
        self.action_scroll_by(-3)

    def redraw(self) -> None:
        """Show the present state."""
        # Whoever knows a page may hear of something new when it has been left already.
        if not self.is_mounted or not self.size.width or self not in self.app.screen_stack:
            return
        width, height = self.size
        box = self.query_one("#box", PictureView)
        above = self._show_site(width) if height >= LEAST_FOR_MAP else 0
        for row in (self.query_one(Headline), self.query_one("#strip", PictureView)):
            row.display = bool(above)
        roomy = width >= _ROOMY and height >= 28
        wide = min(_WIDEST, width - 4) if roomy else width
        most = height - above - (2 if roomy else 0)
        blank = 1 if roomy else 0
        content = self.content(wide - 2 * SIDE, most - 2 - 2 * blank)
        high = most if self.fills else min(len(content.rows) + 2 + 2 * blank, most)
        room = high - 2 - 2 * blank
        self._hidden, self._room = max(len(content.rows) - room, 0), room
        self._top = min(self._top, self._hidden)
        y = above + (1 if roomy else 0)
        if not self.fills:
            y = max((height - high) // 2, y)
        x = (width - wide) // 2
        box.styles.width, box.styles.height = wide, high
        box.styles.offset = (x, y)
        box.show(self._draw_box(content, wide, high, 1 + blank, room))
        self._place_input(content, Offset(x + SIDE, y + 1 + blank - self._top), room)

    def _show_site(self, width: int) -> int:
        """Header and strip of the site below this page: one of the pictures is always in sight. Returns their rows."""
        site = next((screen for screen in self.app.screen_stack if isinstance(screen, ShowsSite)), None)
        if site is None:
            return 0
        snapshot = site.snapshot
        self.query_one(Headline).show(site)
        strip = self.query_one("#strip", PictureView)
        strip.styles.offset = (0, 1)
        if snapshot.read_at is None and not snapshot.diagnosis.roots:
            strip.show(Picture((draw_way(snapshot.origin, *self.hop(), width),)))
        else:
            diagnosis = snapshot.diagnosis
            strip.show(Picture((draw_strip(diagnosis, heads_of(snapshot.origin, diagnosis), width),)))
        return _ABOVE

    def on_screen_suspend(self) -> None:
        """Behind another page."""
        self.query_one(Headline).stop()

    def on_screen_resume(self) -> None:
        """Back in sight."""
        self.redraw()

    def _draw_box(self, content: Picture, width: int, height: int, first: int, room: int) -> Picture:
        canvas, role = Canvas(width), self.role()
        left, right = self.title_words()
        canvas.put(0, 0, "┏" + "━" * (width - 2) + "┓", role)
        head, _, tail = left.partition("  ")
        # What the page is comes first, then the last of how it stands.
        states = (right, right.rpartition(", ")[2])
        right = next((state for state in states if len(head) + len(state) + _TITLE <= width), "")
        start = put_right(canvas, width - 3, 0, f" {right} ", Role.DIM) if right else width - 3
        x = canvas.put(3, 0, f" {head} ", BOLD, max(start - 4, 0))
        if tail:
            canvas.put(x, 0, f" {tail} ", Role.TEXT, max(start - x - 1, 0))
        for y in range(1, height - 1):
            canvas.put(0, y, "┃", role)
            canvas.put(width - 1, y, "┃", role)
        paste(canvas, SIDE, first, content.rows[self._top : self._top + room])
        for hit in content.hits:
            if self._top <= hit.row < self._top + room and hit.node != INPUT:
                canvas.hit(first + hit.row - self._top, SIDE + hit.left, SIDE + hit.right, hit.node)
        canvas.put(0, height - 1, "┗" + "━" * (width - 2) + "┛", role)
        self._draw_keys(canvas, height - 1)
        return canvas.picture()

    def _draw_keys(self, canvas: Canvas, y: int) -> None:
        right = canvas.width - 3
        if self._hidden:
            left = self._hidden - self._top
            more = f" {left} more row{'s' * (left > 1)} " if left else " end "
            right = put_right(canvas, right, y, more, Role.DIM)
            right -= 6
            canvas.put(right, y, " ", Role.DIM)
            put_key(canvas, right + 1, y, "space", "")
        x = 2
        pressed = self.app.keymap.pressed(type(self), type(self.app))
        for entry in self.frame_keys():
            own = pressed.get(entry.key, entry.key)
            if x + 3 + key_width(own, entry.word) > right:
                break
            x = canvas.put(x + 1, y, " ")
            x = put_key(canvas, x, y, entry.key, entry.word, Role.TEXT, own)
            canvas.put(x, y, " ")
            x += 1

    def _place_input(self, content: Picture, origin: Offset, room: int) -> None:
        for field in self.query("Input"):
            hit: Hit | None = next((hit for hit in content.hits if hit.node == INPUT), None)
            field.display = hit is not None and self._top <= hit.row < self._top + room
            if hit is not None:
                field.styles.offset = (origin.x + hit.left, origin.y + hit.row)
                field.styles.width = hit.right - hit.left
