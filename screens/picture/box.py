"""The appliance as a box: its units in boot order, each with what it left in the kernel."""

from __future__ import annotations

from checks.model import Node, State
from screens.picture.canvas import GLYPHS, Canvas, Form, Pen, joint
from screens.picture.cells import Role, Tint
from screens.picture.fit import clause, from_dot
from screens.picture.scene import NAME, SPINE, WIDE, Scene

_WORD = NAME + 14
_EFFECT = _WORD + 8
_EFFECT_WIDEST = 24
# systemd's words, in at most 8 cells and as a person says them
_WORDS = {"inactive": "stopped", "activating": "starting", "deactivating": "stopping", "reloading": "reload"}


def draw_top(canvas: Canvas, y: int, scene: Scene, above: Form) -> None:
    """The upper border with the appliance's name."""
    node = scene.appliance
    right = scene.width - 1
    canvas.put(0, y, "╭" + "─" * (right - 1) + "╮", Role.FAINT)
    _cross(canvas, y, above)
    if node is None:
        return
    look = scene.looks.of(node)
    code = f" {look.code} " if look.code else ""
    end = right - 1 - len(code)
    x = canvas.put(NAME, y, " ")
    if node.state not in (State.OK, State.WARNING) or look.root:
        x = canvas.put(x, y, f"{look.glyph} ", look.mark)
    title = "HAProxy appliance" if scene.wide or end - x > 30 else "HAProxy"
    x = canvas.put(x, y, title, Pen(Role.TEXT, bold=True), end - x)
    if whose := _whose(scene, node, end - x - 2):
        x = canvas.put(x, y, f" {whose}", Role.DIM, end - x - 1)
    canvas.put(x, y, " ")
    if code:
        canvas.put(end, y, code, look.mark)
        canvas.tint(y, NAME, right, Tint.ROOT)
    canvas.hit(y, 0, right + 1, node.id)


def _whose(scene: Scene, node: Node, room: int) -> str:
    """The name where it fits, else the address on the VIPs' network."""
    nics = ", 2 NICs" if scene.two_nics else ""
    nic = scene.upper.mark("nic") if scene.upper else None
    short = from_dot(node.note or (nic.detail if nic else ""), scene.subnet)
    named = node.label + (nics if len(node.label + nics) <= room else "")
    if scene.wide or not short:
        return named
    return short + nics


def _cross(canvas: Canvas, y: int, form: Form) -> None:
    canvas.put(SPINE, y, joint(False, form, form), form.role if form.heavy else Role.FAINT)


def draw_bottom(canvas: Canvas, y: int, scene: Scene, below: Form, riser: Form | None) -> None:
    """The lower border; management hangs on it."""
    right = scene.width - 1
    canvas.put(0, y, "╰" + "─" * (right - 1) + "╯", Role.FAINT)
    _cross(canvas, y, below)
    if riser is not None:
        canvas.put(scene.riser, y, joint(False, None, riser), riser.role)


def draw_unit(canvas: Canvas, y: int, scene: Scene, node: Node) -> None:
    """``glyph name  word  glyph effect        code``."""
    look = scene.looks.of(node)
    right = scene.width - 1
    canvas.put(0, y, "│", Role.FAINT)
    canvas.put(right, y, "│", Role.FAINT)
    canvas.put(SPINE, y, look.glyph, look.mark)
    canvas.put(NAME, y, node.label, look.name, 13)
    # The word is the unit's own condition: "active" stays quiet beside an effect that is missing.
    own = node.state if node.word not in ("", "active") else State.OK
    canvas.put(_WORD, y, _WORDS.get(node.word, node.word), look.said(own), 8)
    end = right - 1
    if look.code:
        end -= len(look.code) + 1
        canvas.put(end + 1, y, look.code, look.mark)
    elif look.by and scene.width >= WIDE:
        told = f"by {look.by}"
        end -= len(told) + 1
        canvas.put(end + 1, y, told, Role.DIM)
    effect = node.mark("effect")
    if effect is not None:
        shift = 1 if any(len(_WORDS.get(unit.word, unit.word)) >= 8 for unit in scene.units) else 0
        x = canvas.put(_EFFECT + shift, y, GLYPHS[effect.state], look.sign(effect.state)) + 1
        said = clause(effect.detail, min(_EFFECT_WIDEST, end - x), effect.state is State.OK)
        canvas.put(x, y, said, look.said(effect.state))
    if look.root:
        canvas.tint(y, 1, right, Tint.ROOT)
    canvas.hit(y, 0, right + 1, node.id)
