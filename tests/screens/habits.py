"""Somebody's habits at the start screen, without any file: what is offered there, and what was done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from checks.prompts import Asker
from checks.refusal import Refusal
from checks.snapshot import Origin
from screens.start_choice import StartChoice
from tests.screens.fake_session import FakeSession
from tests.screens.site import ORIGIN, sample
from tui.protocols import OpenSession


@asynccontextmanager
async def session(asker: Asker) -> AsyncIterator[FakeSession]:
    del asker
    yield FakeSession(sample("article"))


@dataclass(frozen=True)
class There:
    """A way to the article's site."""

    origin: Origin = ORIGIN
    open: OpenSession = session


@dataclass
class Habits:
    """Two targets before, and what happened."""

    seen: list[object] = field(default_factory=list)

    def choices(self) -> tuple[StartChoice, ...]:
        """One of each."""
        return (
            StartChoice(
                "LOOKED AT BEFORE", "root@haproxy.lab", "-J me@jump01", ("-J", "me@jump01", "root@haproxy.lab")
            ),
            StartChoice("THE DEMO, A SIMULATED SITE", "healthy", "Nothing is broken", ("demo", "healthy")),
        )

    def objection(self, typed: str) -> str:
        """To one word."""
        return "noroute: that cannot be" if "wrong" in typed else ""

    def visit(self, words: tuple[str, ...]) -> There:
        """Note it."""
        self.seen.append(words)
        if words == ("late",):
            raise Refusal("no such file", 2)
        return There()

    def reached(self) -> None:
        """Note it."""
        self.seen.append("reached")

    def themed(self, theme: str) -> None:
        """Note it."""
        self.seen.append(theme)
