"""The script that tells at once when something changes on an appliance, and how its words are read.

It follows the units' journal and the kernel's own messages about links, addresses, routes and rules, and looks at the
configuration files once a second. It says only that something changed: what changed is read by the script that reads.
It ends when its standard input does, so that nothing of it outlives the connection.
"""

from __future__ import annotations

import re
import secrets

from checks.evidence.manifest import FILES, UNITS

# The login of noroute itself makes lines in sshd's journal.
_FOLLOWED = " ".join(f"-u {unit}" for unit in UNITS if unit != "sshd")

# haproxy logs every connection, those of noroute's own probes too.
_CONNECTIONS = "[0-9]*.[0-9]*:[0-9]*' ['*|'Connect from '*"

_SCRIPT = """\
N='#{nonce}'
LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin; export PATH
say() { echo "$N $1"; }
each() { while read -r l; do case "$l" in {connections}) ;; *) say "$1";; esac; done; }
trap '' HUP
journalctl -f -n 0 -o cat {units} 2>/dev/null </dev/null | each journal &
ip monitor link address route rule 2>/dev/null </dev/null | each kernel &
while :; do
S=$(stat -c '%n %i %Y %s' {files} 2>/dev/null)
[ "${O-$S}" = "$S" ] || say files
O=$S
sleep 1
done </dev/null &
say begin
cat >/dev/null
trap - TERM
kill 0
"""


def compose_watch(nonce: str | None = None) -> str:
    """The script's text. ``nonce`` is 32 hex digits, random unless given."""
    values = {
        "nonce": nonce or secrets.token_hex(16),
        "units": _FOLLOWED,
        "files": " ".join(FILES),
        "connections": _CONNECTIONS,
    }
    return re.sub(r"\{(nonce|units|files|connections)\}", lambda match: values[match[1]], _SCRIPT)


def recognise_watch(script: str) -> str | None:
    """The nonce of a script composed here, or None."""
    match = re.match(r"N='#([0-9a-f]{32})'\n", script)
    return match[1] if match and compose_watch(match[1]) == script else None


def change_in(line: bytes, nonce: str) -> bool:
    """Whether a line of the script's output tells of a change."""
    word = line.strip().removeprefix(f"#{nonce} ".encode())
    return word in (b"journal", b"kernel", b"files")
