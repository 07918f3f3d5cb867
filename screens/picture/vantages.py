"""The vantage matrix: a column per place that probes start from, a cell per VIP or group of VIPs."""

from __future__ import annotations

from checks.model import Check, Node, State, Vantage, worst
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Pen
from screens.picture.cells import Role
from screens.picture.fit import fit
from screens.picture.node_style import NodeStyle
from screens.picture.scene import Scene

_WORD = 8
_NARROW = 5
# What clients say, and the word of at most 8 cells that stands for it; the first that is found counts.
_SHORT = (
    ("no route", "no route"),
    ("unreachable", "no route"),
    ("refused", "refused"),
    ("timed out", "timeout"),
    ("timeout", "timeout"),
    ("tls", "TLS"),
    ("certificate", "TLS"),
    ("closed", "closed"),
    ("reset", "closed"),
    ("eof", "closed"),
    ("wrong", "wrong"),
    ("another owner", "wrong"),
    ("not allowed", "barred"),
)


def short_word(check: Check, room: int = _WORD) -> str:
    """A probe's result in at most 8 cells: ``0.9 ms``, ``no route``, ``refused``; other words in ``room`` cells."""
    if check.state is State.CHECKING:
        return ""
    if check.state in (State.OK, State.WARNING) and check.ms is not None:
        return f"{check.ms:.1f} ms" if check.ms < 100 else f"{check.ms:.0f} ms" if check.ms < 10000 else "slow"
    detail = check.detail.lower()
    return next((word for sign, word in _SHORT if sign in detail), fit(check.detail, room))


def left_edge(scene: Scene) -> int:
    """Where the first column starts. The last one ends two cells before the map's edge."""
    return scene.width - 2 - sum(_widths(scene))


def _widths(scene: Scene) -> list[int]:
    if not scene.wide:
        return [_NARROW] * len(scene.columns)
    return [10 if vantage is Vantage.APPLIANCE else 11 for vantage in scene.columns]


def _columns(scene: Scene) -> list[tuple[Vantage, int, int]]:
    x, found = left_edge(scene), []
    for vantage, width in zip(scene.columns, _widths(scene), strict=True):
        found.append((vantage, x, width))
        x += width
    return found


def draw_titles(canvas: Canvas, y: int, scene: Scene) -> None:
    """The names of the places, above their columns."""
    for vantage, x, width in _columns(scene):
        # The last column is followed by blanks.
        canvas.put(x, y, scene.titles[vantage], Role.DIM, width if vantage is scene.columns[-1] else width - 1)


def draw_cells(canvas: Canvas, y: int, scene: Scene, vip: Node, look: NodeStyle) -> None:
    """One VIP: a glyph per place, and a word where there is room."""
    checks = [vip.mark(vantage.value) for vantage in scene.columns]
    # Where the places differ, that they differ is the news: it is not toned down as a consequence.
    differ = len({check.state for check in checks if check is not None}) > 1
    quiet = look.by and not differ
    for (_, x, width), check in zip(_columns(scene), checks, strict=True):
        if check is None:
            canvas.put(x if scene.wide else x + 2, y, "-", Role.FAINT)
            continue
        role = Role.CONSEQUENCE if quiet and check.state is State.FAILED else ROLES[check.state]
        canvas.put(x if scene.wide else x + 2, y, GLYPHS[check.state], role)
        if scene.wide:
            plain = quiet or check.state in (State.OK, State.UNKNOWN, State.CHECKING)
            canvas.put(x + 2, y, short_word(check), Role.DIM if plain else role, min(_WORD, width - 2))


def draw_counts(canvas: Canvas, y: int, scene: Scene, vips: tuple[Node, ...]) -> None:
    """A group of VIPs: per place how many are well, or how many of them are not."""
    for vantage, x, width in _columns(scene):
        checks = [check for vip in vips if (check := vip.mark(vantage.value))]
        if not checks:
            canvas.put(x if scene.wide else x + 2, y, "-", Role.FAINT)
            continue
        state = worst(check.state for check in checks)
        count = sum(check.state is state for check in checks)
        if scene.wide:
            words = {State.OK: f"{count}", State.FAILED: f"{count} of {len(vips)}", State.WARNING: f"{count} slow"}
            canvas.put(x, y, GLYPHS[state], ROLES[state])
            said = words.get(state, f"{count}")
            canvas.put(x + 2, y, said, Role.DIM if state is State.OK else ROLES[state], width - 3)
        else:
            room = count < 100
            end = canvas.put(x if room else x + 2, y, GLYPHS[state], ROLES[state])
            if room:
                canvas.put(end + 1, y, f"{count}", Pen(Role.DIM if state is State.OK else ROLES[state]))
