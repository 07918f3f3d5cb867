"""The private keys that a login may offer, read from files without asking for a passphrase before it is needed."""

from __future__ import annotations

import asyncio
import base64
import binascii
import copy
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh

from checks.refusal import Refusal
from checks.sources.user_paths import at_home

_USAGE, _REFUSED = 2, 3
_ARMOUR = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_AGENT_SECONDS = 5.0
_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True)
class Identities:
    """``offer`` goes to asyncssh as it is: keys, and (file, public key) for encrypted ones, which are opened only
    when the server accepts the public half. ``public`` are all public halves, for an agent that may offer only
    these. ``certificates`` are those that may go with a key. ``unusable`` are files that could not be read, with the
    reason. ``files`` are the public halves with the file that each was read from."""

    offer: tuple[object, ...] = ()
    public: tuple[bytes, ...] = ()
    certificates: tuple[asyncssh.SSHCertificate, ...] = ()
    unusable: tuple[str, ...] = ()
    files: tuple[tuple[bytes, str], ...] = ()


def read_identities(
    files: tuple[str, ...], named: frozenset[str], certificate_files: tuple[str, ...] = ()
) -> Identities:
    """Read key files and certificates; blocks (call it in a thread). Files that are not there are skipped unless
    ``named`` by the person: then Refusal with exit code 2."""
    offer: list[object] = []
    held: dict[bytes, str] = {}
    unusable: list[str] = []
    for name in dict.fromkeys(files):
        path = at_home(name)
        try:
            data = path.read_bytes()
        except OSError as problem:
            if name in named:
                raise Refusal(f"-i {name}: {os.strerror(problem.errno or 0)}", _USAGE) from None
            if not isinstance(problem, FileNotFoundError):
                unusable.append(f"{name}: {os.strerror(problem.errno or 0)}")
            continue
        half = _public_half(path, data)
        if half is not None:
            held.setdefault(half.public_data, name)
        if b"PRIVATE KEY" not in data:
            if half is None:
                unusable.append(f"{name}: not a key")
            continue
        try:
            offer.extend(asyncssh.load_keypairs([str(path)]))
        except asyncssh.KeyImportError as problem:
            if str(problem).startswith("Passphrase") and half is not None:
                offer.append((str(path), half.export_public_key()))
            else:
                unusable.append(f"{name}: {problem}")
        except (asyncssh.KeyEncryptionError, ValueError) as problem:
            unusable.append(f"{name}: {problem}")
    if named and not offer and not held:
        raise Refusal(f"-i {unusable[0] if unusable else ', '.join(sorted(named))}: no usable key", _USAGE)
    certificates = _certificates(certificate_files, unusable)
    return Identities(tuple(offer), tuple(held), certificates, tuple(unusable), tuple(held.items()))


def _certificates(files: tuple[str, ...], unusable: list[str]) -> tuple[asyncssh.SSHCertificate, ...]:
    found: list[asyncssh.SSHCertificate] = []
    for name in dict.fromkeys(files):
        try:
            found.append(asyncssh.read_certificate(name))
        except FileNotFoundError:
            continue
        except OSError as problem:
            unusable.append(f"{name}: {os.strerror(problem.errno or 0)}")
        except (asyncssh.KeyImportError, ValueError) as problem:
            unusable.append(f"{name}: {problem}")
    return tuple(found)


def certified(offer: Sequence[object], certificates: tuple[asyncssh.SSHCertificate, ...]) -> Iterator[object]:
    """The same keys in the same order, each of them behind its certificate where there is one: as ssh does it."""
    held = {_public_data(item) for item in offer}
    for item in offer:
        for certificate in certificates:
            if _public_data(item) != certificate.key.public_data or certificate.public_data in held:
                continue
            if isinstance(item, tuple):
                yield (item[0], certificate.export_certificate())
            elif isinstance(item, asyncssh.SSHKeyPair):
                pair = copy.copy(item)
                pair.set_certificate(certificate)
                yield pair
        yield item


