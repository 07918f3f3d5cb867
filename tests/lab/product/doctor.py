"""The product as tests of the lab hold it: a session on the lab's appliance, and the command line as people type it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checks.model import Diagnosis, Vantage
from checks.prompts import NeverAsk
from checks.session import Session, open_session
from checks.snapshot import Origin, SourceKind
from checks.sources.target import Target
from checks.transaction import Prepared, Transaction
from tests.lab.bench import Bench
from tests.lab.box import PROJECT

ON_LINK: Final = "lab-appliance"
ROUTED: Final = "lab-appliance-from-far"
# A command that has not ended by then never will: a fix with a reboot takes about twenty seconds here.
PATIENCE: Final = 180


@asynccontextmanager
async def visit(
    lab: Bench, state: Path, way: str = ON_LINK, user: str = "", every: float = 15.0
) -> AsyncIterator[Session]:
    """A session on the lab's appliance: through the jump host, or through the far client behind the router; it reads
    by itself ``every`` so many seconds."""
    target = Target(host=way, user=user, config_files=(str(lab.ssh_config),))
    origin = Origin(SourceKind.LIVE, way, client_vantage=Vantage.JUMP)
    async with open_session(target, origin, asker=NeverAsk(), state=state, every=every) as session:
        yield session


async def read(lab: Bench, state: Path, way: str = ON_LINK, user: str = "") -> Diagnosis:
    """What one reading says."""
    async with visit(lab, state, way, user) as session:
        return (await session.once()).diagnosis


async def carried_out(session: Session, prepared: Prepared) -> Transaction:
    """Run a plan to its end, and return how it ended."""
    async with asyncio.timeout(PATIENCE):
        last = None
        async for transaction in session.carry_out(prepared):
            last = transaction
    assert last is not None
    assert last.outcome is not None
    return last


@dataclass(frozen=True)
class Said:
    """What one command line printed, and its exit code."""

    code: int
    out: str
    err: str


def command(lab: Bench, word: str, *words: str, way: str = ON_LINK) -> list[str]:
    """``noroute WORD TARGET WORDS`` for the lab's appliance as a list for subprocess."""
    return [sys.executable, "-m", "tui", word, "-F", str(lab.ssh_config), way, *words]


def surroundings(state: Path) -> dict[str, str]:
    """An environment in which nothing of this machine's user is read or kept."""
    home = state / "home"
    home.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_STATE_HOME": str(state), "LC_ALL": "C.UTF-8"}


def noroute(lab: Bench, state: Path, word: str, *words: str, way: str = ON_LINK) -> Said:
    """Run one command line to its end."""
    done = subprocess.run(
        command(lab, word, *words, way=way), cwd=PROJECT, env=surroundings(state), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)
