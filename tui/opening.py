"""From a command line to an open session: the only place that knows whether it is a real site or the demo."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from checks.asking import Asker
from checks.model import Vantage
from checks.refusal import Refusal
from checks.site import Site, load
from checks.snapshot import Origin, SourceKind
from checks.sources.target import Target, parse_jumps, parse_target
from tui.arguments import USAGE
from tui.questions import password_from
from tui.settings import prepared_state_folder

if TYPE_CHECKING:
    from checks.session import Session


@asynccontextmanager
async def opened(options: Namespace, asker: Asker) -> AsyncIterator[Session]:
    """The session that ``options`` ask for, closed at the end. Raises Refusal where they cannot be meant so, where a
    file that they name cannot be read, or where the state folder cannot be made."""
    from checks.session import open_session

    state = _state()
    if not options.target:
        async with _simulated(options, asker, state) as session:
            yield session
        return
    site = site_of(options)
    target = target_of(options)
    origin = _origin(options, target, site)
    probe_from = Vantage(options.probe_from) if options.probe_from else None
    async with open_session(
        target, origin, asker=asker, state=state, site=site, probe_from=probe_from, extra_vips=tuple(options.vips)
    ) as session:
        yield session


@asynccontextmanager
async def _simulated(options: Namespace, asker: Asker, state: Path) -> AsyncIterator[Session]:
    from checks.session import open_session
    from tui.demo import simulated

    async with simulated(options.scenario) as demo:
        origin = Origin(SourceKind.DEMO, demo.name, via=demo.via, client_vantage=Vantage.JUMP, user="root")
        async with open_session(demo.target, origin, asker=asker, state=state, site=site_of(options)) as session:
            yield session


def target_of(options: Namespace) -> Target:
    """The appliance and the way there, as typed."""
    place = parse_target(options.target)
    return Target(
        host=place.host,
        user=options.user or place.user,
        port=options.ssh_port or place.port,
        jumps=parse_jumps(options.jump) if options.jump else None,
        identities=tuple(options.identities),
        config_files=(options.config,) if options.config else None,
        password=password_from(options.password_file) if options.password_file else None,
        accept_host_keys=frozenset(options.accepted_keys),
    )


def site_of(options: Namespace) -> Site | None:
    """The site file, where one is named."""
    name = getattr(options, "site", "")
    return load(Path(name)) if name else None


def _origin(options: Namespace, target: Target, site: Site | None) -> Origin:
    from checks.sources.way import steps

    *hops, appliance = steps(target)
    if options.probe_from == "jump" and not hops:
        raise Refusal(f"--from jump: no jump host leads to {options.target}; add -J, or leave --from out", USAGE)
    return Origin(
        SourceKind.LIVE,
        str(target.place),
        via=tuple(hop.place for hop in hops),
        client_vantage=Vantage(options.probe_from or ("jump" if hops else "here")),
        site=site.name if site is not None else "",
        user=appliance.user,
    )


def _state() -> Path:
    try:
        return prepared_state_folder()
    except OSError as problem:
        raise Refusal(f"{problem.filename}: {problem.strerror}; XDG_STATE_HOME names another folder", USAGE) from None
