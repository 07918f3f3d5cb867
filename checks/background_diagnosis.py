"""From what was seen to what it means, without letting anybody wait: in a thread that takes rests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, Login, read
from checks.evidence.probes import Probe
from checks.evidence.section import Reading
from checks.model import Diagnosis, Vantage
from checks.site import Site

# A thread that judges works so long and rests so long (s): a key that comes meanwhile hardly waits.
_WORK, _REST = 0.002, 0.006


@dataclass(frozen=True)
class Seen:
    """What a look brought so far; ``pending`` says that more is still to come, ``vips`` are those asked for."""

    reading: Reading
    probes: tuple[Probe, ...]
    login: Login
    pending: bool
    client: Vantage
    vips: tuple[str, ...]


async def judged(seen: Seen, site: Site, *, watched: bool) -> tuple[Evidence, Diagnosis]:
    """The evidence and what it says. In a thread: with hundreds of VIPs a key would have to wait for it. A screen
    (``watched``) shares the interpreter with that thread, which therefore rests again and again."""

    def judge() -> tuple[Evidence, Diagnosis]:
        evidence = read(
            seen.reading,
            tuple(sorted(seen.probes, key=lambda probe: (probe.target, probe.vantage))),
            login=seen.login,
            pending=seen.pending,
            client_vantage=seen.client,
            asked_vips=seen.vips,
        )
        return evidence, diagnose(evidence, site, _resting() if watched else lambda: None)

    return await asyncio.to_thread(judge)


def _resting() -> Callable[[], None]:
    """For a thread that calls it often: lets it rest after each bit of work of its own."""
    rested = time.thread_time()

    def rest() -> None:
        nonlocal rested
        if time.thread_time() - rested > _WORK:
            time.sleep(_REST)
            rested = time.thread_time()

    return rest
