"""journalctl."""

from __future__ import annotations

from tui.demo.machine import Call, Result, text

_KNOWN = "journalctl [-b] [-u UNIT]... [FIELD=VALUE]... [-n N] [-r] [-p PRIORITY] [-o short|json|cat] [--no-pager]"
_LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


async def journalctl(call: Call) -> Result:
    appliance = call.machine.appliance
    if appliance is None:
        return call.fail("not on this machine")
    units: list[str] = []
    count, form, backwards, priority = 0, "short", False, 7
    fields: frozenset[str] = frozenset()
    words = list(call.words)
    try:
        while words:
            word = words.pop(0)
            if word.startswith(("-u", "--unit")):
                name = word[2:] if word[:2] == "-u" and word[2:] else ""
                name = name or (word.partition("=")[2] if "=" in word else words.pop(0))
                units.append(name.removesuffix(".service"))
            elif word in ("+", "_UID=0"):
                pass  # everything here is root's
            elif word.startswith(("_SYSTEMD_UNIT=", "UNIT=")):
                units.append(word.partition("=")[2].removesuffix(".service"))
            elif word.startswith(("-n", "--lines")):
                value = word[2:] if word[:2] == "-n" and word[2:] else ""
                count = int(value or (word.partition("=")[2] if "=" in word else words.pop(0)))
            elif word in ("-o", "--output"):
                form = words.pop(0)
            elif word.startswith("--output="):
                form = word.partition("=")[2]
            elif word.startswith("--output-fields="):
                fields = frozenset(word.partition("=")[2].split(","))
            elif word in ("-p", "--priority"):
                level = words.pop(0)
                priority = _LEVELS.index(level) if level in _LEVELS else int(level)
            elif word in ("-r", "--reverse"):
                backwards = True
            elif word == "--list-boots":
                return text(f" 0 {appliance.journal.boot} since this boot\n")
            elif word in ("-f", "--follow"):
                return call.fail("-f is not part of this simulation: ask again instead")
            elif word.startswith("-") and not word.startswith("--") and set(word[1:]) <= set("bxeqa"):
                if set(word[1:]) & set("e"):
                    count = count or 1000
            elif word not in ("--no-pager", "--boot", "--boot=0", "--utc", "--no-hostname", "0"):
                return call.fail(f"this simulation knows: {_KNOWN}")
    except (IndexError, ValueError):
        return call.fail(f"this simulation knows: {_KNOWN}")
    rows = appliance.journal.of(units, priority)
    rows = rows[-count:] if count > 0 else rows
    rows = rows[::-1] if backwards else rows
    if not rows:
        return text("-- No entries --\n")
    if form == "json":
        return text(appliance.journal.json(rows, fields))
    if form == "cat":
        return Result(0, b"".join(row.message + b"\n" for row in rows))
    return text(appliance.journal.short(rows))
