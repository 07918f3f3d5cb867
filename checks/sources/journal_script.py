"""The script that changes a small file of noroute's own on the appliance, if it still is what it was.

The file is its journal: replaced by rename, so that nobody ever reads half of it, and taken away where the new text is
empty. A file that is not there counts as empty, so that the first one to write it wins.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shlex
from dataclasses import dataclass

from checks.sources.locked_script import composed


@dataclass(frozen=True, slots=True)
class JournalSwap:
    """Give ``path`` the text ``after`` if its bytes have the digest ``before_sha256``; ``owner`` as for a write. ``at``
    is when that text was written, in seconds of the appliance's clock, where it is an earlier one that is put back; ""
    for one of now."""

    path: str
    before_sha256: str
    after: bytes
    owner: str
    at: str = ""


_BODY = """\
C=$F
[ -e "$C" ] || C=/dev/null
[ "$(sum "$C")" = "$OLD" ] || end changed
if [ -z "$P" ]; then rm -f "$F" "$F.new"
else
printf %s "$P" 2>/dev/null | base64 -d 2>/dev/null >"$F.new"
if [ "$(sum "$F.new")" != "$NEW" ]; then rm -f "$F.new"; end no-room; fi
[ -z "$AT" ] || touch -d "@$AT" "$F.new" 2>/dev/null
flush "$F.new"
mine || end locked
mv -f "$F.new" "$F" 2>/dev/null || end no-room
fi
flush "${F%/*}"
end written
"""


def compose_swap(request: JournalSwap, nonce: str | None = None) -> str:
    """The script's text; as :func:`checks.sources.write_script.compose_write`."""
    fields = {
        "F": request.path,
        "OLD": request.before_sha256,
        "NEW": hashlib.sha256(request.after).hexdigest(),
        "W": request.owner,
        "P": base64.b64encode(request.after).decode(),
        "AT": request.at,
    }
    return composed(fields, _BODY, nonce)


def recognise_swap(script: str) -> JournalSwap | None:
    """The request that a script was composed from, or None."""
    start = re.match(r"N='#([0-9a-f]{32})'\n", script)
    fields = dict(re.findall(r"^([FWP]|OLD|AT)=(.*)$", script, re.MULTILINE))
    try:
        path, old, owner, payload, at = (shlex.split(fields[name])[0] for name in ("F", "OLD", "W", "P", "AT"))
        request = JournalSwap(path, old, base64.b64decode(payload, validate=True), owner, at)
        return request if start is not None and compose_swap(request, start[1]) == script else None
    except (ValueError, LookupError, binascii.Error):
        return None
