"""The program on a real terminal: it leaves it clean however it ends, and ends when it is gone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_SECONDS = 20
_ROOT = Path(__file__).parents[2]


class Terminal:
    """A pseudo-terminal of 80x24 with the program on it."""

    def __init__(self, *words: str, before: str = "", **environment: str) -> None:
        self.master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        code = f"{before}\nimport runpy, sys\nsys.argv[1:] = {list(words)!r}\n"
        code += "runpy.run_module('tests.screens.fake_session', run_name='__main__')"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=_ROOT,
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
            start_new_session=True,
        )
        os.close(self._slave)
        self.seen = b""

    def wait_for(self, words: bytes) -> None:
        """Read until ``words`` were written."""
        end = time.monotonic() + _SECONDS
        while words not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
            assert ready, f"{words!r} did not come: {self.seen[-2000:]!r}"
            try:
                self.seen += os.read(self.master, 65536)
            except OSError:
                break
        assert words in self.seen, self.seen[-2000:]

    def drain(self) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], 0.05)
            try:
                data = os.read(self.master, 65536) if ready else b""
            except OSError:
                break
            self.seen += data
            if not data and self.process.poll() is not None:
                break
        return self.process.wait(_SECONDS)

    def close(self) -> None:
        """End what is still there."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def started() -> Iterator[list[Terminal]]:
    """Terminals to be closed at the end."""
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_the_terminal_clean(started: list[Terminal], number: int, code: int) -> None:
    terminal = Terminal()
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    terminal.process.send_signal(number)
    assert terminal.drain() == code
    assert b"\x1b[?1049h" in terminal.seen and b"\x1b[?1000h" in terminal.seen
    for off in (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?1003l"):
        assert off in terminal.seen
    assert terminal.seen.rindex(b"\x1b[?1049l") > terminal.seen.rindex(b"BROKEN")


def test_q_leaves_with_zero(started: list[Terminal]) -> None:
    terminal = Terminal()
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    os.write(terminal.master, b"q")
    assert terminal.drain() == 0
    assert b"\x1b[?1049l" in terminal.seen


def test_a_vanished_terminal_ends_it_even_with_hup_ignored(started: list[Terminal]) -> None:
    terminal = Terminal(before="import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)")
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    os.close(terminal.master)
    assert terminal.process.wait(_SECONDS) == 129


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_terminal_that_takes_nothing_any_more_holds_nobody(started: list[Terminal], number: int, code: int) -> None:
    """Textual's writer hangs in a write, and its queue is full."""
    stuck = (
        "import threading\nfrom textual.drivers._writer_thread import WriterThread\n"
        "def stop(self):\n    threading.Event().wait()\n"
        "WriterThread.stop = stop"
    )
    terminal = Terminal(before=stuck)
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    terminal.process.send_signal(number)
    assert terminal.drain() == code


def test_nothing_reaches_the_terminal_that_the_screen_did_not_write(started: list[Terminal]) -> None:
    terminal = Terminal("hostile")
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    os.write(terminal.master, b"q")
    terminal.drain()
    text = terminal.seen.decode()
    # What a screen needs: colours, places, modes. The samples try to write a bare colour and a bidirectional override.
    assert "\u202e" not in text and "\x1b[31m" not in text and "\x9b" not in text
    left = re.sub(r"\x1b(?:\[[0-9;:?<>=$]*[a-zA-Z~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[78=>c])", "", text)
    assert "\x1b" not in left


def test_no_color_writes_no_colour(started: list[Terminal]) -> None:
    terminal = Terminal(NO_COLOR="1", COLORTERM="truecolor")
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    os.write(terminal.master, b"q")
    terminal.drain()
    assert not re.search(rb"\x1b\[[0-9;]*\b[34]8;[25];", terminal.seen)


def test_a_crash_prints_one_line_and_no_values(started: list[Terminal], tmp_path: Path) -> None:
    crash = (
        "import screens.main\n"
        "def boom(self):\n    secret = 'hunter' + '2'\n    raise ValueError(secret)\n"
        "screens.main.MainScreen.action_explain = boom\n"
    )
    terminal = Terminal(before=crash, XDG_STATE_HOME=str(tmp_path))
    started.append(terminal)
    terminal.wait_for(b"BROKEN")
    os.write(terminal.master, b"e")
    assert terminal.drain() == 1
    after = terminal.seen[terminal.seen.rindex(b"\x1b[?1049l") :]
    assert b"ValueError" in after and b"errors.log" in after.replace(b"\r\n", b"")
    assert b"hunter2" not in terminal.seen and b"Traceback" not in after


def test_an_idle_screen_sends_next_to_nothing(started: list[Terminal]) -> None:
    terminal = Terminal()
    started.append(terminal)
    terminal.wait_for(b"? help" if b"? help" in terminal.seen else b"BROKEN")
    quiet = 0
    for _ in range(40):
        ready, _, _ = select.select([terminal.master], [], [], 0.25)
        quiet = 0 if ready else quiet + 1
        if ready:
            terminal.seen += os.read(terminal.master, 65536)
        if quiet == 4:
            break
    assert quiet == 4
