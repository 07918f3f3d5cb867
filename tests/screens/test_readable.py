"""What is drawn can be read: contrast in every own theme, state without any colour, and nothing moves while idle."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.color import Color as RichColor
from textual.app import App
from textual.color import Color
from textual.geometry import Region
from textual.widget import Widget

from checks.model import State
from checks.snapshot import Snapshot
from checks.transaction import Outcome
from screens.base_app import BaseApp
from screens.fix_progress import badge
from screens.picture.ascii_glyphs import ascii_rows
from screens.picture.canvas import GLYPHS
from screens.picture.cells import Role, Span
from screens.prose import condition
from screens.signs import SEVERITIES, VERDICTS
from screens.themes import ANSI, MONO, THEMES
from tests import samples
from tests.screens.key_screens import KEY_SCREENS, KeyScreen, reached
from tests.screens.site import SampleApp, prepared, screen_rows, screen_text, snapshot, transaction, until
from tests.screens.test_roles import contrast

OWN = [theme.name for theme in THEMES if theme.name not in (ANSI, MONO)]
# Every size and every theme, not all of their pairs: a theme's colours know of no size.
TOUR = tuple(zip((0, 1, 2, 0), OWN, strict=True))
LEAST = 4.5
# Faint may be lines, the dots of free addresses, a dash for "not probed", and counts of nothing.
_FAINT = re.compile(r"[\s─-╿.\-:|+=]*|[✗!?✓◌] 0( failed| warning| unknown| ok| checking)?")


def drawn(app: SampleApp | App[Any]) -> Iterator[tuple[str, RichColor, RichColor]]:
    """Every run of text with its colour and what stands behind it."""
    for row in screen_rows(app):
        for segment in row:
            style = segment.style
            if not segment.text.strip() or style is None:
                continue
            assert style.color is not None and style.bgcolor is not None, segment
            pair = (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)
            yield segment.text, *pair


@pytest.mark.parametrize("screen", KEY_SCREENS, ids=lambda screen: screen.name)
async def test_every_text_has_contrast(screen: KeyScreen) -> None:
    poor = Counter[str]()
    async with reached(screen, theme=OWN[0]) as pilot:
        app = pilot.app
        assert isinstance(app, BaseApp)
        for at, theme in TOUR:
            await pilot.resize_terminal(*screen.sizes[min(at, len(screen.sizes) - 1)])
            app.theme = theme
            await pilot.pause()
            faint = app.inks.of(Span("x", Role.FAINT)).color
            for text, colour, ground in drawn(app):
                ratio = contrast(Color.from_rich_color(colour), Color.from_rich_color(ground))
                if colour == faint:
                    assert all(_FAINT.fullmatch(part.strip()) for part in re.split(r"  +", text)), f"faint: {text!r}"
                elif ratio < LEAST:
                    poor[f"{theme}: {text.strip()[:40]!r} {colour.name} on {ground.name}: {ratio:.2f}"] += 1
    assert not poor, "\n".join(poor)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("node", ["unit:haproxy", "network:frontend", "cluster:Supervisor", "client"])
async def test_a_state_is_told_without_colour(node: str, ascii: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown: dict[str, State] = {}
    app = SampleApp("healthy", ascii=ascii)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "HEALTHY")
        app.main.select(node)
        for state in State:
            app.main.snapshot = in_state(node, state)
            await pilot.pause()
            text = screen_text(app)
            assert text not in shown, f"{state} looks like {shown.get(text)}"
            shown[text] = state
        assert not any(
            segment.style.color is not None and not segment.style.color.is_default
            for row in screen_rows(app)
            for segment in row
            if segment.style is not None
        )


def in_state(node: str, state: State) -> Snapshot:
    """The healthy site with one node, and all its checks, in a state."""
    healthy = samples.healthy()
    nodes = tuple(
        replace(one, state=state, checks=tuple(replace(check, state=state) for check in one.checks))
        if one.id == node
        else one
        for one in healthy.nodes
    )
    return snapshot(replace(healthy, nodes=nodes))


def test_whatever_has_a_colour_has_a_glyph_or_a_word_of_its_own() -> None:
    ends = [badge(transaction(prepared(), 7, outcome))[0] for outcome in Outcome]
    for signs in ([sign.badge for sign in VERDICTS.values()], [sign.glyph for sign in SEVERITIES.values()], ends):
        assert len(set(signs)) == len(signs)
        assert all(sign.strip() and not sign[0].isspace() for sign in signs)


def test_glyph_and_word_differ_for_each_state() -> None:
    assert len(set(GLYPHS.values())) == len(State)
    twins = {"".join(span.text for span in row) for row in ascii_rows(tuple((Span(g),) for g in GLYPHS.values()))}
    assert len(twins) == len(State) and all(twin.isascii() for twin in twins)
    bare = replace(samples.healthy().nodes[0], word="", checks=())
    assert len({condition(replace(bare, state=state)) for state in State}) == len(State)


IDLE = [screen for screen in KEY_SCREENS if screen.name in ("broken", "fix", "addresses", "find", "journal", "help")]


@pytest.mark.parametrize("screen", IDLE, ids=lambda screen: screen.name)
async def test_an_idle_screen_paints_nothing_but_the_age(screen: KeyScreen, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reached(screen, (80, 24)) as pilot:
        await pilot.pause(1)
        painted: list[str] = []
        refresh = Widget.refresh

        def note(widget: Widget, *regions: Region, **how: bool) -> Widget:
            painted.append(widget.id or type(widget).__name__)
            return refresh(widget, *regions, **how)

        monkeypatch.setattr(Widget, "refresh", note)
        await pilot.pause(1.3)
        # Leaving takes the focus away, which paints.
        seen = set(painted)
    assert seen <= {"age"}
