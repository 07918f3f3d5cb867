"""Opening one SSH connection of the way: the transport, the question about its key, the login."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import warnings
from dataclasses import dataclass, field
from typing import Any

import asyncssh
from cryptography.utils import CryptographyDeprecationWarning

from checks.prompts import Asker, ChangedHostKey, HostKey
from checks.refusal import KEY_CHANGED, HostKeyChanged, Refusal
from checks.sources.failures import refusal
from checks.sources.host_keys import HostKeys, Known, Trusted, fingerprint, preferred_algorithms, removal
from checks.sources.identities import Identities, agent_keys, called, certified, choose, read_identities, unlocked
from checks.sources.login import LoginClient, Secrets
from checks.sources.pulse import Pulse
from checks.sources.ssh_route import Step
from checks.sources.target import Target
from checks.sources.tcp_connect import dial

_NOT_REACHABLE = 3
_KEEPALIVE_SECONDS = 5
_KEEPALIVE_COUNT = 3

# Checking an RSA key's primes stalls the loop for a quarter of a second, and a bad key fails at the login anyway.
asyncssh.set_default_skip_rsa_key_validation(True)
# Both would be printed over the screen.
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
_log = logging.getLogger("asyncssh")
_log.addHandler(logging.NullHandler())
_log.propagate = False


@dataclass
class Opened:
    """A step that is logged in. ``lost`` is set when its connection ends; ``heard`` is what the host said; ``pulse``
    tells whether it still answers."""

    step: Step
    conn: asyncssh.SSHClientConnection
    key: asyncssh.SSHKey | None
    lost: asyncio.Event
    heard: str = ""
    pulse: Pulse = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pulse = Pulse(self.conn)


@dataclass
class Opener:
    """What opening needs and remembers for all steps of one target."""

    target: Target
    asker: Asker
    keys: HostKeys
    secrets: dict[Step, Secrets] = field(default_factory=dict, repr=False)
    passphrases: dict[str, str] = field(default_factory=dict, repr=False)
    # What --password-file holds opened a key: it is for no host.
    password_is_passphrase: bool = False

    async def open(self, step: Step, through: Opened | None, must_be: asyncssh.SSHKey | None = None) -> Opened:
        """Connect and log in to one step, by way of ``through``. ``must_be`` is the only key to accept, for a host
        that comes back. Refusal where it cannot be done."""
        identities = await self._identities(step)
        if self.target.password is not None:
            identities, opened = await asyncio.to_thread(unlocked, identities, self.target.password, step.named)
            self.password_is_passphrase |= opened
        password = self.target.password if step.appliance and not self.password_is_passphrase else None
        secrets = self.secrets.setdefault(step, Secrets(password, self.passphrases))
        pinned = must_be
        while True:
            known = await asyncio.to_thread(self.keys.known, step.known_as, step.key_port, step.known_hosts_files)
            trusted: Trusted = ([pinned], [], known.trusted[2], (), (), (), ()) if pinned is not None else known.trusted
            lost = asyncio.Event()
            unknown = must_be is None and not known.keys
            client = LoginClient(
                step, self.asker, secrets, self.target.accept_host_keys if unknown else frozenset(), lost.set
            )
            try:
                conn = await self._connect(step, through, client, trusted, identities)
            except asyncssh.HostKeyNotVerifiable as problem:
                if client.offered is None:
                    raise refusal(step, problem, client, _name(through)) from None
                if must_be is not None:
                    raise await self._changed(step, client.offered, (must_be,), known.files) from None
                await self._ask_about(step, client.offered, known)
                pinned = client.offered
            except (asyncssh.Error, OSError, ValueError) as problem:
                self._remember_accepted(step, client)
                if isinstance(problem, asyncssh.PermissionDenied):
                    secrets.forget()
                raise refusal(step, problem, client, _name(through), identities.unusable) from None
            else:
                self._remember_accepted(step, client)
                return Opened(step, conn, conn.get_server_host_key(), lost, client.heard)

    async def _connect(
        self,
        step: Step,
        through: Opened | None,
        client: LoginClient,
        trusted: Trusted,
        identities: Identities,
    ) -> asyncssh.SSHClientConnection:
        options: dict[str, Any] = {} if step.own_algorithms else {"server_host_key_algs": preferred_algorithms(trusted)}
        sock: socket.socket | None = None
        agent = None
        try:
            agent, from_agent = await agent_keys(step.agent)
            chosen = choose(identities, from_agent, step.identities_only)
            offer = list(certified(chosen, identities.certificates))
            client.keys = called(chosen, identities)
            async with asyncio.timeout(step.seconds) as clock:
                client.clock = clock
                if through is None and not step.command:
                    pinned = self.target.pinned
                    host, port = (pinned.dial if pinned else {}).get((step.host, step.port), (step.host, step.port))
                    sock = await dial(host, port, family=step.family, bind=step.bind)
                conn = await asyncssh.connect(
                    step.typed,
                    step.port,
                    username=step.user,
                    config=list(step.config_files) or None,
                    sock=sock,
                    tunnel=through.conn if through else None,
                    client_factory=lambda: client,
                    known_hosts=trusted,
                    x509_trusted_certs=None,
                    x509_trusted_cert_paths=[],
                    client_keys=offer or None,
                    client_host_keys=None,
                    client_certs=[],
                    passphrase=client.passphrase,
                    agent_path=None,
                    agent_forwarding=False,
                    host_based_auth=False,
                    gss_auth=False,
                    gss_kex=False,
                    compression_algs=["zlib@openssh.com", "none"],
                    connect_timeout=None,
                    login_timeout=0,
                    keepalive_interval=_KEEPALIVE_SECONDS,
                    keepalive_count_max=_KEEPALIVE_COUNT,
                    utf8_decode_errors="replace",
                    encoding=None,
                    command=None,
                    env=None,
                    send_env=None,
                    request_pty=False,
                    x11_forwarding=False,
                    pkcs11_provider=None,
                    **options,
                )
                sock = None
                return conn
        finally:
            client.clock = None
            client.stop_asking()
            if sock is not None:
                sock.close()
            if agent is not None:
                agent.close()

    def _remember_accepted(self, step: Step, client: LoginClient) -> None:
        """Keep the key that the command line accepts, as a person's yes is kept, whatever became of the login."""
        if client.offered is not None and client.begun:
            # A state folder that cannot be written is no reason to refuse it.
            with contextlib.suppress(OSError):
                self.keys.add(step.known_as, step.key_port, client.offered)

    async def _identities(self, step: Step) -> Identities:
        if self.target.pinned is not None:
            return Identities(self.target.pinned.keys)
        return await asyncio.to_thread(read_identities, step.identity_files, step.named, step.certificate_files)

    async def _ask_about(self, step: Step, key: asyncssh.SSHKey, known: Known) -> None:
        """Refusal unless the person, or their configuration, trusts the new key; it is remembered then."""
        shown, kind = fingerprint(key), key.get_algorithm()
        if known.keys:
            raise await self._changed(step, key, known.keys, known.files)
        if step.strict:
            raise Refusal(
                f"{step.name} ({step.place}): its {kind} host key is not known, and the SSH configuration has"
                f" StrictHostKeyChecking yes; {_to_trust(shown, kind)}",
                _NOT_REACHABLE,
            )
        question = HostKey(step.name, step.host, step.port, kind, shown)
        if step.accept_new:
            await self.asker.accepted_host_key(question)
        elif not await self.asker.host_key(question):
            raise Refusal(
                f"{step.name} ({step.place}): its {kind} host key is not known; {_to_trust(shown, kind)}",
                _NOT_REACHABLE,
            )
        try:
            await asyncio.to_thread(self.keys.add, step.known_as, step.key_port, key)
        except OSError as problem:
            raise Refusal(f"{self.keys.own_file} cannot be written: {problem.strerror}", _NOT_REACHABLE) from None

    async def _changed(
        self, step: Step, key: asyncssh.SSHKey, known: tuple[asyncssh.SSHKey, ...], files: tuple[str, ...]
    ) -> HostKeyChanged:
        """The refusal of another key than the known ones, once the person was shown it."""
        shown, before = fingerprint(key), tuple(map(fingerprint, known))
        remove = removal(step.known_as, step.key_port, files)
        await self.asker.changed_host_key(
            ChangedHostKey(step.name, step.host, step.port, key.get_algorithm(), shown, before, files, remove)
        )
        forget = f"; if you know why, forget the old one: {remove}; then start noroute again" if remove else ""
        return HostKeyChanged(
            f"{step.name} ({step.place}): THE HOST KEY HAS CHANGED: it shows {shown}, known is"
            f" {', '.join(before)}{forget}",
            _NOT_REACHABLE,
            code=KEY_CHANGED,
            final=True,
        )


def _to_trust(shown: str, kind: str) -> str:
    """How the key is accepted, and how one knows that it is the right one. The option is one word, so that no line
    breaks inside it."""
    file = next((name for name in ("ed25519", "ecdsa", "rsa") if name in kind), "*")
    return (
        f"add --accept-host-key={shown} if its console shows the same for ssh-keygen -lf"
        f" /etc/ssh/ssh_host_{file}_key.pub"
    )


def _name(through: Opened | None) -> str:
    return through.step.name if through else ""