def unlocks(name: str, passphrase: str) -> bool:
    """Whether that is the passphrase of an encrypted key file; blocks, as long as the key's author wanted."""
    try:
        asyncssh.read_private_key(name, passphrase)
    except (OSError, ValueError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        return False
    return True


def unlocked(identities: Identities, secret: str, named: frozenset[str]) -> tuple[Identities, bool]:
    """The same with the encrypted keys opened that ``secret`` opens, and whether it opened one: it is a passphrase
    then, and no host may see it. Blocks. Refusal (3) where the only encrypted keys are ``named`` by the person and
    none opens: whether the secret is meant for them or for the host cannot be told, so the host does not get it."""
    offer: list[object] = []
    shut: list[str] = []
    opened = False
    for item in identities.offer:
        if not isinstance(item, tuple):
            offer.append(item)
        elif unlocks(item[0], secret):
            offer.extend(asyncssh.load_keypairs([item[0]], secret))
            opened = True
        else:
            offer.append(item)
            shut.append(item[0])
    meant = [name for name in shut if name in {str(at_home(one)) for one in named}]
    if meant and not opened:
        raise Refusal(
            f"-i {meant[0]}: --password-file does not hold its passphrase; nothing of that file was sent", _REFUSED
        )
    return replace(identities, offer=tuple(offer)), opened


async def agent_keys(
    path: str,
) -> tuple[asyncssh.agent.SSHAgentClient | None, tuple[asyncssh.SSHKeyPair, ...]]:
    """The agent and the keys it holds; nothing where there is none or it does not answer. Close the agent after
    the login: it signs until then."""
    if not path:
        return None, ()
    try:
        async with asyncio.timeout(_AGENT_SECONDS):
            agent = await asyncssh.connect_agent(path)
            return agent, tuple(await agent.get_keys())
    except (OSError, ValueError, asyncssh.Error):
        return None, ()


def choose(
    identities: Identities, from_agent: tuple[asyncssh.SSHKeyPair, ...], identities_only: bool
) -> tuple[object, ...]:
    """What to offer, in order: the agent's copies of the wanted keys, the wanted keys, then the agent's others.
    Every key counts as an attempt at the server, so none is offered twice."""
    wanted = [pair for pair in from_agent if pair.public_data in identities.public]
    others = [] if identities_only else [pair for pair in from_agent if pair not in wanted]
    held = {pair.public_data for pair in wanted}
    mine = [item for item in identities.offer if _public_data(item) not in held]
    return (*wanted, *mine, *others)


def called(chosen: Sequence[object], identities: Identities) -> tuple[str, ...]:
    """What a person knows each key by: its file, else what the agent says of it (untrusted)."""
    files = dict(identities.files)
    return tuple(files.get(_public_data(item)) or _comment(item) for item in chosen)


def _comment(item: object) -> str:
    comment = item.get_comment(errors="replace") if isinstance(item, asyncssh.SSHKeyPair) else ""
    return f"{comment} of the agent" if comment else "one of the agent"


def _public_data(item: object) -> bytes:
    if isinstance(item, tuple):
        return asyncssh.import_public_key(item[1]).public_data
    return item.public_data if isinstance(item, asyncssh.SSHKeyPair) else b""


def _public_half(path: Path, data: bytes) -> asyncssh.SSHKey | None:
    for text in (_beside(path), data):
        try:
            return asyncssh.import_public_key(text)
        except (asyncssh.KeyImportError, ValueError):
            continue
    # The format of OpenSSH carries the public key in clear before the encrypted part.
    armour = _ARMOUR.search(data)
    try:
        blob = base64.b64decode(armour[1] if armour else b"")
        if not blob.startswith(_MAGIC):
            return None
        rest = blob[len(_MAGIC) :]
        for _ in range(3):  # cipher, key derivation, its options
            _, rest = _string(rest)
        key, _ = _string(rest[4:])
        kind, _ = _string(key)
        return asyncssh.import_public_key(kind + b" " + base64.b64encode(key))
    except (binascii.Error, asyncssh.KeyImportError, ValueError):
        return None


def _beside(path: Path) -> bytes:
    try:
        return path.with_name(path.name + ".pub").read_bytes()
    except OSError:
        return b""


def _string(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise ValueError("short")
    return data[4 : 4 + size], data[4 + size :]
