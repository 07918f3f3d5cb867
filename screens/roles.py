"""From what a span means to how a terminal shows it, in the theme that is on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color, ColorParseError

from screens.picture.cells import Role, Span, Tint
from screens.themes import MONO

_VARIABLES = {
    Role.TEXT: "foreground",
    Role.DIM: "text-muted",
    Role.FAINT: "faint",
    Role.SUCCESS: "text-success",
    Role.WARNING: "text-warning",
    Role.ERROR: "text-error",
    Role.CONSEQUENCE: "consequence",
    Role.UNKNOWN: "text-secondary",
    Role.ACCENT: "text-accent",
    Role.NETWORK: "secondary",
}
_TINTS = {Tint.SELECTED: "primary-muted", Tint.ROOT: "error-muted", Tint.ADDED: "success-muted"}
# Without colours a consequence is dim, the guilty is bold, a badge is reversed; glyph, word and code say the rest.
_LEAST = 4.5
_QUIET = frozenset({Role.DIM, Role.FAINT, Role.CONSEQUENCE})


def missing_roles(variables: Mapping[str, str]) -> dict[str, str]:
    """Values for the two roles that only the own themes name: ``consequence`` and ``faint``, mixed from the
    variables of another theme."""
    ground, text, error = (_colour(variables, name) for name in ("background", "foreground", "error"))
    if ground.ansi is not None or text.ansi is not None:
        return {"consequence": variables["error"], "faint": "ansi_bright_black"}
    return {"consequence": ground.blend(error, 0.65).hex, "faint": ground.blend(text, 0.35).hex}


def _colour(variables: Mapping[str, str], name: str) -> Color:
    value = variables.get(name, "")
    try:
        return Color.parse(value)
    except ColorParseError:
        # "auto 60%": so much of the text's colour over the ground.
        share = float(value.rstrip("%").rpartition(" ")[2] or 60) / 100 if value.startswith("auto") else 0.6
        return Color.parse(variables["background"]).blend(Color.parse(variables["foreground"]), share)


class Inks:
    """The styles of one theme."""

    def __init__(self, variables: Mapping[str, str], theme: str) -> None:
        self._mono = theme == MONO
        self._colours = {role: _colour(variables, name).rich_color for role, name in _VARIABLES.items()}
        self._tints = {tint: _colour(variables, name).rich_color for tint, name in _TINTS.items()}
        self._ground = _colour(variables, "background").rich_color
        self.style = lru_cache(maxsize=512)(self._style)

    def of(self, span: Span) -> Style:
        """How a span is written."""
        return self.style(span.role, span.bold, span.tint, span.badge)

    def _style(self, role: Role, bold: bool, tint: Tint, badge: bool) -> Style:
        if self._mono:
            return Style(bold=bold or badge, dim=role in _QUIET and not badge and not bold, reverse=badge)
        if badge:
            # Terminals' own colours have no dark shade to write on them: let the terminal swap.
            if self._ground.is_default:
                return Style(color=self._colours[role], bold=True, reverse=True)
            return Style(color=self._ground, bgcolor=self._colours[role], bold=True)
        colour, ground = self._colours[role], self._tints.get(tint)
        if ground is not None and role is not Role.FAINT:
            colour = readable(colour, ground, self._colours[Role.TEXT])
        return Style(color=colour, bgcolor=ground, bold=bold)


def readable(colour: RichColor, ground: RichColor, text: RichColor) -> RichColor:
    """``colour``, with just so much of the text's colour in it that it can be read on a tint: the tints lie between
    the grounds that the colours were chosen for and the colours themselves."""
    if any(one.is_default or one.triplet is None for one in (colour, ground, text)):
        return colour
    mine, behind, ink = (Color.from_rich_color(one) for one in (colour, ground, text))
    for share in range(21):
        mixed = Color.parse(mine.blend(ink, share / 20).hex)
        if contrast(mixed, behind) >= _LEAST:
            return mixed.rich_color
    return text


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
