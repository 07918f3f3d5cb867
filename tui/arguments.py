"""The command line as a person types it: which command, which options, and what to say when it is wrong.

Nothing heavy is imported here: this is what ``--version`` and ``--help`` cost.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Sequence
from typing import Any, NoReturn

from checks.addresses import address
from checks.inert import inert
from checks.refusal import Refusal
from checks.sources.target import parse_fingerprint, parse_jumps, parse_port, parse_target
from tui.help_pages import COMMANDS, scenarios

PROGRAM = "noroute"
SCREEN = "screen"
USAGE, UNREADABLE, FOUND, FINE = 2, 3, 1, 0
EVERY_SECONDS = 15.0
_LEAST_PERIOD, _MOST_PERIOD = 2, 3600


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what would be right."""

    def error(self, message: str) -> NoReturn:
        raise wrong(self.prog, self._reworded(message))

    def _reworded(self, message: str) -> str:
        if match := re.fullmatch(r"unrecognized arguments: (\S+)(?: .*)?", message, re.DOTALL):
            return self._unknown(match[1])
        if match := re.fullmatch(r"argument (\S+): expected one argument", message):
            flag = match[1].split("/")[-1]
            return f"{flag} needs a value" + (f", one of {', '.join(scenarios())}" if flag == "--demo" else "")
        # argparse quotes the choices differently from version to version.
        if match := re.fullmatch(r"argument (\S+): invalid choice: (.+) \(choose from (.+)\)", message, re.DOTALL):
            hint = "; `noroute fix --report FILE` writes Markdown" if "markdown" in match[2] else ""
            return f"{match[1]}: {match[2]} is none of {match[3].replace(chr(39), '')}{hint}"
        return message.removeprefix("argument ")

    def _unknown(self, word: str) -> str:
        from difflib import get_close_matches

        name = word.partition("=")[0]
        if name == "--ascii":
            return "there is no option --ascii here; NOROUTE_ASCII=1 in the environment does the same everywhere"
        close = get_close_matches(name, self._option_string_actions, n=1)
        return f"there is no option {name}" + (f", did you mean {close[0]}?" if close else "")


