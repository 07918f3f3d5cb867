"""The simulated appliance telling a client, at once, that something changed: what noroute's watching script gets."""

from __future__ import annotations

import asyncio

import asyncssh

from checks.evidence.manifest import FILES, UNITS
from tui.demo.appliance import Appliance
from tui.demo.machine import Machine

_EVERY = 0.2
_FOLLOWED = [unit for unit in UNITS if unit != "sshd"]


async def tell(machine: Machine, appliance: Appliance, process: asyncssh.SSHServerProcess[str], nonce: str) -> None:
    """Write a line for each change of journal, kernel and files, until the client ends its input or goes."""
    gone = asyncio.ensure_future(process.stdin.read())
    seen = _present(machine, appliance)
    process.stdout.write(f"#{nonce} begin\n")
    try:
        while not gone.done():
            await asyncio.wait({gone}, timeout=_EVERY)
            now = _present(machine, appliance)
            for word, state in now.items():
                if state != seen[word]:
                    process.stdout.write(f"#{nonce} {word}\n")
            seen = now
            await process.stdout.drain()
    finally:
        gone.cancel()
    process.exit(0)


def _present(machine: Machine, appliance: Appliance) -> dict[str, object]:
    machine.settle()
    lines = appliance.journal.of(_FOLLOWED)
    kernel = appliance.kernel
    disk = appliance.disk
    return {
        "journal": (len(lines), lines[-1].text if lines else ""),
        "kernel": (tuple(kernel.routes), tuple(kernel.rules), tuple((link.name, link.up) for link in kernel.links)),
        "files": tuple((path, disk.inode(path).number, disk.read(path)) for path in FILES if disk.exists(path)),
    }
