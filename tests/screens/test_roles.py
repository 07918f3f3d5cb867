"""Roles in every theme: told apart, readable, and without colour by form alone."""

from __future__ import annotations

import pytest
from rich.color import Color as RichColor
from textual.color import Color

from screens.base_app import BaseApp
from screens.picture.cells import Role, Span, Tint
from screens.themes import ANSI, MONO, THEMES

STATES = (Role.SUCCESS, Role.WARNING, Role.ERROR, Role.CONSEQUENCE, Role.UNKNOWN, Role.ACCENT, Role.DIM, Role.TEXT)
OWN = [theme.name for theme in THEMES if theme.name not in (ANSI, MONO)]


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2."""

    def luminance(colour: Color) -> float:
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def styles(theme: str) -> BaseApp[int]:
    app: BaseApp[int] = BaseApp(theme=theme)
    async with app.run_test():
        pass
    return app


@pytest.mark.parametrize("theme", OWN)
async def test_every_state_is_readable_on_background_and_panel(theme: str) -> None:
    app = await styles(theme)
    grounds = [Color.parse(app.theme_variables[name]) for name in ("background", "surface")]
    for role in STATES:
        colour = app.inks.of(Span("x", role)).color
        assert colour is not None
        for ground in grounds:
            assert contrast(ground, Color.from_rich_color(colour)) >= 4.5, (theme, role)


async def test_the_dark_theme_has_the_drawn_colours() -> None:
    app = await styles("noroute-dark")
    assert app.inks.of(Span("x", Role.ERROR)).color == RichColor.parse("#ff6b57")
    assert app.inks.of(Span("x", Role.CONSEQUENCE)).color == RichColor.parse("#c46f65")
    assert app.inks.of(Span("x", Role.TEXT, tint=Tint.ROOT)).bgcolor == RichColor.parse("#3a1a18")
    badge = app.inks.of(Span("x", Role.ERROR, badge=True))
    assert (badge.color, badge.bgcolor) == (RichColor.parse("#0d1218"), RichColor.parse("#ff6b57"))


async def test_a_foreign_theme_has_every_role() -> None:
    app = await styles("nord")
    assert all(app.inks.of(Span("x", role)).color for role in Role)


async def test_no_color_leaves_form_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = await styles("noroute-dark")
    assert app.theme == MONO
    for role in Role:
        style = app.inks.of(Span("x", role, tint=Tint.ROOT))
        assert style.color is None and style.bgcolor is None
    assert app.inks.of(Span("x", Role.CONSEQUENCE)).dim and app.inks.of(Span("x", Role.ERROR, bold=True)).bold
    assert app.inks.of(Span("x", Role.ERROR, badge=True)).reverse
