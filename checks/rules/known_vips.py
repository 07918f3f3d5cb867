"""The VIPs that are known: those of haproxy.cfg, and where it does not tell them, those that something else names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.haproxy import Bind
from checks.evidence.numbers import whole
from checks.rules.facts import config_refused, on_vips, unserved, vip_binds

# Where a VIP is known from that haproxy.cfg does not name, in words that fit into its row.
LAST_GOOD = "in haproxy.cfg.lkg"
LISTENS = "haproxy listens"
NOT_NAMED = "not in haproxy.cfg"


@dataclass(frozen=True, slots=True)
class KnownVip:
    """A VIP. ``source`` says where it is known from, "" where haproxy.cfg asks for it; then ``bind`` has no line, and
    a frontend only where the last good configuration names one."""

    bind: Bind
    source: str = ""


def tells(e: Evidence) -> bool:
    """Whether haproxy.cfg says which VIPs there are. One that haproxy refuses may have lost some of them, or all."""
    return e.haproxy is not None and not config_refused(e)


def known_vips(e: Evidence) -> tuple[KnownVip, ...]:
    """Each VIP once, those of haproxy.cfg first."""
    found = {bind.target: KnownVip(bind) for bind in vip_binds(e)}
    for bind, source in () if tells(e) else _elsewhere(e):
        found.setdefault(bind.target, KnownVip(bind, source))
    return tuple(found.values())


def all_unserved(e: Evidence) -> frozenset[str]:
    """The facts that no VIP is served."""
    return frozenset(unserved(vip.bind.target) for vip in known_vips(e))


def _elsewhere(e: Evidence) -> Iterator[tuple[Bind, str]]:
    """What else names VIPs: the last good configuration, the sockets of a haproxy that runs on with the old one, and
    what was asked for or seen before."""
    for bind in on_vips(e, e.last_good.binds if e.last_good else ()):
        yield Bind(bind.address, bind.port, bind.frontend, 0), LAST_GOOD
    sockets = (socket for socket in e.listeners or () if socket.process == "haproxy" and address(socket.address))
    heard = on_vips(e, (Bind(socket.address, socket.port, "", 0) for socket in sockets))
    for bind in sorted(heard, key=lambda bind: (address(bind.address), bind.port)):
        yield bind, LISTENS
    # Where nobody could look inside, clients alone say how those do.
    for target in e.asked_vips if e.listeners is not None else ():
        host, _, port = target.rpartition(":")
        if address(host) and (number := whole(port)):
            yield Bind(host, number, "", 0), NOT_NAMED if e.haproxy is not None else ""
