"""Simulated time: what is due when. The appliance's day passes as fast as the real one, or faster for tests."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

Action = Callable[[], object]


class Clock:
    """Seconds since the simulation began, negative before it, ``speed`` of them in a real second.

    Nothing runs by itself: ``settle`` carries out what has become due, each thing at its own time.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("time has to pass")
        self.speed = speed
        self._zero = time.monotonic()
        self._wall = time.time()
        self._at: float | None = None
        self._order = itertools.count()
        self._queue: list[tuple[float, int, Action]] = []

    def now(self) -> float:
        """Seconds; while something due is carried out, the moment it was due."""
        return (time.monotonic() - self._zero) * self.speed if self._at is None else self._at

    def stamp(self) -> float:
        """The present moment for a time stamp, in seconds of the Unix epoch.

        However fast simulated time passes, stamps stay beside the real time, so that logs are never of the future.
        """
        now = self.now()
        return self._wall + (now if now < 0 else now / self.speed)

    def after(self, seconds: float, action: Action) -> None:
        """Have something carried out that many seconds from now."""
        heapq.heappush(self._queue, (self.now() + seconds, next(self._order), action))

    def at(self, moment: float, action: Action) -> None:
        """Have something carried out at that moment."""
        heapq.heappush(self._queue, (moment, next(self._order), action))

    def forget(self) -> None:
        """Drop all that is still to come: the power went."""
        self._queue.clear()

    def settle(self) -> None:
        """Carry out what is due by now, in order. Does nothing from within such an action."""
        if self._at is not None:
            return
        now = self.now()
        try:
            while self._queue and self._queue[0][0] <= now:
                self._at, _, action = heapq.heappop(self._queue)
                action()
        finally:
            self._at = None

    def until_next(self) -> float | None:
        """Seconds until something is due, or None."""
        return max(self._queue[0][0] - self.now(), 0.0) if self._queue else None

    def pass_by(self, seconds: float) -> None:
        """Make that many seconds pass at once and carry out what became due meanwhile."""
        self._zero -= seconds / self.speed
        self._wall -= seconds / self.speed
        self.settle()

    async def sleep(self, seconds: float) -> None:
        """Wait that many simulated seconds."""
        await asyncio.sleep(seconds / self.speed)
