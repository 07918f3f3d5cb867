"""A folder that stands for an appliance: noroute's real scripts run in it under a real shell, and the way there can
be cut, or noroute itself killed, at any of them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, read
from checks.evidence.files import File
from checks.evidence.section import Section
from checks.evidence.system import Clock, Reader
from checks.fix_service import Repairs
from checks.model import Diagnosis
from checks.plan import Fix, Restore, Write
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.sources.connection import Connection
from checks.sources.locked_script import LOCK
from checks.sources.remote_exec import Ran
from checks.transaction import Prepared, Transaction
from tests.checks.fixtures import CAPTURES, base, capture_case

ROOT = "A01:10.10.18.18/28"
CFG = "/etc/vmware/anyip-routes.cfg"
BROKEN = diagnose(capture_case(CAPTURES / "a-hostbits-boot").evidence)
HEALTHY = diagnose(read(base().reading, base().probes, client_vantage=base().origin.client_vantage))
_ORIGIN = Origin(SourceKind.LIVE, "root@haproxy", client_vantage=base().origin.client_vantage)


def plan_in(root: Path) -> Fix:
    """The real fix of the article's fault, for the file in a folder."""
    found = BROKEN.finding(ROOT)
    assert found is not None and found.fix is not None
    steps, back = (
        tuple(replace(step, path=str(root) + step.path) if isinstance(step, Write | Restore) else step for step in of)
        for of in (found.fix.steps, found.fix.back)
    )
    return replace(found.fix, steps=steps, back=back)


@dataclass
class Cut:
    """At which script (from 1) something happens, and what: ``kill`` noroute or ``cut`` the connection, ``before`` the
    script runs or ``after`` it, before its answer is heard."""

    at: int = 0
    what: str = ""
    when: str = "before"


@dataclass
class LocalConnection:
    """As much of a connection as repairs use. ``scripts`` counts what was run."""

    root: Path
    shell: list[str]
    cut: Cut = field(default_factory=Cut)
    scripts: int = 0
    fingerprint: str = "SHA256:local"
    lost: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, script: str, *, seconds: float, limit: int) -> Ran:
        if self.lost.is_set():
            return Ran(b"", b"", None, "the connection was lost")
        self.scripts += 1
        mine = self.scripts == self.cut.at
        if mine and self.cut.when == "before":
            return self._gone()
        ended = self._ran(script, seconds)
        return self._gone() if mine else Ran(ended.stdout[:limit], ended.stderr, ended.returncode)

    def _ran(self, script: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
        text = script.replace(f"L={LOCK}\n", f"L={self.root}/lock\n")
        environment = {"PATH": f"{self.root}/programs:/usr/bin:/bin", "ROOT": str(self.root)}
        return subprocess.run(
            [*self.shell, "-c", text],
            capture_output=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            env=environment,
        )

    def _gone(self) -> Ran:
        if self.cut.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        self.lost.set()
        return Ran(b"", b"", None, "the connection was lost")

    async def reconnect(self) -> None:
        raise Refusal("haproxy: connection refused", 3)


class LocalAppliance:
    """The folder, and what noroute finds there. Its units are a log of what was asked of them."""

    def __init__(self, root: Path, shell: list[str]) -> None:
        self.root, self.shell = root, shell
        self.cfg = Path(str(root) + CFG)
        self.journal = root / "noroute.journal"
        self.state = root / "state"
        self.plan = plan_in(root)
        (self.write,) = self.plan.writes
        for folder in (self.cfg.parent, root / "programs", self.state):
            folder.mkdir(parents=True)
        self.cfg.write_bytes(self.write.before)
        for name, text in (("systemctl", 'echo "$*" >>"$ROOT/units"'), ("sync", ":")):
            program = root / "programs" / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)

    @property
    def units(self) -> list[str]:
        log = self.root / "units"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def running(self) -> bool:
        """Whether haproxy would run: the last word about it was no stop."""
        words = [row for row in self.units if "haproxy" in row and "reset" not in row]
        return not words or words[-1].startswith("start")

    @property
    def backups(self) -> list[Path]:
        return [path for path in self.cfg.parent.iterdir() if path != self.cfg]

    def diagnosis(self) -> Diagnosis:
        found = BROKEN.finding(ROOT)
        assert found is not None
        if self.cfg.read_bytes() == self.write.after and self.running:
            return HEALTHY
        fixed = replace(found, fix=self.plan)
        return replace(BROKEN, findings=tuple(fixed if one.id == ROOT else one for one in BROKEN.findings))

    def evidence(self) -> Evidence:
        data = self.cfg.read_bytes()
        path = str(self.cfg)
        file = File(path, data, None, hashlib.sha256(data).hexdigest())
        there = self.journal.exists()
        page = f"{int(self.journal.stat().st_mtime)}\n".encode() + self.journal.read_bytes() if there else b""
        section = Section("fix-journal", "journal", page, code=0 if there else 1)
        return Evidence(
            files={path: file},
            sections={"fix-journal": section},
            clock=Clock(datetime.fromtimestamp(time.time(), UTC), 100.0),
            reader=Reader(0, "root"),
        )

    def noroute(self, cut: Cut | None = None) -> Noroute:
        """A start of noroute on it."""
        return Noroute(self, LocalConnection(self.root, self.shell, cut or Cut()))


class Noroute:
    """One process of noroute, as far as it repairs: it is its own reader."""

    def __init__(self, appliance: LocalAppliance, connection: LocalConnection) -> None:
        self.appliance, self.connection = appliance, connection
        self.repairs = Repairs(appliance.state, Site(), self)
        self.snapshot = Snapshot(_ORIGIN, Phase.LIVE, HEALTHY)
        self.log: list[Transaction] = []

    def look(self) -> Snapshot:
        evidence = self.appliance.evidence()
        found = self.repairs.unfinished(evidence, self.connection.fingerprint)
        self.snapshot = Snapshot(
            _ORIGIN, Phase.LIVE, self.appliance.diagnosis(), evidence, unfinished=found,
            can_undo=self.repairs.can_undo(self.connection.fingerprint),
        )  # fmt: skip
        return self.snapshot

    async def fresh(self) -> Connection:
        self.look()
        return self.connection  # type: ignore[return-value]

    async def read_again(self) -> Diagnosis:
        if self.connection.lost.is_set():
            raise Refusal("haproxy: connection refused", 3)
        return self.look().diagnosis

    async def carry_out(self, prepared: Prepared) -> Transaction:
        async def no_time(seconds: float) -> None:
            del seconds

        await self.repairs.carry_out(prepared, self.log.append, no_time)
        return self.log[-1]

    def fix(self) -> Transaction:
        return asyncio.run(self._run(lambda: self.repairs.prepare_fix(ROOT)))

    def undo(self) -> Transaction:
        return asyncio.run(self._run(self.repairs.prepare_undo))

    def resume(self) -> Transaction:
        return asyncio.run(self._run(self.repairs.prepare_resume))

    async def _run(self, prepare: Callable[[], object]) -> Transaction:
        return await self.carry_out(await prepare())  # type: ignore[misc]


def in_a_process(work: Callable[[], object]) -> int:
    """Run in a process of its own; its wait status."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(17)
    return os.waitpid(child, 0)[1]
