"""From a target to the steps of the way there, each with what the OpenSSH client configuration says of it."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path

from asyncssh.config import ConfigParseError, SSHClientConfig, SSHConfig

from checks.refusal import Refusal
from checks.sources.target import Place, Target, parse_jumps
from checks.sources.user_paths import at_home

_USAGE = 2
CONNECT_SECONDS = 10.0
_MOST_HOPS = 8
_SYSTEM_CONFIG = Path("/etc/ssh/ssh_config")
_DEFAULT_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_GLOBAL_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_DEFAULT_IDENTITIES = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")


@dataclass(frozen=True)
class Step:
    """One SSH connection of the way.

    ``typed`` is the name that the configuration knows, ``host`` the one that is dialled; ``known_as`` and ``key_port``
    are what its key is known by. ``identity_files`` are candidates, those in ``named`` were asked for by the person;
    ``agent`` is the agent's socket or "". ``seconds`` bound the time until the host has proved its key. ``command``
    tells that a ProxyCommand leads there, ``own_algorithms`` that HostKeyAlgorithms are set, ``strict`` that an unknown
    host key is not to be asked about, ``accept_new`` that it is to be taken unasked. ``certificate_files`` are those
    of CertificateFile.
    """

    appliance: bool
    typed: str
    host: str
    port: int
    user: str
    known_as: str
    key_port: int
    known_hosts_files: tuple[str, ...] = ()
    identity_files: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    identities_only: bool = False
    agent: str = ""
    config_files: tuple[str, ...] = ()
    seconds: float = CONNECT_SECONDS
    family: int = 0
    bind: str = ""
    command: bool = False
    own_algorithms: bool = False
    strict: bool = False
    accept_new: bool = False
    certificate_files: tuple[str, ...] = ()
    typed_port: int | None = None

    @property
    def name(self) -> str:
        """For a person: which host of the way this is."""
        return f"{'appliance' if self.appliance else 'jump host'} {self.typed}"

    @property
    def place(self) -> str:
        """``user@host:port`` as it is dialled."""
        return str(Place(self.host, self.user, self.port))

    @property
    def called(self) -> str:
        """The same under the name that the person or the configuration gives it."""
        return self.place if self.typed == self.host else str(Place(self.typed, self.user, self.typed_port))


class _ClientConfig(SSHClientConfig):
    """asyncssh's, with what only we obey."""

    _handlers = SSHClientConfig._handlers | {
        "stricthostkeychecking": ("StrictHostKeyChecking", SSHConfig._set_string),
    }


def steps(target: Target) -> tuple[Step, ...]:
    """The way to the target, first hop first. Refusal (exit code 2) for a configuration that cannot be used."""
    files = _config_files(target)
    place = target.place
    last, jumps = _step(target, place, files, appliance=True)
    if target.jumps is not None:
        jumps = target.jumps
    way = [last]
    # As ssh does it: the hops are dialled as listed; only the first one's own ProxyJump adds hops before it.
    while jumps:
        head: tuple[Place, ...] = ()
        hops = []
        for index, jump in enumerate(jumps):
            hop, before = _step(target, jump, files, appliance=False)
            hops.append(hop)
            if index == 0:
                head = before
        way = hops + way
        if len(way) > _MOST_HOPS:
            raise Refusal(f"the way to {place} has more than {_MOST_HOPS} hops: does a ProxyJump name itself?", _USAGE)
        jumps = head
    return tuple(way)


def _config_files(target: Target) -> tuple[str, ...]:
    if target.pinned is not None:
        return ()
    if target.config_files is None:
        mine = at_home("~/.ssh/config")
        return tuple(str(path) for path in (mine, _SYSTEM_CONFIG) if os.access(path, os.R_OK))
    if target.config_files == ("none",):
        return ()
    for name in target.config_files:
        if not os.access(name, os.R_OK):
            raise Refusal(f"-F {name}: this configuration cannot be read", _USAGE)
    return target.config_files


