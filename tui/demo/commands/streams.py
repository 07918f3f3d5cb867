"""Commands that pass text on: echo, printf, cat, grep, head, tail, sort, wc, tee."""

from __future__ import annotations

import re

from tui.demo.commands.patterns import BadPattern, compiled
from tui.demo.machine import Call, Result, text

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "e": "\x1b"}
# How many digits name a byte: a format takes three, an argument a zero and three.
_FORMAT, _ARGUMENT = "[0-7]{1,3}", "0[0-7]{0,3}"


def _unescaped(source: str, octal: str) -> str:
    def character(match: re.Match[str]) -> str:
        return chr(int(match[1], 8) & 0xFF) if match[1] else _ESCAPES.get(match[2], match[0])

    return re.sub(rf"\\(?:({octal})|(.))", character, source, flags=re.DOTALL)


def options(words: tuple[str, ...], known: str, valued: str = "") -> tuple[dict[str, str], list[str]]:
    """Single-letter options and the other words. ``valued`` letters take a value (glued or the next word).

    ValueError names an option that is not in ``known`` or ``valued``.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    rows = list(words)
    while rows:
        word = rows.pop(0)
        if word == "--":
            return found, rest + rows
        if len(word) < 2 or word[0] != "-":
            rest.append(word)
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in valued:
                if not letters and not rows:
                    raise ValueError(f"option requires an argument -- '{letter}'")
                found[letter], letters = letters or rows.pop(0), ""
            elif letter in known:
                found[letter] = ""
            else:
                raise ValueError(f"invalid option -- '{letter}'")
    return found, rest


async def gather(call: Call, names: list[str]) -> tuple[list[tuple[str, bytes]], bytes]:
    """The bytes of each named file, standard input for none or ``-``; and the complaints about those missing."""
    found, complaints = [], b""
    for name in names or ["-"]:
        try:
            disk = call.machine.disk
            found.append((name, await call.stdin() if name == "-" else disk.read(disk.path(name))))
        except OSError as error:
            complaints += f"{call.name}: {name}: {error.strerror}\n".encode("utf-8", "surrogateescape")
    return found, complaints


async def echo(call: Call) -> Result:
    words = list(call.words)
    ending, escapes = "\n", False
    while words and words[0] in ("-n", "-e", "-ne", "-en"):
        flag = words.pop(0)
        ending = "" if "n" in flag else ending
        escapes = escapes or "e" in flag
    said = " ".join(words)
    return text((_unescaped(said, _ARGUMENT) if escapes else said) + ending)


async def printf(call: Call) -> Result:
    if not call.words:
        return call.fail("usage: printf FORMAT [ARGUMENT]...", 2)
    form, rest = _unescaped(call.words[0], _FORMAT), list(call.words[1:])
    out = ""
    while True:
        before = len(rest)

        def fill(match: re.Match[str]) -> str:
            if match[0] == "%%":
                return "%"
            value = rest.pop(0) if rest else ""
            return _unescaped(value, _ARGUMENT) if match[0] == "%b" else value

        out += re.sub(r"%[%sbd]", fill, form)
        if not rest or len(rest) == before:
            return text(out)


async def cat(call: Call) -> Result:
    try:
        flags, names = options(call.words, "Anvet")
    except ValueError as why:
        return call.fail(str(why))
    found, complaints = await gather(call, names)
    data = b"".join(data for _, data in found)
    if flags:
        data = data.replace(b"\r", b"^M") if flags.keys() & set("Avet") else data
        data = data.replace(b"\t", b"^I") if flags.keys() & set("At") else data
        data = data.replace(b"\n", b"$\n") if flags.keys() & set("Ae") else data
        if "n" in flags:
            data = b"".join(b"%6d\t%s" % (i, row) for i, row in enumerate(data.splitlines(keepends=True), 1))
    return Result(1 if complaints else 0, data, complaints)


async def grep(call: Call) -> Result:
    try:
        flags, rest = options(call.words, "EFivnqocwxsHh", "emABC")
        source = flags.get("e") or rest.pop(0)
        pattern = compiled(source, extended="E" in flags, fixed="F" in flags, ignore_case="i" in flags)
    except (ValueError, IndexError, BadPattern) as why:
        return call.fail(str(why) or "usage: grep [OPTION]... PATTERN [FILE]...", 2)
    found, complaints = await gather(call, rest)
    limit = int(flags["m"]) if flags.get("m", "").isdecimal() else None
    around = {key: int(flags[key]) if flags.get(key, "").isdecimal() else 0 for key in "ABC"}
    several = ("H" in flags or len(rest) > 1) and "h" not in flags
    out: list[str] = []
    hits = 0
    for name, data in found:
        rows = data.decode("utf-8", "surrogateescape").split("\n")
        rows = rows[:-1] if rows[-1] == "" else rows
        chosen = [i for i, row in enumerate(rows) if _matches(pattern, row[:4096], flags) != ("v" in flags)][:limit]
        hits += len(chosen)
        lead = f"{name}:" if several else ""
        if "c" in flags:
            out.append(f"{lead}{len(chosen)}")
            continue
        before, after = max(around["B"], around["C"]), max(around["A"], around["C"])
        shown = {j for i in chosen for j in range(i - before, i + after + 1)} if before or after else set(chosen)
        for i in sorted(shown & set(range(len(rows)))):
            number = f"{i + 1}:" if "n" in flags else ""
            parts = [match[0] for match in pattern.finditer(rows[i])] if "o" in flags else [rows[i]]
            out += [f"{lead}{number}{part}" for part in parts if part or "o" not in flags]
    code = 2 if complaints and not hits else 0 if hits else 1
    shown_text = "" if "q" in flags else "".join(f"{row}\n" for row in out)
    return Result(code, shown_text.encode("utf-8", "surrogateescape"), b"" if "s" in flags else complaints)


def _matches(pattern: re.Pattern[str], row: str, flags: dict[str, str]) -> bool:
    if "x" in flags:
        return pattern.fullmatch(row) is not None
    if "w" in flags:
        return re.search(rf"(?<!\w)(?:{pattern.pattern})(?!\w)", row, pattern.flags) is not None
    return pattern.search(row) is not None


def _count(call: Call) -> tuple[int, list[str], str]:
    words = tuple(f"-n{word[1:]}" if word[:1] == "-" and word[1:].isdecimal() else word for word in call.words)
    flags, names = options(words, "q", "nc")
    amount = flags.get("n") or flags.get("c") or "10"
    if not amount.lstrip("+-").isdecimal() or len(amount) > 9:
        raise ValueError(f"invalid number: '{amount}'")
    return int(amount.lstrip("+-")), names, ("c" if "c" in flags else "n") + amount[:1]


async def head(call: Call) -> Result:
    try:
        amount, names, unit = _count(call)
    except ValueError as why:
        return call.fail(str(why))
    found, complaints = await gather(call, names)
    data = b"".join(data for _, data in found)
    cut = data[:amount] if unit[0] == "c" else b"".join(data.splitlines(keepends=True)[:amount])
    return Result(1 if complaints else 0, cut, complaints)


async def tail(call: Call) -> Result:
    try:
        amount, names, unit = _count(call)
    except ValueError as why:
        return call.fail(str(why))
    found, complaints = await gather(call, names)
    data = b"".join(data for _, data in found)
    rows = [data[i : i + 1] for i in range(len(data))] if unit[0] == "c" else data.splitlines(keepends=True)
    cut = rows[amount - 1 :] if unit[1:] == "+" and amount else rows[-amount:] if amount else []
    return Result(1 if complaints else 0, b"".join(cut), complaints)


async def sort(call: Call) -> Result:
    try:
        flags, names = options(call.words, "rnu")
    except ValueError as why:
        return call.fail(str(why), 2)
    found, complaints = await gather(call, names)
    rows = b"".join(data for _, data in found).decode("utf-8", "surrogateescape").splitlines()

    def key(row: str) -> tuple[float, str]:
        number = re.match(r"\s*-?\d{1,15}", row) if "n" in flags else None
        return (float(number[0]) if number else 0.0, row)

    rows = sorted(set(rows) if "u" in flags else rows, key=key, reverse="r" in flags)
    return Result(2 if complaints else 0, text("".join(f"{row}\n" for row in rows)).out, complaints)


async def wc(call: Call) -> Result:
    try:
        flags, names = options(call.words, "lwc")
    except ValueError as why:
        return call.fail(str(why))
    found, complaints = await gather(call, names)
    out = ""
    for name, data in found:
        counts = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data)}
        numbers = [str(count) for letter, count in counts.items() if not flags or letter in flags]
        out += " ".join(numbers) + ("" if name == "-" else f" {name}") + "\n"
    return Result(1 if complaints else 0, text(out).out, complaints)


async def tee(call: Call) -> Result:
    data = b""
    try:
        flags, names = options(call.words, "ai")
        data = await call.stdin()
        for name in names:
            path = call.machine.disk.path(name)
            if "a" in flags:
                call.machine.disk.append(path, data)
            else:
                call.machine.disk.write(path, data)
    except ValueError as why:
        return call.fail(str(why))
    except OSError as error:
        return Result(1, data, f"tee: {error.filename or '-'}: {error.strerror}\n".encode())
    return Result(0, data)
