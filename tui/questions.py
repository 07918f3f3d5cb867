"""Answers to what a connection asks, without a screen: from the command line, else from a person at the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.inert import inert
from checks.prompts import ChangedHostKey, HostKey, Secret, accepted_words
from checks.refusal import Refusal
from tui.arguments import USAGE


def at_terminal() -> bool:
    """Whether there is a person to ask: questions go to standard error, answers come from standard input."""
    # Both may be closed altogether.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


class HeadlessAsker:
    """Asks a person at the terminal; where there is none it says on standard error what was asked and what would
    have answered it, and gives up."""

    async def host_key(self, key: HostKey) -> bool:
        """Whether to trust a new key."""
        # The refusal that follows says which key it is, and how it would be accepted.
        if not at_terminal():
            return False
        tell(f"{key.hop}: the key of {key.host} port {key.port} is not known: {key.type} {key.fingerprint}")
        return await confirmed("Trust it from now on?")

    async def accepted_host_key(self, key: HostKey) -> None:
        """Tell it, and go on."""
        tell(accepted_words(key))

    async def changed_host_key(self, key: ChangedHostKey) -> None:
        """Nothing to answer: the refusal that follows says both keys, and how the old one would be forgotten."""
        del key

    async def secret(self, question: Secret) -> str | None:
        """What a person types."""
        if not at_terminal():
            what = f"{question.hop} asks for a {question.kind}"
            if question.kind == "passphrase":
                what = question.prompt.strip().rstrip(":").replace("Passphrase for", "the passphrase is needed for")
            tell(f"{what}; without a terminal it comes from --password-file")
            return None
        if question.before:
            tell(question.before)
        prompt = inert(question.prompt, 200).strip() or f"{question.kind}:"
        return await answer(f"{question.hop}: {prompt} ", echo=question.echo)


def password_from(name: str) -> str:
    """The first line of a file, or of standard input for ``-``. Raises Refusal."""
    try:
        text = sys.stdin.readline() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "not UTF-8 text"
        raise Refusal(f"--password-file {name}: {why}", USAGE) from None
    password = text.partition("\n")[0].removesuffix("\r")
    if not password:
        raise Refusal(f"--password-file {name}: its first line is empty", USAGE)
    return password


def tell(line: str) -> None:
    """A line for the person, on standard error."""
    sys.stderr.write(f"noroute: {inert(line)}\n")


async def confirmed(question: str) -> bool:
    """Whether a person answered yes; an empty answer and the end of input are no."""
    return (await answer(f"{question} y/N ") or "").strip().lower() in ("y", "yes")


async def answer(prompt: str, *, echo: bool = True) -> str | None:
    """One line typed at the terminal, None at the end of input. Can be cancelled while it waits."""
    descriptor = sys.stdin.fileno()
    typed: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def ready() -> None:
        # The terminal hands out whole lines, so one read is one answer.
        if not typed.done():
            typed.set_result(os.read(descriptor, 4096))

    with _echo(descriptor, echo):
        sys.stderr.write(inert(prompt))
        sys.stderr.flush()
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, ready)
        try:
            line = await typed
        finally:
            loop.remove_reader(descriptor)
            if not echo:
                sys.stderr.write("\n")
    return line.decode(sys.stdin.encoding, "replace").rstrip("\r\n") if line else None


@contextmanager
def _echo(descriptor: int, wanted: bool) -> Iterator[None]:
    if wanted:
        yield
        return
    before = termios.tcgetattr(descriptor)
    quiet = list(before)
    quiet[3] &= ~termios.ECHO
    # Not TCSAFLUSH: what was typed ahead is the answer.
    termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
