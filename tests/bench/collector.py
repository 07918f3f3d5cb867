"""Everything that is read of an appliance, over a real sshd on loopback, from no connection to parsed evidence.

Ours: dial, log in with a key, run the one script, take its output apart, close the connection; in a warm interpreter,
because there the screen is up already. ``ssh`` once per command: the same commands one after another, a login each,
as an administrator's script does it. One ``ssh -C``: exactly our script, one process and one login. Server, key, host
key and commands are the same for all three. Each command of the manifest is replaced by ``cat`` of what it printed on
a recorded appliance, so that what is measured does not hang on what this machine has: it takes an appliance's own
time from all three alike.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from getpass import getuser
from pathlib import Path
from tempfile import TemporaryDirectory

from checks.evidence.manifest import ITEMS
from checks.probe_jobs import read_appliance
from checks.prompts import NeverAsk
from checks.sources.connection import connect
from checks.sources.script import as_command, compose
from checks.sources.target import Target
from tests.bench.measure import Result, against, alternate
from tests.sources.sshd import Sshd, sshd, why_not

_BASE = Path(__file__).parents[1] / "fixtures" / "base"
_PATHS = {row["name"]: row["path"] for row in json.loads((_BASE / "capture.json").read_text("utf-8"))["sections"]}
_RECORDED = tuple(replace(item, shell=f"cat {_BASE / _PATHS[item.name]}") for item in ITEMS if item.name in _PATHS)


def collector(runs: int) -> list[Result]:
    """At least 8 times as fast as ``ssh`` once per command, at most 1.3 times one ``ssh -C``."""
    if why := why_not():
        raise RuntimeError(why)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        # Without an agent or keys of whoever measures.
        os.environ.pop("SSH_AUTH_SOCK", None)
        site = _Site(stack.enter_context(sshd(folder / "sshd", "MaxStartups 100")), folder)
        each = [item.shell for item in _RECORDED]
        whole = [as_command(compose(_RECORDED))]
        ours, one, many = alternate(runs, site.ours, lambda: site.by_ssh(whole, "-C"), lambda: site.by_ssh(each))
        note = f"{len(each)} commands, {site.bytes_read // 1000} kB of evidence"
    return [
        against("collector, login included", "ms", ours, 8, ("`ssh` once per command", many), at_least=True, note=note),
        against("collector, login included", "ms", ours, 1.3, ("one `ssh -C`", one), note=note),
    ]


class _Site:
    """The server and the ways to ask it."""

    def __init__(self, server: Sshd, folder: Path) -> None:
        self.bytes_read = 0
        known = folder / "known_hosts"
        known.write_text(server.known_hosts_line)
        (folder / "state").mkdir()
        self._state = folder / "state"
        (self._state / "known_hosts").write_text(server.known_hosts_line)
        self._target = Target("127.0.0.1", getuser(), server.port, None, (str(server.client_key),), ("none",))
        options = ("-F", "none", "-i", str(server.client_key), "-o", f"UserKnownHostsFile={known}")
        self._ssh = ("ssh", *options, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-p", str(server.port))

    def ours(self) -> float:
        """One reading, in milliseconds."""
        start = time.perf_counter()
        asyncio.run(self._read())
        return (time.perf_counter() - start) * 1000

    async def _read(self) -> None:
        connection = await connect(self._target, NeverAsk(), self._state)
        try:
            reading = await read_appliance(connection, _RECORDED)
        finally:
            await connection.close()
        assert reading.complete, reading.remarks
        self.bytes_read = sum(len(section.out) + len(section.err) for section in reading.sections.values())

    def by_ssh(self, commands: Sequence[str], *options: str) -> float:
        """The same with OpenSSH's client, a process for each of ``commands``."""
        start = time.perf_counter()
        for command in commands:
            ended = subprocess.run((*self._ssh, *options, "127.0.0.1", command), capture_output=True)
            assert ended.returncode != 255, ended.stderr
        return (time.perf_counter() - start) * 1000
