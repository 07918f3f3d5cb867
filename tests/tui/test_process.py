"""The command as a process: signals, closed pipes, terminals, what it keeps where."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from checks.refusal import Refusal
from tui import settings
from tui.questions import password_from

ROOT = Path(__file__).parents[2]


def python(code: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


_WAITS = """
    import asyncio, sys
    from tui.signals import run

    async def wait():
        try:
            print("ready", flush=True)
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0)
            print("in good order", flush=True)
        return 0

    sys.exit(run(wait()))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(number: signal.Signals) -> None:
    with python(_WAITS) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == (b"in good order\n", b"", 128 + number)


def test_an_ignored_hangup_stays_ignored() -> None:
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + textwrap.dedent(_WAITS)
    with python(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_reader_that_went_away_is_no_traceback() -> None:
    code = """
        import sys
        from tui import cli
        cli._run = lambda words: (sys.stdout.write("x" * 200_000), 0)[1]
        sys.exit(cli.main(["check"]))
    """
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=20,
        check=False,
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (128 + signal.SIGPIPE, b"")


def test_the_plain_locale_gets_plain_characters() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "tui", "explain", "10.10.18.18/28"],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    assert process.stdout.isascii()


def test_a_locale_without_the_glyphs_costs_the_glyphs_only() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "tui", "explain", "10.10.18.18/28"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert process.returncode == 0
    assert process.stdout.isascii()
    assert b"| " in process.stdout


def _in_terminal(code: str, typed: bytes) -> tuple[int, bytes]:
    """Run code in a terminal, type once it has asked something, and give its exit code and all it showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-c", textwrap.dedent(code)])
    shown, sent = b"", False
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        shown += more
        if not sent and shown.endswith((b": ", b"N ")):
            os.write(terminal, typed)
            sent = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


_SECRET = """
    import asyncio, sys
    from checks.prompts import Secret
    from tui.questions import HeadlessAsker
    from tui.signals import run

    async def ask():
        typed = await HeadlessAsker().secret(Secret("appliance h", "root", "\\x1b[2JPassword:", "password"))
        return 0 if typed == "s3cret word" else 1

    sys.exit(run(ask()))
"""


def test_a_password_is_asked_for_and_never_shown() -> None:
    code, shown = _in_terminal(_SECRET, b"s3cret word\n")
    assert code == 0
    assert b"appliance h: \\x1b[2JPassword: " in shown
    assert b"s3cret" not in shown
    assert b"\x1b[2J" not in shown


def test_a_question_can_be_interrupted() -> None:
    code, _ = _in_terminal(_SECRET, b"\x03")
    assert code == 128 + signal.SIGINT


_KEY = """
    import asyncio, sys
    from checks.prompts import HostKey
    from tui.questions import HeadlessAsker
    from tui.signals import run

    key = HostKey("jump host jump01", "jump01", 22, "ssh-ed25519", "SHA256:abc")
    sys.exit(run(HeadlessAsker().host_key(key)))
"""


@pytest.mark.parametrize(("typed", "trusted"), [(b"y\n", 1), (b"n\n", 0), (b"\n", 0), (b"\x04", 0)])
def test_a_new_key_is_shown_and_trusted_only_after_a_yes(typed: bytes, trusted: int) -> None:
    code, shown = _in_terminal(_KEY, typed)
    assert b"jump host jump01: the key of jump01 port 22 is not known: ssh-ed25519 SHA256:abc" in shown
    assert code == trusted


def test_without_a_terminal_a_new_key_is_left_to_the_refusal() -> None:
    with python(_KEY, stdin=subprocess.DEVNULL) as process:
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, b"")


def test_the_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret word\r\nmore\n")
    assert password_from(str(file)) == "s3cret word"
    for spoil in (lambda: file.write_text("\n"), lambda: file.write_bytes(b"\xff\xfe"), lambda: file.unlink()):
        spoil()
        with pytest.raises(Refusal) as refused:
            password_from(str(file))
        assert refused.value.exit_code == 2
        assert "s3cret" not in refused.value.sentence


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = settings.prepared_state_folder()
    assert folder == tmp_path / "state" / "noroute"
    folder.chmod(0o755)
    assert settings.prepared_state_folder().stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert settings.state_folder() == Path.home() / ".local" / "state" / "noroute"
