"""HAProxy: its configuration as the Supervisor writes it, its statistics, its version."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from checks.evidence.files import File


@dataclass(frozen=True, slots=True)
class Bind:
    """One address:port that a frontend answers on; ``line`` counts from 1 in haproxy.cfg."""

    address: str
    port: int
    frontend: str
    line: int

    @property
    def target(self) -> str:
        """``ADDR:PORT``."""
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Server:
    """One server line of a backend."""

    name: str
    address: str
    port: int
    backend: str
    line: int


@dataclass(frozen=True)
class Configuration:
    """What haproxy.cfg asks for. ``uses`` is the default backend of each frontend."""

    binds: tuple[Bind, ...] = ()
    servers: tuple[Server, ...] = ()
    uses: tuple[tuple[str, str], ...] = ()

    def backend_of(self, frontend: str) -> str:
        """The backend a frontend hands its connections to, or ""."""
        return self._backends.get(frontend, "")

    @cached_property
    def _backends(self) -> dict[str, str]:
        return dict(self.uses)


@dataclass(frozen=True, slots=True)
class Stat:
    """One row of ``show stat``: ``status`` UP, DOWN, OPEN, ...; ``check`` L4CON, L4TOUT, L6OK, ..."""

    proxy: str
    name: str
    status: str
    check: str
    said: str
    address: str = ""


_ENDPOINT = re.compile(r"(?:ipv4@)?([0-9]{1,3}(?:\.[0-9]{1,3}){3}):([0-9]{1,5})$")
_SECTIONS = frozenset(
    {
        "global",
        "defaults",
        "frontend",
        "backend",
        "listen",
        "userlist",
        "peers",
        "resolvers",
        "mailers",
        "program",
        "ring",
    }
)
_VERSION = re.compile(r"(?i)^ha-?proxy version (\S+)", re.MULTILINE)


# While results come in, the same two files are judged again ten times a second.
@lru_cache(maxsize=4)
def parse_configuration(file: File) -> Configuration:
    """Binds on IPv4 addresses, servers and default backends; what else stands there does not matter here."""
    binds, servers, uses = [], [], []
    section = name = ""
    for number, raw in enumerate(file.lines, 1):
        words = raw.decode("utf-8", "replace").split("#", 1)[0].split()
        if not words:
            continue
        if words[0] in _SECTIONS:
            section, name = words[0], words[1] if len(words) > 1 else ""
        elif words[0] == "bind" and len(words) > 1 and section in ("frontend", "listen"):
            for part in words[1].split(","):
                if (match := _ENDPOINT.match(part)) and 0 < int(match[2]) < 65536:
                    binds.append(Bind(match[1], int(match[2]), name, number))
        elif words[0] == "server" and len(words) > 2 and section in ("backend", "listen"):
            if match := _ENDPOINT.match(words[2]):
                servers.append(Server(words[1], match[1], int(match[2]), name, number))
        elif words[0] == "default_backend" and len(words) > 1:
            uses.append((name, words[1]))
        if words[0] == "listen":
            uses.append((name, name))
    return Configuration(tuple(binds), tuple(servers), tuple(uses))


def parse_stat(text: str) -> tuple[Stat, ...]:
    """From the CSV of ``show stat``. ValueError where its header is missing."""
    start = text.find("# pxname")
    if start < 0:
        raise ValueError("no header")
    try:
        rows = list(csv.DictReader(io.StringIO(text[start + 2 :])))
    except csv.Error as problem:
        raise ValueError(str(problem)) from None
    return tuple(
        Stat(
            row.get("pxname") or "",
            row.get("svname") or "",
            row.get("status") or "",
            (row.get("check_status") or "").removeprefix("* "),
            " ".join(part for part in (row.get("check_desc"), row.get("last_chk")) if part),
            row.get("addr") or "",
        )
        for row in rows
    )


def parse_version(text: str) -> str:
    """ "2.2.2" from ``haproxy -v`` (2.2 writes HA-Proxy), or ""."""
    match = _VERSION.search(text)
    return match[1] if match else ""


# domain-c8:5c1b7f0e-...-NAMESPACE-SERVICE[-PORTNAME]; the middle is a UUID or its first group.
_OWNER = re.compile(r"domain-c\d+:(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8})-(.+)")
_SUPERVISOR = ("kube-system-kube-apiserver-lb-svc", "vmware-system-csi-")
SUPERVISOR = "Supervisor"


def cluster_of(frontend: str) -> str:
    """ "Supervisor", a guest cluster's name, or the service's own name where the object is neither."""
    match = _OWNER.match(frontend)
    rest = match[1] if match else frontend
    if rest.startswith(_SUPERVISOR):
        return SUPERVISOR
    guest = re.match(r"(?:.+?-)?(.+)-control-plane-service", rest)
    if guest:
        # NAMESPACE-CLUSTER: both may hold dashes, so the part behind the first one is the better guess.
        return guest[1]
    return rest
