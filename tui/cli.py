"""The command ``noroute``: finds the command that was typed and turns how it ended into an exit code.

Every command is imported when it is called, so that none pays for another's imports.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks import __version__
from checks.refusal import Refusal

if TYPE_CHECKING:
    from argparse import Namespace

_SIGINT, _SIGPIPE = 2, 13
_UNREADABLE = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of the process) and return its exit code. Never raises for anything
    that a person, an appliance or a closed pipe can cause."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
    except Refusal as refusal:
        say(refusal)
        code = refusal.exit_code
    except KeyboardInterrupt:
        code = 128 + _SIGINT
    except BrokenPipeError:
        _forget_stdout()
        code = 128 + _SIGPIPE
    except OSError as problem:
        # A report that cannot be written is no finding.
        _forget_stdout()
        say(Refusal(f"{problem.filename or 'standard output'}: {problem.strerror or problem}", _UNREADABLE))
        code = _UNREADABLE
    return code


def _run(words: list[str]) -> int:
    if words in (["--version"], ["-V"]):
        sys.stdout.write(f"noroute {__version__}\n")
        return 0
    from tui.arguments import SCREEN, parse
    from tui.help_pages import overview, page

    _let_everything_print()
    options = parse(words)
    if options.help:
        sys.stdout.write(overview() if options.command == SCREEN else page(options.command))
        return 0
    return _carry_out(options)


def _carry_out(options: Namespace) -> int:
    match options.command:
        case "explain":
            from tui.commands import explain

            return explain.run(options)
        case "rules":
            from tui.commands import rules

            return rules.run(options)
        case "check":
            from tui.commands import check

            return check.run(options)
        case "open":
            from tui.commands import capture

            return capture.run(options)
        case "fix" | "undo":
            from tui.commands import repair

            return repair.run(options)
        case "demo" if options.serve:
            from tui.commands import serve

            return serve.run(options)
        case _:
            from tui.commands import screen

            return screen.run(options)


def say(refusal: Refusal) -> None:
    """One line on standard error, and the other side's own words below it where there are any."""
    from checks.inert import inert

    lines = [refusal.sentence, *(f"  it says: {inert(line, 200)}" for line in refusal.said.splitlines()[:5])]
    sys.stderr.write("\n".join([inert(f"noroute: {lines[0]}"), *lines[1:]]) + "\n")


def _let_everything_print() -> None:
    # A character that the terminal's encoding lacks must cost that character, not the report.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    # The interpreter flushes standard output once more when it ends, which would complain again.
    import os
    from pathlib import Path

    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
