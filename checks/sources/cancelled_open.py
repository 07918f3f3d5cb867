"""Openings that are given up before they end: what still opens afterwards is closed, not left lying."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")

# The loop itself holds tasks weakly.
_late: set[asyncio.Task[Any]] = set()


async def unless_late(opening: Awaitable[T], close: Callable[[T], None]) -> T:
    """What ``opening`` gives. Where the caller is cancelled meanwhile the opening goes on, because a channel that has
    been asked for cannot be recalled, and ``close`` gets its result."""

    async def going_on() -> T:
        return await opening

    task = asyncio.create_task(going_on())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        _late.add(task)

        def ended(done: asyncio.Task[T]) -> None:
            _late.discard(done)
            # Asking for the exception marks it as seen: nobody waits for this any more.
            if not done.cancelled() and done.exception() is None:
                close(done.result())

        task.add_done_callback(ended)
        raise
