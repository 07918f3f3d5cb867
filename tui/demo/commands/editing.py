"""``sed`` with what people repair configuration files with: ``s`` and ``d`` (and ``p`` under ``-n``)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.demo.commands.patterns import BadPattern, compiled
from tui.demo.commands.streams import gather
from tui.demo.machine import Call, Result


@dataclass(frozen=True)
class _Edit:
    """One edit: from and to line (0: every, -1: the last) or a pattern, what to do, and with what."""

    first: int
    last: int
    where: re.Pattern[str] | None
    does: str
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    every: bool = False

    def applies(self, number: int, row: str, is_last: bool) -> bool:
        if self.where is not None:
            return self.where.search(row) is not None
        if self.first == 0:
            return True
        if self.first == -1:
            return is_last
        return self.first <= number and (self.last == -1 or number <= self.last)


_ADDRESS = re.compile(r"\s*(?:(\d{1,9}|\$)(?:,(\d{1,9}|\$))?)?\s*")


def _until(source: str, pos: int, mark: str) -> tuple[str, int]:
    out = ""
    while pos < len(source):
        if source.startswith("\\" + mark, pos):
            out += mark if mark not in "|.*[]^$+?(){}" else "\\" + mark
            pos += 2
        elif source[pos] == "\\" and pos + 1 < len(source):
            out += source[pos : pos + 2]
            pos += 2
        elif source[pos] == mark:
            return out, pos + 1
        else:
            out += source[pos]
            pos += 1
    raise BadPattern("unterminated expression")


def _edit(source: str, extended: bool) -> _Edit:
    where, first, last, pos = None, 0, 0, 0
    if source.startswith(("/", "\\")):
        begin = 1 if source[0] == "/" else 2
        expression, pos = _until(source, begin, source[begin - 1 : begin] or "/")
        where = compiled(expression, extended)
    elif match := _ADDRESS.match(source):
        first = -1 if match[1] == "$" else int(match[1] or 0)
        last = -1 if match[2] == "$" else int(match[2] or first)
        pos = match.end()
    does, pos = source[pos : pos + 1], pos + 1
    if does in ("d", "p") and not source[pos:].strip():
        return _Edit(first, last, where, does)
    mark = source[pos : pos + 1]
    if does != "s" or not mark or mark in "\\\n":
        raise BadPattern(f"unknown command: `{(does or source)[:20]}' (this shell's sed knows s, d and p)")
    expression, pos = _until(source, pos + 1, mark)
    replacement, pos = _until(source, pos, mark)
    flags = source[pos:].strip()
    if set(flags) - set("gIi"):
        raise BadPattern("unknown option to `s'")
    pattern = compiled(expression, extended, ignore_case=bool(set(flags) & set("Ii")))
    return _Edit(first, last, where, "s", pattern, replacement, "g" in flags)


def _replacement(template: str, match: re.Match[str]) -> str:
    def part(found: re.Match[str]) -> str:
        char = found[0][-1]
        if found[0] == "&":
            return match[0]
        if char.isdecimal():
            return (match[int(char)] or "") if int(char) <= (match.re.groups or 0) else ""
        return {"n": "\n", "t": "\t", "r": "\r"}.get(char, char)

    return re.sub(r"\\.|&", part, template, flags=re.DOTALL)


def _apply(edits: list[_Edit], data: bytes, quiet: bool) -> bytes:
    ended = data.endswith(b"\n")
    rows = data.decode("utf-8", "surrogateescape").split("\n")
    rows = rows[:-1] if ended or not data else rows
    out: list[str] = []
    kept = False
    for number, row in enumerate(rows, 1):
        kept = True
        for edit in edits:
            if not edit.applies(number, row, number == len(rows)):
                continue
            if edit.does == "d":
                kept = False
                break
            if edit.does == "p":
                out.append(row)
            elif edit.pattern is not None:
                template = edit.replacement
                count = 0 if edit.every else 1
                row = edit.pattern.sub(lambda match, t=template: _replacement(t, match), row[:4096], count)  # type: ignore[misc]
        if kept and not quiet:
            out.append(row)
    # Only a last line that was not ended, and that is still there, goes out without a newline.
    bare = bool(rows) and not ended and kept
    return ("\n".join(out) + ("" if bare or not out else "\n")).encode("utf-8", "surrogateescape")


async def sed(call: Call) -> Result:
    """``sed [-n] [-E] [-i[SUFFIX]] SCRIPT FILE...``; ``-i`` puts a new file in place, as the real one does."""
    in_place: str | None = None
    quiet = extended = False
    scripts: list[str] = []
    rest: list[str] = []
    words = list(call.words)
    while words:
        word = words.pop(0)
        if word.startswith(("-i", "--in-place")):
            in_place = word[2:] if word.startswith("-i") else word.partition("=")[2]
        elif word in ("-n", "--quiet"):
            quiet = True
        elif word in ("-E", "-r"):
            extended = True
        elif word == "-e" and words:
            scripts.append(words.pop(0))
        elif word.startswith("-") and len(word) > 1:
            return call.fail(f"unknown option: {word}")
        else:
            rest.append(word)
    if not scripts:
        if not rest:
            return call.fail("usage: sed [-n] [-E] [-i] SCRIPT [FILE]...")
        scripts.append(rest.pop(0))
    try:
        edits = [_edit(part.strip(), extended) for script in scripts for part in _split(script) if part.strip()]
    except (BadPattern, ValueError) as why:
        return call.fail(f"-e expression #1: {why}")
    found, complaints = await gather(call, rest)
    out = b""
    try:
        for name, data in found:
            changed = _apply(edits, data, quiet)
            if in_place is None or name == "-":
                out += changed
                continue
            disk = call.machine.disk
            if in_place:
                disk.write(disk.path(name + in_place), data)
            disk.replace(disk.path(name), changed)
    except OSError as error:
        return call.fail(f"couldn't write {error.filename}: {error.strerror}", 4)
    return Result(2 if complaints else 0, out, complaints)


def _split(script: str) -> list[str]:
    # A ";" or new line separates edits only where the text before it is an edit by itself.
    parts, current = [], ""
    for piece in script.replace("\n", ";").split(";"):
        current = f"{current};{piece}" if current else piece
        try:
            _edit(current.strip(), extended=True)
        except (BadPattern, ValueError):
            continue
        parts.append(current)
        current = ""
    return [*parts, current] if current else parts
