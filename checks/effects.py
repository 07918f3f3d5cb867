"""What each unit left in the kernel: checked by itself, because a green unit may have left nothing."""

from __future__ import annotations

from dataclasses import dataclass

from checks.evidence.evidence import Evidence
from checks.evidence.ranges import RangeLine
from checks.model import State
from checks.rules.facts import anyip_covers, api_port, config_refused, listening, reload_due, table_empty, waiting
from checks.rules.known_vips import known_vips


@dataclass(frozen=True, slots=True)
class Effect:
    """The state and one clause of at most 24 characters."""

    state: State
    text: str


def unit_effect(e: Evidence, name: str) -> Effect | None:
    """The effect of a unit, or None where the facts for it are unknown."""
    return _due(e, name, _EFFECTS[name](e))


def _due(e: Evidence, name: str, effect: Effect | None) -> Effect | None:
    """An effect that is missing as long as its unit has not had its turn is not known yet."""
    early = effect is not None and effect.state is not State.OK and name in waiting(e)
    return Effect(State.UNKNOWN, "still booting") if early else effect


def _tables(e: Evidence) -> Effect | None:
    if e.tables is None or e.routes is None:
        return None
    wanted = {line.table: line for line in e.tables if line.gateway_text}
    if not wanted:
        return Effect(State.WARNING, "no table configured")
    empty = [table for table, line in wanted.items() if table_empty(e, line)]
    if empty:
        return Effect(State.FAILED, f"table {empty[0]} is empty" if len(empty) == 1 else f"{len(empty)} tables empty")
    return Effect(State.OK, _counted(len(wanted), "table", "filled"))


def range_effect(e: Evidence, line: RangeLine) -> Effect | None:
    """What a line of the range file left in the kernel; None where the routes are unknown.

    A range that works only by a route of earlier days is a warning: the next start takes it away.
    """
    return _due(e, "anyip-routes", _routed(e, line))


def _routed(e: Evidence, line: RangeLine) -> Effect | None:
    if e.routes is None:
        return None
    if line.network is not None and not line.meant and anyip_covers(e, line.network):
        return Effect(State.WARNING, "routed as ip reads it")
    anyip = e.unit("anyip-routes")
    if not line.meant and anyip is not None and not anyip.failed:
        # Nobody can say what it is for; whether a VIP misses it is the rules' to tell.
        return Effect(State.WARNING, "no IPv4 range")
    if not line.meant or not all(anyip_covers(e, network) for network in line.meant):
        return Effect(State.FAILED, "not routed")
    if line.network is None or not line.read:
        return Effect(State.WARNING, "routed by an old route")
    return Effect(State.OK, "routed")


def _ranges(e: Evidence) -> Effect | None:
    if e.ranges is None or e.routes is None:
        return None
    if not e.ranges:
        return Effect(State.FAILED, "no range configured")
    effects = [effect for line in e.ranges if (effect := range_effect(e, line))]
    routed = sum(effect.state is not State.FAILED for effect in effects)
    if routed < len(effects):
        text = "range not routed" if len(effects) == 1 else f"{routed} of {len(effects)} ranges routed"
        return Effect(State.FAILED, text)
    if warned := next((effect for effect in effects if effect.state is State.WARNING), None):
        return warned
    return Effect(State.OK, _counted(routed, "range", "routed"))


def _binds(e: Evidence) -> Effect | None:
    if e.haproxy is None or e.listeners is None:
        return None
    binds = [vip.bind for vip in known_vips(e)]
    if not binds and config_refused(e):
        # What was meant cannot be read from it.
        return Effect(State.UNKNOWN, "unknown: file is broken")
    if not binds:
        return Effect(State.OK, "no VIP configured")
    bound = sum(bool(listening(e, bind)) for bind in binds)
    short = State.UNKNOWN if reload_due(e) else State.FAILED
    return Effect(State.OK if bound == len(binds) else short, f"{bound} of {len(binds)} binds")


def _dataplane(e: Evidence) -> Effect | None:
    if e.listeners is None:
        return None
    told = api_port(e)
    up = [socket.port for socket in e.listeners if socket.process == "dataplaneapi" or socket.port == told]
    if not up:
        return Effect(State.FAILED, f":{told} closed")
    until = f", cert to {e.certificate.not_after.year}" if e.certificate else ""
    return Effect(State.OK, f":{up[0]}{until or ' open'}")


def _counted(number: int, noun: str, done: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'} {done}"


_EFFECTS = {"route-tables": _tables, "anyip-routes": _ranges, "haproxy": _binds, "dataplaneapi": _dataplane}
