"""The command line as a person types it: which command, which options, and what to say when it is wrong.

Nothing heavy is imported here: this is what ``--version`` and ``--help`` cost.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from checks.addresses import address
from checks.inert import inert
from checks.refusal import Refusal
from checks.sources.target import parse_fingerprint, parse_jumps, parse_port, parse_target

PROGRAM = "noroute"
SCREEN = "screen"
USAGE, UNREADABLE, FOUND, FINE = 2, 3, 1, 0
EVERY_SECONDS = 15.0
_LEAST_PERIOD, _MOST_PERIOD = 2, 3600

_OVERVIEW = """\
usage: noroute [CONN] [TARGET]              the screen; without TARGET it asks for one
       noroute demo [SCENARIO]              the screen on a simulated site
       noroute demo [SCENARIO] --serve      serve the simulated site to any SSH client
       noroute check [CONN] TARGET          a report: text or JSON, and an exit code
       noroute fix [CONN] TARGET ID         show a plan, ask, carry it out, verify it
       noroute undo [CONN] TARGET [FIX]     the way back
       noroute open FOLDER                  a capture: the screen, or a report of what was read then
       noroute explain CODE|ADDRESS         a finding's code, or what an address means
       noroute rules                        all codes, as a list or as JSON
       noroute --version | --help

Why the virtual IPs of vSphere with Tanzu on the HAProxy appliance do not answer, with proof and repair.
TARGET is [USER@]HOST[:PORT] or a Host of ~/.ssh/config. `--demo SCENARIO` stands in its place.
`noroute COMMAND --help` lists the options of a command, CONN among them. A host that is named like
a command follows `--`: `noroute -- demo`.

the screen  --every SECONDS  read everything again so often, 2 to 3600 (default 15); what the appliance
                             tells of itself is read at once
exit codes  0 nothing found, or done    1 found, or not done    2 wrong usage
            3 the appliance could not be read                   128+n after signal n
environment XDG_STATE_HOME  where known host keys, fixes and their log are kept ({state})
            NO_COLOR        set to anything: no colours
            NOROUTE_ASCII   set to anything: ASCII in place of the glyphs
            XDG_CONFIG_HOME where your own keys and colours are kept ({config})
"""

_CONNECTION = """\
CONN is how the appliance is reached, the same everywhere:
  -J [USER@]HOST[:PORT]     jump host, several separated by commas
  -p PORT                   port of the appliance's SSH server
  -l USER                   user to log in as
  -i FILE                   private key, may be repeated
  -F FILE                   use this file in place of ~/.ssh/config
  --site FILE               site file: what is meant to be there
  --vip ADDRESS[:PORT]      probe this VIP too, may be repeated
  --from here|jump          the place whose answer counts as what users see
  --password-file FILE|-    read the password from a file, or from standard input
  --accept-host-key SHA256:...
                            trust this new host key, may be repeated
  --read-only               repairs are shown and never carried out
"""

_LIVE = """\
  --read-only     repairs are shown and never carried out
  --every SECONDS
                  read everything again so often, 2 to 3600 (default 15); what the appliance tells of itself
                  is read at once
