"""What outlives the screen: the targets that its first page offers, what becomes of the one that was chosen there."""

from __future__ import annotations

import os
import shlex
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from checks.refusal import Refusal
from screens.start_choice import StartChoice
from tui import screen_state
from tui.arguments import PROGRAM, SCREEN, USAGE, connection_flags, parse
from tui.command_typos import suspect
from tui.configured_hosts import configuration, configured_hosts
from tui.inherited_options import inherited
from tui.session_opening import way_of

if TYPE_CHECKING:
    from tui.protocols import Visit

_MOST_HOSTS = 40


class Kept:
    """The habits of the person at this machine. ``options`` are those of the command line, with or without a target;
    ``theme`` is the one of the configuration file."""

    def __init__(self, options: Namespace, theme: str | None = None) -> None:
        self._given = self._options = options
        self._theme = theme

    def choices(self) -> tuple[StartChoice, ...]:
        """Targets that let us in before, captures, hosts of the SSH configuration, the demo's scenarios."""
        return (*_recent(), *_captures(), *_hosts(self._given.config), *_scenarios())

    def objection(self, typed: str) -> str:
        """What is wrong with words typed for a target; "" where nothing is. It may wait for a file or a name's
        address."""
        if wrong := objection(typed):
            return wrong
        try:
            suspect(inherited(options_of(tuple(shlex.split(typed))), self._given), "")
        except Refusal as refusal:
            return refusal.sentence
        return ""

    def visit(self, words: tuple[str, ...]) -> Visit:
        """Where words lead. Raises Refusal."""
        self._options = inherited(options_of(words), self._given)
        if self._options.command != "open":
            return way_of(self._options)
        from tui.capture_opening import captured

        return captured(self._options)

    def reached(self) -> None:
        """Remember how to get there again: without what was only for once."""
        options = self._options
        if options.command == "open":
            screen_state.remember_capture(Path(options.subject))
        if options.command != SCREEN or not options.target:
            return
        once = ("--password-file", "--accept-host-key")
        flags = [word for flag, value in connection_flags(options) if flag not in once for word in (flag, value)]
        screen_state.remember((*flags, options.target))

    def themed(self, theme: str) -> None:
        """Remember it."""
        screen_state.remember_theme(theme, self._theme)


def _recent() -> Iterator[StartChoice]:
    for words in screen_state.recent():
        if not objection(shlex.join(words)) and _still_there(options_of(words).config):
            yield StartChoice("LOOKED AT BEFORE", words[-1], shlex.join(words[:-1]), words)


def _still_there(config: str) -> bool:
    # A demo that was served wrote one and took it along.
    return not config or Path(config).expanduser().is_file()


def _captures() -> Iterator[StartChoice]:
    """Those that are still there."""
    for row in screen_state.captures():
        folder = Path(row)
        if is_capture(folder):
            yield StartChoice("CAPTURES", folder.name, _homely(folder.parent), ("open", row))


def is_capture(folder: Path) -> bool:
    """Whether there is an index of a capture in a folder."""
    try:
        return (folder / "capture.json").is_file()
    except (OSError, ValueError):
        return False


def _homely(folder: Path) -> str:
    home = Path.home()
    return str(Path("~") / folder.relative_to(home)) if folder.is_relative_to(home) else str(folder)


def _hosts(given: str | None) -> Iterator[StartChoice]:
    """Hosts that can be typed as a target, of the file of ``-F`` where there is one."""
    file = given or "~/.ssh/config"
    targets = ((name, way) for name, way in configured_hosts(configuration(given)).items() if _is_target(name))
    for name, way in islice(targets, _MOST_HOSTS):
        yield StartChoice(f"HOSTS OF {file}", name, way, (name,))


def _is_target(name: str) -> bool:
    return not objection(shlex.quote(name))


def _scenarios() -> Iterator[StartChoice]:
    from tui.demo.scenario import load_scenario, scenario_names

    for name in scenario_names():
        # What people saw; never the cause, which is to be found.
        scenario = load_scenario(name)
        yield StartChoice(
            "THE DEMO, A SIMULATED SITE", scenario.title, " ".join(scenario.story.split()), ("demo", name)
        )


def objection(typed: str) -> str:
    """What is wrong with words typed for a target; "" where nothing is."""
    try:
        options = options_of(tuple(shlex.split(typed)))
        if options.command == "open":
            from checks.sources.capture import load

            load(Path(options.subject))
    except Refusal as refusal:
        return refusal.sentence
    except ValueError:
        return "a quote is not closed"
    known = options.target or options.command in ("demo", "open")
    return "" if known else "a target is missing: [USER@]HOST[:PORT]"


def options_of(words: tuple[str, ...]) -> Namespace:
    """Words as a command line's options; a path alone is that of a capture. Raises Refusal where they cannot be
    meant so. The program's own name before them, as in a line that was pasted, is not one of them."""
    options = parse(_opening(words[1:] if words[:1] == (PROGRAM,) and len(words) > 1 else words))
    report = getattr(options, "serve", False) or (options.command == "open" and options.format)
    if options.command not in (SCREEN, "demo", "open") or options.help or report:
        said = "only a target, a capture or the demo can be opened here; leave with ctrl+d for the other commands"
        raise Refusal(said, USAGE)
    return options


def _opening(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) == 1 and (words[0].startswith(("~", ".")) or "/" in words[0] or is_capture(Path(words[0]))):
        words = ("open", *words)
    # No shell has seen what was typed here.
    return ("open", *map(os.path.expanduser, words[1:])) if words[:1] == ("open",) else words
