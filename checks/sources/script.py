"""The one script that reads an appliance, and how its output is taken apart.

The script is POSIX ``sh`` for dash, bash and busybox. Each section's output and errors travel as base64 between
lines that carry a nonce chosen for this run, so that nothing a command prints can forge, hide or end a section;
its exit code, its duration and whether it was cut travel beside them. Two sections are read at a time. Nothing is
written to the appliance's disk.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import zip_longest
from shlex import quote

from checks.evidence.manifest import ITEMS, Item
from checks.evidence.section import Ending, Reading, Section

ERR_LIMIT = 2000
# coreutils and busybox: timed out; 128 + KILL after the grace second.
_TIMEOUT_CODES = frozenset({124, 137, 143})
_FRAME = re.compile(rb"#([0-9a-f]{32}) (begin|err|end|done) ?([^\r\n]*)")
_CODE = re.compile(rb"=([0-9]{1,3})")
_COUNT = re.compile(r"[0-9]{1,6}")

# r: run one section. The command's exit code goes through fd 4 and its errors through fd 3, past the pipe that
# bounds its output; /proc/uptime is read by the shell itself, so timing costs no process. Errors past the bound are
# read and dropped, because a command that complains at length must not die of a closed pipe.
_PROLOGUE = """\
N='#{nonce}'
LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin; export PATH
exec </dev/null
T=; command -v timeout >/dev/null 2>&1 && T=timeout
up() { U=; [ -r /proc/uptime ] && read -r U _ </proc/uptime; }
r() {
up; A=$U
echo "$N begin $1"
exec 5>&1
E=$( { { { ${T:+timeout -k 1 "$2"} sh -c "$4" 2>&3 3>&- 4>&- 5>&-; echo "=$?" >&4; } | head -c "$3" | base64 >&5
} 3>&1 4>&6 | { head -c 2000; cat >/dev/null; } | base64; } 6>&1 )
up; echo "$N err"; echo "$E"; echo "$N end $1 $A $U"
}
"""
# Two sections at a time: a reading takes little more than half as long on an appliance of two processors. The second
# half's output waits in the shell, so that no section stands inside another; ":" for a half without any.
_FIRST = "first() {\n"
_SECOND = ":; }\nsecond() {\n"
_BOTH = ':; }\nfirst & S=$(second)\nwait\necho "$S"\n'


def compose(items: Iterable[Item] = ITEMS, nonce: str | None = None) -> str:
    """The text of the script. ``nonce`` is 32 hex digits, random unless given."""
    nonce = nonce or secrets.token_hex(16)
    # One byte more than the limit tells "cut" from "just fits".
    rows = [f"r {quote(item.name)} {item.seconds} {item.limit + 1} {quote(item.shell)}\n" for item in items]
    parts = (_PROLOGUE.replace("{nonce}", nonce), _FIRST, *rows[::2], _SECOND, *rows[1::2], _BOTH)
    return "".join(parts) + f'echo "$N done {len(rows)}"\n'


def as_command(script: str) -> str:
    """The exec request that runs a script as root where that needs no password, else as who logged in.

    Works under any login shell with POSIX quoting; the script itself always runs under ``sh``.
    """
    choose = (
        f'S={quote(script)}; if [ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null; '
        'then exec sh -c "$S"; else exec sudo -n sh -c "$S"; fi'
    )
    return f"exec sh -c {quote(choose)}"


def nonce_of(script: str) -> str | None:
    """The nonce of a composed script, or None for a text that is none."""
    match = re.match(r"N='#([0-9a-f]{32})'\n", script)
    return match[1] if match else None


def recognise(script: str) -> tuple[Item, ...] | None:
    """The items that a script was composed from (``what`` is not in it), or None: composing them again must give
    the same text. A simulated appliance tells by it what is asked without ever running anything."""
    nonce = nonce_of(script)
    if nonce is None or not script.startswith(_PROLOGUE.replace("{nonce}", nonce)):
        return None
    halves = script.removeprefix(_PROLOGUE.replace("{nonce}", nonce) + _FIRST).rpartition(_BOTH)[0].split(_SECOND)
    try:
        first, second = map(_items_of, halves)
    except ValueError:
        return None
    items = tuple(item for pair in zip_longest(first, second) for item in pair if item is not None)
    return items if compose(items, nonce) == script else None


def _items_of(rows: str) -> list[Item]:
    words = shlex.split(rows)
    calls = [words[i : i + 5] for i in range(0, len(words), 5)]
    return [Item(name, shell, "", int(seconds), int(limit) - 1) for _, name, seconds, limit, shell in calls]


def script_of(command: str) -> str | None:
    """The script inside an exec request made by :func:`as_command`, or None for any other command."""
    try:
        script = shlex.split(shlex.split(command)[3])[0].removeprefix("S=").removesuffix(";")
    except (ValueError, IndexError):
        return None
    return script if as_command(script) == command else None


def take_apart(output: bytes, nonce: str, items: Iterable[Item] = ITEMS) -> Reading:
    """The sections in what the script printed. Never raises: whatever is missing, twice or torn is left out,
    and said in ``remarks``; ``complete`` is False where the end marker is missing."""
    wanted = {item.name: item for item in items}
    sections: dict[str, Section] = {}
    remarks: list[str] = []
    junk = strangers = 0
    done: int | None = None
    current: str | None = None
    out: list[bytes] = []
    err: list[bytes] | None = None
    for row in output.split(b"\n"):
        line = row.rstrip(b"\r")  # a terminal in between adds them, base64 never has any
        frame = _FRAME.fullmatch(line)
        if frame is None or frame[1].decode() != nonce:
            if frame is not None:
                strangers += 1
            elif current is not None:
                (out if err is None else err).append(line)
            elif line.strip():
                junk += 1
            continue
        word, rest = frame[2].decode(), frame[3].decode("utf-8", "replace")
        if word == "begin":
            if current is not None:
                sections.setdefault(current, _torn(wanted.get(current), current, out))
            current, out, err = rest, [], None
        elif word == "err" and current is not None:
            err = []
        elif word == "end" and current is not None:
            name, _, times = rest.partition(" ")
            item = wanted.get(current)
            if item is None or name != current or current in sections:
                strangers += 1
            else:
                sections[current] = _section(item, out, err or [], times)
            current = None
        elif word == "done":
            done = int(rest) if _COUNT.fullmatch(rest) else None
            break
    if current is not None:
        sections.setdefault(current, _torn(wanted.get(current), current, out))
    if junk:
        remarks.append(f"the login shell printed {junk} lines of its own before the evidence")
    if strangers:
        remarks.append(f"{strangers} lines look like evidence but do not belong to this reading")
    complete = done is not None and done == len(wanted) and all(name in sections for name in wanted)
    if not complete:
        remarks.append("the evidence ended without its end marker")
    in_order = {name: sections[name] for name in wanted if name in sections}
    return Reading(in_order, datetime.now(UTC), complete, tuple(remarks))


def _decode(lines: list[bytes]) -> bytes | None:
    try:
        return base64.b64decode(b"".join(lines), validate=True)
    except (binascii.Error, ValueError):
        return None


def _torn(item: Item | None, name: str, out: list[bytes]) -> Section:
    del out  # half a line of base64 proves nothing
    return Section(name, item.what if item else name, ending=Ending.LOST, code=None)


def _section(item: Item, out: list[bytes], err: list[bytes], times: str) -> Section:
    codes = [match[1] for line in err if (match := _CODE.fullmatch(line))]
    stdout = _decode(out)
    stderr = _decode([line for line in err if not line.startswith(b"=")])
    if stdout is None or stderr is None or len(codes) != 1:
        return Section(item.name, item.what, ending=Ending.LOST, code=None)
    code, ms = int(codes[0]), _milliseconds(times)
    if code in _TIMEOUT_CODES and (ms is None or ms >= item.seconds * 1000 - 200):
        return Section(item.name, item.what, stdout[: item.limit], stderr, Ending.TIMED_OUT, None, item.limit, ms)
    if len(stdout) > item.limit:
        return Section(item.name, item.what, stdout[: item.limit], stderr, Ending.CUT, None, item.limit, ms)
    return Section(item.name, item.what, stdout, stderr, Ending.EXITED, code, item.limit, ms)


def _milliseconds(times: str) -> float | None:
    try:
        start, end = (float(part) for part in times.split())
    except ValueError:
        return None
    return round(max(end - start, 0.0) * 1000, 1)
