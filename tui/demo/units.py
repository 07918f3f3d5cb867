"""The simulated systemd: units with their programs, start limits, restarts, and the lines it writes.

The lines are those of the recordings (systemd 247), with the two of systemd 239 that the appliance's own story
quotes: "code=exited status=2" has no comma there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from tui.demo.host import Host

BURST, INTERVAL = 5, 10.0
RESTART_DELAY = 0.1
# How long an attempt takes that fails: what spreads the five tries over two seconds.
ATTEMPT = 0.27


class Program(Protocol):
    """What a unit runs."""

    def prepare(self) -> int:
        """ExecStartPre: exit code."""

    def run(self) -> int | None:
        """ExecStart: None where it goes on running, else its exit code."""

    def stop(self) -> None:
        """End it."""

    def after(self) -> None:
        """ExecStopPost: runs however it ended."""

    def reload(self) -> int:
        """ExecReload: exit code."""

    def processes(self) -> list[tuple[int, str]]:
        """Its processes: number and command line, the main one first."""


class Plain:
    """A program that simply runs (a daemon without any part in the story)."""

    def __init__(self, host: Host, command: str = "", lasts: bool = True) -> None:
        self._host, self._command, self._lasts = host, command, lasts
        self._pid = 0

    def prepare(self) -> int:
        return 0

    def run(self) -> int | None:
        self._pid = self._host.pid()
        return None if self._lasts else 0

    def stop(self) -> None:
        self._pid = 0

    def after(self) -> None:
        return

    def reload(self) -> int:
        return 0

    def processes(self) -> list[tuple[int, str]]:
        return [(self._pid, self._command)] if self._pid and self._command else []


@dataclass
class Unit:
    """One service. ``needs_file`` is its ConditionPathExists; ``announced`` whether systemd says "Starting" first;
    ``stays`` a oneshot's RemainAfterExit; ``delay`` seconds after the boot's first unit."""

    name: str
    program: Program
    description: str = ""
    needs_file: str = ""
    restart: bool = False
    oneshot: bool = False
    stays: bool = False
    announced: bool = True
    reloadable: bool = False
    wants: tuple[str, ...] = ()
    path: str = "/etc/systemd/system"
    delay: float = 0.0
    file_state: str = "enabled"
    active: str = "inactive"
    sub: str = "dead"
    result: str = "success"
    exit_status: int = 0
    exit_code: int = 0
    restarts: int = 0
    entered: float | None = None
    left: float | None = None
    starts: list[float] = field(default_factory=list)
    attempt: int = 0

    @property
    def service(self) -> str:
        """With its suffix."""
        return f"{self.name}.service"

    @property
    def shown(self) -> str:
        """As systemd names it in its lines."""
        return self.description or self.service

    @property
    def main_pid(self) -> int:
        """Number of the main process, 0 where it does not run."""
        rows = self.program.processes() if self.active == "active" else []
        return rows[0][0] if rows else 0

    def forget(self) -> None:
        """As after a boot."""
        self.active, self.sub, self.result = "inactive", "dead", "success"
        self.exit_status = self.exit_code = self.restarts = 0
        self.entered = self.left = None
        self.starts.clear()


class Systemd:
    """The units of one machine by name, in boot order."""

    def __init__(self, host: Host, units: tuple[Unit, ...]) -> None:
        self._host = host
        self.units = {unit.name: unit for unit in units}
        self.starting = False

    def say(self, unit: Unit, text: str, priority: int = 6) -> None:
        """A line of systemd's own about a unit."""
        self._host.journal.write(unit.name, "systemd", 1, text, priority)

    @property
    def state(self) -> str:
        """``systemctl is-system-running``."""
        if self.starting:
            return "starting"
        return "degraded" if any(unit.active == "failed" for unit in self.units.values()) else "running"

    def boot(self) -> float:
        """Have the enabled units started, each at its time; seconds until the last was."""
        self.starting = True
        for unit in self.units.values():
            unit.forget()
        wanted = {name for unit in self.units.values() if unit.file_state == "enabled" for name in unit.wants}
        last = 0.0
        for unit in self.units.values():
            if unit.file_state in ("enabled", "static") or (unit.name in wanted and unit.file_state != "masked"):
                last = max(last, unit.delay)
                self._host.clock.after(unit.delay, partial(self._begin, unit))
        self._host.clock.after(last + 0.5, self._booted)
        return last + 0.5

    def _booted(self) -> None:
        self.starting = False

    def shut_down(self) -> None:
        """Stop everything in reverse order, then know nothing any more."""
        for unit in reversed(self.units.values()):
            if unit.active == "active":
                unit.program.stop()
                unit.program.after()
            unit.forget()

    def start(self, unit: Unit) -> int:
        """``systemctl start``: exit code."""
        for name in unit.wants:
            if name in self.units and self.units[name].active == "inactive":
                self.start(self.units[name])
        if unit.active == "active":
            return 0
        return 0 if self._begin(unit) else 1

    def stop(self, unit: Unit) -> None:
        """``systemctl stop``."""
        if unit.active == "activating":  # waiting for its next try
            unit.active, unit.sub = "inactive", "dead"
        if unit.active != "active":
            return
        self.say(unit, f"Stopping {unit.shown}...")
        unit.program.stop()
        unit.program.after()
        self._enter(unit, "inactive", "dead")
        self.say(unit, f"{unit.service}: Succeeded.")
        self.say(unit, f"Stopped {unit.shown}.")

    def restart(self, unit: Unit) -> int:
        """``systemctl restart``: exit code."""
        self.stop(unit)
        return self.start(unit)

    def reload(self, unit: Unit) -> int:
        """``systemctl reload``: exit code."""
        self.say(unit, f"Reloading {unit.shown}.")
        code = unit.program.reload()
        if code:
            self.say(unit, f"{unit.service}: Control process exited, code=exited status={code}", 5)
            self.say(unit, f"Reload failed for {unit.shown}.", 4)
            return 1
        self.say(unit, f"Reloaded {unit.shown}.")
        return 0

    def reset_failed(self, unit: Unit) -> None:
        """``systemctl reset-failed``: forgets the failure, the counters and the start limit."""
        if unit.active == "failed":
            self._enter(unit, "inactive", "dead")
        unit.result, unit.restarts = "success", 0
        unit.starts.clear()

    def _enter(self, unit: Unit, active: str, sub: str) -> None:
        now = self._host.clock.stamp()
        if active == "active":
            unit.entered = now
        elif unit.active == "active" or active == "failed":
            unit.left = now
        unit.active, unit.sub = active, sub

    def _begin(self, unit: Unit, again: bool = False) -> bool:
        now = self._host.clock.now()
        unit.starts = [start for start in unit.starts if now - start < INTERVAL]
        if len(unit.starts) >= BURST:
            self.say(unit, f"{unit.service}: Start request repeated too quickly.", 4)
            unit.result = "start-limit-hit" if unit.result == "success" else unit.result
            self._fail(unit)
            return False
        unit.starts.append(now)
        unit.attempt += 1
        if unit.needs_file and not self._host.disk.exists(unit.needs_file):
            self.say(unit, f"Condition check resulted in {unit.shown} being skipped.")
            return True
        if not again:
            unit.restarts = 0
        unit.result, unit.exit_status, unit.exit_code = "success", 0, 0
        if unit.announced:
            self.say(unit, f"Starting {unit.shown}...")
        code = unit.program.prepare()
        if code:
            self.say(unit, f"{unit.service}: Control process exited, code=exited status={code}", 5)
            return self._broke(unit)
        ended = unit.program.run()
        if ended is None or (unit.stays and ended == 0):
            self._enter(unit, "active", "running" if ended is None else "exited")
            self.say(unit, f"{'Finished' if unit.oneshot else 'Started'} {unit.shown}.")
            return True
        unit.exit_status, unit.exit_code = ended, 1
        if ended == 0:
            self._enter(unit, "inactive", "dead")
            self.say(unit, f"{unit.service}: Succeeded.")
            self.say(unit, f"Finished {unit.shown}.")
            return True
        self.say(unit, f"{unit.service}: Main process exited, code=exited, status={ended}/FAILURE", 5)
        return self._broke(unit)

    def _broke(self, unit: Unit) -> bool:
        unit.program.stop()
        unit.program.after()
        unit.result = "exit-code"
        self._fail(unit)
        if unit.restart:
            unit.active, unit.sub = "activating", "auto-restart"
            self._host.clock.after(ATTEMPT + RESTART_DELAY, partial(self._again, unit, unit.attempt))
        return False

    def _again(self, unit: Unit, attempt: int) -> None:
        # Somebody may have started or stopped it meanwhile.
        if (unit.active, unit.sub, unit.attempt) != ("activating", "auto-restart", attempt):
            return
        unit.restarts += 1
        self.say(unit, f"{unit.service}: Scheduled restart job, restart counter is at {unit.restarts}.")
        self.say(unit, f"Stopped {unit.shown}.")
        unit.active, unit.sub = "inactive", "dead"
        self._begin(unit, again=True)

    def _fail(self, unit: Unit) -> None:
        self.say(unit, f"{unit.service}: Failed with result '{unit.result}'.", 4)
        self.say(unit, f"Failed to start {unit.shown}.", 3)
        self._enter(unit, "failed", "failed")
