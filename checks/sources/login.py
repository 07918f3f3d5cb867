"""The conversation of one SSH login: which key the host shows, and what it asks the person.

One password is asked for per connection and one failure ends it; a prompt that is not plainly for the password is
passed on in its own words and never answered with the password.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import asyncssh

from checks.prompts import Asker, Secret
from checks.sources.host_keys import fingerprint
from checks.sources.identities import unlocks
from checks.sources.ssh_route import Step

T = TypeVar("T")

LOGIN_SECONDS = 120.0
_HEARD_LIMIT = 4000
# Codes, menus and tokens: enough for any real login, and an end for a server that asks for ever.
_MOST_QUESTIONS = 6
# PAM's and sshd's "Password: ", "root@host's password: ", "(root@host) Password: ", "Password for root@host:".
_PASSWORD = re.compile(r"(?:\([^)]*\) *)?(?:\S+'s )?password(?: for \S+)?: *", re.IGNORECASE)
# sshd's and PAM's own sentences; a banner that merely speaks of new passwords is none of them.
_EXPIRED = re.compile(
    r"your password has expired|you are required to change your password|password change required but no tty|"
    r"you must change your password now",
    re.IGNORECASE,
)
# What PAM asks once a password has expired.
_CHANGE = re.compile(r"\(?(?:current|new|retype new|re-enter new)\)? (?:unix )?password\b", re.IGNORECASE)


def says_expired(text: str) -> bool:
    """Whether a host's own words say that the password has to be changed first."""
    return _EXPIRED.search(text) is not None


@dataclass
class Secrets:
    """What is known or was typed for one host of the way; kept for as long as the connection may come back.
    ``passphrases`` of key files are shared by all hosts of the way."""

    password: str | None = field(default=None, repr=False)
    passphrases: dict[str, str] = field(default_factory=dict, repr=False)

    def forget(self) -> None:
        """What did not help is not tried again."""
        self.password = None
        self.passphrases.clear()


class LoginClient(asyncssh.SSHClient):
    """Answers asyncssh's questions during one login, and remembers what was heard for whoever explains a failure.

    ``offered`` is the host key; ``heard`` the host's own text (untrusted); ``methods`` the ways to log in that the
    host allows; ``begun`` tells that the host has proved its key; ``vain`` says what was given and did not help,
    ``keys`` what the keys are called that there were to offer. ``accept`` are fingerprints to trust unasked where no
    key of the host is known.
    """

    def __init__(
        self,
        step: Step,
        asker: Asker,
        secrets: Secrets,
        accept: frozenset[str],
        lost: Callable[[], None],
    ) -> None:
        self._step = step
        self._asker = asker
        self._secrets = secrets
        self._accept = accept
        self._lost = lost
        self._password_used = False
        self._let_ask = False
        self._questions = 0
        self._asking: set[asyncio.Task[object]] = set()
        self.clock: asyncio.Timeout | None = None
        self.offered: asyncssh.SSHKey | None = None
        self.heard = ""
        self.methods: list[str] = []
        self.begun = False
        self.gave_up = False
        self.expired = False
        self.connected = False
        self.vain = ""
        self.keys: tuple[str, ...] = ()
        self._conn: asyncssh.SSHClientConnection | None = None

    @property
    def version(self) -> str:
        """The host's SSH version line (untrusted), "" until it has sent one."""
        return str(self._conn.get_extra_info("server_version", "")) if self._conn is not None else ""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The transport is up; nothing has been said yet."""
        self._conn = conn
        self.connected = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, for whatever reason."""
        del exc
        self._lost()

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for a key that no file trusts, be it new or changed."""
        del host, addr, port
        self.offered = key
        return fingerprint(key) in self._accept

    def begin_auth(self, username: str) -> None:
        """The host has proved its key; from here on a person may be slow."""
        del username
        self.begun = True
        self._more_time()

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Text that the host shows before a login."""
        del lang
        self._hear(msg)

    def public_key_auth_requested(self) -> None:
        """No key is left to offer: the host has refused them all."""
        self._method("publickey")

    async def password_auth_requested(self) -> str | None:
        """The password, once."""
        self._method("password")
        return await self._password(f"{self._step.user}@{self._step.typed}'s password: ")

    def kbdint_auth_requested(self) -> str | None:
        """Whether to let the host ask its own questions: once, for a host that has none fails at once, every time."""
        self._method("keyboard-interactive")
        done = self._let_ask or self._password_used or self.gave_up or self.expired
        self._let_ask = True
        return None if done else ""

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Answers to the host's questions, None to stop."""
        del lang
        for text in (name, instructions):
            self._hear(text)
        answers: list[str] = []
        for prompt, echo in prompts:
            answer = await self._answer(prompt, echo)
            if answer is None:
                return None
            answers.append(answer)
        return answers

    async def passphrase(self, filename: str) -> str | None:
        """The passphrase of a private key, asked when the host has accepted its public half."""
        known = self._secrets.passphrases.get(filename)
        if known is None:
            known = await self._ask(f"Passphrase for {filename}: ", "passphrase", echo=False)
        if known is None:
            self.vain = f"no passphrase was given for {filename}"
            return None
        if not await asyncio.to_thread(unlocks, filename, known):
            self.vain = f"the passphrase does not unlock {filename}"
            return None
        self._secrets.passphrases[filename] = known
        return known

    def stop_asking(self) -> None:
        """Nobody waits for an answer any more."""
        for task in self._asking:
            task.cancel()

    async def _answer(self, prompt: str, echo: bool) -> str | None:
        if _CHANGE.match(prompt.strip()) or says_expired(prompt):
            self.expired = True
            self._hear(prompt)
            return None
        if not echo and _PASSWORD.fullmatch(prompt.strip()):
            return await self._password(prompt)
        self._questions += 1
        if self._questions > _MOST_QUESTIONS:
            return None
        code = await self._ask(prompt, "code", echo=echo)
        self.vain = "an answer was refused" if code is not None else self.vain
        return code

    async def _password(self, prompt: str) -> str | None:
        if self._password_used or self.gave_up or self.expired:
            return None
        known = self._secrets.password
        if known is None:
            known = await self._ask(prompt, "password", echo=False)
        if known is not None:
            self._password_used = True
            self.vain = "the password was refused"
            self._secrets.password = known
        return known

    async def _ask(self, prompt: str, kind: str, *, echo: bool) -> str | None:
        before = self.vain if kind == "password" else ""
        answer = await self._unhurried(
            self._asker.secret(Secret(self._step.name, self._step.user, prompt, kind, echo=echo, before=before))
        )
        if answer is None and kind != "passphrase":
            self.gave_up = True
        return answer

    async def _unhurried(self, question: Awaitable[T]) -> T:
        task = asyncio.current_task()
        if task is not None:
            self._asking.add(task)
        if self.clock is not None:
            self.clock.reschedule(None)
        try:
            return await question
        finally:
            self._more_time()
            if task is not None:
                self._asking.discard(task)

    def _more_time(self) -> None:
        if self.clock is not None and not self.clock.expired():
            self.clock.reschedule(asyncio.get_running_loop().time() + LOGIN_SECONDS)

    def _method(self, name: str) -> None:
        if name not in self.methods:
            self.methods.append(name)

    def _hear(self, text: str) -> None:
        if text.strip():
            self.heard = (self.heard + text.rstrip() + "\n")[-_HEARD_LIMIT:]
