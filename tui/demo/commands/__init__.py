"""What people may type on the simulated machines, and what only noroute's own script may ask.

Every command answers from the model. ``PEOPLE`` is what the appliance's shell has, ``VISITORS`` what the jump
host's has, ``READERS`` what the script that reads evidence needs besides.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui.demo.commands import copying, editing, inspecting, internet, listing, logs, services, space, streams
from tui.demo.machine import Command

_BOTH: dict[str, Command] = {
    "echo": streams.echo,
    "printf": streams.printf,
    "cat": streams.cat,
    "grep": streams.grep,
    "head": streams.head,
    "tail": streams.tail,
    "sort": streams.sort,
    "wc": streams.wc,
    "tee": streams.tee,
    "cp": copying.cp,
    "ls": listing.ls,
    "stat": listing.stat,
    "sed": editing.sed,
    "true": inspecting.sync,
    "false": inspecting.false,
    "hostname": listing.hostname,
    "uptime": listing.uptime,
    "ping": internet.ping,
    "curl": internet.curl,
}
VISITORS: Mapping[str, Command] = _BOTH
PEOPLE: Mapping[str, Command] = {
    **_BOTH,
    "ip": internet.ip,
    "ss": internet.ss,
    "systemctl": services.systemctl,
    "journalctl": logs.journalctl,
    "haproxy": inspecting.haproxy,
    "reboot": services.reboot,
    # Here an address comes with its link, and sshd takes every file.
    "systemd-networkd-wait-online": inspecting.sync,
    "sshd": inspecting.sync,
}
READERS: Mapping[str, Command] = {
    **PEOPLE,
    "id": inspecting.identity,
    "date": inspecting.date,
    "uname": inspecting.uname,
    "sha256sum": inspecting.sha256sum,
    "df": space.df,
    "chage": inspecting.chage,
    "timedatectl": inspecting.timedatectl,
    "openssl": inspecting.openssl,
    "sync": inspecting.sync,
    "sleep": inspecting.sleep,
}