def _step(target: Target, place: Place, files: tuple[str, ...], *, appliance: bool) -> tuple[Step, tuple[Place, ...]]:
    try:
        me = getpass.getuser()
        asked = (me, place.user or (), place.host, place.port or ())
        config = _ClientConfig.load(None, list(files), False, False, False, *asked)
        if config.has_match_final():
            # As ssh does it: what is known by now holds, and Match final adds to it.
            config = _ClientConfig.load(config, list(files), False, False, True, *asked)
    except KeyError:
        raise Refusal("who you are is not known here: set USER, or name a user as in root@haproxy", _USAGE) from None
    except IndexError:  # asyncssh's word for it
        raise Refusal("the SSH configuration cannot be used: a line of it lacks a word", _USAGE) from None
    except (ConfigParseError, ValueError, OSError) as problem:
        raise Refusal(f"the SSH configuration cannot be used: {problem}", _USAGE) from None
    host = _text(config, "Hostname") or place.host
    port = config.get("Port", 22)
    user = _text(config, "User") or me
    alias = _text(config, "HostKeyAlias")
    seconds = config.get("ConnectTimeout")
    named = frozenset(target.identities)
    checking = _text(config, "StrictHostKeyChecking").lower()
    step = Step(
        appliance=appliance,
        typed=place.host,
        host=host,
        port=port if isinstance(port, int) else 22,
        user=user,
        known_as=alias or host.lower(),
        # An alias stands for the host at whatever port.
        key_port=22 if alias or not isinstance(port, int) else port,
        known_hosts_files=() if target.pinned else _known_hosts(config),
        identity_files=() if target.pinned else (*target.identities, *_identities(config, bool(named))),
        named=named,
        identities_only=bool(config.get("IdentitiesOnly")),
        agent="" if target.pinned else _agent(config),
        config_files=files,
        seconds=float(seconds) if isinstance(seconds, int) and seconds > 0 else CONNECT_SECONDS,
        family=_number(config, "AddressFamily"),
        bind=_text(config, "BindAddress"),
        command=bool(config.get("ProxyCommand")),
        own_algorithms=bool(config.get("HostKeyAlgorithms")),
        strict=checking in ("yes", "true"),
        accept_new=checking == "accept-new",
        certificate_files=tuple(str(at_home(name)) for name in _list(config, "CertificateFile", ())),
        typed_port=place.port,
    )
    jump = _text(config, "ProxyJump")
    texts = (
        host,
        user,
        alias,
        jump,
        step.bind,
        step.agent,
        *step.known_hosts_files,
        *step.identity_files,
        *step.certificate_files,
    )
    if any("\0" in text for text in texts):
        # No path and no name can hold one, and the system refuses them late and in words of its own.
        raise Refusal("the SSH configuration cannot be used: a name in it holds a NUL byte", _USAGE)
    if jump:
        for token, value in (("%h", host), ("%n", place.host), ("%p", str(step.port)), ("%r", user)):
            jump = jump.replace(token, value)
    return step, parse_jumps(jump) if jump else ()


def _text(config: SSHConfig, option: str) -> str:
    value = config.get(option)
    return value if isinstance(value, str) else ""


def _number(config: SSHConfig, option: str) -> int:
    value = config.get(option, 0)
    return int(value) if isinstance(value, int) else 0


def _list(config: SSHConfig, option: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = config.get(option)
    return tuple(str(part) for part in value) if isinstance(value, list) else default


def _known_hosts(config: SSHConfig) -> tuple[str, ...]:
    names = (
        *_list(config, "UserKnownHostsFile", _DEFAULT_KNOWN_HOSTS),
        *_list(config, "GlobalKnownHostsFile", _GLOBAL_KNOWN_HOSTS),
    )
    return tuple(str(at_home(name)) for name in names)


def _agent(config: SSHConfig) -> str:
    named = config.get("IdentityAgent", "SSH_AUTH_SOCK")  # None where the configuration says "none"
    if not isinstance(named, str):
        return ""
    variable = "SSH_AUTH_SOCK" if named == "SSH_AUTH_SOCK" else named[1:] if named.startswith("$") else ""
    return os.environ.get(variable.strip("{}"), "") if variable else str(at_home(named))


def _identities(config: SSHConfig, some_named: bool) -> tuple[str, ...]:
    # As for ssh, the usual names count only where nothing else is named.
    usual = () if some_named else tuple(f"~/.ssh/{name}" for name in _DEFAULT_IDENTITIES)
    return tuple(str(at_home(name)) for name in _list(config, "IdentityFile", usual))