"""

_SCREEN = """\
The screen takes besides:
  --ascii         ASCII in place of the glyphs
  --no-mouse      leave the mouse to the terminal
  --theme NAME    colours: noroute-dark, noroute-light, noroute-high-contrast, noroute-blue-orange,
                  noroute-ansi (the terminal's own), noroute-mono
Keys, theme, ascii and mouse can be kept in {config}.
"""

_PAGES = {
    "demo": """\
usage: noroute demo [SCENARIO]
       noroute demo [SCENARIO] --serve [--port N]

A simulated site inside this process: no root, no network. Without SCENARIO it is {scenario};
the others are {scenarios}.

  --serve         serve the site to any SSH client until interrupted. The first line printed is the path
                  of an ssh_config: ssh -F FILE demo-appliance
  --port N        listen on this port (default: any free one)
"""
    + _LIVE
    + "\n"
    + _SCREEN,
    "check": """\
usage: noroute check [CONN] TARGET [options]
       noroute check --demo SCENARIO [options]

Reads the appliance once, probes its VIPs and prints a report on standard output. Changes nothing.

  --format text|json        default: text
  --min-severity failed|warning|info
                            what counts as found for exit code 1 (default: warning)
  --fail-on-unknown         exit 3 in place of 0 where a check could not be made

exit codes  0 nothing found    1 found    2 wrong usage    3 the appliance could not be read
            3 comes before 1, but --fail-on-unknown only turns 0 into 3: what was found stays 1

"""
    + _CONNECTION,
    "fix": """\
usage: noroute fix [CONN] TARGET ID [options]
       noroute fix --demo SCENARIO ID [options]

Shows the plan for a finding, asks, carries it out and verifies it. ID is that of the report, A01:10.10.18.18/28;
its code alone will do where only one finding has it.

  --dry-run       print the plan and its digest, change nothing
  --yes           do not ask
  --plan DIGEST   carry out exactly the plan of that digest, or refuse; does not ask
  --reboot        restart the whole appliance in place of single units
  --resume        in place of ID: go on with the fix that was cut off here
  --report FILE   write what was seen, done and reached as Markdown

exit codes  0 done and verified, or the plan printed    1 not done or not verified
            2 wrong usage, no such finding, nothing to repair    3 not reachable, or lost on the way

"""
    + _CONNECTION,
    "undo": """\
usage: noroute undo [CONN] TARGET [FIX] [options]

Shows the way back of a fix as a plan, asks, carries it out and verifies it. Without FIX it is the one that was cut
off, else the last one. What was repaired in a demo is undone in its screen: every demo is a new one.

  --dry-run       print the plan and its digest, change nothing
  --yes           do not ask
  --plan DIGEST   carry out exactly the plan of that digest, or refuse; does not ask
  --reboot        restart the whole appliance in place of single units
  --report FILE   write what was seen, done and reached as Markdown

exit codes  as for `noroute fix`

"""
    + _CONNECTION,
    "open": """\
usage: noroute open FOLDER [options]

Shows a capture, which is what `s` saves in the screen: in the screen, or as a report where there is no terminal or
--format names one. Needs no appliance and changes nothing.

  --format text|json        a report on standard output, not the screen
  --site FILE               site file: what is meant to be there
  --min-severity failed|warning|info
                            what counts as found for exit code 1 (default: warning)
  --fail-on-unknown         exit 3 in place of 0 where a check could not be made

exit codes  0 nothing found    1 found    2 wrong usage, or no capture
            3 the appliance could not be read when it was saved

"""
    + _SCREEN,
    "explain": """\
usage: noroute explain CODE
       noroute explain ADDRESS
       noroute explain --benign | --what-is-read

CODE is that of a finding: A01. ADDRESS is an address, a range or a mask in any spelling: 10.10.18.18/28,
10.10.18.19/11, 10.10.18.17-10.10.18.30, 10.10.18.16/255.255.255.240, /28. Needs no appliance.

  --benign        what looks like a fault and is none
  --what-is-read  everything that is read from an appliance, with the exact commands
""",
    "rules": """\
usage: noroute rules [--format text|json]

Every known way to fail: code, severity (elsewhere: what no rule can tell), grade, title. `noroute explain CODE`
says more. Grade is how well it is known: LAB reproduced on real software, CODE read in the vendor's scripts, SRC
reported in public, REASON concluded only.

  --format text|json        default: text
""",
}
COMMANDS = tuple(_PAGES)


def overview() -> str:
    """The page of ``noroute --help``."""
    from tui.settings import config_file, state_folder

    return _OVERVIEW.format(state=state_folder(), config=config_file())


def page(command: str) -> str:
    """The page of ``noroute COMMAND --help``."""
    from tui.settings import config_file

    # Read from the folder: the demo itself would load the servers that it starts.
    names = sorted(path.stem for path in (Path(__file__).parent / "demo" / "scenarios").glob("*.toml"))
    others = ", ".join(name for name in names if name != DEFAULT_SCENARIO)
    text = _PAGES[command].replace("{scenario}", DEFAULT_SCENARIO).replace("{scenarios}", others)
    return text.replace("{config}", str(config_file()))


DEFAULT_SCENARIO = "no-route-to-host"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what would be right."""

    def error(self, message: str) -> NoReturn:
        raise wrong(self.prog, self._reworded(message))

    def _reworded(self, message: str) -> str:
        if match := re.fullmatch(r"unrecognized arguments: (\S+)(?: .*)?", message, re.DOTALL):
            return self._unknown(match[1])
        if match := re.fullmatch(r"argument (\S+): expected one argument", message):
            return f"{match[1].split('/')[-1]} needs a value"
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
        raise wrong(where, f"{name} is a command and comes first; a host of that name follows `--`")
    options.words += literal
    options.literal = bool(literal)
    _assign(options, where)
    return options


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
    """The command that a plain word nearly is, or ""."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), COMMANDS, n=1, cutoff=0.7) if word.isalpha() else []
    return close[0] if close else ""


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
