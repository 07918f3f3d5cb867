"""What the application needs of whoever opens sites for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias

from checks.snapshot import Origin, Snapshot
from screens.controls import Controls
from screens.start_choice import StartChoice

if TYPE_CHECKING:
    from checks.prompts import Asker


class LiveSession(Controls, Protocol):
    """What the screen needs of a session."""

    def snapshots(self) -> AsyncIterator[Snapshot]:
        """Every moment from now on."""
        ...


OpenSession: TypeAlias = "Callable[[Asker], AbstractAsyncContextManager[LiveSession]]"


class Visit(Protocol):
    """A way to a site: what is known of it before anything was read, and how it is opened."""

    @property
    def origin(self) -> Origin:
        """What is known."""
        ...

    @property
    def open(self) -> OpenSession:
        """Gives the session."""
        ...


class Habits(Protocol):
    """What outlives the program: targets that let us in, the theme that was chosen."""

    def choices(self) -> tuple[StartChoice, ...]:
        """What the start screen offers."""
        ...

    def objection(self, typed: str) -> str:
        """What is wrong with words typed for a target; "" where nothing is."""
        ...

    def visit(self, words: tuple[str, ...]) -> Visit:
        """Where words lead. Raises Refusal."""
        ...

    def reached(self) -> None:
        """The site that was visited last let us in."""
        ...

    def themed(self, theme: str) -> None:
        """A theme was chosen."""
        ...
