"""Which key a host must show: the person's known_hosts files, which are only read, and noroute's own, which grows."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncssh
from asyncssh.known_hosts import SSHKnownHosts
from asyncssh.public_key import get_default_certificate_algs, get_default_public_key_algs

OWN_FILE = "known_hosts"
_PORT = 22


# What asyncssh wants to be given: host keys, certificate authorities, revoked keys, and the same for X.509, unused.
_Keys = list[asyncssh.SSHKey]
Trusted = tuple[_Keys, _Keys, _Keys, tuple[()], tuple[()], tuple[()], tuple[()]]


def fingerprint(key: asyncssh.SSHKey) -> str:
    """``SHA256:…`` as ssh-keygen -l prints it."""
    return key.get_fingerprint("sha256")


def entry_name(known_as: str, port: int) -> str:
    """The name in a known_hosts line: a port other than 22 is part of it."""
    return known_as if port == _PORT else f"[{known_as}]:{port}"


@dataclass(frozen=True)
class Known:
    """What the files say about one host. ``keys`` are trusted for it; ``trusted`` is the same in asyncssh's form,
    with certificate authorities and revoked keys; ``files`` are those that hold a key of it."""

    keys: tuple[asyncssh.SSHKey, ...]
    trusted: Trusted
    files: tuple[str, ...]


class HostKeys:
    """Host keys from files and, where given, from ``text`` alone (then no file is read)."""

    def __init__(self, state_dir: Path, text: str | None = None) -> None:
        self._own = state_dir / OWN_FILE
        self._text = text

    @property
    def own_file(self) -> Path:
        """Where accepted keys go."""
        return self._own

    def known(self, known_as: str, port: int, files: tuple[str, ...]) -> Known:
        """What is known of a host. An entry without a port is trusted for any port, as ssh does, but only an entry
        of this very port can contradict: another key at another port is no sign of a change."""
        exact: list[asyncssh.SSHKey] = []
        loose: list[asyncssh.SSHKey] = []
        holders: list[str] = []
        authorities: list[asyncssh.SSHKey] = []
        revoked: list[asyncssh.SSHKey] = []
        for name, hosts in self._sources(files):
            found = hosts.match(entry_name(known_as, port), "", None)
            if found[0]:
                exact.extend(found[0])
                holders.append(name)
            if port != _PORT:
                loose.extend(hosts.match(known_as, "", None)[0])
            authorities.extend(found[1])
            revoked.extend(found[2])
        return Known(tuple(exact), ([*exact, *loose], authorities, revoked, (), (), (), ()), tuple(holders))

    def _sources(self, files: tuple[str, ...]) -> list[tuple[str, SSHKnownHosts]]:
        if self._text is not None:
            return [("the pinned keys", _parse(self._text))]
        return [(name, _parse(_read(Path(name)))) for name in dict.fromkeys((*files, str(self._own)))]

    def add(self, known_as: str, port: int, key: asyncssh.SSHKey) -> None:
        """Remember an accepted key: the file is replaced as a whole, so that no reader ever sees half a line.
        OSError where the state folder cannot be written."""
        line = f"{entry_name(known_as, port)} {key.export_public_key().decode().strip()}\n"
        self._own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = _read(self._own)
        if before and not before.endswith("\n"):
            before += "\n"
        handle, name = tempfile.mkstemp(dir=self._own.parent, prefix=f".{OWN_FILE}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(before + line)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._own)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise


def preferred_algorithms(trusted: Trusted) -> list[str]:
    """In which order to ask for a host's keys: the known kinds first, but the others too, so that a host which lost
    its known key can show which one it has now."""
    known = [name.decode() for key in trusted[0] for name in key.sig_algorithms]
    certified = [name.decode() for name in get_default_certificate_algs()] if trusted[1] else []
    return list(dict.fromkeys((*certified, *known, *(name.decode() for name in get_default_public_key_algs()))))


def removal(known_as: str, port: int, files: tuple[str, ...]) -> str:
    """The command that forgets the old key, for a person who knows why it changed."""
    name = entry_name(known_as, port)
    quoted = f"'{name}'" if "[" in name else name
    return "; ".join(f"ssh-keygen -R {quoted} -f {file}" for file in files)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _parse(text: str) -> SSHKnownHosts:
    hosts = SSHKnownHosts()
    for line in text.splitlines():
        # One bad line must not hide the good ones: ssh skips it too.
        with contextlib.suppress(ValueError):
            hosts.load(line)
    return hosts
