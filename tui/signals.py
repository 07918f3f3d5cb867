"""A coroutine as a program: until it is done, or until a signal stops it in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, int]) -> int:
    """What ``work`` returns, or 128+n where signal n cancelled it first; its ``finally`` blocks have run then."""
    return asyncio.run(_until_signal(work))


async def _until_signal(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        task.cancel()

    for number in _SIGNALS:
        # Under nohup HUP is ignored, and a job in the background of a script ignores INT: that was meant.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return 128 + caught[0]
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
