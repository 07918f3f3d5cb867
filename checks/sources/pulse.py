"""Whether an SSH connection carries anything at this moment: silence through a dead one is nobody's answer."""

from __future__ import annotations

import asyncio
import math

import asyncssh

# A host that is alive answers within a round trip; one that needs longer leaves a probe no fair time.
_ANSWER_SECONDS = 1.5
# Probes that begin or end together share one question.
_TOGETHER_SECONDS = 0.05


class Pulse:
    """Asks one host for a sign of life, in the connection's own way."""

    def __init__(self, conn: asyncssh.SSHClientConnection) -> None:
        self._conn = conn
        self._asked: asyncio.Task[bool] | None = None
        self._at = -math.inf

    def ask(self) -> asyncio.Task[bool]:
        """Whether the host answers within a second and a half; shared, so it is to be awaited under a shield."""
        now = asyncio.get_running_loop().time()
        if self._asked is None or self._asked.done() or now - self._at > _TOGETHER_SECONDS:
            self._at, self._asked = now, asyncio.create_task(self._answer())
        return self._asked

    async def _answer(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                # What asyncssh's own keepalive sends; it has no public way to wait for the answer.
                await self._conn._make_global_request(b"keepalive@openssh.com")
        except (asyncssh.Error, OSError):
            return False
        return not self._conn.is_closed()


class Carrier:
    """What carries one probe, watched from when this is made. The question goes before the probe's own bytes, so its
    answer proves that they arrived in time too."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._begin = pulse.ask()

    async def held(self) -> bool:
        """Whether the host answered when the probe began and answers now: only then silence is the target's own."""
        return await asyncio.shield(self._begin) and await asyncio.shield(self._pulse.ask())
