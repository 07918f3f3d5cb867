"""noroute stopped in the middle of a plan, at a gate of the appliance: killed, or cut off from it."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from checks.refusal import Refusal
from checks.session import Session
from checks.transaction import Outcome, Prepared
from tests.lab.bench import Bench
from tests.lab.commands import LabError, wait_for
from tests.lab.product.doctor import PATIENCE, carried_out, visit
from tests.lab.product.gate import Gate

HOW: Final = ("killed", "cut off")
Prepare = Callable[[Session], Awaitable[Prepared]]


def stopped(lab: Bench, state: Path, how: str, gate: Gate, prepare: Prepare) -> None:
    """Carry a plan out up to the gate and stop it there; returns when the script that stands there has been let
    through. LabError where the plan never comes to the gate."""
    if how == "killed":
        _killed(lab, state, gate, prepare)
    else:
        asyncio.run(_cut_off(lab, state, gate, prepare))


async def _work(lab: Bench, state: Path, prepare: Prepare) -> Outcome | None:
    async with visit(lab, state) as session:
        return (await carried_out(session, await prepare(session))).outcome


def _killed(lab: Bench, state: Path, gate: Gate, prepare: Prepare) -> None:
    child = os.fork()
    if child == 0:
        try:
            ended = asyncio.run(_work(lab, state, prepare))
            print(f"the plan ended before the gate: {ended}", file=sys.stderr, flush=True)
        except (Refusal, AssertionError) as problem:
            print(f"the plan ended before the gate: {problem}", file=sys.stderr, flush=True)
        finally:
            os._exit(17)
    try:
        wait_for("the plan to come to the gate", lambda: gate.is_reached or _has_ended(child), seconds=PATIENCE)
        assert gate.is_reached
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        gate.open()


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


async def _cut_off(lab: Bench, state: Path, gate: Gate, prepare: Prepare) -> None:
    work = asyncio.create_task(_work(lab, state, prepare))
    try:
        async with asyncio.timeout(PATIENCE):
            while not gate.is_reached:
                if work.done():
                    raise LabError(f"the plan ended before the gate: {work.result()}")
                await asyncio.sleep(0.05)
        lab.jump.stop()
        gate.open()
        assert await work is Outcome.LOST
    finally:
        gate.open()
        lab.jump.start()
