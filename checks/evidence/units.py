"""``systemctl show`` of several units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd knows of one unit, in its own words ("failed", "exit-code", "disabled")."""

    name: str
    load: str = ""
    active: str = ""
    sub: str = ""
    file_state: str = ""
    result: str = ""
    exit_status: int = 0
    restarts: int = 0
    since: str = ""

    @property
    def exists(self) -> bool:
        """Whether there is such a unit at all."""
        return self.load not in ("", "not-found")

    @property
    def failed(self) -> bool:
        """Whether systemd calls it failed."""
        return self.active == "failed"

    @property
    def running(self) -> bool:
        """Whether it is up (a oneshot that ended well is not)."""
        return self.active in ("active", "reloading")


def parse(text: str) -> dict[str, Unit]:
    """Units by name without ``.service``. Properties come in systemd's own order, a blank line between units."""
    units = {}
    for block in text.split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        name = fields.get("Id", "").removesuffix(".service")
        if name:
            units[name] = Unit(
                name=name,
                load=fields.get("LoadState", ""),
                active=fields.get("ActiveState", ""),
                sub=fields.get("SubState", ""),
                file_state=fields.get("UnitFileState", ""),
                result=fields.get("Result", ""),
                exit_status=_number(fields.get("ExecMainStatus", "")),
                restarts=_number(fields.get("NRestarts", "")),
                since=fields.get("ActiveEnterTimestamp") or fields.get("InactiveEnterTimestamp", ""),
            )
    return units


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
