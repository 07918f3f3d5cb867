"""``noroute demo --serve``: the simulated site for any OpenSSH client, until interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tui.demo.site import Demo, simulated

_CONFIG = """\
# A simulated site, served by noroute until it is interrupted: ssh -F {file} demo-appliance
Host demo-jump
    HostName {jump_host}
    Port {jump_port}
    User {jump_user}

Host demo-appliance
    HostName {appliance_host}
    Port 22
    User {appliance_user}
    ProxyJump demo-jump

Host demo-jump demo-appliance
    IdentityFile "{identity}"
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile "{known_hosts}"
    GlobalKnownHostsFile none
    StrictHostKeyChecking yes
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    UpdateHostKeys no
    ControlMaster no
    ControlPath none
    LogLevel ERROR
"""


@contextlib.contextmanager
def ssh_files(demo: Demo) -> Iterator[Path]:
    """An ssh_config for the site, with its key and known hosts, in a folder of one's own that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="noroute-demo-") as name:
        folder = Path(name)
        config, identity, known_hosts = (folder / part for part in ("ssh_config", "identity", "known_hosts"))
        for path, data in (
            (identity, demo.client_key.export_private_key()),
            (known_hosts, demo.known_hosts),
            (
                config,
                _CONFIG.format(
                    file=config,
                    jump_host=demo.jump_host,
                    jump_port=demo.jump_port,
                    jump_user=demo.jump_user,
                    appliance_host=demo.appliance_host,
                    appliance_user=demo.appliance_user,
                    identity=identity,
                    known_hosts=known_hosts,
                ).encode(),
            ),
        ):
            path.touch(0o600)
            path.write_bytes(data)
        yield config


async def serve(scenario: str, port: int) -> int:
    """Serve a scenario on that port of 127.0.0.1 (0: any free one). The first line printed is the path of an
    ssh_config, alone. It ends by being cancelled, and leaves nothing behind. Exit code: 1 where the port cannot be
    had, 2 for an unknown scenario."""
    try:
        async with simulated(scenario, port=port) as demo:
            with ssh_files(demo) as config:
                print(config, flush=True)
                print(
                    f"Serving {demo.scenario.name!r}, a simulated site, on {demo.jump_host}:{demo.jump_port}. Try:\n"
                    f"  ssh -F {config} demo-appliance        a shell on its appliance\n"
                    f"  noroute -F {config} demo-appliance    noroute on it\nCtrl+C ends it.",
                    file=sys.stderr,
                    flush=True,
                )
                await asyncio.Event().wait()
    except ValueError as problem:
        print(f"noroute: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        # asyncio wraps the system's words in a sentence of its own.
        why = os.strerror(problem.errno) if problem.errno else problem
        print(f"noroute: port {port} of 127.0.0.1 cannot be had: {why}", file=sys.stderr)
        return 1
    return 0
