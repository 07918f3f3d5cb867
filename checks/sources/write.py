"""The one script that changes a file on the appliance.

It tests the checksum, keeps a backup, writes in place (same inode, owner and mode: the appliance's watchers follow
the inode), cuts to length, syncs and reads back. It ignores HUP, PIPE, INT and TERM and does not care whether anybody
still reads what it prints, so that neither noroute's death nor a lost connection can tear the file. The new bytes
wait in /run, in memory, so that the write itself is one system call from a checked source.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import shlex
from dataclasses import dataclass

from checks.transaction import WriteResult, Written

LOCK = "/run/noroute.lock"
# A fix takes seconds; whoever holds the lock longer than this is gone.
LOCK_MINUTES = 15


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """Replace ``path`` by ``after`` if its bytes still have the digest ``before_sha256``; keep them at ``backup``.

    ``owner`` names who holds the lock meanwhile ("anna@desk 4711"); it is shown to whoever finds it held.
    """

    path: str
    backup: str
    before_sha256: str
    after: bytes
    owner: str


_SCRIPT = """\
N='#{nonce}'
trap '' HUP PIPE INT TERM
LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; export PATH
umask 077
F={path}
B={backup}
OLD={old}
NEW={new}
SIZE={size}
L={lock}
W={owner}
P={payload}
T=$L/new
say() { echo "$N $*" 2>/dev/null || :; }
sum() { sha256sum 2>/dev/null <"$1" | cut -d ' ' -f 1; }
flush() { sync "$1" 2>/dev/null || sync; }
put() {
[ "$2" -eq 0 ] || dd if="$1" of="$F" bs="$2" count=1 conv=notrunc 2>/dev/null || return 1
[ "$(stat -c %s "$F")" -eq "$2" ] || dd if=/dev/null of="$F" bs=1 seek="$2" 2>/dev/null || return 1
flush "$F"
}
end() { rm -rf "$L"; say "result $*"; say done; exit 0; }
find "$L" -maxdepth 0 -mmin +{minutes} -exec rm -rf {} + 2>/dev/null
if ! mkdir "$L" 2>/dev/null; then say "result locked $(cat "$L/owner" 2>/dev/null)"; say done; exit 0; fi
echo "$W" >"$L/owner"
[ "$(sum "$F")" = "$OLD" ] || end changed
if [ "$OLD" != "$NEW" ]; then
printf %s "$P" 2>/dev/null | base64 -d >"$T" 2>/dev/null
[ "$(sum "$T")" = "$NEW" ] || end no-room
(set -C; : >"$B") 2>/dev/null || end no-backup
cp -p "$F" "$B" 2>/dev/null && flush "$B"
if [ "$(sum "$B")" != "$OLD" ]; then rm -f "$B"; end no-backup; fi
say "backup $B"
S=$(stat -c %s "$F")
put "$T" "$SIZE"
if [ "$(sum "$F")" != "$NEW" ]; then
put "$B" "$S"
if [ "$(sum "$F")" = "$OLD" ]; then rm -f "$B"; end restored; fi
end torn
fi
fi
say "inode $(stat -c %i "$F")"
end written
"""

_FIELDS = re.compile(r"^(F|B|OLD|NEW|SIZE|L|W|P)=(.*)$", re.MULTILINE)


def compose_write(request: WriteRequest, nonce: str | None = None) -> str:
    """The script's text. ``nonce`` is 32 hex digits, random unless given. ValueError for a path or owner with
    control characters: none that noroute writes to has any."""
    nonce = nonce or secrets.token_hex(16)
    for text in (request.path, request.backup, request.owner):
        if not text.isprintable():
            raise ValueError(f"not printable: {text!r}")
    values = {
        "nonce": nonce,
        "path": shlex.quote(request.path),
        "backup": shlex.quote(request.backup),
        "old": request.before_sha256,
        "new": hashlib.sha256(request.after).hexdigest(),
        "size": str(len(request.after)),
        "lock": shlex.quote(LOCK),
        "owner": shlex.quote(request.owner),
        "payload": shlex.quote(base64.b64encode(request.after).decode()),
        "minutes": str(LOCK_MINUTES),
    }
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], _SCRIPT)


def recognise_write(script: str) -> WriteRequest | None:
    """The request that a script was composed from, or None: composing it again must give the same text."""
    start = re.match(r"N='#([0-9a-f]{32})'\n", script)
    fields = dict(_FIELDS.findall(script))
    if start is None or len(fields) < 8:
        return None
    try:
        path, backup, owner, payload = (shlex.split(fields[key])[0] for key in ("F", "B", "W", "P"))
        after = base64.b64decode(payload, validate=True)
        request = WriteRequest(path, backup, fields["OLD"], after, owner)
        return request if compose_write(request, start[1]) == script else None
    except (ValueError, IndexError, binascii.Error):
        return None


def read_written(output: bytes, nonce: str) -> Written:
    """Take the script's output apart; what is missing is unknown, never success."""
    rows = [
        row.removeprefix(f"#{nonce} ")
        for row in output.decode("utf-8", "replace").splitlines()
        if row.startswith(f"#{nonce} ")
    ]
    words = dict(row.split(" ", 1) for row in rows if " " in row)
    backup = "backup" in words
    if "done" not in rows or "result" not in words:
        return Written(WriteResult.UNKNOWN, backup=backup)
    name, _, said = words["result"].partition(" ")
    inode = words.get("inode", "")
    try:
        return Written(WriteResult(name), said, int(inode) if inode.isdigit() else None, backup)
    except ValueError:
        return Written(WriteResult.UNKNOWN, backup=backup)
