"""systemctl and reboot."""

from __future__ import annotations

import time
from collections.abc import Callable

from tui.demo.appliance import Appliance
from tui.demo.machine import Call, Result, text
from tui.demo.units import Unit

_SHOWN = (
    "Restart Result NRestarts ExecMainCode ExecMainStatus MainPID Id Names Description LoadState ActiveState SubState "
    "UnitFileState InactiveEnterTimestamp ActiveEnterTimestamp"
)
_PROPERTIES = _SHOWN.split()
_COLUMNS = """
LOAD   = Reflects whether the unit definition was properly loaded.
ACTIVE = The high-level unit activation state, i.e. generalization of SUB.
SUB    = The low-level unit activation state, values depend on unit type.

"""


def _when(moment: float | None) -> str:
    return time.strftime("%a %Y-%m-%d %H:%M:%S UTC", time.gmtime(moment)) if moment is not None else ""


def _values(name: str, unit: Unit | None) -> dict[str, str]:
    if unit is None:
        known = dict.fromkeys(_PROPERTIES, "")
        known |= {"Id": f"{name}.service", "Names": f"{name}.service", "LoadState": "not-found", "Result": "success"}
        known |= {"ActiveState": "inactive", "SubState": "dead", "NRestarts": "0", "ExecMainStatus": "0"}
        return known | {"ExecMainCode": "0", "MainPID": "0", "Restart": "no"}
    masked = unit.file_state == "masked"
    return {
        "Restart": "always" if unit.restart else "no",
        "Result": unit.result,
        "NRestarts": str(unit.restarts),
        "ExecMainCode": str(unit.exit_code),
        "ExecMainStatus": str(unit.exit_status),
        "MainPID": str(unit.main_pid),
        "Id": unit.service,
        "Names": unit.service,
        "Description": unit.shown,
        "LoadState": "masked" if masked else "loaded",
        "ActiveState": unit.active,
        "SubState": unit.sub,
        "UnitFileState": unit.file_state,
        "InactiveEnterTimestamp": _when(unit.left),
        "ActiveEnterTimestamp": _when(unit.entered),
    }


async def reboot(call: Call) -> Result:
    if call.machine.appliance is not None:
        call.machine.appliance.reboot()
    return Result()


async def systemctl(call: Call) -> Result:
    appliance = call.machine.appliance
    if appliance is None:
        return call.fail("not on this machine")
    words, wanted, now, states = list(call.words), [], False, ""
    names: list[str] = []
    while words:
        word = words.pop(0)
        if word in ("-p", "--property") and words:
            wanted += words.pop(0).split(",")
        elif word.startswith("-p") and len(word) > 2:
            wanted += word[2:].split(",")
        elif word.startswith("--property="):
            wanted += word.partition("=")[2].split(",")
        elif word.startswith("--state=") or word == "--failed":
            states = "failed" if word == "--failed" else word.partition("=")[2]
        elif word == "--now":
            now = True
        elif not word.startswith("-"):
            names.append(word.removesuffix(".service"))
    does = names.pop(0) if names else "list-units"
    return _Control(call, appliance, names, now).run(does, wanted, states)


