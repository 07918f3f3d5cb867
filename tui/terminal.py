"""The terminal under the screen: whether there is one, and leaving it clean whatever ends the program."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from textual.app import App

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
VANISHED = 128 + signal.SIGHUP
_LOOK_EVERY = 2.0
_GRACE = 5.0


def why_no_screen() -> str:
    """Why the screen cannot be shown here, in one line; "" where it can."""
    if not sys.__stdin__ or not sys.__stdin__.isatty():
        return "standard input is no terminal: noroute check prints a report without one"
    # Textual draws on standard error, so that standard output stays free.
    if not sys.__stderr__ or not sys.__stderr__.isatty():
        return "standard error is no terminal, and the screen is drawn there: noroute check prints a report without one"
    if os.environ.get("TERM", "") in ("", "dumb"):
        term = os.environ.get("TERM") or "not set"
        return f"TERM is {term}: no screen can be drawn; noroute check prints a report instead"
    return ""


def watch(app: App[Any], leave: Callable[[int], None]) -> None:
    """``leave`` with 128+n at a signal, and when the terminal vanished without one; hard, where that hangs."""
    loop = asyncio.get_running_loop()

    def end(code: int) -> None:
        # Textual waits for a terminal to take its last bytes, in this very thread: only another one can end that.
        hard = threading.Timer(_GRACE, os._exit, (code,))
        hard.daemon = True
        hard.start()
        leave(code)

    for number in SIGNALS:
        # Who starts a program under nohup wants it to outlive HUP; a terminal that is gone is seen below.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, end, 128 + number)

    def look() -> None:
        if not _there():
            end(VANISHED)

    if not app.is_headless:
        app.set_interval(_LOOK_EVERY, look)


def _there() -> bool:
    try:
        return os.isatty(sys.__stdin__.fileno()) if sys.__stdin__ else False
    except (OSError, ValueError):
        return False