def wrong(where: str, what: str) -> Refusal:
    """The refusal for a command line that cannot be meant so."""
    # Whoever says it begins with the program's name.
    command = where.removeprefix(PROGRAM).strip()
    return Refusal(f"{command}{': ' if command else ''}{inert(what, 300)} (see `{where} --help`)", USAGE)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as a namespace; ``command`` is one of COMMANDS or SCREEN.

    Raises Refusal with exit code 2 for wrong usage. Where ``help`` is true nothing but ``command`` is to be used.
    """
    command = argv[0] if argv and argv[0] in COMMANDS else SCREEN
    words = list(argv if command == SCREEN else argv[1:])
    # argparse has handled "--" differently from version to version.
    at = words.index("--") if "--" in words else len(words)
    typed, literal = words[:at], words[at + 1 :]
    where = PROGRAM if command == SCREEN else f"{PROGRAM} {command}"
    parser = _parser(command, where)
    options = parser.parse_intermixed_args(typed)
    options.command = command
    if options.help:
        return options
    if command == SCREEN and any(word in COMMANDS for word in options.words):
        name = next(word for word in options.words if word in COMMANDS)
        said = f"{name} is a command and comes first{_reordered(words, name)}"
        raise wrong(where, f"{said}; a host of that name follows `--`")
    options.words += literal
    options.literal = bool(literal)
    _assign(options, where)
    return options


def _reordered(words: list[str], name: str) -> str:
    """The same words with the command first, to be typed; "" where that would be wrong too."""
    first = words.index(name)
    right = [name, *words[:first], *words[first + 1 :]]
    try:
        parse(right)
    except Refusal:
        return ""
    return f": write `{shlex.join([PROGRAM, *right])}`"


def _parser(command: str, where: str) -> _Parser:
    parser = _Parser(prog=where, add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    parser.add_argument("-h", "--help", action="store_true")
    if command == "demo":
        parser.add_argument("--serve", action="store_true")
        parser.add_argument("--port", type=_served_port)
    if command in ("check", "fix", "undo", SCREEN):
        _add_connection(parser)
    if command == "demo":
        parser.add_argument("--read-only", action="store_true")
    if command in ("demo", SCREEN):
        parser.add_argument("--every", type=_period)
    if command in ("demo", "open", SCREEN):
        parser.add_argument("--ascii", action="store_true")
        parser.add_argument("--no-mouse", action="store_true")
        parser.add_argument("--theme")
    if command in ("check", "fix", "undo"):
        parser.add_argument("--demo", metavar="SCENARIO")
    if command == "explain":
        about = parser.add_mutually_exclusive_group()
        about.add_argument("--benign", dest="about", action="store_const", const="benign", default="")
        about.add_argument("--what-is-read", dest="about", action="store_const", const="what-is-read")
    if command in ("check", "open", "rules"):
        otherwise = None if command == "open" else "text"
        parser.add_argument("--format", choices=("text", "json"), default=otherwise)
    if command == "open":
        parser.add_argument("--site", default="")
    if command in ("check", "open"):
        parser.add_argument("--min-severity", choices=("failed", "warning", "info"), default="warning")
        parser.add_argument("--fail-on-unknown", action="store_true")
    if command in ("fix", "undo"):
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--dry-run", action="store_true")
        how.add_argument("--yes", action="store_true")
        how.add_argument("--plan", type=_digest)
        parser.add_argument("--report", default="")
        parser.add_argument("--reboot", action="store_true")
    if command == "fix":
        parser.add_argument("--resume", action="store_true")
    return parser


def _add_connection(parser: _Parser) -> None:
    parser.add_argument("-J", dest="jump", type=_jumps)
    parser.add_argument("-p", dest="ssh_port", type=parse_port)
    parser.add_argument("-l", dest="user", default="")
    parser.add_argument("-i", dest="identities", action="append", default=[])
    parser.add_argument("-F", dest="config", default="")
    parser.add_argument("--site", default="")
    parser.add_argument("--vip", dest="vips", action="append", type=_vip, default=[])
    parser.add_argument("--from", dest="probe_from", choices=("here", "jump"))
    parser.add_argument("--password-file", default="")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--accept-host-key", dest="accepted_keys", action="append", type=parse_fingerprint, default=[])


# How many words each command takes after its options, and how they are called when one is missing.
_WORDS = {SCREEN: ("[TARGET]",), "demo": ("[SCENARIO]",), "check": ("TARGET",), "fix": ("TARGET", "ID")}
_WORDS |= {"undo": ("TARGET", "[FIX]"), "open": ("FOLDER",), "explain": ("CODE|ADDRESS",), "rules": ()}


def _assign(options: argparse.Namespace, where: str) -> None:
    """Give the words their names: target, scenario, subject."""
    command, words = options.command, list(options.words)
    names = list(_WORDS[command])
    options.target, options.scenario, options.subject = "", "", ""
    if getattr(options, "demo", None) is not None:
        _no_connection(options, where)
        options.scenario = options.demo
        names.remove("TARGET")
    if getattr(options, "resume", False):
        names.remove("ID")
        if options.reboot:
            raise wrong(where, "--resume goes on with the plan that was confirmed; --reboot would be another one")
    if command == "explain":
        # "10.10.18.16/28, 10.10.18.64/28" arrives as two words where somebody forgot the quotes.
        words = [" ".join(words)] if words else []
        if options.about:
            names = []
    if len(words) > len(names) and command == SCREEN and (close := nearest_command(words[0])):
        raise wrong(where, f"there is no command {words[0]}, did you mean {close}?")
    if len(words) > len(names):
        raise wrong(where, f"{words[len(names)]} is one word too many")
    for name, word in zip(names, words, strict=False):
        field = {"TARGET": "target", "SCENARIO": "scenario"}.get(name.strip("[]"), "subject")
        setattr(options, field, word)
    missing = [name for name in names[len(words) :] if not name.startswith("[")]
    if missing:
        hint = " (or --demo SCENARIO)" if missing[0] == "TARGET" else ""
        raise wrong(where, f"{missing[0]} is missing{hint}")
    if options.target:
        parse_target(options.target)
    elif "" in words:
        raise wrong(where, "a word is empty")
    if command == "demo" and options.port is not None and not options.serve:
        raise wrong(where, "--port is for --serve")


def nearest_command(word: str) -> str:
    """The command, or the option that other programs have as a command, that a plain word nearly is, or ""."""
    from difflib import get_close_matches

    names = {**{name: name for name in COMMANDS}, "help": "--help", "version": "--version"}
    close = get_close_matches(word.lower(), names, n=1, cutoff=0.7) if word.isalpha() else []
    return names[close[0]] if close else ""


def _no_connection(options: argparse.Namespace, where: str) -> None:
    for flag, value in connection_flags(options):
        if flag != "--site":
            raise wrong(where, f"{flag} {value} is for a real target, not for --demo")


def connection_flags(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The CONN part as (flag, value), in the order of the help page: what has to be typed again."""
    found: list[tuple[str, Any]] = [
        ("-J", options.jump),
        ("-p", options.ssh_port),
        ("-l", options.user),
        *(("-i", path) for path in options.identities),
        ("-F", options.config),
        ("--site", options.site),
        *(("--vip", vip) for vip in options.vips),
        ("--from", options.probe_from),
        ("--password-file", options.password_file),
        *(("--accept-host-key", key) for key in options.accepted_keys),
    ]
    return [(flag, str(value)) for flag, value in found if value]


def _served_port(text: str) -> int:
    return parse_port(text, "--port")


def _period(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _LEAST_PERIOD <= seconds <= _MOST_PERIOD:
        said = f"{text!r} is no number of seconds from {_LEAST_PERIOD} to {_MOST_PERIOD}"
        raise argparse.ArgumentTypeError(said)
    return seconds


def _jumps(text: str) -> str:
    parse_jumps(text)
    return text


def _vip(text: str) -> str:
    host, colon, port = text.partition(":")
    if address(host) is None or (colon and not re.fullmatch(r"[1-9][0-9]{0,4}", port)) or int(port or 1) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS or ADDRESS:PORT, such as 10.10.18.19:443")
    return text


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the digest of a plan, 16 characters 0-9 a-f")
    return text
