"""From a command line to an open session: the only place that knows whether it is a real site or the demo."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from checks.inert import inert
from checks.model import Vantage
from checks.refusal import Refusal
from checks.snapshot import Origin, SourceKind
from checks.sources.target import Pinned, Place, Target, parse_jumps, parse_target
from checks.sources.user_paths import at_home
from tui.arguments import EVERY_SECONDS, USAGE
from tui.help_pages import DEFAULT_SCENARIO
from tui.settings import prepared_state_folder

if TYPE_CHECKING:
    from checks.prompts import Asker
    from checks.session import Session
    from checks.site import Site
    from tui.demo.site import Demo

# The armour of a private key, or a line of a public one, whose private half an agent may hold.
_KEY = re.compile(rb"PRIVATE KEY|PUBLIC KEY|^ *(?:ssh|ecdsa|sk)-[a-z]", re.MULTILINE)
_DEMO_JUMP = Place("demo-jump", "demo")


@dataclass(frozen=True)
class Way:
    """Where a command line leads. ``origin`` is what is known of it before any SSH configuration was read;
    ``open`` gives the session, closed at the end, and raises Refusal where there can be none."""

    origin: Origin
    site: Site | None
    open: Callable[[Asker], AbstractAsyncContextManager[Session]]


def way_of(options: Namespace) -> Way:
    """Where ``options`` lead. Raises Refusal where they cannot be meant so, where a file that they name cannot be
    read, or where the state folder cannot be made. Imports nothing heavy for a real target."""
    name = getattr(options, "site", "")
    site = site_of(name)
    return _live(options, site) if options.target else _simulated(known_scenario(options.scenario), site, options)


def site_of(name: str) -> Site | None:
    """The site file of that name, None for "". Raises Refusal (2)."""
    if not name:
        return None
    from checks.rules.entries import entries
    from checks.site import load

    return load(Path(name), [entry.code for entry in entries() if entry.kind == "rule"])


def _live(options: Namespace, site: Site | None) -> Way:
    target = _target(options)
    state = _state()
    vips = tuple(vip if ":" in vip else f"{vip}:443" for vip in options.vips)
    origin = Origin(
        SourceKind.LIVE,
        str(target.place),
        via=tuple(map(str, target.jumps or ())),
        client_vantage=Vantage(options.probe_from or ("jump" if target.jumps else "here")),
        site=site.name if site is not None else "",
        user=target.user,
        read_only=getattr(options, "read_only", False),
    )

    @asynccontextmanager
    async def opened(asker: Asker) -> AsyncIterator[Session]:
        from checks.session import open_session

        whole = _configured(origin, target, options.probe_from)
        async with open_session(
            target, whole, asker=asker, state=state, site=site, extra_vips=vips, every=every_of(options)
        ) as session:
            yield session

    return Way(origin, site, opened)


def _target(options: Namespace) -> Target:
    for name in options.identities:
        _check_identity(name)
    place = parse_target(options.target)
    return Target(
        host=place.host,
        user=options.user or place.user,
        port=options.ssh_port or place.port,
        jumps=parse_jumps(options.jump) if options.jump else None,
        identities=tuple(options.identities),
        config_files=(options.config,) if options.config else None,
        password=_password(options.password_file) if options.password_file else None,
        accept_host_keys=frozenset(options.accepted_keys),
    )


def _check_identity(name: str) -> None:
    """Refusal (2) for a file named with ``-i`` that holds no key. Opens nothing that could let us wait."""
    path = at_home(name)
    try:
        why = "it is no file" if not S_ISREG(path.stat().st_mode) else ""
        if not why and not _KEY.search(path.read_bytes()):
            why = "it holds no key"
    except OSError as problem:
        why = problem.strerror or "it cannot be read"
    if why:
        raise Refusal(f"-i {name}: {why}", USAGE)


def _password(file: str) -> str:
    from tui.questions import password_from

    return password_from(file)


def _configured(origin: Origin, target: Target, probe_from: str | None) -> Origin:
    """With the hops and the user that the SSH configuration adds."""
    from checks.sources.ssh_route import steps

    *hops, appliance = steps(target)
    if probe_from == "jump" and not hops:
        raise Refusal(f"--from jump: no jump host leads to {target.place}; add -J, or leave --from out", USAGE)
    vantage = Vantage(probe_from or ("jump" if hops else "here"))
    return replace(origin, via=tuple(hop.called for hop in hops), client_vantage=vantage, user=appliance.user)


def _simulated(scenario: str, site: Site | None, options: Namespace) -> Way:
    from tui.demo.world import APPLIANCE

    origin = Origin(
        SourceKind.DEMO,
        str(Place(APPLIANCE, "root")),
        via=(str(_DEMO_JUMP),),
        client_vantage=Vantage.JUMP,
        site=site.name if site is not None and site.name else scenario,
        user="root",
        read_only=getattr(options, "read_only", False),
    )

    @asynccontextmanager
    async def opened(asker: Asker) -> AsyncIterator[Session]:
        from checks.session import open_session
        from tui.demo.site import simulated

        # What is kept of fixes on a site that ends with this process would be kept for nobody.
        with TemporaryDirectory(prefix="noroute-demo-") as state:
            async with simulated(scenario) as demo:
                target = demo_target(demo)
                taught = replace(origin, lesson=" ".join(demo.scenario.lesson.split()))
                async with open_session(
                    target, taught, asker=asker, state=Path(state), site=site, every=every_of(options)
                ) as session:
                    yield session

    return Way(origin, site, opened)


def every_of(options: Namespace) -> float:
    """How often everything is read again (s)."""
    return getattr(options, "every", None) or EVERY_SECONDS


def demo_target(demo: Demo) -> Target:
    """The demo's appliance behind a jump host with a name: where that really listens is nobody's concern."""
    real = (demo.jump_host, demo.jump_port)
    known = demo.known_hosts.decode().replace(f"[{demo.jump_host}]:{demo.jump_port} ", f"{_DEMO_JUMP.host} ")
    pinned = Pinned((demo.client_key,), known, {(_DEMO_JUMP.host, 22): real}, demo.from_here)
    way = replace(_DEMO_JUMP, user=demo.jump_user)
    return Target(demo.appliance_host, demo.appliance_user, jumps=(way,), pinned=pinned)


def known_scenario(name: str) -> str:
    """The scenario's name, that of the default one where it is "". Refusal (2) for one that there is not."""
    if name in ("", DEFAULT_SCENARIO):
        return DEFAULT_SCENARIO
    from tui.demo.scenario import scenario_names

    names = scenario_names()
    if name not in names:
        raise Refusal(f"there is no scenario {inert(name, 60)}; there are: {', '.join(names)}", USAGE)
    return name


def _state() -> Path:
    try:
        return prepared_state_folder()
    except OSError as problem:
        raise Refusal(f"{problem.filename}: {problem.strerror}; XDG_STATE_HOME names another folder", USAGE) from None