class _Control:
    """One call of ``systemctl`` on some units."""

    def __init__(self, call: Call, appliance: Appliance, names: list[str], now: bool) -> None:
        self._call, self._appliance, self._names, self._now = call, appliance, names, now
        self._systemd = appliance.systemd

    def run(self, does: str, wanted: list[str], states: str) -> Result:
        if does == "is-system-running":
            return text(self._systemd.state + "\n", 0 if self._systemd.state == "running" else 1)
        if does in ("reboot", "daemon-reload"):
            if does == "reboot":
                self._appliance.reboot()
            return Result()
        if does == "show":
            rows = [_values(name, self._systemd.units.get(name)) for name in self._names]
            shown = ["\n".join(f"{key}={row[key]}" for key in row if not wanted or key in wanted) for row in rows]
            return text("\n\n".join(shown) + "\n")
        if does == "list-units":
            return text(self._list(states, legend="--no-legend" not in self._call.words))
        if does == "status":
            return self._status()
        if does in ("is-active", "is-failed", "is-enabled"):
            return self._asked(does)
        if does == "reset-failed" and not self._names:
            for unit in self._systemd.units.values():
                self._systemd.reset_failed(unit)
            return Result()
        return self._acted(does)

    def _acted(self, does: str) -> Result:
        acts: dict[str, Callable[[Unit], int | None]] = {
            "start": self._systemd.start,
            "stop": self._systemd.stop,
            "restart": self._systemd.restart,
            "reload": self._reload,
            "reset-failed": self._systemd.reset_failed,
            "enable": lambda unit: self._set(unit, "enabled"),
            "disable": lambda unit: self._set(unit, "disabled"),
            "mask": lambda unit: self._set(unit, "masked"),
            "unmask": lambda unit: self._set(unit, "disabled"),
            "try-restart": lambda unit: self._systemd.restart(unit) if unit.active == "active" else 0,
            "reload-or-restart": lambda unit: self._reload(unit) if unit.reloadable else self._systemd.restart(unit),
        }
        if does not in acts:
            known = " ".join(sorted({*acts, "status", "show", "list-units", "is-active", "is-enabled", "reboot"}))
            return self._call.fail(f"Unknown operation {does}. This simulation knows: {known}")
        if not self._names:
            return self._call.fail("Too few arguments.")
        err, code = "", 0
        # systemd sorts what one call starts by Before= and After=, not by the order of the words.
        order = list(self._systemd.units)
        names = sorted(self._names, key=lambda name: order.index(name) if name in order else -1)
        for name in reversed(names) if does == "stop" else names:
            unit = self._systemd.units.get(name)
            if unit is None:
                verb = "reset failed state of unit" if does == "reset-failed" else does
                err += f"Failed to {verb} {name}.service: Unit {name}.service not found.\n"
                code = 5
            elif unit.file_state == "masked" and does in ("start", "restart"):
                err += f"Failed to {does} {unit.service}: Unit {unit.service} is masked.\n"
                code = 1
            elif acts[does](unit):
                err += (
                    f"Job for {unit.service} failed because the control process exited with error code.\n"
                    f'See "systemctl status {unit.service}" and "journalctl -xe" for details.\n'
                )
                code = 1
        return Result(code, b"", text(err).out)

    def _reload(self, unit: Unit) -> int:
        return self._systemd.reload(unit) if unit.reloadable and unit.active == "active" else 1

    def _set(self, unit: Unit, state: str) -> int:
        unit.file_state = state
        if self._now:
            if state == "enabled":
                return self._systemd.start(unit)
            self._systemd.stop(unit)
        return 0

    def _asked(self, does: str) -> Result:
        rows = [self._systemd.units.get(name) for name in self._names]
        if does == "is-enabled":
            states = [unit.file_state if unit else "not-found" for unit in rows]
            return text("".join(f"{state}\n" for state in states), 0 if "enabled" in states else 1)
        states = [unit.active if unit else "inactive" for unit in rows]
        good = "active" if does == "is-active" else "failed"
        return text("".join(f"{state}\n" for state in states), 0 if good in states else 3 if good == "active" else 1)

    def _list(self, states: str, legend: bool) -> str:
        units = self._systemd.units.values()
        listed = [unit for unit in units if (unit.active in states.split(",") if states else unit.active != "inactive")]
        rows = [(unit.service, "loaded", unit.active, unit.sub, unit.shown) for unit in listed]
        if legend and rows:
            rows.insert(0, ("UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"))
        widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
        out = "".join(" ".join((*map(str.ljust, row, widths), row[-1])) + "\n" for row in rows)
        return out + (f"{_COLUMNS if rows else ''}{len(listed)} loaded units listed.\n" if legend else "")

    def _status(self) -> Result:
        if not self._names:
            failed = sum(unit.active == "failed" for unit in self._systemd.units.values())
            state = self._systemd.state
            return text(
                f"● {self._call.machine.hostname}\n    State: {state}\n     Jobs: 0 queued\n   Failed: {failed} units\n"
            )
        out, code = [], 0
        for name in self._names:
            unit = self._systemd.units.get(name)
            if unit is None:
                return Result(4, b"", f"Unit {name}.service could not be found.\n".encode("utf-8", "surrogateescape"))
            code = code or (0 if unit.active == "active" else 3)
            out.append(self._one(unit))
        return text("\n".join(out), code)

    def _one(self, unit: Unit) -> str:
        title = unit.service + (f" - {unit.description}" if unit.description else "")
        since = unit.entered if unit.active == "active" else unit.left
        about = f" (Result: {unit.result})" if unit.active == "failed" else f" ({unit.sub})"
        state = f"{unit.active}{about}" + (f" since {_when(since)}" if since is not None else "")
        lines = [
            f"● {title}",
            f"   Loaded: loaded ({unit.path}/{unit.service}; {unit.file_state})",
            f"   Active: {state}",
        ]
        rows = unit.program.processes() if unit.active == "active" else []
        if rows:
            lines.append(f" Main PID: {rows[0][0]}")
            lines += [
                f"           {'└' if i == len(rows) else '├'}─{pid} {line}" for i, (pid, line) in enumerate(rows, 1)
            ]
        journal = self._appliance.journal
        return "\n".join(lines) + "\n\n" + journal.short(journal.of([unit.name])[-10:])
