"""One look at a site over a kept connection: log in, read, try the VIPs; and who says that it is time for the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checks.evidence.evidence import Evidence, Login, read
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.probes import Probe
from checks.evidence.section import Reading
from checks.evidence.units import parse as parse_units
from checks.model import Vantage
from checks.probe_jobs import (
    PROBE_SECONDS,
    api_job,
    dialers,
    door_job,
    read_appliance,
    told_port,
    vip_job,
    vip_owners,
)
from checks.prompts import Asker
from checks.refusal import STRANGER, Refusal
from checks.site import Site
from checks.sources.connection import Connection, connect_jumps
from checks.sources.dialers import Dialer, HereDialer
from checks.sources.probe import Job, probe_all
from checks.sources.target import Target
from checks.sources.watch_script import compose_watch

# How long new probes may take before the appliance's new state is shown with what clients saw before (s).
_PATIENCE = 0.5
_UNREADABLE = 3


def not_an_appliance(reading: Reading) -> str:
    """In words why a machine is none: it has neither the range file nor the unit that reads it; else ""."""
    file, units = reading.sections.get(f"file:{ANYIP_CFG}"), reading.sections.get("units")
    if file is None or units is None or not units.complete or not reading.complete or not file.code:
        return ""
    found = parse_units(units.text).get("anyip-routes")
    if b"No such file" not in file.err or (found is not None and found.exists):
        return ""
    return f"it is not the HAProxy appliance: it has neither {ANYIP_CFG} nor a unit anyip-routes"


@dataclass
class Round:
    """One look under way: what has come so far. ``more`` is set each time that something came; what a probe of a target
    (ADDR:PORT) in ``given_up`` still brings, nobody wants to know."""

    started: float = field(default_factory=time.monotonic)
    reading: Reading = field(default_factory=Reading)
    login: Login = field(default_factory=Login)
    probes: list[Probe] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def give_up(self, target: str) -> None:
        """Ask for it no more."""
        self.given_up.add(target)
        self.probes[:] = [probe for probe in self.probes if probe.target != target]


class Collector:
    """Owns the connection. ``changed`` is set when the appliance says that something changed there; ``vips`` are the
    VIPs known by now, with the cluster behind each: they are tried even while the appliance cannot be read."""

    def __init__(self, target: Target, asker: Asker, state: Path, site: Site, asked: tuple[str, ...]) -> None:
        self._target, self._asker, self._state = target, asker, state
        self.connection: Connection | None = None
        self.changed = asyncio.Event()
        self._asked = asked
        self.vips: dict[str, str] = dict.fromkeys(asked, "")
        # The plan's until the appliance's own settings were read.
        self.api_port = site.dataplane_port
        self._following: asyncio.Task[None] | None = None
        self._may_follow = True
        pinned = target.pinned
        self._here = HereDialer(pinned.here) if pinned is not None and pinned.here is not None else HereDialer()
        # Who was asked once is compared with from then on.
        self._places: dict[Vantage, None] = {}

    @property
    def fingerprint(self) -> str:
        """The appliance's identity, "" before it showed one."""
        return self.connection.fingerprint if self.connection is not None else ""

    def has(self, vantage: Vantage) -> bool:
        """Whether that place can be asked to try the VIPs now."""
        return vantage is Vantage.HERE or (self.connection is not None and self.connection.is_up(vantage))

    async def reached(self) -> Connection:
        """The connection as far as the last jump host: from there the VIPs can be tried, whatever the login does."""
        if self.connection is None:
            self.connection = await connect_jumps(self._target, self._asker, self._state)
        else:
            await self.connection.open_jumps()
        return self.connection

    async def connected(self) -> Connection:
        """The connection, logged in on the appliance."""
        connection = await self.reached()
        if connection.lost.is_set():
            await connection.log_in()
        return connection

    async def read(self) -> Reading:
        """Log in if needed and read the appliance. A host that allows one session only gives it to the reading."""
        connection = await self.connected()
        try:
            return await read_appliance(connection)
        except Refusal as refusal:
            if self._following is None or refusal.code:
                raise
            self._may_follow = False
            await self.stop_following()
            return await read_appliance(connection)

    async def look(
        self, work: Round, client: Vantage, *, follow: bool, meanwhile: Callable[[], Awaitable[None]]
    ) -> None:
        """Fill ``work``. ``meanwhile`` is awaited once where the appliance is read and dead addresses are still waited
        for. Refusal where the appliance cannot be read; what the probes saw is in ``work`` all the same."""
        self._places[client] = None
        try:
            connection = await self.reached()
        except Refusal:
            await self._probe_without_a_connection(work)
            raise
        vantages = (*self._places, Vantage.APPLIANCE)
        ways = dialers(connection, self._here, vantages)
        place = connection.appliance
        known, port = dict(self.vips), self.api_port
        outside = [
            door_job(client, place.host, place.port),
            api_job(client, place.host, port),
            *(vip_job(vantage, target, owner) for vantage in self._places for target, owner in known.items()),
        ]
        probing = [asyncio.create_task(self._probe(work, outside, ways))]
        try:
            await self.connected()
            if follow:
                self._follow(connection)
            inside = [vip_job(Vantage.APPLIANCE, target, owner) for target, owner in known.items()]
            probing.append(asyncio.create_task(self._probe(work, inside, ways)))
            reading = await self.read()
            if stranger := not_an_appliance(reading):
                raise Refusal(f"{place.name} ({place.place}): {stranger}", _UNREADABLE, code=STRANGER)
            work.reading = reading
            work.more.set()
            self.remember(read(work.reading))
            new = [(target, owner) for target, owner in self.vips.items() if known.get(target) != owner]
            again = [vip_job(vantage, target, owner) for target, owner in new for vantage in vantages]
            if self.api_port != port:
                work.give_up(f"{place.host}:{port}")
                again.append(api_job(client, place.host, self.api_port))
            probing.append(asyncio.create_task(self._probe(work, again, ways)))
            _, slow = await asyncio.wait(probing, timeout=_PATIENCE)
            if slow:
                await meanwhile()
        except asyncio.CancelledError:
            for task in probing:
                task.cancel()
            raise
        finally:
            # What probes see counts even where the login or the script was refused.
            ended = await asyncio.gather(*probing, return_exceptions=True)
        for result in ended:
            if isinstance(result, BaseException):
                raise result

    async def _probe_without_a_connection(self, work: Round) -> None:
        """What this machine sees of the VIPs hangs on no jump host."""
        if Vantage.HERE in self._places:
            jobs = [vip_job(Vantage.HERE, target, owner) for target, owner in self.vips.items()]
            await self._probe(work, jobs, {Vantage.HERE: self._here})

    def remember(self, e: Evidence) -> None:
        """Know the VIPs and the API's port that a reading names from now on."""
        self.api_port = told_port(e) or self.api_port
        self.vips = vip_owners(e, self._asked, self.vips)

    async def _probe(self, work: Round, jobs: list[Job], ways: Mapping[Vantage, Dialer]) -> None:
        async for probe in probe_all(jobs, ways, seconds=PROBE_SECONDS):
            if probe.target in work.given_up:
                continue
            # A VIP whose owner was learned meanwhile is asked again, by the right question.
            work.probes[:] = [one for one in work.probes if (one.vantage, one.target) != (probe.vantage, probe.target)]
            work.probes.append(probe)
            work.more.set()

    def _follow(self, connection: Connection) -> None:
        """Let the appliance say that something changed, so that nobody waits for the next regular look. Begun before
        the reading, so that nothing falls between the two."""

        async def listen() -> None:
            async for _ in connection.follow(compose_watch()):
                self.changed.set()

        if self._may_follow and (self._following is None or self._following.done()):
            self._following = asyncio.create_task(listen())

    async def stop_following(self) -> None:
        """End it, and with it its session on the appliance."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def close(self) -> None:
        """End following and the connection."""
        await self.stop_following()
        if self.connection is not None:
            await self.connection.close()
