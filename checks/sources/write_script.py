"""The one script that changes a file on the appliance.

It tests the checksum, keeps a backup, cuts to length, writes in place (same inode, owner and mode: the appliance's
watchers follow the inode; a link is followed to its file), syncs and reads back. It cuts first, because a watcher reads
at once: where a file is still too long, the rest of an old line would be taken for a line. The new bytes wait in /run,
in memory, so that the write itself is one system call from a checked source. They come with the script, or from a file
on the appliance whose bytes are none of noroute's business (haproxy.cfg holds credentials).

The backup appears under its name only when it is whole: it is copied beside, compared and then linked.

It may begin late, long after whoever sent it was given up: so it writes only while the journal on the appliance is the
page that was turned for this very write. Both that and the file's bytes are compared once more directly before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shlex
from dataclasses import dataclass

from checks.sources.journal_script import recognise_swap
from checks.sources.locked_script import LOCK, LOCK_MINUTES, answered, composed
from checks.transaction import WriteResult, Written

__all__ = [
    "LOCK",
    "LOCK_MINUTES",
    "RestoreRequest",
    "WriteRequest",
    "compose_write",
    "read_written",
    "recognise_restore",
    "recognise_write",
]


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """Replace ``path`` by ``after`` if its bytes still have the digest ``before_sha256``; keep them at ``backup``.

    ``owner`` names who holds the lock meanwhile ("anna@desk 4711"); it is shown to whoever finds it held. ``journal``
    is the path of the fix's journal, which must still have the digest ``page_sha256``; "" is that of no journal.
    """

    path: str
    backup: str
    before_sha256: str
    after: bytes
    owner: str
    journal: str
    page_sha256: str


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """Replace ``path`` by the bytes of ``source``, another file on the appliance, if both still have their digests;
    keep the old bytes at ``backup``."""

    path: str
    backup: str
    before_sha256: str
    source: str
    after_sha256: str
    owner: str
    journal: str
    page_sha256: str


_BODY = """\
T=$L/new
put() {
[ "$(stat -L -c %s "$F")" -le "$2" ] || dd if=/dev/null of="$F" bs=1 seek="$2" 2>/dev/null || return 1
[ "$2" -eq 0 ] || dd if="$1" of="$F" bs="$2" count=1 conv=notrunc 2>/dev/null || return 1
flush "$F"
}
current() { [ "$(sum "$J")" = "$PAGE" ]; }
current || end superseded
[ ! -e "$F" ] || [ -f "$F" ] || end not-a-file
[ "$(sum "$F")" = "$OLD" ] || end changed
if [ "$OLD" != "$NEW" ]; then
[ -w "$F" ] || end read-only
{fill}
[ ! -e "$B" ] || end no-backup
rm -f "$B.new"
cp -p "$F" "$B.new" 2>/dev/null && flush "$B.new"
if [ "$(sum "$B.new")" = "$OLD" ] && ln "$B.new" "$B" 2>/dev/null; then rm -f "$B.new"
else rm -f "$B.new"; end no-backup; fi
flush "$B"
say "backup $B"
S=$(stat -L -c %s "$F")
mine || end locked
current || { rm -f "$B"; end superseded; }
[ "$(sum "$F")" = "$OLD" ] || { rm -f "$B"; end changed; }
put "$T" "$(stat -c %s "$T")"
if [ "$(sum "$F")" != "$NEW" ]; then
put "$B" "$S"
if [ "$(sum "$F")" = "$OLD" ]; then rm -f "$B"; end restored; fi
end torn
fi
fi
say "inode $(stat -L -c %i "$F")"
end written
"""
_SENT = """\
printf %s "$P" 2>/dev/null | base64 -d >"$T" 2>/dev/null
[ "$(sum "$T")" = "$NEW" ] || end no-room"""
_THERE = """\
[ "$(sum "$R")" = "$NEW" ] || end no-source
cat "$R" 2>/dev/null >"$T"
[ "$(sum "$T")" = "$NEW" ] || end no-room"""

_FIELDS = re.compile(r"^([FBWPRJ]|OLD|NEW|PAGE)=(.*)$", re.MULTILINE)


def compose_write(request: WriteRequest | RestoreRequest, nonce: str | None = None) -> str:
    """The script's text. ``nonce`` is 32 hex digits, random unless given. ValueError for a path or owner with
    control characters: none that noroute writes to has any."""
    fields = {"F": request.path, "B": request.backup, "OLD": request.before_sha256}
    fields |= {"J": request.journal, "PAGE": request.page_sha256}
    if isinstance(request, WriteRequest):
        payload = base64.b64encode(request.after).decode()
        fields |= {"NEW": hashlib.sha256(request.after).hexdigest(), "W": request.owner, "P": payload}
        return composed(fields, _BODY.replace("{fill}", _SENT), nonce)
    fields |= {"NEW": request.after_sha256, "W": request.owner, "R": request.source}
    return composed(fields, _BODY.replace("{fill}", _THERE), nonce)


def _fields(script: str) -> tuple[str, dict[str, str]]:
    """The nonce and the variables of a script; ValueError or IndexError where it has none."""
    start = re.match(r"N='#([0-9a-f]{32})'\n", script)
    if start is None:
        raise ValueError("no script of noroute's")
    return start[1], {name: shlex.split(value)[0] for name, value in _FIELDS.findall(script)}


def recognise_write(script: str) -> WriteRequest | None:
    """The request that a script was composed from, or None: composing it again must give the same text. That of a
    swap is a write too, with a backup that only a simulated appliance makes."""
    try:
        nonce, of = _fields(script)
        after = base64.b64decode(of["P"], validate=True)
        if (swap := recognise_swap(script)) is not None:
            backup = f"{swap.path}.{nonce}"
            return WriteRequest(swap.path, backup, swap.before_sha256, swap.after, swap.owner, "", "")
        request = WriteRequest(of["F"], of["B"], of["OLD"], after, of["W"], of["J"], of["PAGE"])
        return request if compose_write(request, nonce) == script else None
    except (ValueError, LookupError, binascii.Error):
        return None


def recognise_restore(script: str) -> RestoreRequest | None:
    """As :func:`recognise_write`, for bytes that are on the appliance already."""
    try:
        nonce, of = _fields(script)
        request = RestoreRequest(of["F"], of["B"], of["OLD"], of["R"], of["NEW"], of["W"], of["J"], of["PAGE"])
        return request if compose_write(request, nonce) == script else None
    except (ValueError, LookupError):
        return None


def read_written(output: bytes, nonce: str) -> Written:
    """Take the script's output apart; what is missing is unknown, never success."""
    words = answered(output, nonce)
    backup = "backup" in words
    name, _, said = words.get("result", "unknown").partition(" ")
    inode = words.get("inode", "")
    try:
        number = int(inode) if inode.isascii() and inode.isdigit() else None
        return Written(WriteResult(name), said, number, backup, words.get("broke", ""))
    except ValueError:
        return Written(WriteResult.UNKNOWN, backup=backup)
