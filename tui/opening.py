"""From a command line to an open session: the only place that knows whether it is a real site or the demo."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from checks.asking import Asker
from checks.inert import inert
from checks.model import Vantage
from checks.refusal import Refusal
from checks.site import Site, load
from checks.snapshot import Origin, SourceKind
from checks.sources.target import Pinned, Place, Target, parse_jumps, parse_target
from tui.arguments import DEFAULT_SCENARIO, USAGE
from tui.questions import password_from
from tui.settings import prepared_state_folder

if TYPE_CHECKING:
    from checks.session import Session
    from tui.demo.site import Demo

_DEMO_JUMP = "demo-jump"


@asynccontextmanager
async def opened(options: Namespace, asker: Asker) -> AsyncIterator[Session]:
    """The session that ``options`` ask for, closed at the end. Raises Refusal where they cannot be meant so, where a
    file that they name cannot be read, or where the state folder cannot be made."""
    from checks.session import open_session

    if not options.target:
        async with _simulated(options, asker) as session:
            yield session
        return
    state = _state()
    site = site_of(options)
    target = target_of(options)
    origin = _origin(options, target, site)
    vips = tuple(vip if ":" in vip else f"{vip}:443" for vip in options.vips)
    async with open_session(target, origin, asker=asker, state=state, site=site, extra_vips=vips) as session:
        yield session


@asynccontextmanager
async def _simulated(options: Namespace, asker: Asker) -> AsyncIterator[Session]:
    from checks.session import open_session
    from tui.demo.site import simulated

    scenario = known_scenario(options.scenario)
    site = site_of(options)
    # What is kept of fixes on a site that ends with this process would be kept for nobody.
    with TemporaryDirectory(prefix="noroute-demo-") as state:
        async with simulated(scenario) as demo:
            target, way = _demo_target(demo)
            origin = Origin(
                SourceKind.DEMO,
                str(target.place),
                via=(str(way),),
                client_vantage=Vantage.JUMP,
                site=site.name if site is not None and site.name else scenario,
                user=target.user,
            )
            async with open_session(target, origin, asker=asker, state=Path(state), site=site) as session:
                yield session


def _demo_target(demo: Demo) -> tuple[Target, Place]:
    """The demo's appliance, and its jump host under a name: where that really listens is nobody's concern."""
    way = Place(_DEMO_JUMP, demo.jump_user)
    real = (demo.jump_host, demo.jump_port)
    known = demo.known_hosts.decode().replace(f"[{demo.jump_host}]:{demo.jump_port} ", f"{_DEMO_JUMP} ")
    pinned = Pinned((demo.client_key,), known, {(_DEMO_JUMP, 22): real})
    return Target(demo.appliance_host, demo.appliance_user, jumps=(way,), pinned=pinned), way


def known_scenario(name: str) -> str:
    """The scenario's name, that of the default one where it is "". Refusal (2) for one that there is not."""
    from tui.demo.scenario import scenario_names

    names = scenario_names()
    if name and name not in names:
        raise Refusal(f"there is no scenario {inert(name, 60)}; there are: {', '.join(names)}", USAGE)
    return name or DEFAULT_SCENARIO


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
