"""What a connection may have to ask a person, as data, and the protocol of whoever can answer.

The screen answers with dialogs; without a terminal nothing ever asks, see :class:`NeverAsk`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HostKey:
    """A key that a host offered and that is in no known_hosts file. ``hop`` says which host of the way it is
    ("jump host jump01", "appliance haproxy.lab"); ``fingerprint`` is "SHA256:…"."""

    hop: str
    host: str
    port: int
    type: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ChangedHostKey:
    """A key that differs from the known one: never acceptable. ``remove`` is the command that would forget the
    old key (for a person who knows why it changed); ``files`` are where the old one stands."""

    hop: str
    host: str
    port: int
    type: str
    fingerprint: str
    known: tuple[str, ...]
    files: tuple[str, ...]
    remove: str


@dataclass(frozen=True, slots=True)
class Secret:
    """Something to type: a password, a passphrase or a one-time code. ``prompt`` is the server's own words
    (untrusted); ``echo`` whether it may be shown while typing; ``before`` says what was in vain until now, or is ""."""

    hop: str
    user: str
    prompt: str
    kind: str
    echo: bool = False
    before: str = ""


def accepted_words(key: HostKey) -> str:
    """That a key was taken unasked, in one line."""
    return (
        f"{key.hop}: its new {key.type} host key {key.fingerprint} is trusted, as StrictHostKeyChecking accept-new says"
    )


class Asker(Protocol):
    """Whoever can answer for the person."""

    async def host_key(self, key: HostKey) -> bool:
        """Whether to trust a new key from now on."""
        ...

    async def accepted_host_key(self, key: HostKey) -> None:
        """Tell that a new key is trusted from now on, because the SSH configuration says accept-new."""
        ...

    async def changed_host_key(self, key: ChangedHostKey) -> None:
        """Show that a key changed; there is nothing to accept."""
        ...

    async def secret(self, question: Secret) -> str | None:
        """What was typed, or None to give up."""
        ...


class NeverAsk:
    """Without a terminal: trusts nothing new, knows no secrets."""

    async def host_key(self, key: HostKey) -> bool:
        """Never trusts a key."""
        del key
        return False

    async def accepted_host_key(self, key: HostKey) -> None:
        """Nobody to tell it to."""
        del key

    async def changed_host_key(self, key: ChangedHostKey) -> None:
        """Nobody to show it to: the error says it."""
        del key

    async def secret(self, question: Secret) -> str | None:
        """Gives up."""
        del question
        return None
