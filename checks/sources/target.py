"""What the words of a command line mean: the appliance to reach, and the hops on the way to it.

Nothing is looked up here; :mod:`checks.sources.ssh_route` adds what the OpenSSH configuration says.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from checks.refusal import Refusal

if TYPE_CHECKING:
    import socket

_USAGE = 2
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_HOST = re.compile(r"[A-Za-z0-9_.%-][A-Za-z0-9_.:%-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A host as it was typed; ``user`` is "" and ``port`` None where the configuration is to say."""

    host: str
    user: str = ""
    port: int | None = None

    def __str__(self) -> str:
        """``[user@]host[:port]``, the way it can be typed again."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (f"{self.user}@" if self.user else "") + host + (f":{self.port}" if self.port else "")


@dataclass(frozen=True)
class Pinned:
    """A way in that depends on nothing outside: the only client keys to offer (key objects of asyncssh) and the only
    host keys to trust (text of a known_hosts file). No configuration, agent or file below ``~/.ssh`` is read.

    ``dial`` tells where a place really listens: {(host, port): (host, port)}, for the first hop only. ``here`` connects
    this machine's own probes, None where it has a network of its own.
    """

    keys: tuple[object, ...] = field(repr=False)
    known_hosts: str = field(repr=False)
    dial: Mapping[tuple[str, int], tuple[str, int]] = field(default_factory=dict, repr=False)
    here: Callable[[str, int], Awaitable[socket.socket]] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Target:
    """The appliance and how to get there.

    ``jumps`` are the hops in order, None where the configuration's ProxyJump counts; ``identities`` are private key
    files; ``config_files`` are OpenSSH client configurations, None for the user's own; ``password`` is for the
    appliance only, never for a hop; ``accept_host_keys`` are fingerprints ("SHA256:…") to trust unasked.
    """

    host: str
    user: str = ""
    port: int | None = None
    jumps: tuple[Place, ...] | None = None
    identities: tuple[str, ...] = ()
    config_files: tuple[str, ...] | None = None
    password: str | None = field(default=None, repr=False)
    accept_host_keys: frozenset[str] = frozenset()
    pinned: Pinned | None = None

    @property
    def place(self) -> Place:
        """The appliance itself, as typed."""
        return Place(self.host, self.user, self.port)


def parse_place(text: str, what: str = "TARGET") -> Place:
    """``[user@]host[:port]`` or ``ssh://…`` taken apart. Refusal with exit code 2 says what would be right."""
    rest = text.removeprefix("ssh://").rstrip("/") if text.startswith("ssh://") else text
    user, at, rest = rest.rpartition("@")
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", rest)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif rest.count(":") > 1:
        raise Refusal(f"{what} {text!r}: an IPv6 address wants brackets, as in [{rest}]:22", _USAGE)
    else:
        host, colon, tail = rest.partition(":")
        port = tail if colon else None
    if at and not user:
        raise Refusal(f"{what} {text!r}: there is no user before the @; write user@host or host alone", _USAGE)
    named = bool(_HOST.fullmatch(host)) or (bracketed is not None and _is_ipv6(host))
    # A leading dash would be an option to every other program that is shown this name.
    if not named or host.startswith("-") or user.startswith("-") or not user.isprintable():
        raise Refusal(f"{what} {text!r} is no host: write [user@]host[:port], for example root@haproxy.lab", _USAGE)
    return Place(host, user, None if port is None else parse_port(port, f"{what} {text!r}"))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def parse_target(text: str) -> Place:
    """The appliance's place. It has IPv4 addresses only, so an IPv6 one is refused with exit code 2."""
    bare = text.removeprefix("ssh://").rstrip("/").rpartition("@")[2]
    if _is_ipv6(bare) or ":" in (place := parse_place(text)).host:
        raise Refusal(f"TARGET {text!r}: the appliance has IPv4 addresses only; name it by one, or by name", _USAGE)
    return place


def parse_jumps(text: str) -> tuple[Place, ...]:
    """The hops of ``-J a,b``; "none" is no hop at all, whatever the configuration says."""
    if text.lower() == "none":
        return ()
    return tuple(parse_place(part.strip(), "-J") for part in text.split(","))


def parse_port(text: str, what: str = "-p") -> int:
    """A TCP port from its decimal digits, 1 to 65535."""
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:6]) < 65536 or len(text) > 5:
        raise Refusal(f"{what}: {text!r} is no port; a port is a number from 1 to 65535", _USAGE)
    return int(text)


def parse_fingerprint(text: str) -> str:
    """A fingerprint as ``ssh-keygen -l`` prints it."""
    if not _FINGERPRINT.fullmatch(text):
        raise Refusal(
            f"--accept-host-key {text!r} is no fingerprint: it reads SHA256: and 43 letters, as ssh-keygen -l prints",
            _USAGE,
        )
    return text
