"""What noroute's own scripts get from the simulated appliance.

A script is recognised by composing it again with the functions that made it. Then each section is answered from
the model: by its own answer where its shell text is the manifest's, else by what the small shell makes of it.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from cryptography import x509

from checks.evidence import manifest
from checks.evidence.manifest import ITEMS, Item
from checks.sources.script import ERR_LIMIT, nonce_of, recognise, script_of
from tui.demo.appliance import Appliance
from tui.demo.commands import READERS
from tui.demo.commands.inspecting import alternative_names
from tui.demo.interpreter import Session
from tui.demo.machine import Machine, Result, text
from tui.demo.network import DATAPLANE_VERSION
from tui.demo.seed import CLOUD_INIT_LOG
from tui.demo.tls_facts import tls_files
from tui.demo.writing import changed

_REDACTIONS = tuple(re.compile(pattern.encode(), re.IGNORECASE) for pattern in manifest.REDACTIONS)
_STEPS = re.compile("|".join((*manifest.FIRST_BOOT_STEPS, *manifest.FIRST_BOOT_TROUBLES)).encode())
_CLOUD_INIT = re.compile(
    rb"No value found for key metadata|loaded metadata [{][}]|cannot import name .mask_to_net_prefix"
)


def script_in(command: str, stdin: bytes) -> str | None:
    """The script of an exec request of noroute's, be it in the command or (a long one) on standard input."""
    if (script := script_of(command)) is not None:
        return script
    if command.startswith("exec sh -c ") and "exec sh -s" in command:
        body = stdin.decode("utf-8", "surrogateescape")
        return body.removeprefix("{\n").removesuffix("\n}\n") if body.startswith("{\n") else None
    return None


async def answer(machine: Machine, appliance: Appliance, script: str) -> Result | None:
    """The output of one of noroute's scripts, or None for any other text."""
    machine.settle()
    nonce = nonce_of(script)
    if nonce is None:
        return None
    if (said := changed(appliance, script)) is not None:
        return text("".join(f"#{nonce} {line}\n" for line in said))
    items = recognise(script)
    return None if items is None else await _framed(machine, appliance, items, nonce)


async def _framed(machine: Machine, appliance: Appliance, items: Sequence[Item], nonce: str) -> Result:
    lines: list[str] = []
    for item in items:
        started = appliance.uptime
        result = await _section(machine, appliance, item)
        lines.append(f"#{nonce} begin {item.name}")
        lines += _base64(result.out[: item.limit + 1])
        lines += [f"#{nonce} err", f"={result.code}", *_base64(result.err[:ERR_LIMIT])]
        lines.append(f"#{nonce} end {item.name} {started:.2f} {appliance.uptime:.2f}")
    return text("\n".join([*lines, f"#{nonce} done {len(items)}", ""]))


def _base64(data: bytes) -> list[str]:
    return base64.encodebytes(data).decode("ascii").splitlines()


async def _section(machine: Machine, appliance: Appliance, item: Item) -> Result:
    if (own := _OWN.get(item.shell)) is not None:
        return own(appliance)
    known = item.shell in _ASKED
    session = Session(replace(machine, commands=READERS) if known else machine)
    return await session.run(item.shell)


def _file(path: str) -> Callable[[Appliance], Result]:
    def read(appliance: Appliance) -> Result:
        if not appliance.disk.exists(path):
            return Result(2, b"", f"sed: can't read {path}: No such file or directory\n".encode())
        data = appliance.disk.read(path)
        for pattern in _REDACTIONS:
            # sed replaces the first occurrence of each line only; so does this.
            data = b"\n".join(pattern.sub(rb"\1<redacted>", row, count=1) for row in data.split(b"\n"))
        return Result(0, data)

    return read


def _clock(appliance: Appliance) -> Result:
    return text(f"{int(appliance.clock.stamp())}\nUTC\n{appliance.uptime:.2f} {appliance.uptime * 1.9:.2f}\n")


def _show_stat(appliance: Appliance) -> Result:
    if appliance.haproxy.worker:
        return text(appliance.haproxy.show_stat())
    said = 'socat[4711] E connect(5, AF=1 "/run/haproxy.sock", 19): Connection refused\n'
    return Result(1, b"", said.encode())


def _watchers(appliance: Appliance) -> Result:
    rows = []
    for unit in ("route-tables", "anyip-routes"):
        watching = appliance.policy.watching if unit == "route-tables" else appliance.anyip.watching
        for pid, command in watching.processes():
            follows = watching.follows if pid == watching.notifier else None
            rows.append(f"{pid} {unit}.service {format(follows, 'x') if follows is not None else '-'} {command} ")
    return text("".join(f"{row}\n" for row in rows))


def _certificate_names(appliance: Appliance) -> Result:
    try:
        found = x509.load_pem_x509_certificate(appliance.disk.read(manifest.SERVER_CRT))
    except (OSError, ValueError):
        return Result(0)
    return text(f"                {alternative_names(found)}\n")


def _rp_filter(appliance: Appliance) -> Result:
    names = sorted({"all", "default", "lo", *(link.name for link in appliance.kernel.links)})
    return text("".join(f"/proc/sys/net/ipv4/conf/{name}/rp_filter:1\n" for name in names))


def _first_boot(appliance: Appliance) -> Result:
    if not appliance.disk.exists(manifest.OVF_LOG):
        return Result(1)
    steps = _STEPS.findall(appliance.disk.read(manifest.OVF_LOG))
    return Result(0, b"".join(b"      1 %s\n" % step for step in steps))


def _cloud_init(appliance: Appliance) -> Result:
    if not appliance.disk.exists(CLOUD_INIT_LOG):
        return Result(1)
    found = Counter(_CLOUD_INIT.findall(appliance.disk.read(CLOUD_INIT_LOG)))
    return Result(0, b"".join(b"%7d %s\n" % (found[said], said) for said in sorted(found)))


def _workers(appliance: Appliance) -> Result:
    return text(f"{len(appliance.haproxy.processes())}\n")


def _dataplane_version(appliance: Appliance) -> Result:
    return text(f"HAProxy Data Plane API {DATAPLANE_VERSION}\n")


_BY_NAME: dict[str, Callable[[Appliance], Result]] = {
    "clock": _clock,
    "show-stat": _show_stat,
    "watchers": _watchers,
    "certificate-names": _certificate_names,
    "rp-filter": _rp_filter,
    "first-boot": _first_boot,
    "tls-files": lambda appliance: text(tls_files(appliance)),
    "cloud-init": _cloud_init,
    "workers": _workers,
    "dataplane-version": _dataplane_version,
    **{f"file:{path}": _file(path) for path in manifest.REDACTED_FILES},
}
_OWN = {item.shell: _BY_NAME[item.name] for item in ITEMS if item.name in _BY_NAME}
_ASKED = frozenset(item.shell for item in ITEMS)
