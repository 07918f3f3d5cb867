"""What noroute's scripts that change an appliance have in common: signals ignored, one at a time, framed answers.

They ignore HUP, PIPE, INT and TERM and do not care whether anybody still reads what they print, so that neither
noroute's death nor a lost connection can end one half-way. The lock is a directory in /run, which no reboot survives;
it is broken by rule only: its process is gone, told by its number and when that began, which no clock can change. Only
a lock that names no process is judged by its age: whoever made it was killed before its next word.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from checks.quoting import quoted

LOCK = "/run/noroute.lock"
# Between the lock and the name of its process lies a moment; whoever has none after this is gone.
LOCK_MINUTES = 2

_HEAD = """\
N='#{nonce}'
trap '' HUP PIPE INT TERM
LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; export PATH
umask 077
{fields}L={lock}
say() { echo "$N $*" 2>/dev/null || :; }
sum() { sha256sum 2>/dev/null <"$1" | cut -d ' ' -f 1; }
flush() { sync "$1" 2>/dev/null || sync; }
born() { cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null; }
ME="$$ $(born $$)"
mine() { [ "$(cat "$L/pid" 2>/dev/null)" = "$ME" ]; }
held() {
O=$(cat "$L/owner" 2>/dev/null)
echo "${O:-somebody who left no name}, for $(( $(date +%s) - $(stat -c %Y "$L" 2>/dev/null || date +%s) )) s"
}
end() { mine && rm -rf "$L"; say "result $*"; say done; exit 0; }
gone() {
H=$(cat "$L/pid" 2>/dev/null)
if [ -n "$H" ]; then [ "$(born "${H% *}")" != "${H#* }" ]; return; fi
[ -n "$(find "$L" -maxdepth 0 -mmin +{minutes} 2>/dev/null)" ]
}
if ! mkdir "$L" 2>/dev/null; then
[ -d "$L" ] || end no-room
if gone && mv "$L" "$L.$$" 2>/dev/null; then say "broke $(cat "$L.$$/owner" 2>/dev/null)"; rm -rf "$L.$$"; fi
mkdir "$L" 2>/dev/null || end locked "$(held)"
fi
echo "$ME" >"$L/pid"
echo "$W" >"$L/owner"
"""
_MARK = re.compile(r"\{(\w+)\}")


def composed(fields: Mapping[str, str], body: str, nonce: str | None) -> str:
    """A script's text. ``fields`` are shell variables of that name, among them ``W``, the lock's owner; ``body`` runs
    under the lock and calls ``end RESULT``. ``nonce`` is 32 hex digits, random unless given. ValueError for control
    characters in a field: nothing that noroute writes to has any."""
    values = {
        "nonce": nonce or secrets.token_hex(16),
        "lock": quoted(LOCK),
        "minutes": str(LOCK_MINUTES),
        "fields": "".join(f"{name}={quoted(value)}\n" for name, value in fields.items()),
    }
    return _MARK.sub(lambda match: values[match[1]], _HEAD) + body


def answered(output: bytes, nonce: str) -> dict[str, str]:
    """What a script said, by its first word; ``result`` is there only where its end was heard too."""
    start = f"#{nonce} "
    rows = [row.removeprefix(start) for row in output.decode("utf-8", "replace").splitlines() if row.startswith(start)]
    said = dict(row.split(" ", 1) for row in rows if " " in row)
    if "done" not in rows:
        said.pop("result", None)
    return said
