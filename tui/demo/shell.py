"""The grammar of the small shell that people get on the simulated machines.

Known are: words with quotes and backslashes, ``;`` and new lines, ``&&``, ``||``, ``|``, ``>``, ``>>``, ``<``,
``2>``, ``2>>``, ``2>&1``, here-documents, ``$?`` and comments. Nothing is ever substituted: a command with ``$(x)``,
`` `x` `` or ``$X`` outside single quotes is not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


class Unreadable(Exception):
    """The text is no sentence of this shell; in words why."""


@dataclass(frozen=True)
class Word:
    """One word; ``pattern`` where it has a ``*`` or ``?`` outside quotes, ``status`` where a ``$?`` outside single
    quotes is to be filled in (marked by NUL). ``wants`` is what a real shell would substitute in it."""

    text: str
    pattern: bool = False
    wants: str = ""


@dataclass(frozen=True)
class Redirection:
    """``stream`` 0, 1 or 2 goes to or comes from ``target``; for a here-document ``body`` is what is read."""

    stream: int
    kind: str  # "<", ">", ">>", "<<", "&1"
    target: Word
    body: str = ""


@dataclass
class Simple:
    """One command with its words and redirections."""

    words: list[Word] = field(default_factory=list)
    redirections: list[Redirection] = field(default_factory=list)


@dataclass
class Pipeline:
    """Commands joined by ``|``; ``when`` is "" or the ``&&`` or ``||`` before it."""

    commands: list[Simple]
    when: str = ""


STATUS = "\0"
_SUBSTITUTED = re.compile(r"\$(?:[A-Za-z_0-9@*#!$-]\w*|[({].*)|`.*", re.DOTALL)
LIMIT = 100_000
_OPERATORS = ("<<-", "2>&1", "2>>", "1>>", "&&", "||", ">>", "<<", "2>", "1>", "|", ";", ">", "<", "\n", "&", "(", ")")
_REDIRECTS = {
    ">": (1, ">"),
    "1>": (1, ">"),
    ">>": (1, ">>"),
    "1>>": (1, ">>"),
    "2>": (2, ">"),
    "2>>": (2, ">>"),
    "<": (0, "<"),
    "<<": (0, "<<"),
    "<<-": (0, "<<"),
    "2>&1": (2, "&1"),
}
Token = Word | str


def _tokens(source: str) -> tuple[list[Token], list[str]]:
    """Words and operators, and the bodies of the here-documents in their order."""
    tokens: list[Token] = []
    bodies: list[str] = []
    waiting: list[tuple[str, bool]] = []
    pos = 0
    while pos < len(source):
        char = source[pos]
        if char in " \t\r":
            pos += 1
        elif char == "#":
            end = source.find("\n", pos)
            pos = len(source) if end < 0 else end
        elif source.startswith("\\\n", pos):
            pos += 2
        elif (operator := _operator(source, pos)) is not None:
            pos += len(operator)
            tokens.append(operator)
            if operator == "\n" and waiting:
                for ending, tabs in waiting:
                    body, pos = _here_document(source, pos, ending, tabs)
                    bodies.append(body)
                waiting.clear()
        else:
            word, pos = _word(source, pos)
            if tokens and tokens[-1] in ("<<", "<<-"):
                waiting.append((word.text, tokens[-1] == "<<-"))
            tokens.append(word)
    bodies += [""] * len(waiting)
    return tokens, bodies


def _operator(source: str, pos: int) -> str | None:
    return next((operator for operator in _OPERATORS if source.startswith(operator, pos)), None)


def _here_document(source: str, pos: int, ending: str, tabs: bool) -> tuple[str, int]:
    rows = []
    while pos < len(source):
        end = source.find("\n", pos)
        row, pos = (source[pos:], len(source)) if end < 0 else (source[pos:end], end + 1)
        row = row.lstrip("\t") if tabs else row
        if row == ending:
            break
        rows.append(row + "\n")
    return "".join(rows), pos


def _word(source: str, pos: int) -> tuple[Word, int]:
    parts: list[str] = []
    pattern, wants = False, ""
    while pos < len(source):
        char = source[pos]
        if char == "'":
            end = source.find("'", pos + 1)
            if end < 0:
                raise Unreadable("a quote ' is not closed")
            parts.append(source[pos + 1 : end])
            pos = end + 1
        elif char == '"':
            part, pos, wanted = _double_quoted(source, pos + 1)
            wants = wants or wanted
            parts.append(part)
        elif char == "\\" and pos + 1 < len(source):
            parts.append("" if source[pos + 1] == "\n" else source[pos + 1])
            pos += 2
        elif source.startswith("$?", pos):
            parts.append(STATUS)
            pos += 2
        elif char in " \t\r\n;|&<>" or (char in "()" and not parts):
            break
        else:
            pattern = pattern or char in "*?"
            wants = wants or _wanted(source, pos)
            parts.append(char)
            pos += 1
    return Word("".join(parts), pattern, wants), pos


def _wanted(source: str, pos: int) -> str:
    """What a real shell would substitute here, shortened to its word."""
    found = _SUBSTITUTED.match(source, pos)
    return found[0].split()[0] if found and found[0].split() else ""


def _double_quoted(source: str, pos: int) -> tuple[str, int, str]:
    parts: list[str] = []
    wants = ""
    while pos < len(source):
        char = source[pos]
        if char == '"':
            return "".join(parts), pos + 1, wants
        if char == "\\" and source[pos + 1 : pos + 2] in ("$", "`", '"', "\\", "\n"):
            parts.append("" if source[pos + 1] == "\n" else source[pos + 1])
            pos += 2
        elif source.startswith("$?", pos):
            parts.append(STATUS)
            pos += 2
        else:
            wants = wants or _wanted(source, pos)
            parts.append(char)
            pos += 1
    raise Unreadable('a quote " is not closed')


def parse(source: str) -> list[Pipeline]:
    """What is to be run, in order. ``Unreadable`` for what this shell cannot read."""
    if len(source) > LIMIT:
        raise Unreadable("too long for this shell")
    tokens, bodies = _tokens(source.replace("\0", ""))
    pipelines: list[Pipeline] = []
    commands: list[Simple] = []
    current, when = Simple(), ""

    def close_command() -> None:
        nonlocal current
        if not (current.words or current.redirections):
            raise Unreadable("a command is missing")
        commands.append(current)
        current = Simple()

    rows = iter(tokens)
    for token in rows:
        if isinstance(token, Word):
            current.words.append(token)
        elif token in _REDIRECTS:
            stream, kind = _REDIRECTS[token]
            target = Word("")
            if kind != "&1":
                name = next(rows, "")
                if not isinstance(name, Word):
                    raise Unreadable(f"{token} needs a name after it")
                target = name
            body = bodies.pop(0) if kind == "<<" else ""
            current.redirections.append(Redirection(stream, kind, target, body))
        elif token == "|":
            close_command()
        elif token in ("&&", "||", ";", "\n"):
            waits = bool(current.words or current.redirections or commands)
            if waits:
                close_command()
                pipelines.append(Pipeline(list(commands), when))
                commands.clear()
                when = ""
            if token in ("&&", "||"):
                if not waits:
                    raise Unreadable(f"{token} needs a command before it")
                when = token
            elif token == ";" and not waits:
                raise Unreadable("; needs a command before it")
        else:
            raise Unreadable(f"{token} is not understood by this shell")
    if current.words or current.redirections or commands:
        close_command()
        pipelines.append(Pipeline(list(commands), when))
    elif when:
        raise Unreadable(f"{when} needs a command after it")
    return pipelines
