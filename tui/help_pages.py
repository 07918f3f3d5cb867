"""What ``noroute --help`` and ``noroute COMMAND --help`` print."""

from __future__ import annotations

from pathlib import Path

DEFAULT_SCENARIO = "no-route-to-host"

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

exit codes  0 done and verified, or the plan printed
            1 not done or not verified
            2 wrong usage; nothing to do: no such finding now, no such fix, or to be repaired elsewhere
            3 not reachable, or lost on the way

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


def scenarios() -> tuple[str, ...]:
    """The demo's scenarios. Read from the folder: the demo itself would load the servers that it starts."""
    return tuple(sorted(path.stem for path in (Path(__file__).parent / "demo" / "scenarios").glob("*.toml")))


def page(command: str) -> str:
    """The page of ``noroute COMMAND --help``."""
    from tui.settings import config_file

    others = ", ".join(name for name in scenarios() if name != DEFAULT_SCENARIO)
    text = _PAGES[command].replace("{scenario}", DEFAULT_SCENARIO).replace("{scenarios}", others)
    return text.replace("{config}", str(config_file()))
