"""Running other programs: what they say is kept, and a failure carries their own words."""

import subprocess
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Finished(NamedTuple):
    """What a program left behind."""

    code: int
    out: str
    err: str


class LabError(Exception):
    """Something in the lab itself does not work; the message says what and quotes the program that said so."""


def attempt(argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> Finished:
    """Run `argv` to its end, whatever its exit code. Undecodable output becomes U+FFFD."""
    text = None if stdin is None else stdin.encode()
    empty = subprocess.DEVNULL if text is None else None
    try:
        done = subprocess.run(argv, input=text, stdin=empty, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"no end after {timeout:g} s: {' '.join(argv)}") from error
    return Finished(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def run(argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
    """Run `argv`, return its output, raise LabError with its last words where it fails."""
    done = attempt(argv, stdin=stdin, timeout=timeout)
    if done.code:
        words = (done.err.strip() or done.out.strip())[-2000:]
        raise LabError(f"exit {done.code}: {' '.join(argv)}\n{words}")
    return done.out


def wait_for(what: str, probe: Callable[[], T | None], *, seconds: float, every: float = 0.05) -> T:
    """Return the first answer of `probe` that is neither None nor False; LabError after `seconds` without one."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            raise LabError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(every)
